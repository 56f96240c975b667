"""Taking rows away."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells


def kept(cells: Cells, mask: pa.Array | pa.ChunkedArray) -> Cells:
    """Keep the rows for which a mask holds; those that stay keep their numbers."""
    if pc.all(mask, min_count=0).as_py():
        return cells
    geometry = cells.geometry
    return replace(
        cells,
        columns=[column.filter(mask) for column in cells.columns],
        rows=cells.rows.filter(mask),
        geometry=None if geometry is None else geometry.filter(mask),
    )


def blank(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tell which cells say nothing: not there, empty, or only spaces."""
    return pc.fill_null(pc.match_substring_regex(texts, r"^[\s\x{00A0}]*$"), True)


def blank_rows(cells: Cells) -> pa.ChunkedArray:
    """Tell which rows have no cell that says anything, and no place."""
    nothing = pa.chunked_array([pa.repeat(True, len(cells.rows))])
    if cells.geometry is not None:
        nothing = pc.is_null(cells.geometry)
    for column in cells.columns:
        if not pc.any(nothing).as_py():
            break
        nothing = pc.and_(nothing, blank(column))
    return nothing


def repeated_rows(cells: Cells, *, geometry: bool) -> pa.Array:
    """Tell which rows are in every cell like one above them; null is not the same as blank."""
    keys = {f"c{i}": column for i, column in enumerate(cells.columns)}
    if geometry and cells.geometry is not None:
        keys["geometry"] = cells.geometry
    place = pa.array(range(len(cells.rows)), pa.int64())
    if not keys:
        return pa.repeat(False, len(place))
    table = pa.table({**keys, "place": place})
    firsts = table.group_by(list(keys)).aggregate([("place", "min")]).column("place_min")
    return pc.invert(pc.is_in(place, value_set=firsts.combine_chunks()))
