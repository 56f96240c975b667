import json
import re

import frictionless
import numpy as np
import pytest
import shapely
from frictionless import Checklist, Resource
from frictionless.errors import RowError, TableError

from datasets.kinds import kinds
from validation import crs, layers
from validation.checks import _plugin
from validation.checks.layers._layer import LIMIT, LayerCheck, Subject
from validation.crs import to_lonlat

SERBIA = (18.8, 41.8, 23.1, 46.3)
BELGRADE, NIS = shapely.Point(20.46, 44.81), shapely.Point(21.9, 43.32)
BOWTIE = shapely.Polygon([(20, 44), (21, 45), (21, 44), (20, 45)])


def found(*geometries, name: str = "OGC:CRS84", extent=SERBIA) -> list[tuple[str, int | None]]:
    return [(f.check, f.row) for f in faults(*geometries, name=name, extent=extent)]


def faults(*geometries, name: str = "OGC:CRS84", extent=SERBIA):
    there = np.array(geometries, dtype=object)
    system = crs.known(name)
    lonlat, operation = None, ""
    if system is not None and not crs.mismatched(system, there):
        lonlat, operation = to_lonlat(there, name)
    rows = np.arange(1, len(there) + 1)
    subject = Subject(rows, there, name, lonlat, operation, extent)
    return [
        fault
        for check in _plugin.checks(_plugin.LAYERS)
        for fault in check(subject=subject).found()
    ]


def test_a_good_layer_has_no_faults():
    assert found(BELGRADE, NIS) == []


@pytest.mark.parametrize(
    ("geometry", "check"),
    [
        (None, "geometry-missing"),
        (shapely.Point(), "geometry-empty"),
        (BOWTIE, "geometry-invalid"),
        (shapely.Point(0, 0), "null-island"),
        (shapely.Point(44.81, 20.46), "coordinates-swapped"),
        (shapely.Point(16.5, 42.1), "coordinates-outside"),
        (shapely.Point(20.46, float("inf")), "geometry-invalid"),
    ],
)
def test_a_feature_gets_the_fault_that_it_has(geometry, check):
    got = found(*[BOWTIE.envelope if check == "geometry-invalid" else BELGRADE] * 2, geometry)
    assert got[0] == (check, 3)


def test_an_invalid_shape_is_told_with_its_reason_and_place():
    [fault] = [f for f in faults(BOWTIE) if f.check == "geometry-invalid"]
    assert fault.values["reason"] == "Self-intersection"
    assert fault.values["place"] == "20.5 44.5"


def test_one_kind_among_others_is_a_warning():
    line = shapely.LineString([(20, 44), (21, 45)])
    [fault] = faults(BELGRADE, shapely.MultiPoint([NIS, BELGRADE]), line)
    assert (fault.check, fault.row, fault.severity) == ("geometry-mixed", 3, "warning")
    assert fault.values["usual"] == "points"


def test_swapped_metres_are_known_too():
    utm = shapely.Point(457299.3, 4961986.0)
    swapped = shapely.Point(4961986.0, 457299.3)
    assert found(utm, shapely.Point(457300, 4961986), swapped, name="EPSG:8682") == [
        ("coordinates-swapped", 3)
    ]


def test_metres_of_the_state_system_are_judged_in_degrees():
    belgrade = shapely.Point(7457718.2, 4962967.6)
    sea = shapely.Point(7100000.0, 4660000.0)
    assert found(belgrade, sea, name="EPSG:6316") == [("coordinates-outside", 2)]


@pytest.mark.parametrize(
    ("name", "x", "y", "checks"),
    [
        ("", 7457718.2, 4962967.6, ["crs-missing"]),
        ("LOCAL", 7457718.2, 4962967.6, ["crs-unknown"]),
        ("OGC:CRS84", 7457718.2, 4962967.6, ["crs-mismatch"]),
        ("EPSG:8682", 20.46, 44.81, ["crs-mismatch"]),
        ("EPSG:31277", 7457718.2, 4962967.6, ["crs-inexact", "crs-legacy"]),
        ("EPSG:3909", 7457718.2, 4962967.6, ["crs-legacy"]),
        ("EPSG:6316", 7457718.2, 4962967.6, []),
    ],
)
def test_a_system_gets_the_fault_that_it_has(name, x, y, checks):
    assert [check for check, _ in found(shapely.Point(x, y), name=name)] == checks


