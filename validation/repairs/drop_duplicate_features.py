"""Features that take the same place as one before them."""

import pyarrow as pa

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs import _placed
from validation.repairs._geometries import decoded
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class DropDuplicateFeatures(Repair):
    """Leaves out all but the first of lines and areas with one shape, and of equal points.

    In a table the shapes are those of the step's column, or of it and `y`.
    """

    def mended(self, cells: Cells) -> Cells:
        """Keep the firsts."""
        if cells.geometry is not None:
            found = decoded(cells.geometry)
        elif (placed := _placed.geometries(cells, self.step)) is not None:
            found = placed
        else:
            return cells
        return kept(cells, pa.array(shapes.like(found, cells.columns) < 0))
