"""Shapes that are there and show nothing: without coordinates, or lines without length."""

import numpy as np
import shapely

from validation import shapes
from validation.reading.cells import Cells
from validation.repairs._geometries import Geometries, Mask, in_geometries, nowhere
from validation.repairs._repair import Repair


class DropEmpty(Repair):
    """Takes such shapes for none at all; their rows stay."""

    def mended(self, cells: Cells) -> Cells:
        """Leave out what shows nothing."""
        return in_geometries(cells, _empty, nowhere)


def _empty(geometries: Geometries) -> Mask:
    empty = ~shapely.is_missing(geometries) & shapely.is_empty(geometries)
    return np.asarray(empty | shapes.without_length(geometries))
