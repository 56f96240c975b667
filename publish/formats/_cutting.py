"""Geometries cut to an area, which keep their dimension."""

import numpy as np
import shapely

from publish.layers.arrays import Geometries

FAMILIES = {"Point": 0, "LineString": 1, "Polygon": 2}
NO_POINT = -1  # what shapely says of the dimension of nothing


def family(geometry_type: str) -> int | None:
    """The dimension of a layer's geometries; None for a mixture.

    >>> [family(kind) for kind in ("MultiPolygon", "Point", "Geometry")]
    [2, 0, None]
    """
    return FAMILIES.get(geometry_type.removeprefix("Multi"))


def cut(shapes: Geometries, area: shapely.Geometry, dimension: int | None) -> Geometries:
    """What of each geometry lies in an area; None where nothing of its dimension does.

    An invalid geometry (a bow tie) is mended first, else it could not be cut at all. What the area
    holds stays as it is, vertex by vertex.
    """
    shapely.prepare(area)
    found = np.full(len(shapes), None)
    there = shapely.intersects(area, shapes)
    held = there & shapely.covers(area, shapes)
    found[held] = shapes[held]
    crossing = there & ~held
    parts = shapely.make_valid(shapes[crossing])
    dimensions = shapely.get_dimensions(shapes[crossing]) if dimension is None else dimension
    inside = shapely.intersection(parts, area)
    wanted = np.broadcast_to(dimensions, inside.shape)
    mixed = shapely.get_type_id(inside) == shapely.GeometryType.GEOMETRYCOLLECTION
    for i in np.flatnonzero(mixed):
        inside[i] = _of_dimension(inside[i], int(wanted[i]))
    inside[(shapely.get_dimensions(inside) != wanted) | shapely.is_empty(inside)] = None
    found[crossing] = shapely.orient_polygons(inside)
    return found


def _of_dimension(collection: shapely.Geometry, dimension: int) -> shapely.Geometry:
    """The parts of a collection that have a dimension, as one geometry."""
    parts = shapely.get_parts(shapely.get_parts(collection))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