def test_geojson_in_metres_is_told_with_the_system_it_is_likely_in():
    [fault] = faults(shapely.Point(7457718.2, 4962967.6))
    assert fault.values["likely"] == "EPSG:6316"
    assert fault.values["crs"] == "OGC:CRS84"


def test_a_layer_without_a_single_place_has_no_wrong_system():
    assert found(None, None, name="EPSG:8682") == [("geometry-missing", 1), ("geometry-missing", 2)]


def test_faults_are_told_up_to_a_limit_and_counted_beyond():
    told = faults(*[shapely.Point(0, 0)] * (LIMIT + 5))
    assert len(told) == LIMIT
    assert told[0].values["count"] == str(LIMIT + 5)


@pytest.mark.parametrize("name", kinds("validation.checks.layers"))
def test_every_file_of_the_folder_is_a_check_by_the_contract(name):
    [check] = [c for c in _plugin.checks() if c.__module__ == f"validation.checks.layers.{name}"]
    assert issubclass(check, LayerCheck)
    assert re.fullmatch("[a-z-]+", check.type)
    assert check.__doc__
    for error in check.Errors:
        assert issubclass(error, RowError | TableError)
        assert re.fullmatch("[a-z-]+", error.type)
        assert error.title
        assert error.description.endswith(".")


def test_every_error_of_a_check_is_one_that_frictionless_will_not_drop():
    given = [
        *("geometry-invalid", "null-island", "coordinates-swapped", "coordinates-outside"),
        *("crs-missing", "crs-unknown", "crs-mismatch", "crs-inexact", "municipality-other"),
    ]
    assert {e.type for c in _plugin.checks(_plugin.LAYERS) for e in c.Errors} == set(given)


def test_frictionless_reports_errors_and_leaves_warnings_to_us():
    there = np.array([BELGRADE, None, shapely.Point(0, 0)], dtype=object)
    subject = Subject(np.array([1, 2, 3]), there, "OGC:CRS84", there, "", SERBIA)
    checks = [check(subject=subject) for check in _plugin.checks(_plugin.LAYERS)]
    table = Resource(name="a", data=[["id"], [1], [2], [3]])
    report = table.validate(Checklist(checks=checks))
    assert report.flatten(["type", "rowNumber"]) == [["null-island", 3]]
    assert report.tasks[0].errors[0].message.startswith('Feature at position "3"')


def test_frictionless_knows_our_checks_and_errors_by_their_types():
    _plugin.register()
    assert frictionless.system.select_check_class("coordinates").type == "coordinates"
    assert frictionless.system.select_error_class("geometry-invalid").title == "Invalid Geometry"


def test_the_type_of_a_layer_is_told_of_all_its_geometries():
    square = BOWTIE.envelope
    several = shapely.MultiPolygon([square])
    assert layers.geometry_type(np.array([square, None])) == "Polygon"
    assert layers.geometry_type(np.array([square, several])) == "MultiPolygon"
    assert layers.geometry_type(np.array([square, BELGRADE])) == "Geometry"
    assert layers.geometry_type(np.array([None])) == "Geometry"


def test_the_synthetic_faults_of_serbia_are_all_found(shared):
    folder = shared / "data/messy/geojson/serbian-synthetic"
    expected = json.loads((folder / "EXPECTED.json").read_text())
    ours = {
        "geometry-out-of-bounds": "coordinates-outside",
        "geometry-overlap": "areas-overlap",
        "geometry-duplicate": "geometry-repeated",
    }
    for name, said in expected.items():
        geometries = shapely.from_geojson(
            [
                json.dumps(f["geometry"]) if f["geometry"] else None
                for f in json.loads((folder / name).read_text())["features"]
            ],
            on_invalid="ignore",
        )
        got = found(*geometries, extent=tuple(said.get("bounds", SERBIA)))
        want = [
            (ours.get(check, check), int(re.search(r"\d+", feature)[0]))
            for feature, check in said["expect"].items()
        ]
        assert sorted(got) == sorted(want), name


def test_the_boundaries_of_serbia_are_without_fault(shared):
    path = shared / "data/serbia/boundaries/opstine_165_fixed.geojson"
    features = json.loads(path.read_text())["features"]
    geometries = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    assert found(*geometries) == []
