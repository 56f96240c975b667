"""The places of faulty features, drawn in few lines for a small map."""

from collections.abc import Sequence

import numpy as np
import shapely

from validation.checks.layers._layer import Subject
from validation.report.excerpts import Spot, places_of

MOST_PLACES = 100
PLACE_BYTES = 2_000
DETAIL = 100  # a shape is simplified to this part of its size
DECIMALS = 6  # of a degree, about 10 cm


def drawn(wanted: Sequence[Spot], layer: Subject) -> dict[str, str]:
    """Give the shapes of the wanted features as GeoJSON geometries in CRS84, by their row.

    Those that lie nowhere are left out, and all of a layer that could not be placed.
    """
    if layer.lonlat is None:
        return {}
    there = sorted(places_of(wanted, layer.rows).items())[:MOST_PLACES]
    shapes = {row: _drawn(layer.lonlat[place]) for row, place in there}
    return {str(row): written for row, written in shapes.items() if written}


def _drawn(shape: shapely.Geometry | None) -> str:
    bounds = shapely.bounds(shape)
    if not np.isfinite(bounds).all():
        return ""
    size = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    flat = shapely.force_2d(shape)
    simple = shapely.simplify(flat, size / DETAIL, preserve_topology=False)
    for found in (simple, shapely.box(*bounds)):
        rounded = shapely.transform(found, lambda places: places.round(DECIMALS))
        written: str = shapely.to_geojson(rounded)
        if not shapely.is_empty(rounded) and len(written) <= PLACE_BYTES:
            return written
    return ""
