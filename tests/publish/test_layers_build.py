"""What a build makes of a typed table, and what it refuses."""

import datetime
import hashlib
import json
import sqlite3
from contextlib import closing

import geopandas
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from datasets.errors import PublishError
from publish.layers.build import build_layer
from publish.layers.features import Features
from publish.layers.manifest import FORMAT
from publish.layers.table import hilbert_distance, hilbert_order

RACA = shapely.Point(20.9785, 44.2264)
CW_SQUARE = shapely.Polygon([(20, 44), (20, 45), (21, 45), (21, 44)])


def features(opened: Features) -> list[dict]:
    return [orjson.loads(feature) for feature in opened.features(limit=1000)]


def rows(opened: Features, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(opened.folder / "layer.sqlite")) as connection:
        return connection.execute(statement).fetchall()


def test_a_feature_is_stored_as_it_will_be_sent(built):
    columns = {
        "name": ("string", ["Рача <&>"]),
        "trees": ("integer", [2**60]),
        "height_m": ("number", [3.5]),
        "alive": ("boolean", [True]),
        "planted": ("date", [datetime.date(2020, 3, 1)]),
        "seen": ("datetime", [datetime.datetime(2024, 5, 6, 7, 8, 9)]),
        "at": ("time", [datetime.time(7, 30)]),
        "empty": ("string", [None]),
    }
    opened, _ = built([RACA], columns)
    assert opened.features(limit=5)[0].decode() == (
        '{"type":"Feature","id":1,"geometry":{"type":"Point","coordinates":[20.9785,44.2264]},'
        '"properties":{"name":"Рача <&>","trees":1152921504606846976,"height_m":3.5,"alive":true,'
        '"planted":"2020-03-01","seen":"2024-05-06T07:08:09Z","at":"07:30:00","empty":null}}'
    )


def test_attributes_lie_in_numbered_columns_of_their_type(built):
    columns = {
        "alive": ("boolean", [True, False]),
        "planted": ("date", [datetime.date(2020, 3, 1), None]),
        "select": ("string", ["a", "b"]),
    }
    opened, _ = built([RACA, RACA], columns)
    assert rows(opened, "select typeof(c0), c0, c1, c2 from a order by pk") == [
        ("integer", 1, "2020-03-01", "a"),
        ("integer", 0, None, "b"),
    ]
    assert rows(opened, "pragma page_size") == [(8192,)]
    assert rows(opened, "pragma application_id") == [(0x654D6170,)]
    assert rows(opened, "pragma user_version") == [(FORMAT,)]
    assert rows(opened, "pragma journal_mode") == [("delete",)]
    assert rows(opened, "pragma integrity_check") == [("ok",)]


def test_a_paragraph_is_not_indexed_and_a_word_is(built):
    columns = {"word": ("string", ["храст"]), "text": ("string", ["реч " * 100])}
    opened, _ = built([RACA], columns)
    names = [name for (name,) in rows(opened, "select name from sqlite_master where type='index'")]
    assert names == ["i_fid", "i_c0"]


def test_rings_turn_as_rfc_7946_says_and_coordinates_have_seven_decimals(built):
    hole = [(20.4, 44.4), (20.6, 44.4), (20.6, 44.6), (20.4, 44.6)]
    polygon = shapely.Polygon(CW_SQUARE.exterior, [hole])
    opened, layer = built([polygon, shapely.Point(20.123456789, -0.00000000001)])
    drawn = {f["geometry"]["type"]: f["geometry"]["coordinates"] for f in features(opened)}
    exterior, interior = (shapely.LinearRing(ring) for ring in drawn["Polygon"])
    assert exterior.is_ccw
    assert not interior.is_ccw
    assert str(drawn["Point"]) == "[20.1234568, 0.0]"
    assert layer.geometry_type == "Geometry"
    assert layer.bbox_lonlat == (20.0, 0.0, 21.0, 45.0)


def test_features_without_geometry_come_last_and_have_null(built):
    shapes = [None, RACA, shapely.Polygon(), CW_SQUARE]
    opened, layer = built(shapes, {"n": ("integer", [0, 1, 2, 3])})
    found = features(opened)
    assert [f["geometry"] is None for f in found] == [False, False, True, True]
    assert [f["id"] for f in found[2:]] == [1, 3]
    assert (layer.features, layer.without_geometry) == (4, 2)
    assert rows(opened, "select count(*) from rt") == [(2,)]
    assert rows(opened, "select count(*) from a where xmin is null") == [(2,)]


