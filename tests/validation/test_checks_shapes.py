"""How shapes are drawn, how they lie to each other, and in whose municipality."""

import json

import numpy as np
import pyarrow as pa
import pytest
import shapely

from validation import shapes
from validation.checks import _plugin
from validation.checks.layers._layer import Subject

SERBIA = (18.8, 41.8, 23.1, 46.3)
SQUARE = shapely.box(20, 44, 20.1, 44.1)
HOLE = [(20.04, 44.04), (20.06, 44.04), (20.06, 44.06), (20.04, 44.06)]


def faults(*geometries, columns=(), format_="geojson", crs="OGC:CRS84", lonlat=True, settings=None):
    there = np.array([*geometries, None], dtype=object)[:-1]
    rows = np.arange(1, len(there) + 1) * 10
    placed = there if lonlat is True else lonlat
    cells = [pa.chunked_array([column]) for column in columns]
    subject = Subject(rows, there, crs, placed, "", SERBIA, settings or {}, format_, cells)
    return [
        fault
        for check in _plugin.checks(_plugin.LAYERS)
        for fault in check(subject=subject).found()
    ]


def moved(shape, dx=0.0, dy=0.0):
    return shapely.transform(shape, lambda c: c + [dx, dy])


def grid(size: int, gap: float = 0.0):
    """Give squares side by side, each a little short of its neighbours by `gap`."""
    step = 0.01
    return [
        shapely.box(20 + x * step, 44 + y * step, 20 + (x + 1) * step - gap, 44 + (y + 1) * step)
        for x in range(size)
        for y in range(size)
    ]


@pytest.mark.parametrize(
    ("check", "shape"),
    [
        ("geometry-sliver", shapely.box(21, 44, 22, 44.0001)),
        ("nodes-repeated", shapely.Polygon([(21, 44), (21.1, 44), (21.1, 44), (21, 44.1)])),
        ("nodes-repeated", shapely.LineString([(21, 44), (21, 44), (22, 45)])),
        ("winding-wrong", shapely.Polygon(SQUARE.exterior.coords, [HOLE])),
        ("winding-wrong", shapely.reverse(SQUARE)),
        (
            "winding-wrong",
            shapely.MultiPolygon([moved(SQUARE, 1), shapely.reverse(moved(SQUARE, 2))]),
        ),
        ("line-crossing-itself", shapely.LineString([(20, 44), (21, 45), (21, 44), (20, 45)])),
        ("line-without-length", shapely.LineString([(20, 44), (20, 44)])),
        ("decimals-many", shapely.Point(20.123456789, 44)),
        ("geometry-invalid", shapely.Polygon([(20, 44), (21, 45), (21, 44), (20, 45)])),
        ("geometry-empty", shapely.Polygon()),
    ],
)
def test_a_shape_gets_the_fault_that_it_has(check, shape):
    told = faults(moved(SQUARE, 2.5), shape)
    [fault] = [f for f in told if not f.check.endswith("-mixed")]
    assert (fault.check, fault.values["count"]) == (check, "1")
    assert fault.row == (None if check == "decimals-many" else 20)


def test_well_drawn_shapes_have_no_faults():
    holed = shapely.orient_polygons(shapely.Polygon(SQUARE.exterior.coords, [HOLE]))
    parts = shapely.MultiPolygon([moved(SQUARE, 1), moved(SQUARE, 2)])
    assert faults(shapely.orient_polygons(SQUARE.buffer(0)), moved(holed, 0.5), parts) == []


def test_winding_and_decimals_are_the_business_of_geojson_alone():
    assert faults(shapely.reverse(SQUARE), moved(SQUARE, 1 / 3), format_="gpkg") == []


def test_an_area_drawn_from_another_corner_is_repeated():
    turned = shapely.Polygon(np.roll(np.array(SQUARE.exterior.coords)[:-1], 2, axis=0))
    [fault] = faults(SQUARE, moved(SQUARE, 1), turned)
    assert (fault.check, fault.row, fault.values["other"]) == ("geometry-repeated", 30, "10")
    assert [step.repair for step in fault.remedies] == ["drop-duplicate-features"]
    assert not fault.exact


def test_points_at_one_address_are_repeated_only_with_all_they_hold():
    here = shapely.Point(20, 44)
    assert faults(here, here, columns=[["pekara", "apoteka"]]) == []
    [fault] = faults(here, here, here, columns=[["pekara", "apoteka", "pekara"], ["", "", ""]])
    assert (fault.check, fault.row, fault.exact) == ("geometry-repeated", 30, True)


def test_areas_that_overlap_are_told_in_pairs_with_how_much():
    told = faults(
        SQUARE, moved(SQUARE, 0.05), moved(SQUARE, 1), shapely.box(21.02, 44.02, 21.04, 44.04)
    )
    pairs = [(f.row, f.values["other"], f.values["share"]) for f in told]
    assert pairs == [(20, "10", "50.00%"), (40, "30", "100.00%")]


def test_areas_that_only_touch_do_not_overlap():
    assert faults(*grid(4)) == []


def test_a_narrow_gap_between_areas_that_meet_is_told():
    parcels = grid(8)
    parcels[20] = shapely.box(*(np.array(parcels[20].bounds) + [0, 0, 0, -0.00005]))
    assert {(f.check, f.severity) for f in faults(*parcels)} == {("areas-gap", "warning")}


def test_an_overlap_among_areas_that_meet_is_told_of_these_alone():
    parcels = grid(8)
    parcels[20] = shapely.box(*(np.array(parcels[20].bounds) + [0, 0, 0, 0.002]))
    told = faults(*parcels)
    assert {f.check for f in told} == {"areas-overlap"}
    assert [(f.row, f.values["other"]) for f in told] == [(220, "210")]


