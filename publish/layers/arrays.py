"""The arrays that pass from one step of a layer's making to the next."""

import numpy as np
from numpy.typing import NDArray

type Geometries = NDArray[np.object_]
"""One shapely geometry, or None, per feature."""

type Boxes = NDArray[np.float64]
"""One row per feature: xmin, ymin, xmax, ymax in degrees; NaN where there is no geometry."""
