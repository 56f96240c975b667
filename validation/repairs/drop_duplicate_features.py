"""Features that take the same place as one before them."""

import pyarrow as pa

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import decoded
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class DropDuplicateFeatures(Repair):
    """Leaves out all but the first of lines and areas with one shape, and of equal points."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the firsts."""
        if cells.geometry is None:
            return cells
        first = shapes.like(decoded(cells.geometry), cells.columns)
        return kept(cells, pa.array(first < 0))
