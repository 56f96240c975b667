"""What is read out of vector tiles is what was written into them."""

import numpy as np
import pytest
import shapely
from mapbox_vector_tile import decode

from datasets.model import Column
from publish.layers.mvt import encode
from publish.layers.mvt_reading import LINE, POINT, POLYGON, read_tile

COLUMNS = [
    Column("naziv", "Назив", "string"),
    Column("broj", "Број", "number"),
    Column("radi", "Ради", "boolean"),
]
SHAPES = [
    shapely.Polygon(
        [(0, 0), (4000, 0), (4000, 4000), (0, 4000)],
        [[(10, 10), (10, 20), (20, 20), (20, 10)]],
    ),
    shapely.LineString([(-64, 5), (100, 100), (4160, 7)]),
    shapely.MultiPoint([(1, 1), (4096, 4096)]),
]
VALUES = [("Ниш", "", None), (1.5, -3, None), (None, 0, 1)]


@pytest.fixture
def tile():
    shapes = shapely.orient_polygons(np.array(SHAPES, dtype=object))
    return encode("mesta", shapes, [7, 2**40, "a/1"], COLUMNS, VALUES)


def test_a_tile_is_read_as_it_was_written(tile):
    read = read_tile(tile)["mesta"]
    assert read.kinds == [POLYGON, LINE, POINT]
    assert read.ids == ["7", str(2**40), "a/1"]
    assert read.column("naziv") == ["Ниш", "", None]
    assert read.column("broj") == [1.5, -3, None]
    assert read.column("radi") == [None, False, True]
    assert read.column("nema") == [None, None, None]
    assert read.owners.tolist() == [0, 0, 1, 2]
    [low, high] = read.starts[2:4]
    assert np.rint(read.vertices[low:high] * 4096).tolist() == [[-64, 5], [100, 100], [4160, 7]]


def test_another_reader_sees_the_same(tile):
    features = decode(tile, default_options={"y_coord_down": True})["mesta"]["features"]
    read = read_tile(tile)["mesta"]
    assert [len(f["geometry"]["coordinates"]) for f in features] == [2, 3, 2]
    assert len(read.vertices) == 8 + 3 + 2


def test_no_bytes_are_no_layers():
    assert read_tile(b"") == {}


def test_bytes_that_are_no_tile_are_refused(tile):
    whole = np.frombuffer(tile, np.uint8)
    random = np.random.default_rng(7)
    for _ in range(300):
        broken = whole.copy()
        broken[random.integers(0, len(broken), 3)] = random.integers(0, 256, 3)
        cut = broken[: random.integers(1, len(broken))].tobytes()
        try:
            read_tile(cut)
        except ValueError as error:
            assert str(error)
