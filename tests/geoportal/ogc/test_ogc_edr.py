"""Time series by OGC API EDR: which layers are some, what a query gives, in three formats."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import quote

import jsonschema
import pytest
import shapely
from owslib.ogcapi.edr import EnvironmentalDataRetrieval
from pyproj import Transformer

from geoportal.ogc import edr_provider
from geoportal.registry import Shown

HERE = "/ogc/collections/vazduh"
STATIONS = [(20.90, 44.00), (20.95, 44.02), (21.50, 44.50)]
NAMES = ["Центар", "Ada/Most", "Ниш <b>"]
UTM, SWAPPED = (f"http://www.opengis.net/def/crs/EPSG/0/{code}" for code in (32634, 4326))
COVERAGE = {  # the parts of https://covjson.org/schema that we write
    "type": "object",
    "required": ["type", "domainType", "parameters", "referencing", "coverages"],
    "properties": {
        "type": {"const": "CoverageCollection"},
        "domainType": {"enum": ["PointSeries", "PolygonSeries"]},
        "parameters": {
            "additionalProperties": {
                "required": ["type", "observedProperty"],
                "properties": {
                    "type": {"const": "Parameter"},
                    "observedProperty": {"required": ["id", "label"]},
                    "unit": {"anyOf": [{"required": ["label"]}, {"required": ["symbol"]}]},
                },
            }
        },
        "coverages": {
            "items": {
                "required": ["type", "domain", "ranges"],
                "properties": {
                    "domain": {"required": ["type", "domainType", "axes"]},
                    "ranges": {
                        "additionalProperties": {
                            "required": ["type", "dataType", "axisNames", "shape", "values"],
                            "properties": {"values": {"items": {"type": ["number", "null"]}}},
                        }
                    },
                },
            }
        },
    },
}


def hours(n: int) -> list[datetime]:
    return [datetime(2026, 1, 15) + timedelta(hours=i) for i in range(n)]


@pytest.fixture(scope="session")
def measured(build: Callable[..., Shown]) -> Shown:
    """Three stations that measure PM10 and SO2, in a long table: a row for each value."""
    rows = [
        (shapely.Point(place), moment, kind, float(i * 100 + moment.hour + (kind == "SO2") / 2))
        for i, place in enumerate(STATIONS)
        for moment in hours(6)
        for kind in ("PM10", "SO2")
    ]
    places, times, kinds, values = zip(*rows, strict=True)
    columns = {
        "vreme": ("datetime", times),
        "materija": ("string", kinds),
        "vrednost": ("number", values),
        "jedinica": ("string", ["µg/m³"] * len(rows)),
        "stanica": ("string", [NAMES[STATIONS.index((p.x, p.y))] for p in places]),
    }
    return build("vazduh", list(places), columns)


@pytest.fixture(scope="session")
def counted(build: Callable[..., Shown]) -> Shown:
    """Two quarters whose people and households were counted each year, in a wide table."""
    squares = [shapely.box(20, 43, 20.1, 43.1), shapely.box(20.2, 43, 20.3, 43.1)]
    columns = {
        "datum": ("date", [date(2020 + i % 4, 1, 1) for i in range(8)]),
        "stanovnika": ("integer", [1000 + i if i != 2 else None for i in range(8)]),
        "domacinstava": ("integer", list(range(8))),
    }
    return build("cetvrti", [squares[i // 4] for i in range(8)], columns, kind="Polygon")


@pytest.fixture
def asks(client, registry, measured, counted):
    registry.show(measured)
    registry.show(counted)

    def ask(path: str, status: int = 200, **query):
        given = {name.replace("_", "-"): value for name, value in query.items()}
        answer = client.get(path, params=given or None)
        assert answer.status_code == status, answer.text
        return answer

    return ask


def coverages(answer) -> list[dict]:
    document = answer.json()
    jsonschema.validate(document, COVERAGE)
    for one in document["coverages"]:
        axes = one["domain"]["axes"]
        moments = axes["t"]["values"]
        assert axes.keys() in ({"x", "y", "t"}, {"composite", "t"})
        assert moments == sorted(set(moments))
        assert one["ranges"].keys() <= document["parameters"].keys()
        for values in one["ranges"].values():
            assert (values["axisNames"], values["shape"]) == (["t"], [len(moments)])
            assert len(values["values"]) == len(moments)
    return document["coverages"]


def values(coverage: dict) -> dict[str, list]:
    return {name: one["values"] for name, one in coverage["ranges"].items()}


@pytest.mark.parametrize("kind", ["position", "area"])
def test_a_series_is_asked_as_the_suite_of_the_ogc_asks(client, registry, measured, kind):
    """By the words of `output_formats`, and with the interval of the extent as it stands there."""
    registry.show(measured)
    described = client.get(f"{HERE}?f=json").json()
    ((begin, end),) = described["extent"]["temporal"]["interval"]
    assert (begin, end) == ("2026-01-15T00:00:00Z", "2026-01-15T05:00:00Z")
    link = described["data_queries"][kind]["link"]
    ((west, south, east, north),) = described["extent"]["spatial"]["bbox"]
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    area = "POLYGON((" + ",".join(f"{x} {y}" for x, y in ring) + "))"
    coords = {"position": f"POINT({(west + east) / 2} {(south + north) / 2})", "area": area}[kind]
    assert client.get(link["href"]).status_code == 400
    assert client.get(link["href"], params={"coords": "POINT()"}).status_code == 400
    for form in link["variables"]["output_formats"]:
        words = {"coords": coords, "parameter-name": next(iter(described["parameter_names"]))}
        words |= {"crs": described["crs"][0], "f": form, "datetime": f"{begin}/{end}"}
        answer = client.get(link["href"], params=words)
        assert answer.status_code == 200, answer.text
        assert form.lower()[-4:] in answer.headers["content-type"].lower()
    unquoted = client.get(f"{link['href']}?coords={coords}&datetime=2026-01-15T02:00:00+01:00")
    assert unquoted.status_code == 200


def test_a_series_says_what_is_measured_and_how_it_is_asked_for(asks):
    said = asks(HERE).json()
    assert said["output_formats"] == ["CoverageJSON", "GeoJSON", "CSV", "HTML"]
    assert set(said["parameter_names"]) == {"PM10", "SO2"}
    assert said["parameter_names"]["PM10"]["unit"]["symbol"] == "µg/m³"
    assert set(said["data_queries"]) == {"position", "radius", "area", "cube", "locations"}
    offered = said["data_queries"]["cube"]["link"]["variables"]["crs_details"]
    assert {UTM, SWAPPED} <= {one["crs"] for one in offered}
    assert all(one["wkt"].startswith(("GEOGCRS", "PROJCRS", "GEODCRS")) for one in offered)
    assert said["extent"]["temporal"]["interval"] == [
        ["2026-01-15T00:00:00Z", "2026-01-15T05:00:00Z"]
    ]
    listed = {one["id"]: one for one in asks("/ogc/collections").json()["collections"]}
    assert listed["vazduh"]["data_queries"] == said["data_queries"]
    assert "data_queries" not in listed["naselja"]
    wide = asks("/ogc/collections/cetvrti").json()
    assert set(wide["parameter_names"]) == {"stanovnika", "domacinstava"}
    assert "locations" not in wide["data_queries"]


@pytest.mark.parametrize("point", ["POINT(20.9 44)", "POINT(20.904 44.003)"])
def test_a_position_gives_the_series_of_the_nearest_place(asks, point):
    answer = asks(f"{HERE}/position", coords=point)
    assert answer.headers["content-type"] == "application/vnd.cov+json"
    (coverage,) = coverages(answer)
    axes = coverage["domain"]["axes"]
    assert (axes["x"]["values"], axes["y"]["values"]) == ([20.9], [44.0])
    assert axes["t"]["values"][:2] == ["2026-01-15T00:00:00Z", "2026-01-15T01:00:00Z"]
    assert values(coverage) == {"PM10": [0, 1, 2, 3, 4, 5], "SO2": [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]}


def test_far_from_every_place_there_is_nothing(asks):
    assert coverages(asks(f"{HERE}/position", coords="POINT(19 43)")) == []


def test_a_position_in_an_area_gives_the_series_of_the_area(asks):
    answer = asks("/ogc/collections/cetvrti/position", coords="POINT(20.25 43.05)")
    (coverage,) = coverages(answer)
    assert coverage["domain"]["domainType"] == "PolygonSeries"
    (ring,) = coverage["domain"]["axes"]["composite"]["values"][0]
    assert len(ring) == 5
    assert coverage["domain"]["axes"]["t"]["values"][0] == "2020-01-01"
    assert values(coverage)["stanovnika"] == [1004, 1005, 1006, 1007]


@pytest.mark.parametrize(
    "moment", ["2026-01-15T02:00:00Z", "2026-01-15T02:00:00", "2026-01-15T03:00:00+01:00"]
)
def test_a_moment_is_given_in_utc_and_asked_for_with_any_offset(asks, moment):
    found = asks(f"{HERE}/items", vreme=moment, f="json").json()
    assert {one["properties"]["vreme"] for one in found["features"]} == {"2026-01-15T02:00:00Z"}
    assert found["numberMatched"] == 6
    asks(f"{HERE}/items", 400, vreme="0001-01-01T00:00:00+05:00")


def test_what_was_not_measured_is_null(asks):
    answer = asks("/ogc/collections/cetvrti/position", coords="POINT(20.05 43.05)")
    assert values(coverages(answer)[0])["stanovnika"] == [1000, 1001, None, 1003]


def test_datetime_and_parameter_name_choose(asks):
    answer = asks(
        f"{HERE}/position",
        coords="POINT(20.9 44)",
        datetime="2026-01-15T02:00:00Z/2026-01-15T03:00:00Z",
        parameter_name="SO2",
    )
    (coverage,) = coverages(answer)
    assert values(coverage) == {"SO2": [2.5, 3.5]}
    assert set(answer.json()["parameters"]) == {"SO2"}
    assert coverages(asks(f"{HERE}/position", coords="POINT(20.9 44)", datetime="2020-01-01")) == []


@pytest.mark.parametrize(
    ("kind", "query", "stations"),
    [
        ("area", {"coords": "POLYGON((20.8 43.9,21 43.9,21 44.1,20.8 44.1,20.8 43.9))"}, 2),
        ("area", {"coords": "POLYGON((20.8 43.9,21 43.9,20.8 44.1,20.8 43.9))"}, 1),
        ("area", {"coords": "MULTIPOLYGON(((21 44,22 44,22 45,21 44)),((0 0,1 0,1 1,0 0)))"}, 1),
        ("cube", {"bbox": "20,43,22,45"}, 3),
        ("cube", {"bbox": "0,0,1,1"}, 0),
        ("radius", {"coords": "POINT(20.9 44)", "within": "10", "within_units": "km"}, 2),
        ("radius", {"coords": "POINT(20.9 44)", "within": "100", "within_units": "m"}, 1),
    ],
)
def test_each_query_finds_the_places_that_are_there(asks, kind, query, stations):
    assert len(coverages(asks(f"{HERE}/{kind}", **query))) == stations


def test_the_same_is_said_as_geojson_and_csv(asks, client):
    query = {"coords": "POINT(20.9 44)"}
    features = asks(f"{HERE}/position", **query, f="geojson")
    assert features.headers["content-type"] == "application/geo+json"
    first = features.json()["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [20.9, 44.0]}
    assert first["properties"] == {
        "datetime": "2026-01-15T00:00:00Z",
        "label": "Центар",
        "parameter-name": ["PM10", "SO2"],
        "edrqueryendpoint": f"{str(client.base_url).rstrip('/')}{HERE}/locations/{quote('Центар')}",
        "PM10": 0,
        "SO2": 0.5,
    }
    assert [p["id"] for p in features.json()["parameters"]] == ["PM10", "SO2"]
    links = {link["rel"]: link for link in features.json()["links"]}
    assert client.get(links["self"]["href"]).json() == features.json()
    table = list(csv.DictReader(io.StringIO(asks(f"{HERE}/position", **query, f="csv").text)))
    assert len(table) == 6
    assert table[5] == {
        "lon": "20.9",
        "lat": "44.0",
        "datetime": "2026-01-15T05:00:00Z",
        "PM10": "5.0",
        "SO2": "5.5",
    }
    squares = asks("/ogc/collections/cetvrti/cube", bbox="20,43,21,44", f="csv").text
    assert json.loads(next(csv.DictReader(io.StringIO(squares)))["geometry"])["type"] == "Polygon"


def test_each_feature_says_where_its_series_is_had(asks, client):
    squares = asks("/ogc/collections/cetvrti/cube", bbox="20,43,21,44", f="geojson").json()
    for feature in squares["features"]:
        address = feature["properties"]["edrqueryendpoint"]
        (coverage,) = coverages(client.get(address))
        assert [feature["geometry"]["coordinates"]] == coverage["domain"]["axes"]["composite"][
            "values"
        ]


def test_places_with_names_are_listed_and_asked_for_by_them(asks, client):
    listed = asks(f"{HERE}/locations", f="json").json()
    assert [one["id"] for one in listed["features"]] == ["Ada-Most", "Ниш <b>", "Центар"]
    first = listed["features"][0]
    assert first["geometry"]["coordinates"] == [20.95, 44.02]
    assert first["properties"]["label"] == "Ada/Most"
    assert first["properties"]["parameter-name"] == ["PM10", "SO2"]
    assert first["properties"]["datetime"] == "2026-01-15T00:00:00Z/2026-01-15T05:00:00Z"
    (coverage,) = coverages(client.get(first["properties"]["edrqueryendpoint"]))
    assert (coverage["id"], values(coverage)["PM10"][:2]) == ("Ada-Most", [100, 101])
    near = asks(f"{HERE}/locations", bbox="21,44,22,45", f="json").json()
    assert [one["id"] for one in near["features"]] == ["Ниш <b>"]
    one = asks(f"{HERE}/locations/Центар", datetime="2026-01-15T03:00:00Z/..", parameter_name="SO2")
    assert values(coverages(one)[0]) == {"SO2": [3.5, 4.5, 5.5]}
    assert "locations" in asks(f"{HERE}/locations/nema", 404).json()["detail"]
    assert "position" in asks("/ogc/collections/cetvrti/locations", 404).json()["detail"]


def test_coordinates_are_given_in_each_system_that_reaches_the_layer(asks):
    where = {"coords": "POINT(492002.1 4871890.7)"}
    answer = asks(f"{HERE}/position", **where, crs=UTM)
    assert answer.headers["content-crs"] == f"<{UTM}>"
    (coverage,) = coverages(answer)
    x, y = coverage["domain"]["axes"]["x"]["values"], coverage["domain"]["axes"]["y"]["values"]
    east, north = Transformer.from_crs(4326, 32634, always_xy=True).transform(20.9, 44)
    assert (x, y) == ([pytest.approx(east, abs=1e-3)], [pytest.approx(north, abs=1e-3)])
    assert answer.json()["referencing"][0] == {
        "coordinates": ["x", "y"],
        "system": {"type": "ProjectedCRS", "id": UTM},
    }
    assert values(coverage)["PM10"] == [0, 1, 2, 3, 4, 5]
    row = next(
        csv.DictReader(io.StringIO(asks(f"{HERE}/position", **where, crs=UTM, f="csv").text))
    )
    assert float(row["x"]) == x[0]
    where = {"coords": "POINT(44 20.9)"}
    turned = asks(f"{HERE}/position", **where, crs=SWAPPED)
    assert turned.json()["referencing"][0]["coordinates"] == ["y", "x"]
    assert coverages(turned)[0]["domain"]["axes"]["x"]["values"] == [20.9]
    features = asks(f"{HERE}/position", **where, crs="EPSG:4326", f="geojson").json()["features"]
    assert features[0]["geometry"]["coordinates"] == [44.0, 20.9]
    square = {"bbox": "43,20,44,20.15", "crs": SWAPPED}
    (one,) = coverages(asks("/ogc/collections/cetvrti/cube", **square))
    (ring,) = one["domain"]["axes"]["composite"]["values"][0]
    assert {tuple(p) for p in ring} == {(20, 43), (20.1, 43), (20.1, 43.1), (20, 43.1)}


@pytest.mark.parametrize(
    ("kind", "turned", "metres"),
    [
        ("position", {"coords": "POINT(44.02 20.95)"}, {"coords": "POINT(495992.6 4874095.4)"}),
        (
            "radius",
            {"coords": "POINT(44.02 20.95)", "within": "1", "within-units": "km"},
            {"coords": "POINT(495992.6 4874095.4)", "within": "1000", "within-units": "m"},
        ),
        (
            "area",
            {"coords": "POLYGON((44.01 20.94,44.03 20.94,44.03 20.96,44.01 20.94))"},
            {"coords": "POLYGON((495e3 4873e3,495e3 4876e3,499e3 4876e3,495e3 4873e3))"},
        ),
        ("cube", {"bbox": "44.01,20.94,44.03,20.96"}, {"bbox": "495e3,4873e3,499e3,4876e3"}),
    ],
)
def test_a_place_is_asked_for_in_the_system_of_the_answer(asks, kind, turned, metres):
    """In its axis order. Rule: OGC 19-086r6, /req/core/rc-bbox-response and coords-response."""
    found = [
        coverages(asks(f"{HERE}/{kind}", **query))
        for query in (turned | {"crs": SWAPPED}, metres | {"crs": UTM})
    ]
    assert [[one["id"] for one in each] for each in found] == [["Ada-Most"], ["Ada-Most"]]
    assert "bbox" in metres or "earth" in asks(f"{HERE}/{kind}", 400, **metres).json()["detail"]


@pytest.mark.parametrize("prefix", ["", "/sr-latn", "/en"])
@pytest.mark.parametrize("path", ["cube?bbox=20,43,22,45", "locations", "locations/Ниш <b>"])
def test_a_series_is_a_page_for_people(asks, client, prefix, path):
    asks(HERE)
    page = client.get(f"{prefix}{HERE}/{path}", headers={"Accept": "text/html"})
    assert page.status_code == 200, page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text


def test_two_values_of_one_moment_are_both_kept(registry, client, build):
    at = shapely.Point(20, 44)
    columns = {
        "vreme": ("datetime", [datetime(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 2)]),
        "visina": ("number", [1.0, 2.0, 3.0]),
    }
    registry.show(build("dvaput", [at, at, at], columns))
    answer = client.get("/ogc/collections/dvaput/position?coords=POINT(20 44)")
    assert [values(one) for one in coverages(answer)] == [{"visina": [1, 3]}, {"visina": [2]}]


def test_a_layer_whose_places_come_once_is_no_series(registry, client, build):
    columns = {
        "datum": ("date", [date(2026, 1, 1)] * 5),
        "visina": ("number", [1.0, 2.0, 3.0, 4.0, 5.0]),
    }
    registry.show(build("stabla", [shapely.Point(20 + i, 44) for i in range(5)], columns))
    assert "data_queries" not in client.get("/ogc/collections/stabla").json()
    answer = client.get("/ogc/collections/stabla/position?coords=POINT(20 44)")
    assert answer.status_code == 404
    assert "items" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("position", "coords"),
        ("position?coords=POINT(20)", "coords"),
        ("position?coords=POINT(200 44)", "coords"),
        ("position?coords=POINT(nan 44)", "coords"),
        ("position?coords=POINT EMPTY", "coords"),
        ("position?coords=POINT(1e400 44)", "coords"),
        ("position?coords=POINT(20 44)%00", "coords"),
        ("radius?coords=POINT(20 44)&within=1_0&within-units=m", "within"),
        ("position?coords=LINESTRING(0 0,1 1)", "coords"),
        ("area?coords=POINT(20 44)", "coords"),
        ("area?coords=POLYGON((0 0,1 1,1 0,0 1,0 0))", "coords"),
        ("radius?coords=POINT(20 44)", "within"),
        ("radius?coords=POINT(20 44)&within=1&within-units=mile", "within-units"),
        ("radius?coords=POINT(20 44)&within=-1&within-units=m", "within"),
        ("radius?coords=POINT(20 44)&within=101&within-units=km", "within"),
        ("cube?bbox=1,2,3", "bbox"),
        ("cube", "bbox"),
        ("position?coords=POINT(20 44)&parameter-name=O3", "PM10, SO2"),
        ("position?coords=POINT(20 44)&datetime=now", "datetime"),
        ("position?coords=POINT(20 44)&crs=EPSG:2100", "crs"),
        ("position?coords=POINT(20 44)&z=10", "z"),
        ("position?coords=POINT(20 44)&f=netcdf", "covjson"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(asks, path, word):
    answer = asks(f"{HERE}/{path}", 400)
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


def test_too_many_measurements_are_refused_with_a_way_out(asks, monkeypatch):
    monkeypatch.setattr(edr_provider, "MOST_ROWS", 35)
    answer = asks(f"{HERE}/cube", 400, bbox="20,43,22.1,45")
    assert "shorter datetime" in answer.json()["detail"]


def test_an_answer_is_known_by_its_validator(asks, client):
    where = f"{HERE}/position?coords=POINT(20.9 44)"
    first = asks(where)
    again = client.get(where, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    pinned = asks(f"{where}&v=1")
    assert "immutable" in pinned.headers["cache-control"]


def test_owslib_reads_a_series(asks, client):
    asks(HERE)
    service = EnvironmentalDataRetrieval(f"{client.base_url}/ogc")
    assert {"vazduh", "cetvrti"} <= set(service.data())
    raw = service.query_data("vazduh", "position", coords="POINT(20.9 44)")
    assert raw["coverages"][0]["ranges"]["PM10"]["values"] == [0, 1, 2, 3, 4, 5]
    places = service.query_data("vazduh", "locations")
    assert len(places["features"]) == len(STATIONS)


def test_a_box_may_have_heights_and_cross_the_antimeridian(asks):
    flat = coverages(asks(f"{HERE}/cube", bbox="20.8,43.9,21,44.1"))
    assert flat
    assert coverages(asks(f"{HERE}/cube", bbox="20.8,43.9,0,21,44.1,900")) == flat
    assert coverages(asks(f"{HERE}/cube", bbox="170,40,-170,50")) == []
