"""What is PostGIS's own: plans, connections that break, tables that are lost, half-made or old."""

import datetime
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import mapbox_vector_tile
import numpy as np
import orjson
import psycopg
import pytest
import shapely

from datasets.config import Catalog, Config, Layers
from datasets.errors import ConfigError, PublishError
from datasets.stores.folder import Folder
from publish.cql2.reading import read
from publish.layers import webmercatorquad
from publish.layers.backends import open_layers
from publish.layers.backends.postgis import Postgis, table
from publish.layers.backends.postgis import query as sql
from publish.layers.backends.postgis.connections import AT_ONCE, SCHEMA, connect, table_of
from publish.layers.backends.sqlite import Sqlite
from publish.layers.read import SqliteFeatures
from tests.cluster import Cluster

RACA = shapely.Point(20.9785, 44.2264)


@pytest.fixture(scope="module")
def backend(postgresql: Cluster) -> Iterator[Postgis]:
    """Layers in a database of this module's own."""
    kept = Postgis(postgresql.create())
    yield kept
    kept.pool.close()


@pytest.fixture
def asked(backend):
    """Run a statement as somebody who may write."""

    def run(statement, *values):
        with closing(connect(backend.pool.url, reading=False)) as connection:
            return table.execute(connection, statement, *values)

    return run


@pytest.fixture
def tables(asked):
    """Name the tables of layers that there are."""
    return lambda: {
        name
        for (name,) in asked(
            "select table_name from information_schema.tables where table_schema = %s", SCHEMA
        )
    }


@pytest.fixture
def points(built):
    """The features of 3,000 points, with a kind and a number."""
    lonlat = np.random.default_rng(11).uniform((20.8, 43.9), (21.0, 44.1), (3000, 2))
    columns = {
        "kind": ("string", [f"врста {i % 300}" for i in range(3000)]),
        "number": ("integer", list(range(3000))),
    }
    return built(list(shapely.points(lonlat)), columns)[0]


def plan(features, statement, bound):
    """The lines of PostgreSQL's plan for a statement."""
    return [line for (line,) in features.rows_of(f"explain (costs off) {statement}", bound, 5.0)]


def scans(steps):
    """The steps of a plan that read a table or an index."""
    return [step for step in steps if "Scan" in step and "Subquery Scan" not in step]


WIDE, NARROW = (20.85, 43.95, 20.95, 44.05), (20.85, 43.95, 20.86, 43.96)


def test_a_wide_bbox_is_answered_by_an_index_before_any_row_is_read(points):
    query, where = points.ask(bbox=WIDE), table_of(points.folder)
    steps = plan(points, *sql.select(query, points.manifest, where, 0, 0, 100))
    assert [step for step in steps if "Index Only Scan" in step and "area_pk_idx" in step]
    assert not [step for step in steps if "Seq Scan" in step]
    steps = plan(points, *sql.count(query, points.manifest, where))
    assert [step for step in steps if "Index Only Scan" in step and "area_pk_idx" in step]


PLACE = "POLYGON((20.85 43.95, 20.86 43.95, 20.86 43.96, 20.85 43.96, 20.85 43.95))"


@pytest.mark.parametrize(
    "question",
    [
        {"bbox": NARROW},
        {"bbox": NARROW, "equal": [("kind", "врста 7")]},
        {"filter": f"S_INTERSECTS(geometry, {PLACE}) AND kind = 'врста 7'"},
        {"filter": f"S_WITHIN(geometry, {PLACE}) AND number > 7", "bbox": WIDE},
    ],
)
def test_the_rows_of_a_narrow_place_are_found_by_its_box_alone(points, question):
    made = points.manifest
    if "filter" in question:
        question = {**question, "filter": read(question["filter"], made)}
    statement = sql.select(points.ask(**question), made, table_of(points.folder), 0, 0, 100)
    steps = scans(plan(points, *statement))
    assert len(steps) == 2, steps
    assert "Bitmap Heap Scan" in steps[0]
    assert "area_pk_idx" in steps[1]


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ({"equal": [("kind", "врста 7")]}, "c0_pk_idx"),
        ({"sort": ["number"]}, "c1_pk_idx"),
        ({"sort": ["-number"]}, "c1_pk_idx"),
        ({}, "pkey"),
    ],
)
def test_what_is_indexed_is_never_looked_for_row_by_row(points, question, index):
    query, where = points.ask(**question), table_of(points.folder)
    steps = plan(points, *sql.select(query, points.manifest, where, 0, 0, 10))
    assert [step for step in steps if index in step]
    assert not [step for step in steps if "Seq Scan" in step]
    assert question.get("equal") or not [step for step in steps if "Sort" in step]


def test_a_statement_is_ended_when_its_time_is_over(backend):
    with pytest.raises(TimeoutError, match=r"no answer within 0\.02 s"):
        backend.pool.rows("select pg_sleep(%(s)s)", {"s": 30.0}, 0.02)
    assert backend.pool.rows("select 1", {}, 1.0) == [(1,)]


