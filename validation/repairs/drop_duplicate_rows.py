"""Rows that say again, in every cell, what a row above them says."""

import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._repair import Repair
from validation.repairs._rows import kept, repeated_rows


class DropDuplicateRows(Repair):
    """Leaves out all but the first of equal rows; in a layer their places must be equal too."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the firsts."""
        return kept(cells, pc.invert(repeated_rows(cells, geometry=True)))
