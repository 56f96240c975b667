"""Positions that stand twice in a row in a line or a ring."""

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import in_geometries
from validation.repairs._repair import Repair


class DropRepeatedNodes(Repair):
    """Leaves out positions that are exactly those before them; the shape is the same."""

    def mended(self, cells: Cells) -> Cells:
        """Mend lines and areas that have such positions."""
        return in_geometries(cells, shapes.repeating_nodes, shapes.without_repeating_nodes)