def test_who_waits_for_a_connection_too_long_is_told(postgresql, monkeypatch):
    monkeypatch.setattr("publish.layers.backends.postgis.connections.TIMEOUT_S", 0.01)
    kept = Postgis(postgresql.create())
    with closing(connect(kept.pool.url, reading=False)), closing(kept.pool):
        lent = [kept.pool.lend() for _ in range(AT_ONCE)]
        with pytest.raises(TimeoutError, match="no connection was free"):
            kept.pool.rows("select 1", {}, 1.0)
        for connection in lent:
            connection.close()
        assert kept.pool.rows("select 1", {}, 1.0) == [(1,)]


def test_connections_that_broke_are_left_for_new_ones(backend, points, asked):
    for connection in [backend.pool.lend() for _ in range(AT_ONCE)]:
        connection.close()
    asked(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert points.feature("7")


def test_what_no_number_holds_is_a_wrong_question(backend):
    with pytest.raises(ValueError, match="cannot be computed: value out of range"):
        backend.pool.rows("select %(n)s::double precision ^ 2", {"n": 1e300}, 1.0)


def test_readers_cannot_write(backend, points):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        backend.pool.rows(f"delete from {table_of(points.folder)} returning 1", {}, 1.0)


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path):
    kept = Postgis(f"postgresql://eva:tajna@/x?host={tmp_path}")
    with pytest.raises(PublishError, match="see whether layers.url is right") as told:
        kept.pool.rows("select 1", {}, 1.0)
    assert "tajna" not in str(told.value)


def test_a_database_without_postgis_says_what_to_do(postgresql):
    with pytest.raises(PublishError, match="create extension postgis"):
        connect(postgresql.create(), reading=True)


@pytest.mark.parametrize(
    ("catalog", "layers", "kind"),
    [
        ("", {}, Sqlite),
        ("postgresql://a@b/c", {}, Sqlite),
        ("postgresql://a@b/c", {"backend": "postgis"}, Postgis),
        ("", {"backend": "postgis", "url": "postgresql://a@b/c"}, Postgis),
    ],
)
def test_config_says_where_layers_are_kept(catalog, layers, kind):
    config = Config(catalog=Catalog(url=catalog), layers=Layers(**layers))
    assert type(open_layers(config)) is kind


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ({"backend": "postgis"}, "layers.url: the backend postgis needs postgresql://"),
        ({"backend": "oracle"}, "no kind 'oracle'; there are postgis, sqlite"),
    ],
)
def test_a_backend_that_cannot_be_is_refused(layers, said):
    with pytest.raises(ConfigError, match=said):
        open_layers(Config(layers=Layers(**layers)))


def test_a_layer_that_is_refused_leaves_no_table(built, tables):
    before = tables()
    with pytest.raises(PublishError, match=r"two features have the id 'A1' \(code\)"):
        built([RACA, RACA], {"code": ("string", ["A1", "A1"])}, primary_key=["code"])
    assert tables() == before


def test_the_same_table_makes_one_layer(built, tables):
    one, first = built([RACA], {"a": ("string", ["б"])})
    before = tables()
    two, second = built([RACA], {"a": ("string", ["б"])})
    assert first == second
    assert tables() == before
    assert table_of(one.folder) == table_of(two.folder) == f"l_{first.sha[:40]}"
    assert sorted(path.name for path in one.folder.iterdir()) == ["layer.parquet", "manifest.json"]


def test_features_are_the_same_bytes_as_in_a_file(built, typed_table, tmp_path):
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 500000)
    columns = {
        "naziv": ("string", ["Рача", "Ђурђево \0", None]),
        "d": ("date", [moment.date(), None, datetime.date(1, 1, 1)]),
        "t": ("datetime", [moment, None, datetime.datetime(9999, 12, 31)]),
        "h": ("time", [moment.time(), None, datetime.time(0)]),
        "b": ("boolean", [True, False, None]),
        "n": ("number", [1e300, -0.5, None]),
        "i": ("integer", [-(2**63), 2**63 - 1, None]),
    }
    shapes = [shapely.Point(20.123456789, 44, 120), shapely.box(20, 44, 21, 45), None]
    kept, _ = built(shapes, columns)
    into = tmp_path / "file"
    into.mkdir()
    Sqlite().build(typed_table(shapes, columns), layer="t", dataset="t", resource="t", into=into)
    file = SqliteFeatures(into)
    assert kept.features(limit=9) == file.features(limit=9)
    box = (19, 43, 22, 46)
    assert [found[:2] for found in kept.candidates(box, 9, 10**9)] == [
        found[:2] for found in file.candidates(box, 9, 10**9)
    ]


def test_a_layer_built_as_a_file_is_still_read(backend, typed_table, tmp_path):
    Sqlite().build(typed_table([RACA]), layer="t", dataset="t", resource="t", into=tmp_path)
    assert len(backend.features(tmp_path).features(limit=9)) == 1


