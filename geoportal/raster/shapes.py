"""The shapes of a layer that a frame shows, out of the same vector tiles that the browser draws."""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.model import Layer
from geoportal.raster.frame import Frame, Places
from geoportal.registry import Shown
from publish.layers.features import Features
from publish.layers.mvt_reading import TileLayer, read_tile
from publish.layers.pmtiles import archived_tile, header, unpacked

LIVE_CAP = 5000
"""Features of a tile that is made while one waits."""
LIVE_ZOOM = 16
KEPT = 32
NEAR_PX = 14.0
"""So far beyond a frame's edge a point's symbol still reaches into it."""
MOST_TILES = 64

type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A layer of one tile, placed: vertices in pixels of the picture.

    `outside` has four bits by vertex: left of the tile, right of it, above, below. What lies there
    is in a neighbour too.
    """

    layer: TileLayer
    vertices: Places
    outside: NDArray[np.uint8]

    def parts(self, kind: int, chosen: NDArray[np.bool_]) -> Integers:
        """The parts of one kind that belong to chosen features."""
        owners = self.layer.owners
        kinds = np.asarray(self.layer.kinds, dtype=np.int64)
        found: Integers = np.flatnonzero((kinds[owners] == kind) & chosen[owners])
        return found

    def bounds(self, part: int) -> tuple[int, int]:
        """Where the vertices of a part begin and end."""
        return int(self.layer.starts[part]), int(self.layer.starts[part + 1])


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """All pieces of a layer in a frame; `complete` is false where a tile would be too much."""

    pieces: Sequence[Piece]
    complete: bool


def shapes(shown: Shown, frame: Frame) -> Shapes:
    """The shapes of a layer in a frame. Raises BrokenArchive, TimeoutError."""
    highest = header(shown.archive).max_zoom if shown.archive else LIVE_ZOOM
    z = max(min(math.floor(frame.zoom), max(highest, LIVE_ZOOM)), 0)
    layer = shown.layer
    near = NEAR_PX if "Point" in layer.geometry_type or layer.geometry_type == "Geometry" else 0.0
    tiles = frame.tiles(z, near)
    pieces, complete = [], len(tiles) <= MOST_TILES
    for _, x, y in tiles[:MOST_TILES]:
        read = _read(shown.features, layer, shown.archive, z, x % 2**z, y)
        complete = complete and read is not None
        if read and layer.id in read:
            pieces.append(placed(read[layer.id], frame, (z, x, y)))
    return Shapes(pieces, complete)


def placed(layer: TileLayer, frame: Frame, tile: tuple[int, int, int]) -> Piece:
    """A layer of a tile where it is in the picture."""
    left, top, side = frame.corner_px(*tile)
    x, y = layer.vertices.T
    outside = (x < 0) * 1 | (x > 1) * 2 | (y < 0) * 4 | (y > 1) * 8
    vertices = layer.vertices.astype(np.float64) * side + (left, top)
    return Piece(layer, vertices, outside.astype(np.uint8))


@functools.lru_cache(KEPT)
def _read(
    features: Features, layer: Layer, archive: Path | None, z: int, x: int, y: int
) -> dict[str, TileLayer] | None:
    """A tile, decoded; None where it would be too much."""
    if archive is not None and z <= header(archive).max_zoom:
        stored = archived_tile(archive, z, x, y)
        return dict(read_tile(unpacked(stored))) if stored else {}
    made = features.tile(layer, z, x, y, LIVE_CAP)
    return None if made is None else dict(read_tile(made))


def points(piece: Piece, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, float, float]]:
    """Feature and place of each point that this tile, and no neighbour, is to draw."""
    for part in piece.parts(1, chosen).tolist():
        low, high = piece.bounds(part)
        owner = int(piece.layer.owners[part])
        for x, y in piece.vertices[low:high][piece.outside[low:high] == 0].tolist():
            yield owner, x, y
