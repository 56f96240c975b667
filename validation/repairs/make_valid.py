"""Areas whose edges cross themselves, whose holes lie outside, and so on."""

import numpy as np
import shapely

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import Geometries, Mask, in_geometries
from validation.repairs._repair import Repair


class MakeValid(Repair):
    """Draws invalid shapes again: rings keep their roles, what collapses is left out.

    One of which nothing would be left, or another kind, stays invalid and is reported.
    """

    def mended(self, cells: Cells) -> Cells:
        """Mend those that can be mended."""
        return in_geometries(cells, mendable, shapes.made_valid)


def mendable(geometries: Geometries) -> Mask:
    """Tell which are invalid, and stay of their kind when they are made valid."""
    wrong = shapes.invalid(geometries)
    made, broken = shapes.made_valid(geometries, wrong)[wrong], geometries[wrong]
    same = shapely.get_dimensions(made) == shapely.get_dimensions(broken)
    wrong[wrong] = same & ~shapely.is_empty(made) & shapely.is_valid(made)
    return np.asarray(wrong)
