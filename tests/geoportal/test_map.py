"""The eMap as a reader without JavaScript gets it, and what its scripts ask for."""

import re
from dataclasses import replace

import pytest
from starlette.datastructures import QueryParams

from datasets import config as configuration
from geoportal.emap.state import State
from geoportal.emap.tree import tree
from geoportal.portal import open_portal
from geoportal.registry import View
from tests.geoportal.test_pages import PAYLOAD, read


def checked(document):
    """The boxes of layers, and which are on."""
    boxes = [box for box in document.all("input") if box.get("type") == "checkbox"]
    return {box["value"]: "checked" in box for box in boxes if box["name"] == "layers"}


@pytest.fixture(scope="module")
def view(town):
    config, _ = configuration.load(town / "config.yml")
    portal = open_portal(config, town / "state", "http://localhost")
    yield portal.registry.view()
    portal.versions.close()


@pytest.fixture(scope="module")
def shown(view):
    return view.collections["parkovi"]


WHOLE = (
    "layers=parkovi&opacity.parkovi=0.5&style.parkovi=single:%230072b2"
    "&where.parkovi=naziv:like:%D0%BF%D0%B0%D1%80%D0%BA&time=2024-01-01/..&base=none"
    "&compare=parkovi@1&center=22.1,43.4&zoom=12.5&pitch=50&bearing=-20&labels=sr-Latn"
    "&tree=theme&3d=1&feature=parkovi/a/1"
)


def test_a_state_is_written_as_it_was_read(view):
    state = State.of(QueryParams(WHOLE), view)
    assert state.feature == ("parkovi", "a/1") and state.extruded and state.center == (22.1, 43.4)
    assert state.query() == WHOLE
    assert state.query(layers=(), feature=None, opacity={}).startswith("layers=&style.parkovi=")


@pytest.mark.parametrize(
    "wrong",
    [
        "opacity.parkovi=2", "opacity.none=0.5", "center=200,0", "center=x", "zoom=nan", "zoom=99",
        "pitch=-1", "bbox=1,2,3", "labels=de", "compare=none@1", "3d=yes", "tree=x",
        "feature=parkovi", "unknown=1", "style.none=heat", "where.parkovi=" + "x" * 5000,
    ],
)  # fmt: skip
def test_what_an_address_says_wrongly_is_left_out(view, wrong):
    state = State.of(QueryParams(f"layers=parkovi&{wrong}"), view)
    assert state == State(layers=("parkovi",))


def test_points_lie_above_areas_at_first(view, shown):
    area = replace(shown, layer=replace(shown.layer, id="a", geometry_type="Polygon"))
    mixed = View(1, {"a": area, "b": shown, "c": shown})
    assert State.of(QueryParams(""), mixed).layers == ("b", "c", "a")


def test_the_map_page_lists_all_layers_and_what_is_in_view(pages):
    document = read(pages, "/en/map")
    assert checked(document) == {"naselja-oko-nisa": True, "parkovi": True}
    cards = [each["data-layer"] for each in document.all("li") if "data-layer" in each]
    assert cards == ["naselja-oko-nisa", "parkovi"]
    said = [each["data-said"] for each in document.all("div") if "data-said" in each]
    assert said[-1] == "28 features in view"


def test_the_list_counts_what_is_in_the_box_only(pages):
    document = read(pages, "/map/list?layers=parkovi&bbox=22.1,43.4,22.125,43.5")
    assert [each["data-said"] for each in document.all("div")] == ["1 објекат у приказу"]
    assert [link["data-id"] for link in document.all("a")] == ["a/1"]
    nowhere = read(pages, "/map/list?layers=parkovi&bbox=0,0,1,1")
    assert "Овде нема ничега" in nowhere.text


@pytest.mark.parametrize(
    "bbox", ["", "x", "1,2,3", "nan,0,1,1", "9,9,9,9,9", "0,5,1,4", "1e9,0,1,1"]
)
def test_a_wrong_box_is_no_box(pages, bbox):
    document = read(pages, f"/map/list?layers=parkovi&bbox={bbox}")
    assert document.all("div")[0]["data-said"] == "3 објекта у приказу"


def test_no_layer_on_is_said(pages):
    assert "Ниједан слој није изабран" in read(pages, "/map?layers=").text


def test_the_form_keeps_what_the_address_says(pages):
    document = read(pages, "/en/map?layers=parkovi&bbox=22,43,23,44&opacity.parkovi=0.5&time=2024")
    assert checked(document) == {"naselja-oko-nisa": False, "parkovi": True}
    hidden = [(i["name"], i["value"]) for i in document.all("input") if i.get("type") == "hidden"]
    layers = hidden[-6:]
    assert ("order", "parkovi") in layers and ("bbox", "22,43,23,44") in layers
    assert ("opacity.parkovi", "0.5") in layers and ("time", "2024") in layers


@pytest.mark.parametrize(
    ("pressed", "layers"),
    [
        ("layers=a&layers=b", "b,a"),
        ("layers=a&layers=b&do=up:a", "a,b"),
        ("layers=a&layers=b&do=down:b", "a,b"),
        ("layers=a&layers=b&do=up:b", "b,a"),
        ("layers=a&layers=b&do=remove:b", "a"),
        ("layers=b", "b"),
        ("layers=&do=zoom:a", "a"),
        ("layers=b&do=up:none", "b"),
    ],
)
def test_a_press_in_the_form_leads_to_a_plain_address(pages, pressed, layers):
    names = {"a": "parkovi", "b": "naselja-oko-nisa"}
    for short, name in names.items():
        pressed = re.sub(rf"\b{short}\b", name, pressed)
        layers = re.sub(rf"\b{short}\b", name, layers)
    answer = pages.get(f"/en/map?order=naselja-oko-nisa,parkovi&{pressed}&opacity.parkovi=0.4")
    assert answer.status_code == 303
    path, _, query = answer.headers["location"].partition("?")
    assert path == "/en/map" and query.startswith(f"layers={layers}&opacity.parkovi=0.4")
    assert ("bbox=22.12,43.41,22.14,43.43" in query) == ("zoom" in pressed)


