"""Which features a tile shows: everything where the pyramid ends, above it what an eye can tell.

The layer's boxes and a rank for each feature decide it, without a look at the geometries.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publish.layers.arrays import Boxes
from publish.layers.tilegrid import BUFFER, EXTENT

PIXEL = 8
"""Units of a tile that a screen shows as one point: a tile is drawn 512 of them wide."""
RATE = 2.5
"""A zoom has so many times the points of the one above."""
ENOUGH = 10_000
"""Features of the whole layer that every zoom shows."""
MOST = 50_000
"""Features that are tried in one tile, however small each of them is."""

type Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Pyramid:
    """A layer's features from zoom 0 to `max_zoom`.

    `boxes` are in parts of the world's width: left, top, right, bottom, y downwards, in the layer's
    own order.
    """

    boxes: Boxes
    max_zoom: int

    def below(self, found: Indices, z: int, x: int, y: int) -> Indices:
        """Those of the features that touch a tile or its border."""
        margin = BUFFER / EXTENT
        left, top, right, bottom = self.boxes[found].T * 2.0**z
        across = (right >= x - margin) & (left <= x + 1 + margin)
        touching: Indices = found[across & (bottom >= y - margin) & (top <= y + 1 + margin)]
        return touching

    def sides(self, found: Indices, z: int) -> NDArray[np.float64]:
        """The larger sides of the features' boxes, in units of a tile."""
        left, top, right, bottom = self.boxes[found].T
        sides: NDArray[np.float64] = np.fmax(right - left, bottom - top) * (EXTENT * 2.0**z)
        return sides

    def seen(self, found: Indices, z: int) -> Indices:
        """Those of the features that a tile of a zoom shows.

        Of points so many, evenly spread; of what is smaller than a pixel as many as fill as many
        pixels, and ENOUGH of both; the largest if that were more than MOST.
        """
        if z < self.max_zoom:
            sides = self.sides(found, z)
            share = np.where(sides > 0, (sides / PIXEL) ** 2, RATE ** (z - self.max_zoom))
            found = found[ranks(found) < np.maximum(share, ENOUGH / len(self.boxes))]
        return self.foremost(found, MOST)

    def foremost(self, found: Indices, count: int) -> Indices:
        """The largest ones, of equals those of the lowest rank, in the layer's own order."""
        if len(found) <= count:
            return found
        order = np.lexsort((ranks(found), -self.sides(found, 0)))
        return np.sort(found[order[:count]])


def ranks(found: Indices) -> NDArray[np.float64]:
    """A number from 0 to 1 for each feature: those below any bound lie evenly in the layer's order.

    The order is a Hilbert curve, so they lie evenly on the ground too. It is van der Corput's
    sequence: the bits of the index turned round.

    >>> ranks(np.arange(5)).tolist()
    [0.0, 0.5, 0.25, 0.75, 0.125]
    """
    bits = found.astype(">u4").view(np.uint8).reshape(-1, 4)
    turned = np.packbits(np.unpackbits(bits, axis=1)[:, ::-1], axis=1).view(">u4").ravel()
    part: NDArray[np.float64] = turned / 2.0**32
    return part


def children(z: int, x: int, y: int) -> Iterator[tuple[int, int, int]]:
    """The four tiles of the next zoom."""
    for down in (0, 1):
        for right in (0, 1):
            yield z + 1, 2 * x + right, 2 * y + down
