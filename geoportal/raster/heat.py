"""Where many points are: warmth, as the map draws it while they are too close to be told apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoportal.emap.palettes import ramp
from geoportal.raster.frame import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

HEAT_TO = 11.0
REACH_PX = 7
"""Of each of the two blurs: together they are near to a bell."""
STEPS, ALPHA = 7, 210

type Cells = NDArray[np.float64]


def warm(
    image: "Image", places: Sequence[tuple[int, float, float]], opacity: float, frame: Frame
) -> None:
    """Put the warmth of points on a picture; the densest place in it is the warmest."""
    from PIL import Image  # noqa: PLC0415 - not for requests without pictures

    width, height = image.size
    at = np.array([place[1:] for place in places]).reshape(-1, 2)
    cells, _, _ = np.histogram2d(at[:, 1], at[:, 0], (height, width), ((0, height), (0, width)))
    for _ in range(2):
        for axis in (0, 1):
            cells = blurred(cells, REACH_PX * frame.ratio, axis)
    warmth = np.sqrt(cells / max(float(cells.max()), 1e-9))
    alpha = round(ALPHA * opacity)
    colours = [(*bytes.fromhex(colour[1:]), alpha) for colour in ramp("orange", STEPS)]
    table = np.array([(0, 0, 0, 0), *colours], dtype=np.uint8)
    image.alpha_composite(Image.fromarray(table[np.floor(warmth * (STEPS + 0.99)).astype(int)]))


def blurred(cells: Cells, reach: int, axis: int) -> Cells:
    """The mean of the cells so near along an axis; beyond the edge there is nothing.

    >>> blurred(np.array([[0.0, 3.0, 0.0]]), 1, 1).tolist()
    [[1.0, 1.0, 1.0]]
    """
    margin = [(0, 0), (0, 0)]
    margin[axis] = (reach + 1, reach)
    sums = np.cumsum(np.pad(cells, margin), axis=axis)
    width, length = 2 * reach + 1, cells.shape[axis]
    upper = np.take(sums, range(width, width + length), axis=axis)
    means: Cells = (upper - np.take(sums, range(length), axis=axis)) / width
    return means
