"""Vector tiles made while one waits, read back by another library and held against shapely."""

import math

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from datasets.model import Column
from publish.layers import geojson, mvt, webmercatorquad
from publish.layers.tilegrid import on_grid, placing

KRAGUJEVAC = (20.9114, 44.0128)
RING = [(0, 0), (0.04, -0.005), (0.05, 0.03), (0.02, 0.05), (-0.01, 0.03)]
HOLE = [(0.01, 0.01), (0.03, 0.01), (0.03, 0.03), (0.01, 0.02)]
SHAPES = {
    "point": shapely.Point(0.001, 0.002),
    "multipoint": shapely.MultiPoint([(0, 0), (0.01, 0.02), (-0.005, 0.004)]),
    "line": shapely.LineString([(0, 0), (0.03, 0.01), (0.01, 0.04)]),
    "multiline": shapely.MultiLineString([[(0, 0), (0.03, 0.01)], [(0.01, 0.02), (0, 0.05)]]),
    "polygon": shapely.Polygon(RING, [HOLE]),
    "clockwise": shapely.Polygon(RING[::-1], [HOLE[::-1]]),
    "multipolygon": shapely.MultiPolygon(
        [(RING, [HOLE]), ([(0.1, 0), (0.12, 0), (0.1, 0.02)], [])]
    ),
}


def at(lonlat, z):
    """The tile of a place, by the textbook's formula."""
    lon, lat = lonlat
    down = 1 - math.asinh(math.tan(math.radians(lat))) / math.pi
    return z, int((lon + 180) / 360 * 2**z), int(down / 2 * 2**z)


def drawn(tile):
    """Features of the one layer of a tile, in its units, y downwards."""
    (layer,) = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}).values()
    assert (layer["extent"], layer["version"]) == (4096, 2)
    return layer["features"]


def varint(number):
    """By the rule of protocol buffers: seven bits a byte, the low ones first."""
    low = number & 127
    return bytes([low | 128]) + varint(number >> 7) if number > low else bytes([low])


def fitted(shapes, z, x, y):
    return on_grid(shapely.transform(shapes, placing(z, x, y)), z)


def geometry(feature):
    return shapely.geometry.shape(feature["geometry"])


def placed(shape, z, x, y):
    """The shape in units of the tile, by the textbook's formula, cut by shapely."""

    def move(lonlat):
        right = (lonlat[:, 0] + 180) / 360
        down = (1 - np.arcsinh(np.tan(np.radians(lonlat[:, 1]))) / np.pi) / 2
        return (np.column_stack((right, down)) * 2**z - (x, y)) * 4096

    return shapely.transform(shape, move).intersection(shapely.box(-64, -64, 4160, 4160))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("z", range(19))
def test_a_shape_is_drawn_within_one_unit_at_every_zoom(built, name, z):
    shape = shapely.transform(SHAPES[name], lambda lonlat: lonlat + KRAGUJEVAC)
    folder, layer = built([shape])
    tile = at(shape.representative_point().coords[0], z)
    wanted = placed(shape, *tile)
    encoded = mvt.live_tile(folder, layer, *tile, cap=10)
    if encoded == b"":  # it fell together on the grid
        for part in shapely.get_parts(wanted):
            assert np.ptp(shapely.get_coordinates(part), axis=0).max() < 2
        return
    found = drawn(encoded)
    got = geometry(found[0])
    assert len(found) == 1
    assert got.is_valid
    assert shapely.get_dimensions(got) == shapely.get_dimensions(shape)
    assert got.hausdorff_distance(wanted) <= 1
    if z >= 8:  # large enough for the hole and the parts to be there
        assert len(shapely.get_parts(got)) == len(shapely.get_parts(wanted))
        assert shapely.get_num_interior_rings(shapely.get_parts(got)).sum() == (
            shapely.get_num_interior_rings(shapely.get_parts(wanted)).sum()
        )


