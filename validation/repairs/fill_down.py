"""Cells that were merged: the value stands in the first, the others are blank."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.reading.layout import Range
from validation.repairs._columns import Column, places, with_columns
from validation.repairs._repair import Repair
from validation.repairs._rows import blank_rows


class FillDown(Repair):
    """Writes the value above into blank cells; rows that are blank altogether stay so.

    Where it is told to look at `merged` cells only, other blank cells stay blank.
    """

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        chosen = places(cells, self.step.field)
        if not chosen:
            return cells
        only = self.value("where") == "merged"
        nothing = blank_rows(cells)
        columns = list(cells.columns)
        for i in chosen:
            ranges = [r for r in cells.merged if r.left == i and r.bottom > r.top]
            above = merged_above(columns[i], cells.rows, ranges) if only else said_above(columns[i])
            columns[i] = filled(columns[i], above, nothing)
        return with_columns(cells, columns)


def filled(column: Column, above: Column, left_out: pa.ChunkedArray) -> Column:
    """Fill empty cells with what stands above; a cell that is not there stays not there."""
    empty = pc.fill_null(pc.equal(column, ""), False)
    wanted = pc.and_(empty, pc.invert(left_out))
    if not pc.any(wanted).as_py():
        return column
    changed = pc.if_else(wanted, pc.fill_null(above, ""), column)
    return column if changed.equals(column) else changed


def said_above(column: Column) -> Column:
    """Give for each cell the last value in it or above."""
    empty = pc.fill_null(pc.equal(column, ""), False)
    return pc.fill_null_forward(pc.if_else(empty, pa.scalar(None, pa.string()), column))


def merged_above(column: Column, rows: Column, ranges: Sequence[Range]) -> Column:
    """Give for each cell the first one of those that it was merged with, itself for none."""
    numbers = rows.to_numpy()
    source = np.arange(len(numbers))
    for each in ranges:
        first = int(np.searchsorted(numbers, each.top))
        behind = int(np.searchsorted(numbers, each.bottom, side="right"))
        if first < behind and numbers[first] == each.top:
            source[first:behind] = first
    return column.take(pa.array(source))
