"""The tile matrix set WebMercatorQuad: which tiles there are, and where they lie.

Rule: OGC 17-083r4, Annex D.1; the numbering is that of XYZ tiles, row 0 in the north.
"""

import math

import numpy as np
from numpy.typing import NDArray

from datasets.model import BBox

MAX_ZOOM = 22
MAX_LATITUDE = 89.9  # beyond the quad (85.06), and Mercator is still finite


def check(z: int, x: int, y: int) -> None:
    """Raise ValueError, naming the tile, unless there is one.

    >>> check(1, 0, 2)
    Traceback (most recent call last):
    ...
    ValueError: tile 1/0/2: at zoom 1 columns and rows are 0 to 1
    """
    if not 0 <= z <= MAX_ZOOM:
        raise ValueError(f"tile {z}/{x}/{y}: zoom is 0 to {MAX_ZOOM}")
    if not (0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueError(f"tile {z}/{x}/{y}: at zoom {z} columns and rows are 0 to {2**z - 1}")


def bounds_lonlat(z: int, x: int, y: int, margin: float = 0.0) -> BBox:
    """West, south, east, north of a tile widened on every side by a part of its width.

    >>> [round(degrees, 2) for degrees in bounds_lonlat(1, 1, 0)]
    [0.0, 0.0, 180.0, 85.05]
    """
    west, east = x - margin, x + 1 + margin
    north, south = y - margin, y + 1 + margin
    return (
        max(west / 2**z * 360 - 180, -180.0),
        _latitude(south / 2**z),
        min(east / 2**z * 360 - 180, 180.0),
        _latitude(north / 2**z),
    )


def _latitude(part: float) -> float:
    """The latitude at a part of the quad's height, counted from the north."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * part))))


def to_tile(
    lonlat: NDArray[np.float64], z: int, x: int, y: int, extent: int
) -> NDArray[np.float64]:
    """Longitude and latitude as units of a tile: `extent` of them a side, y downwards."""
    latitude = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    right = lonlat[:, 0] / 360 + 0.5
    down = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * np.pi)
    return np.column_stack(((right * 2**z - x) * extent, (down * 2**z - y) * extent))