def test_exterior_rings_are_positive_in_the_tile_and_holes_negative():
    place = np.array([shapely.transform(SHAPES["clockwise"], lambda c: c + KRAGUJEVAC)])
    (polygon,) = fitted(place, *at(KRAGUJEVAC, 10))
    exterior, hole = (np.array(ring.coords) for ring in (polygon.exterior, *polygon.interiors))

    def surveyed(ring):
        x, y = ring.T
        return (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2

    assert surveyed(exterior) > 0 > surveyed(hole)


def test_the_commands_are_those_of_the_specification():
    """The examples of Vector Tile 2.1, §4.3.5, number by number."""
    multi = shapely.from_wkt(
        "MULTIPOLYGON(((0 0,10 0,10 10,0 10,0 0)),((11 11,20 11,20 20,11 20,11 11),"
        "(13 13,13 17,17 17,17 13,13 13)))"
    )
    examples = [
        ("POINT(25 17)", 1, [9, 50, 34]),
        ("MULTIPOINT(5 7,3 2)", 1, [17, 10, 14, 3, 9]),
        ("LINESTRING(2 2,2 10,10 10)", 2, [9, 4, 4, 18, 0, 16, 16, 0]),
        (
            "MULTILINESTRING((2 2,2 10,10 10),(1 1,3 5))",
            2,
            [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
        ),
        ("POLYGON((3 6,8 12,20 34,3 6))", 3, [9, 6, 12, 18, 10, 12, 24, 44, 15]),
        (
            multi.wkt,
            3,
            [9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15]
            + [9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15],
        ),
    ]
    for wkt, kind, numbers in examples:
        owner, line = mvt.commands(np.array([shapely.from_wkt(wkt)]), kind)
        assert owner.tolist() == [0]
        assert line.numbers.tolist() == numbers, wkt


def test_attributes_keep_their_type_and_null_is_left_out(built):
    columns = {
        "name": ("string", ["липа <b>", None]),
        "count": ("integer", [2**62, -5]),
        "height": ("number", [1.5, -0.25]),
        "one": ("number", [1.0, None]),
        "alive": ("boolean", [True, False]),
        "first": ("integer", [1, 0]),
    }
    folder, layer = built([shapely.Point(KRAGUJEVAC)] * 2, columns, layer="drvece")
    tile = mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 15), cap=2)
    assert list(mapbox_vector_tile.decode(tile)) == ["drvece"]
    first, second = (feature["properties"] for feature in drawn(tile))
    assert first == {
        "name": "липа <b>",
        "name_lat": "lipa <b>",
        "count": 2**62,
        "height": 1.5,
        "one": 1.0,
        "alive": True,
        "first": 1,
    }
    assert [type(first[key]) for key in ("one", "alive", "first")] == [float, bool, int]
    assert second == {"count": -5, "height": -0.25, "alive": False, "first": 0}


def test_an_id_is_the_features_number_or_an_attribute(built):
    columns = {"n": ("integer", [7, -3]), "code": ("string", ["07", "B"])}
    shapes = [shapely.Point(KRAGUJEVAC)] * 2
    seen = {}
    for key in ("n", "code"):
        folder, layer = built(shapes, columns, primary_key=[key])
        found = drawn(mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 16), cap=2))
        seen[key] = [(f.get("id", 0), f["properties"].get("id")) for f in found]
    assert seen == {"n": [(7, None), (0, -3)], "code": [(0, "07"), (0, "B")]}


def test_a_collection_is_drawn_by_kinds(built):
    shape = shapely.GeometryCollection([SHAPES["polygon"], SHAPES["line"], SHAPES["multipoint"]])
    folder, layer = built([shapely.transform(shape, lambda lonlat: lonlat + KRAGUJEVAC)])
    found = drawn(mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 10), cap=2))
    assert [f["geometry"]["type"] for f in found] == ["Polygon", "LineString", "MultiPoint"]
    assert {f["id"] for f in found} == {1}


def test_nothing_is_empty_and_too_much_is_none(built, monkeypatch):
    folder, layer = built([shapely.Point(KRAGUJEVAC)] * 5 + [None])
    assert mvt.live_tile(folder, layer, *at((0, 0), 15), cap=5) == b""
    assert mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 15), cap=4) is None
    assert len(drawn(mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 15), cap=5))) == 5
    monkeypatch.setattr(mvt, "MAX_BYTES", 5 * 90)
    assert mvt.live_tile(folder, layer, *at(KRAGUJEVAC, 15), cap=5) is None


def test_what_is_smaller_than_a_unit_is_not_drawn_as_a_polygon(built):
    folder, layer = built([shapely.box(20.9, 44.0, 20.90001, 44.00001)])
    assert mvt.live_tile(folder, layer, *at((20.9, 44.0), 3), cap=5) == b""


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, 4), (3, -1, 0), (10**9, 0, 0)]
)
def test_a_tile_that_is_none_is_refused(built, z, x, y):
    folder, layer = built([shapely.Point(KRAGUJEVAC)])
    with pytest.raises(ValueError, match=f"tile {z}/{x}/{y}"):
        mvt.live_tile(folder, layer, z, x, y, cap=5)