def test_roads_drawn_as_areas_are_no_slivers():
    roads = [shapely.box(20, 44 + i / 10, 21, 44.0001 + i / 10) for i in range(12)]
    assert faults(*roads) == []


def test_types_for_several_parts_are_told_once_where_none_has_two():
    single = [shapely.MultiPolygon([moved(SQUARE, i)]) for i in range(3)]
    [fault] = faults(*single)
    assert (fault.check, fault.row, fault.values["count"]) == ("parts-single", None, "3")
    assert faults(*single, shapely.MultiPolygon([moved(SQUARE, -1), moved(SQUARE, -0.5)])) == []


def test_a_shape_of_too_many_nodes_and_one_around_the_world_are_told():
    angle = np.linspace(0, 2 * np.pi, 60_000)
    many = shapely.Polygon(np.stack([21 + np.cos(angle) / 10, 45 + np.sin(angle) / 10], axis=1))
    assert [f.check for f in faults(many, format_="gpkg")] == ["nodes-many"]
    wide = shapely.LineString([(-170, 44), (170, 44)])
    assert [f.check for f in faults(wide)] == ["coordinates-outside", "antimeridian-crossed"]


@pytest.mark.parametrize("name", ["EPSG:28992", "EPSG:32633"])
def test_a_system_of_elsewhere_is_a_warning(name):
    inside = np.array([shapely.Point(20.4, 44.8)], dtype=object)
    told = faults(shapely.Point(100_000, 400_000), crs=name, lonlat=inside)
    assert [(f.check, f.severity) for f in told] == [("crs-unusual", "warning")]


def test_a_system_that_puts_serbia_elsewhere_is_the_wrong_one():
    sea = np.array([shapely.Point(90, 10)], dtype=object)
    [fault, _outside] = faults(shapely.Point(7457718, 4962968), crs="EPSG:32634", lonlat=sea)
    assert (fault.check, fault.values["likely"]) == ("crs-mismatch", "EPSG:6316")
    assert fault.offers[0].step.values == {"crs": "EPSG:6316"}


def test_what_a_check_finds_its_rule_mends():
    turned = np.array([shapely.Point(44.8, 20.4), shapely.Point(20.4, 44.8)], dtype=object)
    wrong = shapes.swapped(turned, "OGC:CRS84", SERBIA)
    assert wrong.tolist() == [True, False]
    assert not shapes.swapped(shapes.with_axes_swapped(turned, wrong), "OGC:CRS84", SERBIA).any()
    holed = np.array([shapely.Polygon(SQUARE.exterior.coords, [HOLE]), None], dtype=object)
    assert not shapes.wrongly_wound(shapes.wound(holed, shapes.wrongly_wound(holed))).any()
    rough = np.array([shapely.LineString([(0, 0), (0, 0), (1, 1)])], dtype=object)
    assert not shapes.repeating_nodes(
        shapes.without_repeating_nodes(rough, shapes.repeating_nodes(rough))
    ).any()


def test_a_layer_without_features_or_places_has_no_faults_of_shape():
    assert faults() == []
    assert {f.check for f in faults(None, None)} == {"geometry-missing"}


def own(tolerance_m: float = 100):
    boundary = shapely.box(20.8, 43.9, 21.1, 44.2)
    return {
        "municipality": {
            "name": "Крагујевац",
            "boundary": shapely.to_wkb(boundary, hex=True),
            "tolerance_m": tolerance_m,
        }
    }


def test_one_feature_outside_the_municipality_is_a_warning_and_many_an_error():
    inside = [shapely.Point(20.9 + i / 1000, 44) for i in range(30)]
    [fault] = faults(*inside, shapely.Point(20.5, 44.8), settings=own())
    assert (fault.check, fault.severity, fault.row) == ("municipality-outside", "warning", 310)
    told = faults(*inside[:3], shapely.Point(20.5, 44.8), settings=own())
    assert [(f.check, f.severity) for f in told] == [
        ("municipality-other", "error"),
        ("municipality-outside", "warning"),
    ]
    assert told[0].values == {"municipality": "Крагујевац", "share": "25%", "count": "1"}


def test_a_simplified_boundary_is_given_a_tolerance():
    near = shapely.Point(21.105, 44)
    assert faults(near, settings=own(1000)) == []
    assert len(faults(near, settings=own(10))) == 2


def test_real_places_lie_in_their_real_municipalities(shared):
    """Their own seats inside; almost all of a layer of another one's places outside."""
    folder = shared / "data/serbia"
    towns = json.loads((folder / "boundaries/opstine_165_fixed.geojson").read_text())["features"]
    places = json.loads((folder / "geonames/geonames_rs_pop500.geojson").read_text())["features"]
    points = [shapely.Point(p["geometry"]["coordinates"]) for p in places]
    named = {p["properties"]["name"]: point for p, point in zip(places, points, strict=True)}
    astray = seats = 0
    for town in towns:
        area = shapely.from_geojson(json.dumps(town["geometry"]))
        name = town["properties"]["name_latn"]
        said = {"name": name, "boundary": shapely.to_wkb(area, hex=True), "tolerance_m": 500}
        told = faults(*points, format_="gpkg", settings={"municipality": said})
        assert [f.check for f in told if f.severity == "error"] == ["municipality-other"], name
        if name in named:
            seats += 1
            astray += len(faults(named[name], format_="gpkg", settings={"municipality": said}))
    assert seats > 80
    assert astray <= 2


def test_numbers_too_large_to_reckon_with_are_judged_without_a_word():
    far = shapely.Polygon([(1e300, 0), (0, 1e300), (1, 1)])
    line = shapely.LineString([(1e308, -1e308), (-1e308, 1e308)])
    assert "geometry-mixed" in {f.check for f in faults(far, far.reverse(), line, lonlat=None)}
