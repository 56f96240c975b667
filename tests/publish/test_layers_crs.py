"""Coordinate systems of features: axis order, Serbia's datum, and what a layer is offered in."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from publish.layers import crs
from publish.layers.crs import CRS84, EPSG, OFFERED, bbox_lonlat, project, to_lonlat
from validation.crs import to_lonlat as read_in

TRAPS = {  # where PROJ, asked directly, is wrong by 0.5 m to 1.6 km
    "Preševo": (21.65, 42.31),
    "Tutin": (20.33, 42.99),
    "Sjenica": (20.00, 43.27),
    "Kuršumlija": (21.27, 43.14),
    "Šid": (19.23, 45.13),
    "Loznica": (19.22, 44.53),
    "Kragujevac": (20.9167, 44.0167),
}


def uri(number: int) -> str:
    return f"{EPSG}{number}"


@pytest.mark.parametrize(
    ("number", "there"),
    [
        (4326, (44.0, 20.9)),
        (3857, (2326577.358, 5465442.183)),
        (25834, (491982.589, 4871877.701)),
        (32634, (491982.589, 4871877.701)),
        (8682, (491982.589, 4871877.701)),
        (6316, (7492414.516, 4872833.418)),
        (3909, (4872833.418, 7492414.516)),  # the withdrawn code of 6316: north first
    ],
)
def test_a_place_is_given_in_the_axis_order_of_its_system(number, there):
    assert shapely.get_coordinates(project(shapely.points([[20.9, 44]]), uri(number))).tolist() == [
        list(there)
    ]


@pytest.mark.parametrize("place", TRAPS)
def test_the_legacy_system_is_reached_by_the_operation_it_is_read_by(place):
    there = project(shapely.points([TRAPS[place]]), uri(6316))
    back, operation = read_in(there, "EPSG:6316")
    metres = (shapely.get_coordinates(back) - TRAPS[place]) * (80_000, 111_000)
    assert "SRB-ETRS89 (8)" in operation or "SRB-ETRS89 (9)" in operation
    assert np.abs(metres).max() < 0.05


def test_proj_alone_would_be_wrong_in_the_south():
    direct = Transformer.from_crs("EPSG:4326", "EPSG:6316", always_xy=True)
    ours = shapely.get_coordinates(project(shapely.points([TRAPS["Preševo"]]), uri(6316)))[0]
    assert np.hypot(*(ours - direct.transform(*TRAPS["Preševo"]))) > 1000


def test_every_municipality_comes_back_from_every_system(municipalities):
    shapes = np.array(municipalities[0])
    for each in OFFERED:
        back = to_lonlat(project(shapes, each), each)
        apart = shapely.get_coordinates(back) - shapely.get_coordinates(shapes)
        assert np.abs(apart).max() < 2e-7, each


@given(
    st.lists(
        st.tuples(st.floats(18.9, 22.9), st.floats(42.3, 46.1)) | st.none(), min_size=1, max_size=20
    ),
    st.sampled_from(OFFERED),
)
def test_places_go_there_and_back_and_none_stays_none(places, system):
    shapes = np.array([None if p is None else shapely.Point(p) for p in places])
    back = to_lonlat(project(shapes, system), system)
    assert [shape is None for shape in back] == [place is None for place in places]
    lonlat = [place for place in places if place is not None]
    if lonlat:
        assert np.abs(shapely.get_coordinates(back) - lonlat).max() < 2e-7


KINDS = (
    "POINT (20.9 44)",
    "LINESTRING (20 44, 21 45)",
    "POLYGON ((20 44, 21 44, 21 45, 20 44), (20.4 44.1, 20.5 44.1, 20.5 44.2, 20.4 44.1))",
    "MULTIPOINT ((20 44), (21 45))",
    "MULTILINESTRING ((20 44, 21 45), (22 43, 22 44))",
    "MULTIPOLYGON (((20 44, 21 44, 21 45, 20 44)), ((22 43, 22.5 43, 22.5 43.5, 22 43)))",
    "GEOMETRYCOLLECTION (POINT (20.9 44), LINESTRING (20 44, 21 45))",
)


@pytest.mark.parametrize("system", OFFERED)
def test_features_are_brought_there_as_geometries_are(system):
    shapes = shapely.from_wkt([*KINDS, None])
    features = [
        {"geometry": None if text is None else json.loads(text)}
        for text in shapely.to_geojson(shapes)
    ]
    crs.project_features(features, system)
    ours = [f["geometry"] and shapely.geometry.shape(f["geometry"]) for f in features]
    assert shapely.equals_exact(ours, project(shapes, system), tolerance=1e-9)[:-1].all()
    assert ours[-1] is None


def test_a_box_holds_the_whole_of_the_box_in_metres():
    west, south, east, north = bbox_lonlat((300_000, 4_700_000, 700_000, 5_100_000), uri(32634))
    corners = to_lonlat(shapely.points([[300_000, 4_700_000], [700_000, 5_100_000]]), uri(32634))
    (first_west, first_south), (last_east, last_north) = shapely.get_coordinates(corners)
    assert west < first_west - 0.1  # two corners alone would leave a strip of 10 km out
    assert (east, north) >= (last_east, last_north)
    assert south <= first_south


@given(
    st.floats(18.9, 22.8),
    st.floats(42.2, 46.1),
    st.floats(0.01, 1),
    st.sampled_from([u for u in OFFERED if u not in (CRS84, uri(4326))]),
)
def test_the_corners_of_a_box_lie_in_it_in_every_system(west, south, side, system):
    corners = shapely.points([[west, south], [west + side, south + side]])
    there = shapely.get_coordinates(project(corners, system)).ravel().tolist()
    assert shapely.box(*bbox_lonlat(tuple(there), system)).covers(shapely.multipoints(corners))


def test_a_box_in_latitude_and_longitude_is_turned_round():
    assert bbox_lonlat((42, 19, 46, 23), uri(4326)) == (19, 42, 23, 46)


@pytest.mark.parametrize("number", [4326, 4258])
def test_a_box_in_degrees_may_cross_the_antimeridian(number):
    assert bbox_lonlat((-10, 170, 10, -170), uri(number)) == (170, -10, -170, 10)


@pytest.mark.parametrize(
    ("box", "number"),
    [
        ((46, 19, 42, 23), 4326),
        ((500_000, 4_800_000, 400_000, 4_900_000), 32634),
        ((400_000, 4_900_000, 500_000, 4_800_000), 32634),
        ((1e300, 0, 2e300, 1), 32634),
        ((1e300, 0, 2e300, 1), 6316),
    ],
)
def test_a_box_that_is_none_is_refused(box, number):
    with pytest.raises(ValueError, match="corner|area"):
        bbox_lonlat(box, uri(number))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "EPSG:4326",
        f"{EPSG}1",
        f"{EPSG}999999",
        f"{EPSG}4979",  # three axes
        f"{EPSG}5773",  # heights
        f"{EPSG}4326/..",
        f"{EPSG}٤٣٢٦",
        CRS84.lower(),
    ],
)
def test_what_is_no_uri_of_a_plane_system_is_refused(wrong):
    with pytest.raises(ValueError, match="no CRS|not known|plane"):
        crs.place(wrong)


@pytest.mark.parametrize("point", [(91.0, 20.0), (float("inf"), 0.0)])
def test_a_coordinate_off_the_earth_is_refused(point):
    with pytest.raises(ValueError, match="not in the area"):
        to_lonlat(shapely.points([point]), uri(4326))


def test_a_layer_is_offered_in_what_reaches_it(built):
    def systems(lon: float, lat: float, own: str = "OGC:CRS84") -> list[str]:
        features, _ = built([shapely.Point(lon, lat)])
        return [crs.authority(each) for each in crs.offered(replace(features.manifest, crs=own))]

    everything = [crs.authority(each) for each in OFFERED]
    assert systems(20.9, 44) == everything
    assert systems(19.0, 45, "EPSG:8678") == [*everything, "EPSG:8678"]
    assert systems(20.9, 44, "no code at all") == everything
    assert systems(151, -33) == ["OGC:CRS84", "EPSG:4326", "EPSG:3857"]
    assert systems(0, 90) == ["OGC:CRS84", "EPSG:4326"]


def test_a_system_is_told_to_others_by_code_and_wkt():
    assert [crs.epsg(each) for each in OFFERED[:3]] == [4326, 4326, 3857]
    assert crs.wkt(uri(6316)).startswith('PROJCRS["MGI 1901 / Balkans zone 7"')
    assert crs.wkt(uri(32634), "WKT1_ESRI").startswith('PROJCS["WGS_1984_UTM_Zone_34N"')
