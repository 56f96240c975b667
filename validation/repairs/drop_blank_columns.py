"""Columns with neither a label nor a cell."""

from validation.reading.cells import Cells
from validation.reading.parts import blank_columns
from validation.repairs._columns import without
from validation.repairs._repair import Repair


class DropBlankColumns(Repair):
    """Leaves out the columns that offices put between others to make room."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the others."""
        return without(cells, blank_columns(cells))
