"""Searching the map without JavaScript: places, what is near, what is here, pages of features."""

import json
import re

import pytest

from datasets import config as configuration
from geoportal.emap.coordinates import coordinates
from geoportal.portal import open_portal
from harvesters import open_sources
from publish.desk import open_desk
from publish.harvests.run import run
from publish.pipeline import withdraw
from tests.geoportal.conftest import CONFIG, PAYLOAD, ROWS, browsing, write_parks

HOSTILE = [PAYLOAD, '"><script>alert(1)</script>', "*:* OR {!func}1", "\u202e", "a" * 290, "%00"]


def asked(pages, path, **query):
    answer = pages.get(path, params=query)
    assert answer.status_code == 200, answer.text[:300]
    return answer


def names(pages, q):
    found = asked(pages, "/map/search", q=q, f="json").json()
    return [place["name"] for place in found["places"]]


@pytest.mark.parametrize("q", ["Његошев парк", "njegosev park", "NJEGOŠEV", "njegsoev park"])
def test_a_place_is_found_however_it_is_written(pages, q):
    assert names(pages, q) == ["Његошев парк"]


def test_a_word_of_the_question_may_be_the_layer(pages):
    assert names(pages, "parkovi Njegošev") == ["Његошев парк"]


def test_a_place_says_where_it_is_and_how_near_to_look(pages):
    (place,) = asked(pages, "/sr-latn/map/search", q="njegosev", f="json").json()["places"]
    assert (place["name"], place["collection"], place["id"]) == ("Njegošev park", "parkovi", "a/1")
    assert place["lonlat"] == [22.12, 43.41]
    assert place["href"] == "/sr-latn/place/parkovi/a/1"
    assert 9 <= place["zoom"] <= 16.5


def test_layers_and_datasets_are_found_by_their_titles(pages):
    found = asked(pages, "/map/search", q="насеља око", f="json").json()
    assert [layer["collection"] for layer in found["layers"]] == ["naselja-oko-nisa"]
    assert [each["name"] for each in found["datasets"]] == ["naselja-oko-nisa"]


def test_coordinates_lead_to_a_place_on_the_map(pages):
    answer = asked(pages, "/map/search", q="43.32, 21.90").text
    assert "center=21.90000,43.32000&amp;zoom=16" in answer
    assert "/map/here?at=43.32000%2C+21.90000" in answer or "/map/here?at=43.32000," in answer


@pytest.mark.parametrize("q", HOSTILE)
@pytest.mark.parametrize("path", ["/map/search", "/near", "/map/here"])
def test_whatever_is_typed_stays_text(pages, path, q):
    answer = asked(pages, path, q=q, layer="parkovi").text
    assert "<script>alert" not in answer
    assert "<img src=x" not in answer


def test_nothing_found_says_what_to_do(pages):
    assert "изоставите кућни број" in asked(pages, "/map/search", q="qqqqqq").text


def test_the_nearest_are_listed_with_distance_and_side(pages):
    answer = asked(pages, "/near", layer="parkovi", at="43.41, 22.12").text
    items = re.findall(r"<li data-lonlat.*?</li>", answer, re.DOTALL)
    assert len(items) == 3
    assert "на том месту" in items[0]
    assert "1,37 km" in items[1]
    assert "североисточно" in items[1]
    assert "без имена, a/3" in items[2]


def test_near_a_place_that_is_written_badly(pages):
    answer = asked(pages, "/en/near", layer="parkovi", q="njegosev prak").text
    assert "Njegošev park" in answer
    assert "as the crow flies" in answer


def test_near_a_place_that_nobody_knows_asks_again(pages):
    assert "Не знамо где је" in asked(pages, "/near", layer="parkovi", q="Атлантида").text


def test_a_layer_that_is_gone_is_told(pages):
    assert "више није објављен" in asked(pages, "/near", layer="bunari", at="43, 22").text


