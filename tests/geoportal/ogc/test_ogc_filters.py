"""Filters in addresses: CQL2 as text and as JSON, times, and what is refused."""

import datetime
import json
from collections.abc import Callable

import httpx
import pytest
import shapely

from geoportal.registry import Shown

ITEMS = "/ogc/collections/naselja/items"
RADOVI = "/ogc/collections/radovi/items"
EPSG_4326 = "http://www.opengis.net/def/crs/EPSG/0/4326"
UTM = "http://www.opengis.net/def/crs/EPSG/0/32634"

type Ask = Callable[..., set[str]]


@pytest.fixture
def names(client: httpx.Client) -> Ask:
    """The names of the settlements that a filter finds; the count says as many."""

    def asked(text: str, **more: str) -> set[str]:
        answer = client.get(ITEMS, params={"filter": text, **more})
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["numberMatched"] == len(document["features"])
        return {feature["properties"]["naziv"] for feature in document["features"]}

    return asked


@pytest.fixture
def radovi(registry, build) -> Shown:
    """Road works: from when to when, one without an end, one without any time."""
    day = datetime.date
    columns = {
        "broj": ("integer", [1, 2, 3, 4]),
        "od": ("date", [day(2024, 1, 1), day(2024, 3, 1), day(2024, 6, 1), None]),
        "do": ("date", [day(2024, 1, 31), day(2024, 3, 31), None, None]),
    }
    shown: Shown = build("radovi", list(shapely.points([20, 20, 20, 20], 44)), columns)
    registry.show(shown)
    return shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("naziv = 'Рача'", {"Рача"}),
        ("NOT (stanovnistvo > 3000 OR stanovnistvo = 0)", {"Рача"}),
        ("grad = TRUE AND stanovnistvo BETWEEN 60000 AND 80000", {"Чачак", "Ваљево"}),
        ("naziv LIKE 'Ч%'", {"Чачак"}),
        ("casei(naziv) like casei('ра%')", {"Рача"}),
        ("naziv ILIKE 'ЛАЈ%'", {"Лајковац"}),
        ("naziv IN ('Шабац', 'Рача')", {"Шабац", "Рача"}),
        ("stanovnistvo / 2 > 70000", {"Крагујевац"}),
        ('"stanovnistvo" = 2744', {"Рача"}),
        ("S_INTERSECTS(geometry, BBOX(20.9, 44.2, 21, 44.3))", {"Рача"}),
        ("S_WITHIN(geometry, POLYGON((19 44.7, 20 44.7, 20 44.8, 19 44.8, 19 44.7)))", {"Шабац"}),
        ("naziv IS NULL", set()),
        ("naziv = 'x'' OR 1=1 --'", set()),
    ],
)
def test_a_filter_as_text(names, text, found):
    assert names(text) == found
    assert names(text, **{"filter-lang": "cql-text"}) == found


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"op": "=", "args": [{"property": "naziv"}, "Рача"]}, {"Рача"}),
        (
            {"op": "between", "args": [{"property": "stanovnistvo"}, 60000, 80000]},
            {"Чачак", "Ваљево"},
        ),
        ({"op": "in", "args": [{"property": "naziv"}, ["Рача", "' OR 1=1 --"]]}, {"Рача"}),
        (
            {
                "op": "s_intersects",
                "args": [{"property": "geometry"}, {"bbox": [20.9, 44.2, 21, 44.3]}],
            },
            {"Рача"},
        ),
        ({"op": "=", "args": [{"property": "naziv"}, "x' OR 1=1 --"]}, set()),
    ],
)
def test_a_filter_as_json(names, document, found):
    assert names(json.dumps(document), **{"filter-lang": "cql2-json"}) == found


