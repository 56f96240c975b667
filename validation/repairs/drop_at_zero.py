"""Places at 0,0: a program wrote zeros where nothing was entered."""

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import Geometries, Mask, in_geometries, nowhere
from validation.repairs._repair import Repair


class DropAtZero(Repair):
    """Takes shapes at 0,0 for none at all; their rows stay."""

    def mended(self, cells: Cells) -> Cells:
        """Leave out what lies at 0,0."""
        return in_geometries(cells, _at_zero, nowhere)


def _at_zero(geometries: Geometries) -> Mask:
    return shapes.there(geometries) & shapes.at_zero(geometries)