def test_a_layer_may_have_no_geometry_at_all(built):
    opened, layer = built([None, None], geometry_type="Point")
    assert (layer.bbox_lonlat, layer.without_geometry, layer.geometry_type) == (None, 2, "Point")
    assert opened.count(opened.ask(bbox=(0, 0, 1, 1))) == 2


def test_json_never_holds_nan_or_infinity(built):
    opened, _ = built([RACA] * 3, {"v": ("number", [float("nan"), float("inf"), 1.0])})
    assert [f["properties"]["v"] for f in features(opened)] == [None, None, 1.0]
    assert pq.read_table(opened.folder / "layer.parquet")["v"].to_pylist() == [None, None, 1.0]


def test_the_primary_key_is_the_id_when_it_is_one_integer_or_word(built):
    columns = {"code": ("string", ["A1", "B2"]), "n": ("integer", [7, 8]), "d": ("number", [1, 2])}
    shapes = [RACA, RACA]
    ids = [
        [f["id"] for f in features(built(shapes, columns, primary_key=key)[0])]
        for key in (["code"], ["n"], ["d"], ["code", "n"], [])
    ]
    assert ids == [["A1", "B2"], [7, 8], [1, 2], [1, 2], [1, 2]]


def test_the_same_table_gives_the_same_bytes(built, municipalities):
    shapes, columns = municipalities
    (one, first), (two, second) = built(shapes, columns), built(shapes, columns)
    assert first == second
    for name in ("layer.sqlite", "layer.parquet", "manifest.json"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()


def test_the_sha_is_the_manifests_and_the_manifest_names_the_files(built):
    opened, layer = built([RACA], {"a": ("string", ["б"])})
    text = (opened.folder / "manifest.json").read_bytes()
    said = json.loads(text)
    assert layer.sha == hashlib.sha256(text).hexdigest()
    assert list(said) == sorted(said)
    assert said["columns"] == [{"name": "a", "title": "A", "type": "string", "sqlite": "c0"}]
    for name, sha in said["files"].items():
        assert hashlib.sha256((opened.folder / name).read_bytes()).hexdigest() == sha
    assert opened.manifest.as_layer() == layer


def test_parquet_is_geoparquet_that_keeps_every_decimal(built):
    exact = shapely.Point(20.123456789012, 44.5)
    columns = {"n": ("integer", [1, None, 3]), "d": ("date", [datetime.date(2024, 1, 2)] * 3)}
    opened, _ = built([exact, CW_SQUARE, None], columns)
    table = geopandas.read_parquet(opened.folder / "layer.parquet")
    assert table.crs == "OGC:CRS84"
    assert table.geometry.geom_equals(exact).sum() == 1
    assert table.geometry.isna().sum() == 1
    assert list(table.columns) == ["id", "n", "d", "geometry"]  # reads the bbox as covering
    near = geopandas.read_parquet(opened.folder / "layer.parquet", bbox=(20.9, 44.9, 21.5, 45.5))
    assert near["id"].tolist() == [2]
    schema = pq.read_schema(opened.folder / "layer.parquet")
    assert schema.field("n").type == pa.int64()
    geo = json.loads(schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point", "Polygon"]


def test_neighbours_on_the_ground_lie_together(built):
    rng = np.random.default_rng(7)
    lonlat = rng.uniform((20.8, 43.9), (21.0, 44.1), (3000, 2))
    opened, _ = built(list(shapely.points(lonlat)))
    placed = np.array([f["geometry"]["coordinates"] for f in features(opened)])
    stride = np.abs(np.diff(placed, axis=0)).sum(axis=1).mean()
    assert stride < np.abs(np.diff(lonlat, axis=0)).sum(axis=1).mean() / 10


def test_the_order_of_one_place_is_the_order_of_the_table():
    assert hilbert_order(np.array([[1.0, 2, 1, 2]])).tolist() == [0]
    assert hilbert_order(np.array([[1.0, 2, 1, 2]] * 4)).tolist() == [0, 1, 2, 3]
    assert hilbert_order(np.full((2, 4), np.nan)).tolist() == [0, 1]


def test_all_municipalities_of_serbia_become_a_layer(built, municipalities):
    shapes, columns = municipalities
    opened, layer = built(shapes, columns, primary_key=["maticni_broj"], layer="opstine")
    assert (layer.features, layer.geometry_type) == (165, "MultiPolygon")
    by_number = dict(zip(columns["maticni_broj"][1], shapes, strict=True))
    for found in features(opened):
        drawn = shapely.geometry.shape(found["geometry"])
        assert drawn.is_valid
        assert drawn.hausdorff_distance(by_number[found["id"]]) < 1e-7


@pytest.mark.parametrize(
    ("columns", "key", "said"),
    [
        ({"code": ("string", ["A1", "A1"])}, ["code"], "two features have the id 'A1' (code)"),
        ({"n": ("integer", [7, 7])}, ["n"], "two features have the id 7 (n)"),
        ({"n": ("integer", [7, None])}, ["n"], "a feature has no n"),
    ],
)
def test_an_id_that_is_not_one_features_is_refused(built, columns, key, said):
    with pytest.raises(PublishError) as refused:
        built([RACA, RACA], columns, primary_key=key)
    assert said in str(refused.value)


def test_a_table_without_features_is_refused(built):
    with pytest.raises(PublishError, match="trees: no features"):
        built([], {"a": ("string", [])})


def test_a_coordinate_that_is_no_number_is_refused_with_its_row(built):
    with pytest.raises(PublishError, match="row 2 has a coordinate"):
        built([RACA, shapely.LineString([(20, 44), (float("inf"), 45)])])


@pytest.mark.parametrize("name", ["geometry", "id", "pk", "bbox", "a b", 'x"; drop table a', "име"])
def test_a_column_that_cannot_be_public_is_refused(built, name):
    with pytest.raises(PublishError, match="cannot name a column"):
        built([RACA], {name: ("string", ["x"])})


def test_a_file_that_is_no_typed_table_is_refused(tmp_path, typed_table):
    build = {"layer": "x", "dataset": "x", "resource": "x", "into": tmp_path}
    broken = tmp_path / "broken.arrow"
    broken.write_bytes(b"ARROW1\0\0" + b"x" * 100)
    plain = tmp_path / "plain.arrow"
    with pa.ipc.new_file(plain, pa.schema([("a", pa.string())])):
        pass
    whole = typed_table([RACA]).read_bytes()
    cut = tmp_path / "cut.arrow"
    cut.write_bytes(whole[: len(whole) // 2])
    for path in (broken, plain, cut, tmp_path / "missing.arrow"):
        with pytest.raises(PublishError, match=path.name):
            build_layer(path, **build)


def test_columns_that_are_not_those_of_the_metadata_are_refused(tmp_path):
    said = {"columns": [{"name": "n", "title": "n", "type": "integer"}], "primary_key": []}
    said |= {"crs": "", "operation": "", "geometry_type": "Point"}
    fields = [("n", pa.string()), ("__row", pa.int64()), ("__geometry", pa.binary())]
    path = tmp_path / "odd.arrow"
    with pa.ipc.new_file(path, pa.schema(fields, metadata={b"emap": json.dumps(said).encode()})):
        pass
    with pytest.raises(PublishError, match="columns and metadata disagree"):
        build_layer(path, layer="x", dataset="x", resource="x", into=tmp_path)


def test_bytes_that_are_no_geometry_are_refused(built, monkeypatch):
    monkeypatch.setattr(shapely, "to_wkb", lambda shapes: [b"\x01garbage" for _ in shapes])
    with pytest.raises(PublishError, match="a geometry is not WKB"):
        built([RACA])


def test_the_curve_goes_through_each_cell_once_from_neighbour_to_neighbour():
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(64), np.arange(64)))
    distance = hilbert_distance(x, y)
    assert sorted(distance.tolist()) == [*range(64 * 64)]
    order = np.argsort(distance)
    assert (abs(np.diff(x[order])) + abs(np.diff(y[order])) == 1).all()
