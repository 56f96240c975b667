"""GeoParquet 1.1: columns for analysis, with boxes by which a reader passes over row groups."""

from collections.abc import Iterator

import numpy as np
import orjson
import shapely

from publish.formats._format import Format, read
from publish.formats._selection import Selection
from publish.formats._stream import Sink
from publish.layers import crs
from publish.layers.crs import CRS84
from publish.layers.integrity import parquet


class GeoParquet(Format):
    """The layer's own file where all of it is wanted; else one like it, a row group at a time."""

    title = "GeoParquet"
    media_type = "application/vnd.apache.parquet"
    ending = "parquet"

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The file."""
        return self.begin(selection)[1]

    def begin(self, selection: Selection) -> tuple[int | None, Iterator[bytes]]:
        """The length of the layer's own file, and the bytes."""
        if not selection.is_whole:
            return None, _made(selection)
        path = parquet(selection.features.folder)
        return path.stat().st_size, read(path)


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
