"""Geometries on their way in: flat, two-dimensional WKB, and a finding for what was changed."""

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from datasets.model import Finding

FIRST_CURVE = 8  # WKB types from here on are curves, surfaces and triangles

type Geometries = NDArray[np.object_]


def decoded(wkb: pa.ChunkedArray) -> tuple[Geometries, list[Finding]]:
    """Read WKB; what cannot be read is None, with a finding that names the feature."""
    raw = np.array(wkb.to_pylist(), dtype=object)
    geometries = shapely.from_wkb(raw, on_invalid="ignore")
    lost = [i for i in np.flatnonzero(shapely.is_missing(geometries)) if raw[i] is not None]
    return geometries, [unreadable(int(i) + 1, "its geometry is damaged") for i in lost]


def has_curves(wkb: pa.ChunkedArray) -> bool:
    """Tell whether any WKB geometry is curved, which GDAL must straighten."""
    kinds = {value[:5] for value in wkb.to_pylist() if value}
    orders = ("big", "little")
    return any(
        int.from_bytes(kind[1:5], "little" if orders[kind[0] & 1] == "little" else "big") % 1000
        >= FIRST_CURVE
        for kind in kinds
    )


def flat(geometries: Geometries) -> tuple[pa.ChunkedArray, list[Finding]]:
    """Give the WKB in two dimensions, and a note when heights or measures were left out."""
    deep = int(shapely.has_z(geometries).sum()) + int(shapely.has_m(geometries).sum())
    if deep:
        geometries = shapely.force_2d(geometries)
    wkb = shapely.to_wkb(geometries, byte_order=1)
    column = pa.chunked_array([pa.array(wkb.tolist(), pa.binary())])
    return column, [_dropped(deep)] if deep else []


def unreadable(row: int, reason: str) -> Finding:
    """Say that a feature's geometry cannot be read."""
    return Finding(
        "geometry-unreadable",
        row=row,
        note=f"feature {row}: {reason}; correct it, or leave the geometry empty",
        values={"reason": reason},
    )


def _dropped(count: int) -> Finding:
    return Finding(
        "dimension-dropped",
        "note",
        note=f"{count} geometries have heights or measures, which are not shown on the map; "
        "the original file keeps them",
        values={"count": str(count)},
    )
