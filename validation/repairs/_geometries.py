"""Changing the geometries of a layer: only those that a rule finds, the others byte for byte."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from validation.reading.cells import Cells
from validation.shapes import Geometries, Mask

__all__ = ["Geometries", "Mask", "decoded", "in_geometries", "nowhere"]


def in_geometries(
    cells: Cells,
    find: Callable[[Geometries], Mask],
    mend: Callable[[Geometries, Mask], Geometries],
) -> Cells:
    """Mend the geometries that a rule finds; the same cells where it finds none.

    Rules are those of validation/shapes.py, which the checks find faults by.
    """
    if cells.geometry is None:
        return cells
    geometries = decoded(cells.geometry)
    wrong = find(geometries)
    if not wrong.any():
        return cells
    changed = mend(geometries, wrong)[wrong]
    wkb = pa.array(shapely.to_wkb(changed, byte_order=1).tolist(), pa.binary())
    column = pc.replace_with_mask(cells.geometry.combine_chunks(), pa.array(wrong), wkb)
    return replace(cells, geometry=pa.chunked_array([column]))


def decoded(wkb: pa.ChunkedArray) -> Geometries:
    """Read WKB; None for what is not there or is damaged."""
    found: Geometries = shapely.from_wkb(wkb.to_numpy(), on_invalid="ignore")
    return found


def nowhere(geometries: Geometries, wrong: Mask) -> Geometries:
    """Give no place for those of a mask."""
    left = geometries.copy()
    left[wrong] = None
    return left