def test_a_table_that_was_lost_is_made_again(built, asked):
    features, _ = built([RACA, shapely.Point(1, 1)], {"a": ("string", ["б", "в"])})
    before = features.features(limit=9)
    asked(f"drop table {SCHEMA}.{table_of(features.folder)}")
    assert features.features(limit=9) == before
    asked(f"drop table {SCHEMA}.{table_of(features.folder)}")
    (features.folder / "layer.parquet").write_bytes(b"other")
    with pytest.raises(PublishError, match=r"layer\.parquet has changed"):
        features.features(limit=9)


def test_tables_whose_folder_is_gone_are_dropped_after_an_hour(
    built, backend, tables, tmp_path, monkeypatch
):
    store = Folder(tmp_path / "state")
    kept, layer = built([RACA], {"a": ("string", ["kept"])})
    store.adopt(kept.folder, store.layer(layer.id, layer.sha))
    lost, _ = built([RACA], {"a": ("string", ["lost"])})
    backend.sweep(store)
    assert table_of(lost.folder) in tables()
    later = time.time() + table.GRACE_S + 60
    monkeypatch.setattr(table, "time", SimpleNamespace(time=lambda: later))
    backend.sweep(store)
    assert table_of(lost.folder) not in tables()
    assert f"l_{layer.sha[:40]}" in tables()


def test_a_tile_is_what_we_draw_ourselves(built, typed_table, tmp_path):
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    columns = {
        "naziv": ("string", ["Рача", "Niš", None]),
        "n": ("number", [1.5, None, 3.0]),
        "b": ("boolean", [True, False, None]),
        "d": ("date", [moment.date()] * 3),
        "t": ("datetime", [moment, None, moment.replace(microsecond=5)]),
        "geom": ("integer", [-1, 2**40, 0]),
        "y" * 63: ("time", [moment.time()] * 3),
    }
    shapes = [
        shapely.Point(20.98, 44.226).buffer(0.002),
        shapely.LineString([(20.97, 44.22), (20.99, 44.23)]),
        RACA,
    ]
    z, x, y = 14, 9146, 5943
    west, south, east, north = webmercatorquad.bounds_lonlat(z, x, y)
    assert west < 20.98 < east
    assert south < 44.226 < north
    for key in ([], ["geom"]):
        kept, layer = built(shapes, columns, primary_key=key)
        drawn = kept.tile(layer, z, x, y, 10)
        by_us = super(type(kept), kept).tile(layer, z, x, y, 10)
        ours, theirs = (decoded(tile) for tile in (by_us, drawn))
        assert theirs.keys() == ours.keys() == {"trees"}
        assert len(theirs["trees"]) == len(ours["trees"]) == 3
        for mine, other in zip(ours["trees"], theirs["trees"], strict=True):
            assert other["properties"] == mine["properties"]
            assert other.get("id") == mine.get("id")
            near = shapely.geometry.shape(other["geometry"])
            assert near.hausdorff_distance(shapely.geometry.shape(mine["geometry"])) <= 2
        assert kept.tile(layer, z, x, y, 2) is None
        assert kept.tile(layer, z, 0, 0, 2) == b""
    with pytest.raises(ValueError, match="tile"):
        kept.tile(layer, 3, 9, 0, 2)


def decoded(tile):
    """The features of a tile by their layer, in the order of their attributes."""
    layers = mapbox_vector_tile.decode(tile)
    return {
        name: sorted(layer["features"], key=lambda f: str(f["properties"]["geom"]))
        for name, layer in layers.items()
    }


def test_a_name_too_long_for_postgresql_is_drawn_by_us(built):
    features, layer = built([RACA], {"y" * 64: ("integer", [7])})
    tile = mapbox_vector_tile.decode(features.tile(layer, 14, 9146, 5943, 10))
    assert tile["trees"]["features"][0]["properties"] == {"y" * 64: 7}


def test_the_columns_of_a_table_have_their_types(built, asked):
    columns = {"a": ("string", ["б"]), "d": ("date", [None]), "h": ("time", [None])}
    features, _ = built([RACA], columns)
    found = asked(
        "select column_name, udt_name from information_schema.columns where table_name = %s"
        " order by ordinal_position",
        table_of(features.folder),
    )
    assert found == [
        ("pk", "int4"),
        ("fid", "int8"),
        ("c0", "text"),
        ("c1", "date"),
        ("c2", "text"),
        ("latin", "text"),
        ("area", "box"),
        ("geom", "geometry"),
        ("feature", "bytea"),
    ]
    [(wkt, feature)] = asked(
        f"select ST_AsEWKT(geom), feature from {SCHEMA}.{table_of(features.folder)}"
    )
    assert wkt == "SRID=4326;POINT(20.9785 44.2264)"
    assert orjson.loads(feature)["id"] == 1


def test_a_database_that_does_not_answer_is_told():
    fault = Postgis("postgresql://nobody@127.0.0.1:1/none").fault()
    assert fault.startswith("layers.url: ")