def test_layers_are_found_by_mistyped_words_in_either_script(pages):
    for find in ("парк", "parkovi", "Sume parkovi", "zelenlo", "Насеља нис"):
        document = read(pages, f"/map/tree?layers=&find={find}")
        expected = {"Sume parkovi": [], "Насеља нис": ["naselja-oko-nisa"]}.get(find, ["parkovi"])
        assert list(checked(document)) == expected, find
    assert "Нема слоја с тим именом" in read(pages, "/map/tree?find=xyzxyz").text


def test_layers_stand_by_publisher_or_by_theme(pages):
    assert "Општина Сврљиг 2" in read(pages, "/map/tree").text
    by_theme = read(pages, "/map/tree?tree=theme")
    assert set(checked(by_theme)) == {"parkovi", "naselja-oko-nisa"}
    pressed = [b["value"] for b in by_theme.all("button") if b.get("aria-pressed") == "true"]
    assert pressed == ["theme"]


def test_of_very_many_layers_one_branch_is_open(shown):
    many = {f"s{i}": replace(shown, layer=replace(shown.layer, id=f"s{i}")) for i in range(400)}
    every = {**many, "other": replace(shown, organization="other")}
    view = View(1, every)
    closed = tree(view, State(), "sr-Cyrl")
    assert [(branch.listed, len(branch.layers)) for branch in closed.branches] == [
        (False, 400),
        (False, 1),
    ]
    assert closed.listed == frozenset()
    assert len(tree(view, State(), "sr-Cyrl", branch=shown.organization).listed) == 400


def test_a_withdrawn_layer_or_feature_is_said(pages):
    document = read(pages, "/map?layers=parkovi,nestalo&feature=parkovi/999")
    assert "Слоја више нема међу објављенима: nestalo" in document.text
    assert "Овог објекта више нема" in document.text


def test_for_a_withdrawn_layer_the_nearest_by_name_is_offered(pages):
    document = read(pages, "/map?layers=parkovi-stari,naselja-oko-nisa")
    assert "Уместо слоја „parkovi-stari“ можда тражите: Паркови" in document.text
    offered = [a["href"] for a in document.all("a") if "naselja-oko-nisa,parkovi" in a["href"]]
    assert offered


def test_values_are_written_in_the_script_that_was_chosen(pages):
    document = read(pages, "/en/map/feature/parkovi/a/1?labels=sr-Cyrl")
    assert "Његошев парк" in document.text
    assert "Njegošev park" in read(pages, "/en/map/feature/parkovi/a/1?labels=sr-Latn").text
    assert "Njegošev" in read(pages, "/map/list?layers=parkovi&labels=sr-Latn").text


def test_the_list_says_that_a_filter_leaves_some_out(pages):
    document = read(pages, "/map/list?layers=parkovi&where.parkovi=otvoren:in:true")
    assert "1 објекат у приказу" in [each.get("data-said") for each in document.all("div")]
    assert "Приказани су само они који одговарају филтеру" in document.text


def test_a_feature_is_shown_with_titles_and_both_scripts(pages):
    document = read(pages, "/sr-latn/map/feature/parkovi/a/1")
    assert "Njegošev park Његошев парк" in document.text
    assert "Otvoren da" in document.text
    (article,) = document.all("article")
    assert article["data-id"] == "a/1"
    assert article["data-bbox"] == "22.12,43.41,22.12,43.41"
    assert {"lang": "sr-Cyrl", "class": "original"} in document.all("span")


def test_a_feature_without_a_name_has_its_id(pages):
    assert "без имена, a/3" in read(pages, "/map/feature/parkovi/a/3").text


@pytest.mark.parametrize(
    "path", ["/map/feature/parkovi/x", "/map/feature/none/1", "/map/feature/a"]
)
def test_an_unknown_feature_is_not_found(pages, path):
    assert pages.get(path).status_code == 404


def test_the_map_learns_what_to_draw(pages):
    answer = pages.get("/en/map/layers.json")
    parks = {each["id"]: each for each in answer.json()["collections"]}["parkovi"]
    assert parks["title"] == f"Parks {PAYLOAD}"
    assert parks["labels"] == {"own": ["naziv", "naziv_lat"], "latin": ["naziv_lat", "naziv"]}
    assert parks["bounds"] == [22.12, 43.41, 22.14, 43.43]
    assert re.fullmatch(r"#[0-9a-f]{6}", parks["colour"])
    zoom = parks["maxzoom"]
    tile = parks["tiles"].format(z=zoom, x=0, y=0)
    assert pages.get(tile).status_code in (200, 204)
    asked = pages.get("/en/map/layers.json?ids=parkovi,none").json()["collections"]
    assert asked == [parks]
    again = pages.get("/en/map/layers.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_picture_of_layers_draws_each_point(pages):
    answer = pages.get("/map/overview.svg?layers=parkovi")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.count("h0") == 3
    assert "NaN" not in answer.text
    assert pages.get("/map/overview.svg?layers=").text.count("path") == 0
