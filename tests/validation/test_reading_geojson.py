"""GeoJSON, as it should be and as it comes: each fault is told by the feature that has it."""

import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.reading.cells import Unreadable
from validation.reading.positions import all_at_once, fault
from validation.reading.spatial import read_json_layer

SQUARE = [[[20.0, 44.0], [20.1, 44.0], [20.1, 44.1], [20.0, 44.0]]]


@pytest.fixture
def sandbox(here):
    """Read without walls: what is tested here is what is understood of a file."""
    return here


def point(x=20.46, y=44.81):
    return {"type": "Point", "coordinates": [x, y]}


def feature(geometry=None, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@pytest.fixture
def save(tmp_path: Path):
    """Write features (or any document) as a file."""

    def write(*features, **more) -> Path:
        document = {"type": "FeatureCollection", "features": list(features), **more}
        path = tmp_path / "sloj.geojson"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def test_features_become_rows_with_their_geometry(save, read_one, cells):
    path = save(
        feature(point(), ime="Шабац", broj=12.0, da=True, otvoren="2020-12-31", šifra="00123"),
        feature(None, ime=None, dodatno={"a": [1]}, broj=0.5, šifra="7"),
    )
    reading = read_one(path)
    assert reading.labels == ("ime", "broj", "da", "otvoren", "šifra", "dodatno")
    assert (reading.crs, reading.spatial, reading.rows) == ("EPSG:4326", True, 2)
    assert (reading.header_row, reading.dialect, reading.findings) == (0, {}, ())
    first, second = cells(reading)
    assert [first[f"c{i}"] for i in range(6)] == ["Шабац", "12", "true", "2020-12-31", "00123", ""]
    assert [second[f"c{i}"] for i in range(6)] == ["", "0.5", "", "", "7", '{"a":[1]}']
    assert (first["row"], second["row"]) == (1, 2)
    assert shapely.from_wkb(first["geometry"]) == shapely.Point(20.46, 44.81)
    assert second["geometry"] is None
    types = [field["type"] for field in reading.schema["fields"]]
    assert types == ["string", "number", "boolean", "date", "string", "string"]


def test_lists_of_one_kind_are_arrays_and_others_stay_text(save, read_one, cells):
    path = save(
        feature(None, tags=["a", "б"], brojevi=[1, 2.5], da=[True], mesano=["a", 1], dublje=[[1]]),
        feature(None, tags=[], brojevi=None, da=[None], mesano=[], dublje=[]),
    )
    reading = read_one(path)
    types = [field["type"] for field in reading.schema["fields"]]
    assert types == ["array", "array", "array", "string", "string"]
    first, second = cells(reading)
    assert [first[f"c{i}"] for i in range(3)] == ['["a","б"]', "[1,2.5]", "[true]"]
    assert [second[f"c{i}"] for i in range(3)] == ["[]", "", "[null]"]


def test_the_id_of_a_feature_is_a_column_of_its_own(save, read_one, cells):
    reading = read_one(save({**feature(point(), a="x"), "id": 7}, feature(point(), a="y")))
    assert reading.labels == ("id", "a")
    assert [row["c0"] for row in cells(reading)] == ["7", ""]


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 0]]]}, "2 positions"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "one position"),
        ({"type": "Point", "coordinates": ["20,4", "44,8"]}, "not numbers"),
        ({"type": "Point", "coordinates": [[20, 44]]}, "nested"),
        ({"type": "Polygon", "coordinates": SQUARE[0]}, "nested"),
        ({"type": "Point"}, "missing"),
        ({"type": "Tacka", "coordinates": [1, 2]}, "'Tacka'"),
        ({"type": "GeometryCollection", "geometries": [{"type": "Point"}]}, "missing"),
        ("POINT (20 44)", "not an object"),
    ],
)
def test_a_geometry_that_cannot_be_read_is_told_by_its_feature(save, read_one, geometry, said):
    reading = read_one(save(feature(point()), feature(geometry), feature(point())))
    [finding] = reading.findings
    assert (finding.check, finding.severity, finding.row) == ("geometry-unreadable", "error", 2)
    assert said in finding.note
    assert reading.rows == 0


def test_heights_and_what_comes_after_them_are_left_out_with_a_note(save, read_one, cells):
    flat, high = point(), {"type": "Point", "coordinates": [20.5, 44.5, 117.0]}
    more = {"type": "Point", "coordinates": [20.5, 44.5, 117.0, 3.0]}
    reading = read_one(save(feature(flat), feature(high), feature(more)))
    assert [(f.check, f.severity) for f in reading.findings] == [("dimension-dropped", "note")]
    assert [shapely.from_wkb(r["geometry"]).has_z for r in cells(reading)] == [False] * 3


def test_the_old_crs_member_counts_and_is_warned_of(save, read_one):
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32634"}}
    reading = read_one(save(feature(point(457299.3, 4961986.0)), crs=named))
    assert reading.crs == "EPSG:32634"
    assert [(f.check, f.severity) for f in reading.findings] == [("geojson-crs", "warning")]


