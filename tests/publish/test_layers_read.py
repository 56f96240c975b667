"""How layer.sqlite is read: plans, connections, and what is refused."""

import gc
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
import pytest
import shapely

from datasets.errors import PublishError
from publish.layers import read
from publish.layers import search as sql
from publish.layers.integrity import BrokenLayer
from publish.layers.manifest import manifest
from publish.layers.query import Query
from publish.layers.read import SqliteFeatures


def ids(fragments):
    return [orjson.loads(fragment)["id"] for fragment in fragments]


@pytest.fixture
def points(built):
    """The features of 500 points, with a kind."""
    lonlat = np.random.default_rng(11).uniform((20.8, 43.9), (21.0, 44.1), (500, 2))
    columns = {"kind": ("string", ["липа", "храст"] * 250)}
    return built(list(shapely.points(lonlat)), columns)[0]


def test_the_tree_of_32_bit_numbers_does_not_decide(built):
    features, _ = built([shapely.Point(20.9000001, 44), shapely.Point(9, 9)])
    connection = read.open_layer(features.folder)
    near = connection.execute("select count(*) from rt where xmin <= 20.9 and ymin > 40")
    assert near.fetchone() == (1,)
    assert features.features(features.ask(bbox=(20, 43, 20.9, 45)), limit=9) == []
    assert ids(features.features(features.ask(bbox=(20, 43, 20.9000001, 45)), limit=9)) == [1]


@pytest.mark.parametrize("boxes", [1, 2])
def test_the_candidates_stay_the_outer_loop(points, boxes):
    query = Query(((20.85, 43.95, 20.9, 44.0),) * boxes, ((0, "липа"),))
    statement, bound = sql.select(query, points.manifest)
    plan = read.open_layer(points.folder).execute(
        f"explain query plan {statement}", {**bound, "limit": 1, "offset": 0}
    )
    steps = [detail for *_, detail in plan]
    loops = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    order = [loop.split()[1] for loop in loops if loop.split()[1] != "rt"]
    assert order[order.index("s") :] == ["s", "a", *["f"] * boxes, "p", "f"]
    assert steps.count("MATERIALIZE s") == 1
    assert steps.count("USE TEMP B-TREE FOR ORDER BY") == 1
    assert steps.index("USE TEMP B-TREE FOR ORDER BY") < steps.index("SCAN s")  # keys only


def test_a_feature_at_the_very_edge_is_found(built):
    features, _ = built([shapely.Point(20.9000001, 44), shapely.Point(9, 9)])
    assert ids(features.features(features.ask(bbox=(20.9, 43, 21, 45)), limit=9)) == [1]


def test_of_a_box_only_what_is_at_its_edge_is_looked_at_more_closely(built):
    points = [shapely.Point(20 + x / 10, 44 + y / 10) for x in range(10) for y in range(10)]
    features, _ = built(points)
    query = features.ask(bbox=(20.05, 44.05, 20.55, 44.6))
    statement, bound = sql.joined(query, features.manifest, 0, every=True)
    asked = {**bound, "limit": 100, "offset": 0, "most": -1, "start": 0}
    connection = read.open_layer(features.folder)
    steps = [row[3] for row in connection.execute(f"explain query plan {statement}", asked)]
    assert steps.index("SCAN rt VIRTUAL TABLE INDEX 2:D1B0D3B2") < steps.index(
        "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"
    )
    assert not any(step.startswith("SCAN a") for step in steps)
    found, returned, _, _ = connection.execute(statement, asked).fetchone()
    assert (found, returned) == (30, 30)


def test_a_page_of_too_many_bytes_is_refused(points):
    connection = read.open_layer(points.folder)
    before = connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)
    with pytest.raises(ValueError, match="limit: so many features are too large"):
        points.joined(points.ask(), limit=500)
    assert points.joined(points.ask(), limit=5).returned == 5
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)


def test_a_connection_can_neither_write_nor_reach_another_file(points):
    connection = read.open_layer(points.folder)
    with pytest.raises(sqlite3.OperationalError, match="readonly|query_only"):
        connection.execute("delete from a")
    assert connection.execute("pragma trusted_schema").fetchone() == (0,)
    assert connection.execute("pragma query_only").fetchone() == (1,)


def test_a_folder_may_have_any_name(built, tmp_path):
    features, _ = built([shapely.Point(1, 1)])
    odd = tmp_path / "шљива ?mode=rw#%20&immutable=0"
    features.folder.rename(odd)
    assert ids(SqliteFeatures(odd).features(limit=9)) == [1]


def test_a_file_that_is_not_the_one_that_was_built_is_refused(built):
    features, _ = built([shapely.Point(1, 1)])
    (features.folder / "layer.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(BrokenLayer, match="layer.sqlite has changed since it was built"):
        read.open_layer(features.folder)
    (features.folder / "layer.sqlite").unlink()
    with pytest.raises(BrokenLayer, match="layer.sqlite is missing"):
        read.open_layer(features.folder)


def test_a_manifest_of_another_store_format_is_refused(tmp_path):
    with pytest.raises(PublishError, match=r"manifest\.json"):
        manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(PublishError, match="format is 99, this program reads 2"):
        manifest(tmp_path)


def test_a_thread_opens_a_layer_once_and_closes_the_longest_unused(built, monkeypatch):
    monkeypatch.setattr(read, "MAX_OPEN", 2)
    one, two, three = (built([shapely.Point(i, i)])[0] for i in range(3))
    first, second = read.open_layer(one.folder), read.open_layer(two.folder)
    assert read.open_layer(one.folder) is first
    read.open_layer(three.folder)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        second.execute("select 1")
    assert read.open_layer(one.folder) is first
    assert two.features(limit=1)


def test_a_thread_that_ends_closes_its_connections(points):
    opened = []
    thread = threading.Thread(target=lambda: opened.append(read.open_layer(points.folder)))
    thread.start()
    thread.join()
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("select 1")


def test_many_threads_read_while_layers_appear(built, monkeypatch):
    monkeypatch.setattr(read, "MAX_OPEN", 3)
    shelf = [built([shapely.Point(0, i) for i in range(9)])[0]]
    done = threading.Event()

    def reader(seed):
        rng, asked = np.random.default_rng(seed), 0
        while not done.is_set() or asked < 20:
            layer = shelf[rng.integers(len(shelf))]
            query = layer.ask(bbox=(-1, 0.5, 1, 5.5))
            assert len(layer.features(query, limit=99)) == 5
            assert layer.feature("9") is not None
            assert layer.count(layer.ask(bbox=(-1, 0.5, 1, 4.5))) == 4
            asked += 1
        return asked

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(reader, seed) for seed in range(6)]
        try:
            for _ in range(8):
                shelf.append(built([shapely.Point(0, i) for i in range(9)])[0])
        finally:
            done.set()
        assert all(future.result(30) >= 20 for future in readers)
