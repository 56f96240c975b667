"""Tables whose rows are places: known by header and numbers together, asked by numbers alone."""

import json

import geopandas
import pyarrow as pa
import pyogrio
import pytest
import shapely
from frictionless import Field
from pyproj import Transformer

from datasets.model import Dataset, Offer, Step
from datasets.text import Text
from validation import points
from validation.judge import Checks, validate

WORLD = (-180.0, -90.0, 180.0, 90.0)
SERBIA = (18.8, 41.8, 23.1, 46.2)
NUMBERS = {"type": "number", "decimalChar": ","}
TEXT = {"type": "string"}
BELGRADE, SABAC, PIROT = (20.46, 44.81), (19.69, 44.75), (22.6, 43.16)


def metres(crs: str, *places: tuple[float, float]) -> list[tuple[float, float]]:
    to = Transformer.from_crs("EPSG:4326", "EPSG:8685", always_xy=True)
    on = Transformer.from_crs("EPSG:8685", crs, always_xy=True)
    return [on.transform(*to.transform(*place)) for place in places]


def found(labels, rows, extent=WORLD, crs="", **field) -> points.Places | None:
    made = [Field.from_descriptor({"name": label, **(field or NUMBERS)}) for label in labels]
    columns = {f"c{i}": pa.array([row[i] for row in rows]) for i in range(len(labels))}
    return points.find(points.Table(pa.table(columns), labels, made, extent, crs))


@pytest.mark.parametrize(
    "labels",
    [
        ["lat", "lon"],
        ["Latitude", "Longitude"],
        ["geo. širina", "geo. dužina"],
        ["Географска ширина (WGS84)", "Географска дужина (WGS84)"],
        ["y", "x"],
        ["ширина", "дужина"],
    ],
)
def test_columns_of_coordinates_are_known_by_their_headers(labels):
    places = found(labels, [["44,81", "20,46"], ["", "21,9"]])
    assert places.x.tolist() == [20.46, 21.9]
    assert places.y.tolist()[0] == 44.81
    assert not places.told


def test_columns_of_coordinates_are_known_by_what_the_schema_says():
    basic = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    labels = ["ј", "и"]
    made = [
        Field.from_descriptor({"name": "ј", "type": "number", "rdfType": f"{basic}lat"}),
        Field.from_descriptor({"name": "и", "type": "number", "rdfType": f"{basic}long"}),
    ]
    cells = pa.table({"c0": ["44.81"], "c1": ["20.46"]})
    places = points.find(points.Table(cells, labels, made, WORLD))
    assert (places.x[0], places.y[0]) == (20.46, 44.81)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["x", "y"], [["3", "4"], ["7", "1"]]),
        (["дужина", "ширина"], [["12,5", "3,2"]]),
        (["lat", "назив"], [["44,81", "1"]]),
        (["lat", "lon", "lon"], [["44,81", "20,46", "20,46"]]),
        (["износ", "буџет"], [["457299,3", "961986,0"]]),
        (["матични", "пиб"], [["07198453", "4961986"]]),
    ],
)
def test_columns_that_may_mean_something_else_are_no_places(labels, rows):
    assert found(labels, rows, extent=SERBIA) is None


