"""Geometries on the grid of one vector tile: clipped, thinned out, whole numbers, valid."""

from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray

from publish.layers import webmercatorquad
from publish.layers.arrays import Geometries
from publish.layers.geojson import Placing

EXTENT, BUFFER = 4096, 64
"""Units of a tile's side, and how many of them a tile knows of its neighbours."""
MAX_TILE_BYTES = 500_000
"""Of a tile as it is stored, gzip."""
FULL_DETAIL_ZOOM = 15
TOLERANCE = 0.25
"""Of a unit: below z15 lines lose the points that nobody would see."""
COLLECTION = 7
AREA = 2


def placing(z: int, x: int, y: int) -> Placing:
    """Puts longitude and latitude into units of a tile, y downwards."""
    return partial(webmercatorquad.to_tile, z=z, x=x, y=y, extent=EXTENT)


def on_grid(units: Geometries, z: int) -> Geometries:
    """Geometries in units of a tile, y downwards, as they are drawn: exterior rings positive.

    What falls together to nothing is an empty geometry, and what clipping or repairing leaves over
    of a polygon as lines or points is dropped.
    """
    shapes = clip(units)
    if z < FULL_DETAIL_ZOOM:
        shapes = shapely.simplify(shapes, TOLERANCE, preserve_topology=False)
    return shapely.orient_polygons(purify(snap(shapes), units))


def clip(shapes: Geometries) -> Geometries:
    """What lies within the tile and its buffer."""
    corners = shapely.bounds(shapes)
    low, high = corners[:, :2] < -BUFFER, corners[:, 2:] > EXTENT + BUFFER
    outside: NDArray[np.bool_] = (low | high).any(axis=1)
    if not outside.any():
        return shapes
    clipped = shapes.copy()
    whole = shapely.make_valid(shapes[outside])
    clipped[outside] = shapely.clip_by_rect(
        whole, -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER
    )
    return clipped


def snap(shapes: Geometries) -> Geometries:
    """Whole coordinates: rounded where that stays valid, else noded by GEOS on the grid."""
    snapped: Geometries = shapely.transform(shapes, np.rint)
    broken = ~shapely.is_valid(snapped)
    if broken.any():
        whole = shapely.make_valid(shapes[broken])
        snapped[broken] = shapely.set_precision(whole, 1.0)
    grid = shapely.get_coordinates(snapped)
    if (grid[1:] == grid[:-1]).all(axis=1).any():
        snapped = shapely.remove_repeated_points(snapped)
    return snapped


def purify(shapes: Geometries, source: Geometries) -> Geometries:
    """Drop parts of a lower dimension than the source, unless that was a collection itself."""
    simple = shapely.get_type_id(source) != COLLECTION
    wanted = shapely.get_dimensions(source)
    mixed = shapely.get_type_id(shapes) == COLLECTION
    shapes[simple & ~mixed & (shapely.get_dimensions(shapes) != wanted)] = shapely.Point()
    for i in np.flatnonzero(simple & mixed):
        parts = shapely.get_parts(shapes[i])
        shapes[i] = _one([part for part in parts if shapely.get_dimensions(part) == wanted[i]])
    return shapes


def _one(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """The parts as one geometry: areas may have come to overlap on the grid, and are united."""
    if parts and shapely.get_dimensions(parts[0]) == AREA:
        return shapely.union_all(parts, grid_size=1.0)
    return shapely.GeometryCollection(parts)
