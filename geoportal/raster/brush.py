"""Masks and symbols: where a colour goes in a picture, with smooth edges.

Pillow draws without smoothing, so areas and lines are drawn some times as large and then reduced.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geoportal.raster.frame import Places
from geoportal.raster.shapes import Piece

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

FINE_PX, FAIR_PX = 2_000_000, 6_000_000
"""Pixels of a picture up to which it is drawn four, or three times as large."""
SYMBOL_PX = 24
SYMBOL_FINENESS = 4
POINT, LINE, POLYGON = 1, 2, 3

type Size = tuple[int, int]
type Chosen = NDArray[np.bool_]


def fineness(size: Size) -> int:
    """How many times as large masks of a picture are drawn."""
    pixels = size[0] * size[1]
    return 4 if pixels <= FINE_PX else 3 if pixels <= FAIR_PX else 2


@dataclass(frozen=True, slots=True)
class Mask:
    """A picture in grey that is drawn larger than it will be."""

    image: "Image"
    pen: "ImageDraw"
    times: int

    @classmethod
    def blank(cls, size: Size) -> "Mask":
        """An empty mask for a picture of a size."""
        from PIL import Image, ImageDraw  # noqa: PLC0415 - not for requests without pictures

        times = fineness(size)
        image = Image.new("L", (size[0] * times, size[1] * times))
        return cls(image, ImageDraw.Draw(image), times)

    def reduced(self) -> "Image":
        """The mask in the size of the picture."""
        return self.image.reduce(self.times)

    def fill(self, pieces: Sequence[tuple[Piece, Chosen]]) -> None:
        """Draw areas; what is a hole of one may be an area of another."""
        for piece, chosen in pieces:
            for rings in _areas(piece, chosen):
                placed = [self._placed(piece.vertices[low:high]) for low, high in rings]
                if len(placed) == 1:
                    self._polygon(self.pen, placed[0])
                else:
                    self._holed(placed)

    def stroke(self, pieces: Sequence[tuple[Piece, Chosen]], kind: int, width_px: float) -> None:
        """Draw lines, or the edges of areas without those along which a tile was cut."""
        width = max(round(width_px * self.times), 1)
        for piece, chosen in pieces:
            for part in piece.parts(kind, chosen).tolist():
                low, high = piece.bounds(part)
                for run in _runs(piece, low, high, closed=kind == POLYGON):
                    self._line(self._placed(run), width)

    def lay(self, image: "Image", colour: str, opacity: float) -> None:
        """Put a colour on a picture where the mask is."""
        from PIL import Image  # noqa: PLC0415 - as in `blank`

        alpha = self.reduced()
        box = alpha.getbbox()
        if box is None:
            return
        part = alpha.crop(box).point(lambda grey: int(grey * opacity + 0.5))
        coloured = Image.new("RGBA", part.size, colour)
        coloured.putalpha(part)
        image.alpha_composite(coloured, box[:2])

    def _placed(self, vertices: Places) -> NDArray[np.float32]:
        return np.ascontiguousarray(vertices * self.times, dtype=np.float32)

    @staticmethod
    def _polygon(pen: "ImageDraw", places: NDArray[np.float32]) -> None:
        if len(places) > 2:  # noqa: PLR2004 - fewer corners are no area
            pen.polygon(places.ravel().tolist(), fill=255)

    def _line(self, places: NDArray[np.float32], width: int) -> None:
        self.pen.line(places.ravel().tolist(), fill=255, width=width)
        if width > 4:  # noqa: PLR2004 - where thick lines meet there would be gaps
            half = width / 2
            for x, y in places.tolist():
                self.pen.ellipse((x - half, y - half, x + half, y + half), fill=255)

    def _holed(self, rings: Sequence[NDArray[np.float32]]) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415 - as in `blank`

        low = np.maximum(np.floor(rings[0].min(axis=0)), 0).astype(int)
        high = np.minimum(np.ceil(rings[0].max(axis=0)) + 1, self.image.size).astype(int)
        if (high <= low).any():
            return
        own = Image.new("L", (high - low).tolist())
        pen = ImageDraw.Draw(own)
        for i, ring in enumerate(rings):
            pen.polygon((ring - low).ravel().tolist(), fill=0 if i else 255)
        self.image.paste(255, (*low.tolist(), *high.tolist()), own)


def _areas(piece: Piece, chosen: Chosen) -> Iterator[list[tuple[int, int]]]:
    """The rings of each area, the outer one first. Rule: Vector Tile 2.1, §4.3.4.4."""
    parts = piece.parts(POLYGON, chosen)
    if not len(parts):
        return
    signed = _signed_areas(piece)
    area: list[tuple[int, int]] = []
    for part in parts.tolist():
        if signed[part] > 0 and area:
            yield area
            area = []
        if signed[part] > 0 or area:
            area.append(piece.bounds(part))
    if area:
        yield area


def _signed_areas(piece: Piece) -> NDArray[np.float64]:
    """Twice the area of each part as a ring, more than 0 for an outer one (y goes down)."""
    starts, (x, y) = piece.layer.starts, piece.vertices.T
    following = np.arange(1, len(x) + 1)
    following[starts[1:] - 1] = starts[:-1]
    crossed = x * y[following] - x[following] * y
    areas: NDArray[np.float64] = np.add.reduceat(crossed, starts[:-1])
    return areas


def _runs(piece: Piece, low: int, high: int, *, closed: bool) -> Iterator[Places]:
    """The vertices of a line without what only neighbours of its tile are to draw."""
    places, outside = piece.vertices[low:high], piece.outside[low:high]
    if closed:
        places, outside = np.append(places, places[:1], 0), np.append(outside, outside[:1])
    if not outside.any():
        yield places
        return
    beyond = (outside[:-1] & outside[1:]) != 0
    kept = np.flatnonzero(np.diff(np.concatenate(([True], beyond, [True])).astype(np.int8)))
    for begin, end in kept.reshape(-1, 2).tolist():
        yield places[begin : end + 1]


@functools.lru_cache(256)
def symbol(shape: str, colour: str, edge: str, scale: float) -> "Image":
    """A point's symbol, `scale` times 24 pixels wide: the shape in its colour, an edge around it.

    The same shapes that the map in the browser draws.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415 - as in `Mask.blank`

    unit = SYMBOL_FINENESS * scale
    side = math.ceil(SYMBOL_PX * scale)
    image = Image.new("RGBA", (side * SYMBOL_FINENESS,) * 2)
    pen = ImageDraw.Draw(image)
    for grown, ink in ((1.0, edge), (0.0, colour)):
        _shape(pen, shape, side * SYMBOL_FINENESS / 2, unit, grown, ink)
    return image.reduce(SYMBOL_FINENESS)


def _shape(
    pen: "ImageDraw", shape: str, middle: float, unit: float, grown: float, ink: str
) -> None:
    """Draw a shape in its outline; coordinates are those of the browser's symbol by halves."""
    at = CORNERS.get(shape)
    if at is None:
        radius = (7.5 + grown) * unit
        box = (middle - radius, middle - radius, middle + radius, middle + radius)
        pen.ellipse(box, fill=ink)
        return
    corners = [(middle + x * unit, middle + y * unit) for x, y in at]
    pen.polygon(corners, fill=ink)
    if grown:  # a line of twice the width, its corners round, is the outline
        width = 2 * grown * unit
        pen.line([*corners, *corners[:2]], fill=ink, width=round(width), joint="curve")


CORNERS = {
    "square": ((-7, -7), (7, -7), (7, 7), (-7, 7)),
    "triangle": ((0, -9), (9, 7), (-9, 7)),
    "diamond": ((0, -9.5), (9.5, 0), (0, 9.5), (-9.5, 0)),
}
