"""Geometries on their way in: flat, two-dimensional WKB, and a finding for what was changed."""

import contextlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from datasets.model import Finding

type Geometries = NDArray[np.object_]


def decoded(wkb: Sequence[bytes | None]) -> Geometries:
    """Read WKB all at once; None for what is damaged. Raises NotImplementedError for curves."""
    geometries: Geometries = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
    return geometries


def decoded_one_by_one(wkb: Sequence[bytes | None]) -> Geometries:
    """Read WKB; None for what is damaged, or of a kind that no map shows (a TIN, a solid)."""
    found = np.empty(len(wkb), dtype=object)
    for i, value in enumerate(wkb):
        with contextlib.suppress(NotImplementedError):
            found[i] = shapely.from_wkb(value, on_invalid="ignore")
    return found


def lost(wkb: Sequence[bytes | None], geometries: Geometries) -> list[Finding]:
    """Name the features whose geometry was there and could not be read."""
    missing = np.flatnonzero(shapely.is_missing(geometries)).tolist()
    return [unreadable(i + 1, "its geometry cannot be read") for i in missing if wkb[i]]


def flat(geometries: Geometries) -> tuple[pa.ChunkedArray, list[Finding]]:
    """Give the WKB in two dimensions, and a note when heights or measures were left out."""
    deep = int(shapely.has_z(geometries).sum()) + int(shapely.has_m(geometries).sum())
    if deep:
        geometries = shapely.force_2d(geometries)
    wkb = shapely.to_wkb(geometries, byte_order=1)
    column = pa.chunked_array([pa.array(wkb.tolist(), pa.binary())])
    return column, [_dropped(deep)] if deep else []


def unreadable(row: int, reason: str, path: str = "") -> Finding:
    """Say that a feature's geometry cannot be read, and where in a JSON file it is."""
    where = f" ({path})" if path else ""
    return Finding(
        "geometry-unreadable",
        row=row,
        note=f"feature {row}: {reason}{where}; correct it, or leave the geometry empty",
        values={"reason": reason, **({"json_path": path} if path else {})},
    )


def _dropped(count: int) -> Finding:
    return Finding(
        "dimension-dropped",
        "note",
        note=f"{count} geometries have heights or measures, which are not shown on the map; "
        "the original file keeps them",
        values={"count": str(count)},
    )
