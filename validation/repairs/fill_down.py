"""Cells that were merged: the value stands in the first, the others are blank."""

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import Column, places, with_columns
from validation.repairs._repair import Repair
from validation.repairs._rows import blank_rows


class FillDown(Repair):
    """Writes the value above into blank cells; rows that are blank altogether stay so."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        chosen = places(cells, self.step.field)
        if not chosen:
            return cells
        nothing = blank_rows(cells)
        columns = [
            filled(column, nothing) if i in chosen else column
            for i, column in enumerate(cells.columns)
        ]
        return with_columns(cells, columns)


def filled(column: Column, left_out: pa.ChunkedArray) -> Column:
    """Fill empty cells with the last value above; a cell that is not there stays not there."""
    empty = pc.fill_null(pc.equal(column, ""), False)
    wanted = pc.and_(empty, pc.invert(left_out))
    if not pc.any(wanted).as_py():
        return column
    above = pc.fill_null_forward(pc.if_else(empty, pa.scalar(None, pa.string()), column))
    changed = pc.if_else(wanted, pc.fill_null(above, ""), column)
    return column if changed.equals(column) else changed
