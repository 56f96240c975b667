"""Rows in which nothing is written."""

import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._repair import Repair
from validation.repairs._rows import blank_rows, kept


class DropBlankRows(Repair):
    """Leaves out rows without a value in any cell, and without a place."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the others."""
        return kept(cells, pc.invert(blank_rows(cells)))
