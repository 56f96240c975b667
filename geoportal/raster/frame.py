"""What a picture shows of the world: a rectangle of Web Mercator, so many pixels wide and high."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from datasets.model import BBox
from publish.layers import webmercatorquad

TILE_PX = 512
"""Pixels of the whole world at zoom 0, as the map in the browser counts zooms."""
MAX_ZOOM = 20.0

type Places = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle; `x` and `y` are its middle in parts of the world's width, y downwards.

    `width` and `height` are CSS pixels, of which each is `ratio` pixels of the picture wide. Zooms
    are those of the map in the browser: a tile of 256 pixels at z is drawn as at zoom z - 1.
    """

    x: float
    y: float
    zoom: float
    width: int
    height: int
    ratio: int = 1

    @classmethod
    def of_tile(cls, z: int, x: int, y: int, size: int, ratio: int) -> Self:
        """The frame of a tile; raises ValueError for one that WebMercatorQuad does not have."""
        webmercatorquad.check(z, x, y)
        zoom = z + math.log2(size / TILE_PX)
        return cls((x + 0.5) / 2**z, (y + 0.5) / 2**z, zoom, size, size, ratio)

    @classmethod
    def of_view(
        cls, center: tuple[float, float], zoom: float, size: tuple[int, int], ratio: int = 1
    ) -> Self:
        """The frame around a longitude and latitude."""
        x, y = world(np.array([center]))[0].tolist()
        return cls(x, y, min(zoom, MAX_ZOOM), *size, ratio)

    @classmethod
    def of_box(
        cls, box: BBox, size: tuple[int, int], ratio: int = 1, margin_px: int = 0, most: float = 15
    ) -> Self:
        """The frame in which a box in degrees is as large as can be, at zoom `most` at the largest.

        A box across the antimeridian has west > east.
        """
        west, south, east, north = box
        (left, top), (right, bottom) = world(np.array([[west, north], [east, south]])).tolist()
        right += right < left
        wide, high = max(right - left, 1e-9), max(bottom - top, 1e-9)
        room = [max(side - 2 * margin_px, 16) for side in size]
        zoom = math.log2(min(room[0] / wide, room[1] / high) / TILE_PX)
        return cls((left + right) / 2, (top + bottom) / 2, min(zoom, most), *size, ratio)

    @property
    def world_px(self) -> float:
        """How many pixels of the picture the world is wide."""
        return TILE_PX * math.exp2(self.zoom) * self.ratio

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.width * self.ratio, self.height * self.ratio

    @property
    def bbox_lonlat(self) -> BBox:
        """West, south, east, north; may reach beyond 180 degrees."""
        wide, high = (side / 2 / self.world_px for side in self.size_px)
        west, east = ((self.x + side) * 360 - 180 for side in (-wide, wide))
        return west, _latitude(self.y + high), east, _latitude(self.y - high)

    def corner_px(self, z: int, x: int, y: int) -> tuple[float, float, float]:
        """Where the corner of a tile is in the picture, and how many pixels wide the tile is."""
        side, (width, height) = self.world_px / 2**z, self.size_px
        left = (x / 2**z - self.x) * self.world_px + width / 2
        return left, (y / 2**z - self.y) * self.world_px + height / 2, side

    def tiles(self, z: int, margin_px: float) -> list[tuple[int, int, int]]:
        """The tiles of a zoom in the frame or so near; x may be beyond the edge of the world."""
        count, width, height = 2**z, *self.size_px
        reach = margin_px * self.ratio
        ranges = [
            range(
                math.floor((at - (side / 2 + reach) / self.world_px) * count),
                math.floor((at + (side / 2 + reach) / self.world_px) * count) + 1,
            )
            for at, side in ((self.x, width), (self.y, height))
        ]
        return [(z, x, y) for y in ranges[1] if 0 <= y < count for x in ranges[0]]


def world(lonlat: Places) -> Places:
    """Longitude and latitude in parts of the world's width, y downwards."""
    return webmercatorquad.to_tile(lonlat, 0, 0, 0, 1)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))
