"""The direction in which the rings of areas are drawn. Rule: RFC 7946, 3.1.6."""

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import in_geometries
from validation.repairs._repair import Repair


class Winding(Repair):
    """Draws outer rings anticlockwise and holes clockwise; the area is the same."""

    def mended(self, cells: Cells) -> Cells:
        """Turn the rings that run the wrong way."""
        return in_geometries(cells, shapes.wrongly_wound, shapes.wound)
