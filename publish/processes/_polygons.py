"""Polygons that somebody drew, as one valid area; in a time that is bounded."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

MAX_VERTICES = 10_000
MANY_VERTICES = f"more than {MAX_VERTICES} vertices; simplify it, or name a feature here"
MEETINGS_EACH, MORE_MEETINGS = 20, 20_000
"""So often the edges may meet, for each and besides: of a grid of squares one meets sixteen, itself
among them. To mend a scribble of 300 vertices took 14 s, of 1,000 minutes."""
AT_ONCE = 20
"""Edges whose meetings are counted before the next: of the worst drawing 200,000 meetings."""


def joined(polygons: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Polygons made valid, as one geometry in CRS84.

    Raises ValueError where they have too many vertices or cross too often, coordinates are no
    numbers or not on the earth, or nothing is left of them.
    """
    places = shapely.get_coordinates(polygons)
    if len(places) > MAX_VERTICES:
        raise ValueError(MANY_VERTICES)
    if not len(places) or not np.isfinite(places).all():
        raise ValueError("has no coordinates, or some that are no numbers")
    if is_scribble(polygons):
        raise ValueError("crosses itself too often; mend it, or name a feature here")
    return whole(shapely.union_all([whole(each) for each in polygons]))


def whole(polygons: shapely.Geometry) -> shapely.Geometry:
    """Polygons made valid, as one geometry; raises ValueError where nothing is left of them."""
    made = polygons
    if not shapely.is_valid(polygons):  # by its lines it would take a hundred times as long
        made = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts(made))
    made = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004 - areas
    west, south, east, north = shapely.bounds(made).tolist()
    if shapely.is_empty(made) or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("is no polygon between longitudes ±180 and latitudes ±90")
    return made


def is_scribble(polygons: Sequence[shapely.Geometry]) -> bool:
    """Tell whether edges cross so often that to mend or join the polygons would take long."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    places, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[:-1] == ring[1:]
    edges: Any = shapely.linestrings(np.stack([places[:-1][same], places[1:][same]], axis=1))
    tree, meetings = shapely.STRtree(edges), 0
    for begin in range(0, len(edges), AT_ONCE):
        found = tree.query(edges[begin : begin + AT_ONCE], predicate="intersects")
        meetings += found.shape[1]
        if meetings > MEETINGS_EACH * len(edges) + MORE_MEETINGS:
            return True
    return False