def test_a_place_in_a_filter_is_read_in_filter_crs(names):
    latlon = "S_INTERSECTS(geometry, BBOX(44.2, 20.9, 44.3, 21))"
    assert names(latlon, **{"filter-crs": EPSG_4326}) == {"Рача"}
    metres = "S_INTERSECTS(geometry, BBOX(396000, 4955000, 397000, {}))"  # Шабац: 396298 4955644
    assert names(metres.format(4956000), **{"filter-crs": UTM}) == {"Шабац"}
    assert names(metres.format(4955100), **{"filter-crs": UTM}) == set()
    triangle = "S_WITHIN(geometry, POLYGON((396000 4955000, 397000 4955000, {}, 396000 4955000)))"
    assert names(triangle.format("396000 4957000"), **{"filter-crs": UTM}) == {"Шабац"}
    assert names(triangle.format("397000 4956000"), **{"filter-crs": UTM}) == set()


def test_a_filter_goes_with_every_other_question(client):
    asked = {"filter": "stanovnistvo > 3000", "bbox": "19,44,20,45", "grad": "true"}
    answer = client.get(ITEMS, params={**asked, "sortby": "-stanovnistvo", "limit": 1}).json()
    assert answer["numberMatched"] == 2
    assert [f["properties"]["naziv"] for f in answer["features"]] == ["Ваљево"]
    (more,) = [link["href"] for link in answer["links"] if link["rel"] == "next"]
    after = client.get(more).json()
    assert [f["properties"]["naziv"] for f in after["features"]] == ["Шабац"]
    assert (after["numberMatched"], "filter=" in more) == (2, True)


