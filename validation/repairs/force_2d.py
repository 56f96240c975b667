"""Heights and measures, which no map of ours shows."""

import numpy as np
import shapely

from validation.reading.cells import Cells
from validation.repairs._geometries import Geometries, Mask, in_geometries
from validation.repairs._repair import Repair


class Force2d(Repair):
    """Leaves out the third and fourth number of every position."""

    def mended(self, cells: Cells) -> Cells:
        """Flatten shapes that are not flat."""
        return in_geometries(cells, _deep, _flat)


def _deep(geometries: Geometries) -> Mask:
    return np.asarray(shapely.has_z(geometries) | shapely.has_m(geometries))


def _flat(geometries: Geometries, _wrong: Mask) -> Geometries:
    return np.asarray(shapely.force_2d(geometries), dtype=object)
