"""An archive of tiles without tippecanoe: `python -m publish.layers.encoder FOLDER ZOOM OUT`.

A program of its own, since it computes for minutes: FOLDER is a layer's, ZOOM the deepest one.
Same zooms, attributes and bounds as tippecanoe, thinned as `pyramid` says. Memory holds the boxes
of all features and the geometries of a part of them.
"""

import gzip
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from publish.layers import labels, manifest, mvt, tilegrid, webmercatorquad
from publish.layers.arrays import Boxes, Geometries
from publish.layers.geojson import FeatureId, Value
from publish.layers.geoparquet import read_boxes
from publish.layers.manifest import Manifest
from publish.layers.pyramid import PIXEL, Indices, Pyramid, children
from publish.layers.rows import by_column, taken
from publish.layers.tilegrid import BUFFER, EXTENT, MAX_TILE_BYTES

HELD = 20_000
"""Features whose geometries are in memory at once; a tile with more reads what it shows."""
MANY_POINTS = 64  # a geometry with fewer is not worth being cut before it is drawn
LEVEL = 6
FIELDS = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


@dataclass(frozen=True)
class Part:
    """Some features with all that is in a tile: shapes in parts of the world's width."""

    indices: Indices
    shapes: Geometries
    ids: Sequence[FeatureId]
    values: Sequence[Sequence[Value]]
    """By column."""

    def of(self, indices: Indices) -> "Part":
        """Those of the features."""
        at = np.searchsorted(self.indices, indices)
        values = [mvt.picked(column, at) for column in self.values]
        return Part(indices, self.shapes[at], mvt.picked(self.ids, at), values)

    def cut(self, z: int, x: int, y: int) -> "Part":
        """The same with large geometries cut to a tile and its border."""
        size = 2.0**-z
        margin = size * BUFFER / EXTENT
        left, top, right, bottom = x * size, y * size, (x + 1) * size, (y + 1) * size
        frame = (left - margin, top - margin, right + margin, bottom + margin)
        bounds = shapely.bounds(self.shapes)
        out = (bounds[:, :2] < frame[:2]).any(axis=1) | (bounds[:, 2:] > frame[2:]).any(axis=1)
        out &= shapely.get_num_coordinates(self.shapes) > MANY_POINTS
        if not out.any():
            return self
        shapes = self.shapes.copy()
        whole = shapely.make_valid(shapes[out])
        shapes[out] = tilegrid.purify(shapely.clip_by_rect(whole, *frame), self.shapes[out])
        return Part(self.indices, shapes, self.ids, self.values)


