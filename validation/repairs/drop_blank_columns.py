"""Columns with neither a label nor a cell."""

from dataclasses import replace

from validation.reading.cells import Cells
from validation.reading.parts import blank_columns
from validation.repairs._repair import Repair


class DropBlankColumns(Repair):
    """Leaves out the columns that offices put between others to make room."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the others."""
        blank = set(blank_columns(cells))
        if not blank:
            return cells
        places = [i for i in range(len(cells.columns)) if i not in blank]
        labels = tuple(cells.labels[i] for i in places if i < len(cells.labels))
        columns = [cells.columns[i] for i in places]
        types = {n: cells.types[i] for n, i in enumerate(places) if i in cells.types}
        return replace(cells, labels=labels, columns=columns, types=types, merged=())
