"""How far the features of a layer are from a place, and which are nearest."""

import math
from typing import Any

import numpy as np
import shapely

from datasets.model import BBox
from publish.layers.features import Features

CANDIDATES = 2000
"""So many features of a layer are measured; where more are near, those within a shorter way."""
NEAREST_M = 1.0
FIRST_M = 250.0
FARTHEST_M = 300_000.0

type Lonlat = tuple[float, float]


def nearest(features: Features, lonlat: Lonlat, limit: int) -> list[tuple[float, bytes]]:
    """Distance in metres and GeoJSON Feature of the nearest, at most 300 km away.

    A circle grows until it holds as many. A distance of 0 says that the feature covers the place.
    """
    distance_m = FIRST_M
    while True:
        found = near(features, lonlat, distance_m)
        if len(found) >= limit or distance_m >= FARTHEST_M:
            return found[:limit]
        distance_m *= 4


def near(features: Features, lonlat: Lonlat, distance_m: float) -> list[tuple[float, bytes]]:
    """Distance in metres and GeoJSON Feature of what is within a distance, the nearest first.

    Where too many are, a shorter distance is looked at.
    """
    if not features.manifest.with_geometry:
        return []
    while True:
        query = features.ask(bbox=_box(lonlat, distance_m))
        there = features.count(query) - features.manifest.without_geometry
        if there <= CANDIDATES or distance_m < NEAREST_M:
            break
        distance_m /= 2
    if there <= 0:
        return []
    placed = features.manifest.with_geometry  # the keys of features without a place come after
    page = [each for key, each in features.page(query, limit=CANDIDATES) if key <= placed]
    distances = distances_m(shapely.from_geojson(page), lonlat)
    order = np.argsort(distances, kind="stable")
    return [(float(distances[i]), page[i]) for i in order if distances[i] <= distance_m]


def distances_m(shapes: Any, lonlat: Lonlat) -> Any:
    """How far a place is from each geometry, 0 where it is covered, infinite without geometry.

    On the plane that touches the ellipsoid there: 0.1 % wrong at 5 km.
    """
    per_degree = metres(lonlat[1])
    local = shapely.transform(shapes, lambda places: (places - lonlat) * per_degree)
    empty = shapely.is_missing(local) | shapely.is_empty(local)
    return np.where(empty, np.inf, shapely.distance(local, shapely.Point(0, 0)))


def metres(latitude: float) -> tuple[float, float]:
    """The length of a degree of longitude and of latitude at a latitude, on WGS 84."""
    phi = math.radians(latitude)
    east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    north = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return max(east, 1e-6), north


def _box(lonlat: Lonlat, distance_m: float) -> BBox:
    east, north = metres(lonlat[1])
    # features are kept with 7 decimals, and the plane is not the ellipsoid
    reach = distance_m * 1.002 + 0.02
    x, y = reach / east, reach / north
    west, south = max(lonlat[0] - x, -180.0), max(lonlat[1] - y, -90.0)
    return west, south, min(lonlat[0] + x, 180.0), min(lonlat[1] + y, 90.0)
