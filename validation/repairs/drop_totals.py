"""Rows that add up others."""

import pyarrow as pa

from validation.reading.cells import Cells
from validation.reading.totals import totals
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class DropTotals(Repair):
    """Leaves out rows that begin with a word such as „укупно“, or hold nothing but sums."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the others."""
        return kept(cells, pa.array(~totals(cells).mask))