@pytest.mark.parametrize(
    "name", ["ESRI:102697", 'PROJCS["MGI_1901_Balkans_7",GEOGCS["GCS_MGI_1901"]]']
)
def test_a_crs_member_may_name_a_system_of_esri_or_hold_its_wkt(save, read_one, name):
    named = {"type": "name", "properties": {"name": name}}
    assert read_one(save(feature(point(457299.3, 4961986.0)), crs=named)).crs == name
    usual = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_one(save(feature(point()), crs=usual)).findings == ()
    unknown = {"type": "name", "properties": {"name": "Gauss-Krüger"}}
    assert read_one(save(feature(point()), crs=unknown)).crs == ""


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ('{"type": "FeatureCollection", "features": []}', "no-features"),
        ('{"type": "FeatureCollection", "features": {}}', "geojson-structure"),
        ('{"type": "FeatureCollection"}', "geojson-structure"),
        ('{"type": "FeatureCollection", "features": [1]}', "geojson-structure"),
        ('{"type": "Point", "coordinates": [NaN, 1]}', "json-not-a-number"),
        ('{"type": "Point", "type": "Point", "coordinates": [20, 44]}', "json-key-twice"),
        ('{"type": "Point", "coordinates": [1e400, 1]}', "json-error"),
        ('{"type": "Point", "coordinates": [1, 2}', "json-error"),
        ('{"type": "Point", "coordinates": ' + "[" * 200_000, "json-error"),
        ('[{"naziv": "nije GeoJSON"}]', "format-mismatch"),
        ('{"type": "gdal_streamed_alg", "command_line": "gdal vector"}', "format-mismatch"),
        ("naziv;broj\nnije;1\n", "format-mismatch"),
    ],
)
def test_what_is_not_geojson_is_refused_with_a_reason(tmp_path, read_one, text, check):
    path = tmp_path / "sloj.geojson"
    path.write_text(text, encoding="utf-8")
    reading = read_one(path)
    assert check in [f.check for f in reading.findings if f.severity == "error"]


def test_a_file_in_another_encoding_is_read_all_the_same(tmp_path, read_one, cells):
    path = tmp_path / "sloj.geojson"
    document = json.dumps(feature(point(), ime="Đorđe Šćepanović"), ensure_ascii=False)
    path.write_bytes(document.encode("cp1250"))
    reading = read_one(path)
    assert (reading.encoding, cells(reading)[0]["c0"]) == ("cp1250", "Đorđe Šćepanović")
    path.write_bytes(document.encode("utf-8-sig"))
    assert read_one(path).rows == 1


NUMBER = st.floats(-180, 180) | st.integers(-90, 90)
POSITION = st.lists(NUMBER, min_size=2, max_size=2)
LINE = st.lists(POSITION, min_size=2, max_size=5)
RING = st.lists(POSITION, min_size=3, max_size=5).map(lambda ring: [*ring, ring[0]])
POLYGON = st.lists(RING, min_size=1, max_size=3)
COORDINATES = {
    "Point": POSITION,
    "MultiPoint": st.lists(POSITION, min_size=1),
    "LineString": LINE,
    "MultiLineString": st.lists(LINE, min_size=1),
    "Polygon": POLYGON,
    "MultiPolygon": st.lists(POLYGON, min_size=1),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(COORDINATES)), st.data())
def test_built_at_once_they_are_what_they_are_one_by_one(kind, data):
    batch = data.draw(st.lists(COORDINATES[kind], min_size=1, max_size=4))
    documents = [{"type": kind, "coordinates": coordinates} for coordinates in batch]
    built = all_at_once(documents)
    assert built is not None
    expected = [shapely.from_geojson(json.dumps(document)) for document in documents]
    assert [g.wkb for g in built] == [g.wkb for g in expected]


ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBER | st.sampled_from(["", "Point", "Polygon", "Feature"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "geometry", "properties", "id", "geometries"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(ANYTHING, max_size=3), ANYTHING)
def test_whatever_stands_in_a_collection_it_is_a_reading_or_a_finding(
    tmp_path_factory, given_, crs
):
    path = tmp_path_factory.getbasetemp() / "bilo-sta.geojson"
    document = {"type": "FeatureCollection", "features": given_, "crs": crs}
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        read = read_json_layer(path, {})
    except Unreadable as refusal:
        assert refusal.finding.note
    else:
        assert len(read.rows) == len(given_)
        broken = {f.row for f in read.findings if f.severity == "error"}
        whole = {i for i, f in enumerate(given_, 1) if isinstance(f, dict) and f.get("geometry")}
        missing = {i for i, g in enumerate(read.geometry.to_pylist(), 1) if g is None}
        assert missing & whole <= broken


@settings(deadline=None)
@given(st.recursive(NUMBER | st.text(max_size=2) | st.none() | st.booleans(), st.lists))
def test_whatever_the_coordinates_are_the_fault_is_said_and_nothing_is_built(coordinates):
    document = {"type": "Polygon", "coordinates": coordinates}
    assert fault(document)[0]
    read = shapely.from_geojson(json.dumps(document), on_invalid="ignore")
    assert read is not None or all_at_once([document]) is None
