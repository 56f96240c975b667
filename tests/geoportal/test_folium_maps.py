"""A map of one HTML file: all inside, every value as text."""

import json
import re

import pytest

from geoportal.folium_maps import Sheet, document
from geoportal.folium_maps.of_layers import shares
from geoportal.palette import Symbol

PAYLOAD = "</script><img src=x onerror=alert(1)><a href='https://evil.example'>"
COLUMNS = {"naziv": f"Назив {PAYLOAD}", "broj": "Број"}


def feature(geometry, naziv="Парк", broj=1):
    properties = {"naziv": naziv, "broj": broj, "private": "unseen"}
    return {"type": "Feature", "id": "a/1", "geometry": geometry, "properties": properties}


POINT = {"type": "Point", "coordinates": [22.12, 43.41]}
AREA = {"type": "Polygon", "coordinates": [[[20, 44], [21, 44], [21, 45], [20, 44]]]}
LINE = {"type": "LineString", "coordinates": [[20, 44], [21, 45]]}


def sheet(features, columns=COLUMNS, title="Паркови", credit="Сврљиг", **more):
    return Sheet(title, features, columns, Symbol("#0072b2", "circle"), credit, **more)


def made(features, columns=COLUMNS, title="Паркови", credit="Сврљиг", language="sr-Cyrl", **more):
    one = sheet(features, columns, title, credit, **more)
    return document([one], language=language, title=title)


def markup(page):
    """The page without the insides of its scripts and styles."""
    return re.sub(r"(<(script|style)[^>]*>).*?</\2>", r"\1", page, flags=re.DOTALL)


def drawn(page):
    """The GeoJSON that the page hands to Leaflet."""
    text = re.findall(r"_add\((\{.*\})\);", page)[0]
    return json.loads(text)["features"]


def test_it_needs_nothing_from_elsewhere():
    page = made([feature(POINT)])
    assert not re.findall(r"""(?:src|href)\s*=""", markup(page))
    assert "@import" not in page
    assert len(page) < 210_000


def test_it_has_a_language_a_title_a_landmark_and_can_be_zoomed():
    page = made([feature(POINT)], language="sr-Latn", title="Parkovi")
    assert '<html lang="sr-Latn">' in page
    assert "<title>Parkovi</title>" in page
    assert page.count("<main>") == page.count("</main>") == 1
    assert "user-scalable" not in page and "maximum-scale" not in page


def test_every_word_of_a_publisher_is_text():
    page = made([feature(POINT, naziv=PAYLOAD)], title=PAYLOAD, credit=PAYLOAD)
    assert "<img src=x" not in page
    (only,) = drawn(page)
    assert only["properties"]["c0"].startswith("&lt;/script&gt;&lt;img")
    assert "unseen" not in page


@pytest.mark.parametrize("where", ["name", "column", "value", "title", "credit"])
@pytest.mark.parametrize("code", ["{{7*191}}", "{% raw %}", "{#", "{{ cycler.__init__ }}"])
def test_no_word_of_a_publisher_is_run_as_a_template(where, code):
    word = {each: code if each == where else "а" for each in ("name", "column", "value")}
    one = feature(POINT)
    one["properties"] = {word["name"]: word["value"]}
    columns = {word["name"]: word["column"]}
    said = {each: code if each == where else "а" for each in ("title", "credit")}
    page = document(
        [sheet([one], columns, **said)] * 2, language="sr-Cyrl", title=said["title"], note="а"
    )
    assert "1337" not in page
    assert "<class" not in page
    assert len(drawn(page)) == 1


@pytest.mark.parametrize("geometry", [POINT, AREA, LINE])
def test_points_lines_and_areas_are_drawn(geometry):
    assert [each["geometry"] for each in drawn(made([feature(geometry)]))] == [geometry]


def test_a_feature_without_a_place_is_left_out():
    assert len(drawn(made([feature(None), feature(POINT)]))) == 1


@pytest.mark.parametrize("features", [[], [feature(None)]])
def test_nothing_to_draw_gives_an_empty_map(features):
    assert "L.map(" in made(features)


def test_a_layer_without_columns_is_drawn_without_words():
    page = made([feature(POINT)], columns={})
    assert "foliumpopup" not in page


def test_an_address_in_the_data_is_no_reference():
    assert drawn(made([feature(POINT, naziv="види href=https://example.rs")]))


def test_several_layers_can_be_switched_and_are_told_below():
    sheets = [sheet([feature(POINT)], title="Вртићи"), sheet([feature(AREA)], title="Насеља")]
    page = document(sheets, language="sr-Cyrl", title="Мапа")
    assert page.count("L.control.layers(") == 1
    below = page[page.index("<footer>") :]
    assert below.index("Вртићи") < below.index("Насеља")


def test_features_have_the_colours_of_their_classes_and_a_legend():
    legend = [("#d55e00", "пре <1918>"), ("#009e73", "после")]
    colours = ["#d55e00", "#009e73"]
    page = made([feature(AREA), feature(AREA)], colours=colours, legend=legend)
    assert [each["colour"] for each in drawn(page)] == colours
    assert "пре &lt;1918&gt;" in page


def test_the_poles_are_beyond_the_edge_of_the_map():
    page = made([feature({"type": "Point", "coordinates": [0, 90]})])
    corners = re.findall(r"fitBounds\(\s*(\[\[.*?\]\])", page, re.DOTALL)
    assert json.loads(corners[-1])[1][0] == 85.05


def test_the_buttons_speak_the_language_of_the_page():
    assert '"Zoom in"' not in made([feature(POINT)], language="sr-Latn")


def test_a_large_layer_does_not_push_out_a_small_one():
    assert shares([50_000, 10]) == [1990, 10]
    assert sum(shares([5000] * 7)) <= 2000