def test_what_is_here_names_all_layers_and_their_source(pages):
    answer = asked(pages, "/map/here", at="43.41, 22.12", distance=5000).text
    assert "Његошев парк" in answer
    assert "није службени акт" in answer
    alone = asked(pages, "/map/here", at="43.41, 22.12", distance=0, piece=1).text
    assert "<html" not in alone
    assert "Чесма" not in alone


def test_what_is_here_refuses_half_the_country(pages):
    assert pages.get("/map/here", params={"at": "43, 22", "distance": 99999}).status_code == 400


def test_a_feature_has_a_page_with_facts_and_neighbours(pages):
    answer = asked(pages, "/place/parkovi/a/1").text
    assert "<h1>Његошев парк</h1>" in answer
    assert "Општина Сврљиг" in answer
    assert "/place/parkovi/a/2" in answer
    assert 'type="application/json+oembed"' in answer
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', answer, re.DOTALL)
    about = json.loads(block[1])
    assert (about["@type"], about["name"]) == ("Place", "Његошев парк")
    assert about["geo"]["latitude"] == 43.41


def test_the_name_of_a_feature_is_no_script(pages):
    answer = asked(pages, "/place/parkovi/a/2").text
    assert PAYLOAD not in answer
    assert "&lt;img src=x" in answer


def test_a_feature_that_is_not_there_is_a_page_that_says_so(pages):
    for path in ("/place/parkovi/zzz", "/place/none/1", "/place/parkovi/"):
        assert pages.get(path).status_code == 404


def test_an_empty_site_answers_everything(empty):
    assert "Ништа није нађено" in asked(empty, "/map/search", q="ниш").text
    assert "Нема објављених слојева" in asked(empty, "/near").text
    assert "Ни у једном слоју" in asked(empty, "/map/here", at="44, 21").text


@pytest.mark.parametrize(
    ("text", "lonlat"),
    [
        ("44.01, 20.91", (20.91, 44.01)),
        ("44,01 20,91", (20.91, 44.01)),
        ("20.91 44.01", (20.91, 44.01)),
        ("44°00'36\"N 20°54'36\"E", (20.91, 44.01)),
        ("Y=7493123 X=4874567", (20.9088, 44.0156)),
        ("4874567 7493123", (20.9088, 44.0156)),
        ("34N E 493000 N 4873500", (20.913, 44.014)),
        ("7493123", None),
        ("Његошева 12, 34000", None),
        ("4874567 4874567", None),
    ],
)
def test_coordinates_are_read_in_every_usual_form(text, lonlat):
    found = coordinates(text)
    assert found == (pytest.approx(lonlat, abs=1e-3) if lonlat else None)


def test_names_come_with_publication_and_go_with_withdrawal_in_every_process(tmp_path):
    (tmp_path / "config.yml").write_text(CONFIG, encoding="utf-8")
    config, document = configuration.load(tmp_path / "config.yml")
    state, parks = tmp_path / "state", tmp_path / "data" / "parkovi"
    with browsing(config, state) as one, browsing(config, state) as other:
        desk = open_desk(config, state)

        def published(rows):
            write_parks(parks, rows)
            for source in open_sources(config, document):
                list(run(source, desk))

        assert names(one, "njegosev") == names(other, "njegosev") == []
        published(ROWS)
        assert names(one, "njegosev") == names(other, "njegosev") == ["Његошев парк"]
        published([("a/1", "Титов парк", "true", 43.41, 22.12), *ROWS[1:]])
        assert names(one, "njegosev") == names(other, "njegosev") == []
        assert names(one, "titov") == names(other, "titov") == ["Титов парк"]
        withdraw("parkovi", desk)
        assert names(one, "titov") == names(other, "titov") == []
        desk.versions.close()


def test_a_server_takes_in_what_it_misses(town, tmp_path):
    config, _ = configuration.load(town / "config.yml")
    portal = open_portal(config, town / "state", "http://x")
    lost = portal.store.places()
    lost.rename(tmp_path / "places")
    with browsing(config, town / "state") as client:
        assert names(client, "njegosev") == ["Његошев парк"]
    portal.versions.close()