def test_a_filter_is_asked_in_html_too(client):
    page = client.get(ITEMS, params={"filter": "naziv = 'Рача'"}, headers={"Accept": "text/html"})
    assert "Рача" in page.text
    assert "Шабац" not in page.text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2024-01-31", {1, 4}),
        ("2024-01-31T12:00:00Z", {1, 4}),
        ("2024-02-01T00:30:00+01:00", {1, 4}),
        ("2024-02-10", {4}),
        ("2024-01-15/2024-03-01", {1, 2, 4}),
        ("2024-07-01/..", {3, 4}),
        ("../2023-12-31", {4}),
        ("../..", {1, 2, 3, 4}),
    ],
)
def test_datetime_finds_what_its_time_touches_and_what_has_none(client, radovi, value, found):
    assert radovi.layer.times == ("od", "do")
    answer = client.get(RADOVI, params={"datetime": value}).json()
    assert {feature["properties"]["broj"] for feature in answer["features"]} == found
    assert answer["numberMatched"] == len(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("T_AFTER(od, DATE('2024-02-01'))", {2, 3}),
        ("T_INTERSECTS(INTERVAL(od, do), INTERVAL('2024-01-10', '2024-03-01'))", {1, 2}),
        ("od >= '2024-03-01'", {2, 3}),
        ("do IS NULL AND od > TIMESTAMP('2024-01-01T00:00:00Z')", {3}),
        ("T_DURING(INTERVAL(od, do), INTERVAL('2024-02-01', '..'))", {2}),
    ],
)
def test_a_filter_asks_for_times(client, radovi, text, found):
    answer = client.get(RADOVI, params={"filter": text}).json()
    assert {feature["properties"]["broj"] for feature in answer["features"]} == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"filter": "naziv ="}, "it ends before it is complete"),
        ({"filter": "naziv == 'x'"}, "from character 8"),
        ({"filter": ""}, "it ends"),
        ({"filter": "nazib = 'x'"}, "no property 'nazib'; there are naziv, stanovnistvo"),
        ({"filter": "naziv = 5"}, "naziv is a text, but 5 is a number"),
        ({"filter": "stanovnistvo > 'abc'"}, "stanovnistvo is a number, but 'abc' is a text"),
        ({"filter": "stanovnistvo"}, "is a number, not true or false"),
        ({"filter": "geometry = geometry"}, "which is not compared"),
        ({"filter": "geometry = 'x'"}, "geometry is a geometry"),
        ({"filter": "S_INTERSECTS(naziv, POINT(20 44))"}, "naziv is a text, not a geometry"),
        ({"filter": "S_INTERSECTS(geometry, POINT(20))"}, "is no geometry, such as POINT"),
        ({"filter": "S_INTERSECTS(geometry, POINT EMPTY)"}, "needs vertices"),
        ({"filter": "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))"}, "not valid"),
        ({"filter": "S_INTERSECTS(geometry, POINT(1e999 0))"}, "finite"),
        ({"filter": "S_INTERSECTS(geometry, BBOX(1,2,3))"}, "4 numbers, or 6"),
        ({"filter": "T_AFTER(naziv, DATE('2024-01-01'))"}, "naziv is a text, not a date"),
        ({"filter": "T_AFTER(naziv, DATE('2024-13-01'))"}, "'2024-13-01' is no date"),
        ({"filter": "A_CONTAINS(naziv, ('a'))"}, "naziv is a text, not a list"),
        ({"filter": "pg_sleep(5) = 1"}, "no operator or function 'pg_sleep'"),
        ({"filter": "naziv = 'x'; drop table a"}, "from character 12"),
        ({"filter": "naziv LIKE naziv"}, "the pattern is a text"),
        ({"filter": "naziv = 'a\x00'"}, "NUL"),
        ({"filter": f"naziv = '{'a' * 9000}'"}, "longer than 8192 bytes"),
        ({"filter": f"{'(' * 51}grad{')' * 51}"}, "deeper than 50"),
        ({"filter": f"{'NOT ' * 500}grad"}, "deeper than 50"),
        ({"filter": " OR ".join(["grad"] * 600)}, "more than 500"),
        (
            {"filter": f"S_INTERSECTS(geometry, LINESTRING({','.join(['1 1'] * 1001)}))"},
            "1000 vertices",
        ),
        ({"filter": "{}"}, "filter-lang=cql2-json"),
        ({"filter": "{}", "filter-lang": "cql2-json"}, "an object with nothing"),
        ({"filter": "[" * 5000, "filter-lang": "cql2-json"}, "deeper than 50"),
        (
            {"filter": '{"op":"=","args":[{"property":"naziv"},null]}', "filter-lang": "cql2-json"},
            "isNull",
        ),
        ({"filter": '{"op":"=","args":"x"}', "filter-lang": "cql2-json"}, "args a list"),
        ({"filter": '{"op":"=","args":[1]}', "filter-lang": "cql2-json"}, "is of 2, not of 1"),
        ({"filter": "grad", "filter-lang": "cql2-json"}, "no JSON"),
        ({"filter": "grad", "filter-lang": "sql"}, "filter-lang: 'sql'"),
        ({"filter": "grad", "filter-crs": "EPSG:4326"}, "filter-crs: 'EPSG:4326'"),
        (
            {"filter": "S_INTERSECTS(geometry, POINT(95 0))", "filter-crs": EPSG_4326},
            "not in the area",
        ),
        ({"datetime": "2024-01-01", "filter": "grad AND"}, "it ends"),
    ],
)
def test_a_wrong_filter_is_refused_and_says_why(client, query, said):
    answer = client.get(ITEMS, params=query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    detail = answer.json()["detail"]
    assert detail.startswith(("filter", "filter-lang", "filter-crs"))
    assert said in detail
    assert len(detail) < 1000


def test_every_queryable_is_taken_in_a_filter(client):
    properties = client.get("/ogc/collections/naselja/queryables").json()["properties"]
    for name in properties:
        answer = client.get(ITEMS, params={"filter": f'"{name}" IS NOT NULL', "limit": 1})
        assert answer.json()["numberMatched"] == 7, name


def test_filters_are_declared_as_they_are_taken(client):
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    for name in ("ogcapi-features-3/1.0/conf/filter", "cql2/1.0/conf/array-functions"):
        assert f"http://www.opengis.net/spec/{name}" in declared
    assert not [name for name in declared if name.endswith("/functions")]
    described = client.get("/ogc/openapi").json()["components"]["parameters"]
    assert described["filter-lang"]["schema"]["enum"] == ["cql2-text", "cql2-json", "cql-text"]
    assert described["filter-lang"]["schema"]["default"] == "cql2-text"


def test_a_file_of_what_a_filter_finds(client):
    answer = client.get(ITEMS, params={"filter": "naziv = 'Рача'", "f": "csv"})
    assert answer.status_code == 200
    assert "Рача" in answer.text
    assert "Шабац" not in answer.text
    assert client.get(ITEMS, params={"filter": "nazib = 'x'", "f": "csv"}).status_code == 400
