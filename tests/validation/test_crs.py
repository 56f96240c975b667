import json

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from datasets.errors import ReadingError
from validation import crs, crs_offers, ranges
from validation.crs import to_lonlat

BELGRADE = {
    "EPSG:8682": (457299.3, 4961986.0),
    "EPSG:25834": (457299.3, 4961986.0),
    "EPSG:32634": (457299.3, 4961986.0),
    "EPSG:3857": (2277596.8, 5591659.3),
    "EPSG:6316": (7457718.2, 4962967.6),
    "EPSG:8678": (6694987.3, 4965786.0),
    "EPSG:8679": (8220448.3, 4968909.5),
    "EPSG:3908": (6694987.3, 4965786.0),
    "EPSG:3909": (7457718.2, 4962967.6),
    "EPSG:3910": (8220448.3, 4968909.5),
}
ASTRAY = (  # by 1.6 km where PROJ chooses the operation itself
    "Preševo",
    "Tutin",
    "Medveđa",
    "Sjenica",
    "Lebane",
    "Novi Pazar",
    "Kuršumlija",
    "Bojnik",
    "Prokuplje",
    "Žitorađa",
)
NEAR = ("Bački Petrovac", "Bačka Palanka", "Šid", "Sremska Mitrovica", "Loznica")
DEGREE_M = 111_320


def points(*places: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.Point(*place) for place in places], dtype=object)


@pytest.mark.parametrize("system", BELGRADE)
def test_belgrade_comes_out_where_it_is_from_every_system(system):
    found, operation = to_lonlat(points(BELGRADE[system]), system)
    assert (found[0].x, found[0].y) == pytest.approx((20.46, 44.81), abs=2e-6)
    assert operation


@pytest.mark.parametrize("system", ["EPSG:6316", "EPSG:8678", "EPSG:3910"])
def test_the_state_system_goes_by_serbias_own_operation(system):
    _, operation = to_lonlat(points(BELGRADE[system]), system)
    assert "MGI 1901 to SRB-ETRS89 (" in operation
    assert not crs.is_ballpark(operation)


def test_the_state_system_is_known_from_a_prj_of_esri():
    prj = crs.known("EPSG:6316").to_wkt("WKT1_ESRI")
    found, operation = to_lonlat(points(BELGRADE["EPSG:6316"]), prj)
    assert (found[0].x, found[0].y) == pytest.approx((20.46, 44.81), abs=2e-6)
    assert "MGI 1901 to SRB-ETRS89 (" in operation


def test_the_south_of_serbia_is_not_a_mile_astray(shared):
    path = shared / "data/serbia/boundaries/opstine_165_fixed.geojson"
    centres = {
        f["properties"]["name_latn"]: shapely.from_geojson(json.dumps(f["geometry"])).centroid
        for f in json.loads(path.read_text())["features"]
    }
    there = Transformer.from_crs("EPSG:4326", "EPSG:8685", always_xy=True)
    zone = Transformer.from_crs("EPSG:8685", "EPSG:6316", always_xy=True)
    default = Transformer.from_crs("EPSG:6316", "EPSG:4326", always_xy=True)
    assert set(ASTRAY + NEAR) <= set(centres)
    for name in ASTRAY + NEAR:
        true = centres[name]
        east, north = zone.transform(*there.transform(true.x, true.y))
        [found], _ = to_lonlat(points((east, north)), "EPSG:6316")
        assert metres(found, true) < 0.05, name
        off = metres(shapely.Point(*default.transform(east, north)), true)
        assert off > (1000 if name in ASTRAY else 0.1), f"{name} proves nothing any more"


def metres(a: shapely.Point, b: shapely.Point) -> float:
    east = (a.x - b.x) * np.cos(np.radians(b.y))
    return float(np.hypot(east, a.y - b.y)) * DEGREE_M


@pytest.mark.parametrize("system", ["OGC:CRS84", "EPSG:4326", "EPSG:4258"])
def test_degrees_stay_as_they_are(system):
    found, operation = to_lonlat(points((20.46, 44.81, 117.0)), system)
    assert found[0].wkt == "POINT (20.46 44.81)"
    assert operation == ""


def test_what_is_missing_stays_missing():
    found, _ = to_lonlat(np.array([None, shapely.Point(457299.3, 4961986.0)]), "EPSG:8682")
    assert found[0] is None
    assert found[1].x == pytest.approx(20.46, abs=1e-6)


def test_an_empty_layer_needs_no_operation():
    assert to_lonlat(np.array([], dtype=object), "EPSG:6316").operation == ""


@pytest.mark.parametrize("name", ["", "EPSG:99999", "Гаус-Кригер", 'PROJCS["half'])
def test_an_unknown_system_is_refused_with_the_way_out(name):
    with pytest.raises(ReadingError, match="EPSG:8682"):
        to_lonlat(points((1, 2)), name)


def test_the_austrian_datum_is_told_to_be_a_guess():
    _, operation = to_lonlat(points(BELGRADE["EPSG:6316"]), "EPSG:31277")
    assert crs.is_ballpark(operation)


def test_coordinates_tell_the_system_that_they_are_likely_in():
    assert ranges.likely(*BELGRADE["EPSG:6316"]) == "EPSG:6316"
    assert ranges.likely(*BELGRADE["EPSG:3857"]) == "EPSG:3857"
    assert ranges.likely(*BELGRADE["EPSG:8682"]) == "EPSG:8682"
    assert ranges.likely(20.46, 44.81) == "EPSG:4326"
    assert ranges.likely(4962967.6, 7457718.2) == ""


def test_metres_under_degrees_and_degrees_under_metres_do_not_match():
    metres, degrees = points((457299.3, 4961986.0)), points((20.46, 44.81))
    assert crs.mismatched(crs.known("EPSG:4326"), metres)
    assert crs.mismatched(crs.known("EPSG:8682"), degrees)
    assert not crs.mismatched(crs.known("EPSG:8682"), metres)
    assert not crs.mismatched(crs.known("EPSG:4326"), degrees)
    assert not crs.mismatched(crs.known("EPSG:4326"), np.array([None], dtype=object))


def test_a_system_is_asked_for_with_five_places_as_they_would_come_out():
    east, north = BELGRADE["EPSG:6316"]
    places = points(*((east + 100 * i, north) for i in range(7)))
    systems = ranges.candidates(north, east)
    proposal, alternative = crs_offers.offers(np.arange(1, 8), places, systems)
    assert (proposal.step.values["crs"], alternative.step.values["crs"]) == systems
    assert (proposal.count, len(proposal.samples), proposal.exact) == (7, 5, False)
    first = proposal.samples[0]
    assert (first.before, first.after) == ("7457718.20, 4962967.60", "20.46000, 44.81000")
    assert alternative.samples[0].after != first.after


def test_deprecated_codes_are_offered_the_one_in_force():
    assert all(crs.known(new) is not None for new in ranges.IN_FORCE.values())
    for old, new in ranges.IN_FORCE.items():
        if old in BELGRADE:
            there = to_lonlat(points(BELGRADE[old]), new).geometries[0]
            assert (there.x, there.y) == pytest.approx((20.46, 44.81), abs=2e-6)
