"""Places at 0,0: a program wrote zeros where nothing was entered."""

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs import _placed
from validation.repairs._geometries import Geometries, Mask, in_geometries, nowhere
from validation.repairs._repair import Repair


class DropAtZero(Repair):
    """Takes shapes at 0,0 for none at all; their rows stay.

    In a table the cells of the step's column, and of `y`, are left empty.
    """

    def mended(self, cells: Cells) -> Cells:
        """Leave out what lies at 0,0."""
        if cells.geometry is not None:
            return in_geometries(cells, _at_zero, nowhere)
        found = _placed.geometries(cells, self.step)
        if found is None:
            return cells
        return _placed.in_rows(cells, self.step, _at_zero(found), _placed.cleared)


def _at_zero(geometries: Geometries) -> Mask:
    return shapes.there(geometries) & shapes.at_zero(geometries)
