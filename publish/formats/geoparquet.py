"""GeoParquet 1.1: columns for analysis, with boxes by which a reader passes over row groups."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import shapely

from publish.formats._format import CHUNK_BYTES, Format
from publish.formats._selection import Selection
from publish.formats._stream import Sink
from publish.layers import crs
from publish.layers.crs import CRS84


class GeoParquet(Format):
    """The layer's own file where all of it is wanted; else one like it, a row group at a time."""

    title = "GeoParquet"
    media_type = "application/vnd.apache.parquet"
    ending = "parquet"

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The file."""
        if selection.is_whole:
            return _stored(selection.features.folder / "layer.parquet")
        return _made(selection)


def _stored(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _made(selection: Selection) -> Iterator[bytes]:
    from publish.layers.geoparquet import Writer  # noqa: PLC0415 - pyarrow is large

    sink = Sink()
    manifest = selection.manifest
    system = None if selection.crs == CRS84 else orjson.loads(crs.projjson(selection.crs))
    writer = Writer(sink, manifest.columns, manifest.id_type, None, (), system)
    for rows in selection.tables():
        if rows.num_rows:
            shapes = shapely.from_wkb(rows["geometry"].to_numpy())
            boxes = np.asarray(shapely.bounds(shapes))
            writer.write(rows["id"].to_pylist(), rows, shapes, boxes)
            yield sink.take()
    writer.close()
    yield sink.take()