@pytest.mark.parametrize(
    ("crs", "labels"),
    [
        ("EPSG:6316", ["X", "Y"]),
        ("EPSG:8678", ["X (GK)", "Y (GK)"]),
        ("EPSG:8679", ["Koordinata X", "Koordinata Y"]),
        ("EPSG:8682", ["N", "E"]),
        ("EPSG:8682", ["northing_m", "easting_m"]),
        ("EPSG:3857", ["y", "x"]),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_metres_are_placed_by_header_and_values_with_north_where_it_is(crs, labels, turned):
    where = (PIROT,) if crs == "EPSG:8679" else (BELGRADE, SABAC)
    rows = [
        [f"{y:.2f}".replace(".", ","), f"{x:.2f}".replace(".", ",")] for x, y in metres(crs, *where)
    ]
    if turned:  # surveyors call the north X, others call it Y: the values tell
        rows = [row[::-1] for row in rows]
    places = found(labels, rows, SERBIA)
    assert (places.crs, places.sure, places.told) == (crs, True, True)
    assert places.systems[0] == crs
    assert places.x[0] == pytest.approx(metres(crs, *where)[0][0], abs=0.01)


def test_metres_without_a_word_of_the_header_are_asked():
    rows = [
        [f"{y:.2f}".replace(".", ","), f"{x:.2f}".replace(".", ","), "5"]
        for x, y in metres("EPSG:6316", BELGRADE, SABAC)
    ]
    labels = ["k1", "k2", "број"]
    places = found(labels, rows, SERBIA)
    assert (places.sure, places.columns) == (False, ("k2", "k1"))
    assert places.systems == ("EPSG:6316", "EPSG:31277")
    answered = found(labels, rows, SERBIA, crs="EPSG:6316")
    assert (answered.sure, answered.crs, answered.systems) == (True, "EPSG:6316", ())


@pytest.mark.parametrize(
    ("north", "east"),
    [
        ("44°48'36\"N", "20°27'36\"E"),
        ("44° 48′ 36″ N", "20° 27′ 36″ E"),
        ("44 48 36", "20 27 36"),
        ("44:48:36.0", "20:27:36.0"),
        ("44°48,6'", "20°27,6'"),
        ("N44.81°", "E20.46°"),
        ("44,8100", "20,4600"),
        ("44.81", "20.46"),
        ("44°48'36\"С", "20°27'36\"И"),
        ("44º48’36”", "20º27’36”"),
    ],
)
def test_degrees_that_are_texts_are_read_in_every_form(north, east):
    places = found(["lat", "lon", "naziv"], [[north, east, "a"], ["", "", "b"]], SERBIA, **TEXT)
    assert (places.x[0], places.y[0]) == pytest.approx(BELGRADE)
    assert str(places.x[1]) == "nan"
    assert places.told and places.sure


@pytest.mark.parametrize(
    "text", ["44 m", "44°61'00\"", "44.5°30'", "око 44", "N44E", "4444", "1/2"]
)
def test_what_is_no_angle_is_no_place(text):
    assert found(["lat", "lon"], [[text, text]], **TEXT) is None


@pytest.mark.parametrize(
    "text",
    [
        "44.81, 20.46",
        "20.46,44.81",
        "(44.81 20.46)",
        "44,81; 20,46",
        "44,81, 20,46",
        "44°48'36\"N 20°27'36\"E",
        "20°27'36\"E, 44°48'36\"N",
    ],
)
def test_one_column_of_pairs_is_placed_by_the_order_that_fits(text):
    places = found(["Локација", "назив"], [[text, "a"], [None, "b"]], SERBIA, **TEXT)
    assert (places.x[0], places.y[0]) == pytest.approx(BELGRADE)
    assert places.sure and places.told
    asked = found(["а", "назив"], [[text, "a"]], SERBIA, **TEXT)
    assert not asked.sure and len(asked.systems) >= 2


def test_decimal_pairs_that_lie_nowhere_near_are_no_places():
    assert found(["опсег"], [["1.5, 2.5"], ["3.0 7.5"]], SERBIA, **TEXT) is None


WKT = ["POINT (20.46 44.81)", None, "MULTIPOINT ((19.69 44.75))"]


def test_well_known_text_is_placed_by_what_it_says():
    rows = [[text, "a"] for text in WKT]
    assert found(["the_geom", "a"], rows, SERBIA, **TEXT).crs == "OGC:CRS84"
    marked = [[text and f"SRID=32634;{text}", "a"] for text in WKT]
    places = found(["geom", "a"], marked, SERBIA, **TEXT)
    assert (places.crs, places.sure) == ("EPSG:32634", True)


def test_well_known_text_in_metres_is_asked():
    [(x, y)] = metres("EPSG:6316", BELGRADE)
    places = found(["geom"], [[f"POINT({x} {y})"]], SERBIA, **TEXT)
    assert (places.sure, places.systems) == (False, ("EPSG:6316", "EPSG:31277"))


@pytest.fixture
def published(tmp_path, read_one, here):
    """Judge a CSV by what it holds; give the report and the typed table's places."""

    def judge(text: str, *recipe: Step):
        path = tmp_path / "tabela.csv"
        path.write_text(text, encoding="utf-8")
        reading = read_one(path, box=here, recipe=recipe)
        dataset = Dataset("p", Text("p"), "", "t", "1", (reading.resource,))
        report = validate(dataset, [reading], None, Checks(extent=SERBIA), here)
        if not reading.table.exists():
            return report, {}, []
        with pa.memory_map(str(reading.table)) as source:
            table = pa.ipc.open_file(source).read_all()
        said = json.loads(table.schema.metadata[b"emap"])
        wkb = table.column("__geometry").to_pylist() if "__geometry" in table.column_names else []
        return report, said, [shapely.from_wkb(one) for one in wkb]

    return judge


def lines(head: str, *rows: str) -> str:
    return "\n".join([head, *rows]) + "\n"


GK = lines("naziv;X;Y", "Beograd;4962967,6;7457718,2", "Šabac;4957185,08;7396745,02")


def test_a_table_of_surveyors_comes_out_where_it_is_with_a_note(published):
    report, said, places = published(GK)
    assert report.ok
    [note] = [f for f in report.findings if f.check == "table-placed"]
    assert (note.severity, note.values["crs"]) == ("note", "EPSG:6316")
    assert [offer.step.values["crs"] for offer in note.offers] == ["EPSG:6316", "EPSG:31277"]
    assert note.offers[0].samples[0].after == "20.46000, 44.81000"
    assert "MGI 1901 to SRB-ETRS89 (" in said["operation"]
    assert (places[0].x, places[0].y) == pytest.approx(BELGRADE, abs=1e-5)


def test_numbers_alone_are_asked_and_an_answer_places_them(published):
    text = GK.replace("X;Y", "k1;k2")
    report, said, places = published(text)
    [asked] = [f for f in report.findings if f.check == "table-unplaced"]
    assert (report.ok, asked.severity, places, said["crs"]) == (True, "warning", [], "")
    assert len(asked.offers) == 2
    assert not any(offer.exact for offer in asked.offers)
    report, said, places = published(text, asked.offers[0].step)
    assert (said["crs"], places[0].x) == ("EPSG:6316", pytest.approx(20.46, abs=1e-5))
    assert [f.severity for f in report.findings if f.check == "table-placed"] == ["note"]


def test_shapes_in_a_table_are_published_and_a_broken_one_stops_it(published):
    rows = ('1,"POLYGON ((20 44, 20.1 44, 20.1 44.1, 20 44.1, 20 44))"', '2,"POINT (20 44"')
    report, _, places = published(lines("id,wkt", rows[0]))
    assert report.ok and places[0].area == pytest.approx(0.01)
    report, _, _ = published(lines("id,wkt", *[rows[0]] * 9, rows[1]))
    assert [(f.check, f.row) for f in report.findings if f.severity == "error"] == [
        ("geometry-unreadable", 11)
    ]


def test_a_table_without_places_says_nothing_of_them(published):
    report, said, places = published(lines("naziv;cena;broj", "a;1,5;12", "b;2,5;13"))
    assert report.ok and said["crs"] == "" and places == []
    assert not [f for f in report.findings if f.check.startswith("table-")]


def test_a_layer_without_a_system_and_with_north_first_is_mended_in_two_steps(
    tmp_path, read_one, here
):
    rows = [(north, east) for east, north in metres("EPSG:6316", BELGRADE, SABAC, (20.9, 44.0))]
    layer = geopandas.GeoDataFrame({"id": [1, 2, 3]}, geometry=list(shapely.points(rows)))
    path = tmp_path / "tacke.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(layer, path)

    def offered(*recipe: Step) -> dict[str, Offer]:
        reading = read_one(path, box=here, recipe=recipe)
        dataset = Dataset("p", Text("p"), "", "t", "1", (reading.resource,))
        found = validate(dataset, [reading], None, Checks(extent=SERBIA), here).findings
        return {f.check: f.offers[0] for f in found if f.severity == "error" and f.offers}

    first = offered()["crs-missing"]
    assert first.samples[0].after == "20.46000, 44.81000"
    second = offered(first.step)["coordinates-swapped"]
    assert (second.step.repair, second.count) == ("swap-axes", 3)
    assert offered(first.step, second.step) == {}