def test_the_poles_and_the_edges_of_the_world_do_not_break_a_tile(built):
    world = shapely.box(-180, -90, 180, 90)
    folder, layer = built([world, shapely.Point(180, 90), shapely.Point(-180, -90)])
    (found,) = drawn(mvt.live_tile(folder, layer, 0, 0, 0, cap=5))
    assert geometry(found).equals(shapely.box(0, -64, 4096, 4160))
    assert len(drawn(mvt.live_tile(folder, layer, 18, 2**18 - 1, 2**18 - 1, cap=5))) == 1


def test_bounds_of_tiles_meet():
    for z, x, y in ((1, 0, 0), (12, 2285, 1482), (22, 2**21, 2**21)):
        west, south, east, north = webmercatorquad.bounds_lonlat(z, x, y)
        assert webmercatorquad.bounds_lonlat(z, x + 1, y)[0] == east
        assert webmercatorquad.bounds_lonlat(z, x, y + 1)[3] == south
        corners = np.array([(west, north), (east, south)])
        corners = webmercatorquad.to_tile(corners, z, x, y, 4096)
        assert corners == pytest.approx(np.array([(0, 0), (4096, 4096)]), abs=1e-5)


@settings(max_examples=200)
@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(4, 12), st.just(2)), elements=st.floats(-0.3, 0.3)
    ),
    st.integers(0, 18),
    st.sampled_from([shapely.MultiPoint, shapely.LineString, shapely.Polygon]),
)
def test_whatever_the_geometry_the_tile_is_valid(lonlat, z, shape):
    """Bow ties, spikes, repeated points: what is drawn is on the grid, in the tile and valid."""
    shapes = fitted(np.array([shape(lonlat + KRAGUJEVAC)]), *at(KRAGUJEVAC, z))
    tile = mvt.encode("any", shapes, ["x"], [Column("n", "n", "integer")], [[1]])
    for feature in drawn(tile) if tile else ():
        got = geometry(feature)
        corners = shapely.get_coordinates(got)
        assert got.is_valid
        assert feature["properties"] == {"id": "x", "n": 1}
        assert shapely.get_dimensions(got) == shapely.get_dimensions(shape(lonlat))
        assert (corners == np.rint(corners)).all()
        assert corners.min() >= -64
        assert corners.max() <= 4160


def test_numbers_of_every_length_become_varints():
    numbers = [0, 1, 127, 128, 300, 2**14, 2**21 - 1, 2**21, 2**28, 2**32 - 1]
    numbers += [2**62, 2**63 - 1, 2**63, 2**64 - 1]
    wanted = [varint(number) for number in numbers]
    found = np.array(numbers, dtype=np.uint64).view(np.int64)
    assert mvt.varints(found) == b"".join(wanted)
    assert mvt.sizes(found).tolist() == [len(each) for each in wanted]


def test_geometries_of_every_type_are_read_as_geos_reads_them():
    collection = shapely.GeometryCollection([SHAPES["polygon"], SHAPES["point"]])
    shapes = np.array([*SHAPES.values(), collection, *SHAPES.values()])
    ids = ['"geometry":{"type":"Point","coordinates":[1,2]},"properties":'] * len(shapes)
    written = [*geojson.fragments(ids, shapes, [], [()] * len(shapes))]
    assert geojson.geometries(written).tolist() == shapes.tolist()
    moved = geojson.geometries(written, lambda lonlat: lonlat + KRAGUJEVAC)
    assert moved.tolist() == shapely.transform(shapes, lambda at: at + KRAGUJEVAC).tolist()
    assert geojson.geometries([]).tolist() == []


def test_real_municipalities_fit_together_in_a_tile(built, municipalities):
    folder, layer = built(*municipalities, primary_key=["maticni_broj"], layer="opstine")
    for z in (5, 8, 11):
        tile = at(KRAGUJEVAC, z)
        shapes = {f["id"]: geometry(f) for f in drawn(mvt.live_tile(folder, layer, *tile, cap=200))}
        wanted = {
            fid: placed(shape, *tile)
            for fid, shape in zip(
                municipalities[1]["maticni_broj"][1], municipalities[0], strict=True
            )
        }
        for fid, shape in shapes.items():
            assert shape.is_valid
            assert abs(shape.area - wanted[fid].area) <= 1.5 * wanted[fid].length + 4
        missing = [shape for fid, shape in wanted.items() if fid not in shapes and shape.area > 8]
        assert not missing