class Encoder:
    """Walks down the pyramid and writes each tile that shows something."""

    def __init__(self, folder: Path, pyramid: Pyramid, writer: Writer) -> None:
        self.folder, self.pyramid, self.writer = folder, pyramid, writer
        self.manifest: Manifest = manifest.manifest(folder)
        self.columns = labels.in_tiles(self.manifest.columns)

    def walk(self, found: Indices, held: Part | None, z: int, x: int, y: int) -> None:
        """Write a tile and all below it; `held` has the features found, once they are few."""
        found = self.pyramid.below(found, z, x, y)
        if not len(found):
            return
        if held is None and len(found) <= HELD:
            held = self.read(found)
        elif held is not None:
            held = held.of(found)
        held = held and held.cut(z, x, y)
        seen = self.pyramid.seen(found, z)
        if len(seen):
            self.write(held.of(seen) if held else self.read(seen), z, x, y)
        if z < self.pyramid.max_zoom:
            for child in children(z, x, y):
                self.walk(found, held, *child)

    def read(self, indices: Indices) -> Part:
        """Read features out of layer.parquet."""
        table = pa.concat_tables(taken(self.folder, indices + 1))
        shapes = shapely.transform(shapely.from_wkb(table["geometry"].to_numpy()), world)
        own = self.manifest.columns
        found = labels.with_twin(own, by_column(table, own))
        return Part(indices, shapes, table["id"].to_pylist(), found)

    def write(self, part: Part, z: int, x: int, y: int) -> None:
        """Write a tile, with fewer features or less detail when it has too many bytes."""
        shapes = self.drawn(part, z, x, y)
        coarseness = 1.0
        while stored := self.packed(part, shapes):
            if len(stored) <= MAX_TILE_BYTES:
                self.writer.write_tile(zxy_to_tileid(z, x, y), stored)  # type: ignore[no-untyped-call]
                return
            if len(part.indices) > 1:
                fewer = int(len(part.indices) * min(MAX_TILE_BYTES / len(stored), 1) * 0.9)
                kept = self.pyramid.foremost(part.indices, max(fewer, 1))
                shapes, part = shapes[np.isin(part.indices, kept)], part.of(kept)
            elif coarseness > EXTENT:  # it is not the geometry: there is no such tile
                return
            else:
                coarseness *= 2
                shapes = shapely.simplify(shapes, coarseness)

    def packed(self, part: Part, shapes: Geometries) -> bytes:
        """A tile as it is stored; no bytes where nothing is drawn."""
        made = mvt.encode(self.manifest.layer, shapes, part.ids, self.columns, part.values)
        return gzip.compress(made, LEVEL, mtime=0) if made else b""

    def drawn(self, part: Part, z: int, x: int, y: int) -> Geometries:
        """Geometries on the grid of a tile; an area smaller than a pixel is a pixel."""
        shapes = shapely.transform(part.shapes, lambda places: (places * 2.0**z - (x, y)) * EXTENT)
        if z < self.pyramid.max_zoom:
            dots = self.pyramid.sides(part.indices, z) < PIXEL
            dots &= shapely.get_dimensions(shapes) == tilegrid.AREA
            left, top, right, bottom = shapely.bounds(shapes[dots]).T
            across, down, half = (left + right) / 2, (top + bottom) / 2, PIXEL / 2
            shapes[dots] = shapely.box(across - half, down - half, across + half, down + half)
        return tilegrid.on_grid(shapes, z)


def world(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Longitude and latitude in parts of the world's width, y downwards."""
    return webmercatorquad.to_tile(lonlat, 0, 0, 0, 1)


def boxes(folder: Path, features: int) -> Boxes:
    """The boxes of the first features of a layer, in parts of the world's width."""
    west, south, east, north = read_boxes(folder)[:features].T
    low, high = world(np.stack([west, north], axis=-1)), world(np.stack([east, south], axis=-1))
    return np.concatenate([low, high], axis=1)


def main(folder: Path, max_zoom: int, out: Path) -> None:
    """Write the archive of a layer."""
    layer = manifest.manifest(folder)
    pyramid = Pyramid(boxes(folder, layer.with_geometry), max_zoom)
    with out.open("wb") as file:
        writer = Writer(file)  # type: ignore[no-untyped-call]
        encoder = Encoder(folder, pyramid, writer)
        encoder.walk(np.arange(layer.with_geometry), None, 0, 0, 0)
        writer.finalize(  # type: ignore[no-untyped-call]
            header(layer, max_zoom), metadata(layer, max_zoom)
        )


def header(layer: Manifest, max_zoom: int) -> dict[str, Any]:
    """What the archive's head says besides offsets."""
    west, south, east, north = (round(degrees * 1e7) for degrees in layer.bbox_lonlat or (0,) * 4)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": max_zoom,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def metadata(layer: Manifest, max_zoom: int) -> dict[str, Any]:
    """The archive's description, as tippecanoe writes it."""
    fields = {c.name: FIELDS.get(c.type, "String") for c in labels.in_tiles(layer.columns)}
    inside = {"id": layer.layer, "description": "", "minzoom": 0, "maxzoom": max_zoom}
    return {
        "name": layer.layer,
        "format": "pbf",
        "type": "overlay",
        "generator": "eMap",
        "vector_layers": [inside | {"fields": fields}],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
