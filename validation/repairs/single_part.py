"""Shapes of several parts that have only one."""

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import in_geometries
from validation.repairs._repair import Repair


class SinglePart(Repair):
    """Takes the one part for the shape: a polygon for a multipolygon of one."""

    def mended(self, cells: Cells) -> Cells:
        """Mend multi-part shapes of one part."""
        return in_geometries(cells, shapes.single_parted, shapes.single)
