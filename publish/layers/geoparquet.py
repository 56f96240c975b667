"""layer.parquet: GeoParquet 1.1 in Hilbert order, for downloads, analysis and rebuilding."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from datasets.model import BBox, Column
from datasets.typed import ARROW
from publish.layers.arrays import Boxes, Geometries
from publish.layers.geojson import FeatureId
from publish.layers.integrity import parquet

CORNERS = ("xmin", "ymin", "xmax", "ymax")
BOX = pa.struct([(corner, pa.float64()) for corner in CORNERS])


class Sink(Protocol):
    """What a file is to a writer that never goes back."""

    closed: bool

    def write(self, part: bytes, /) -> int:
        """Take bytes."""


class Writer:
    """A file that takes batches, each of them a row group; close it, or it is no Parquet.

    Columns: `id`, the public columns, `geometry` (WKB, x before y, as exact as it came) and `bbox`
    (the covering of GeoParquet 1.1, by which readers skip row groups). `crs` is PROJJSON; without
    it they are longitude and latitude.
    """

    def __init__(
        self,
        path: Path | Sink,
        columns: Sequence[Column],
        id_type: str,
        bbox: BBox | None,
        geometry_types: Sequence[str],
        crs: Mapping[str, Any] | None = None,
    ) -> None:
        attributes = [(column.name, ARROW[column.type]) for column in columns]
        fields = [("id", ARROW[id_type]), *attributes, ("geometry", pa.binary()), ("bbox", BOX)]
        self.names = [column.name for column in columns]
        self.schema = pa.schema(
            fields, metadata={"geo": orjson.dumps(geo(bbox, geometry_types, crs))}
        )
        self.file = pq.ParquetWriter(
            path,
            self.schema,
            compression="zstd",
            write_statistics=["id", *self.names, *(f"bbox.{corner}" for corner in CORNERS)],
        )

    def write(
        self, ids: Sequence[FeatureId], batch: pa.Table, shapes: Geometries, found: Boxes
    ) -> None:
        """Add one batch of features as a row group."""
        missing = pa.array(shapely.is_missing(shapes))
        corners = [pa.array(found[:, i]) for i in range(len(CORNERS))]
        arrays = [
            pa.array(ids, self.schema.field("id").type),
            *(batch[name].combine_chunks() for name in self.names),
            pa.array(shapely.to_wkb(shapes, byte_order=1), pa.binary()),
            pa.StructArray.from_arrays(corners, fields=list(BOX), mask=missing),
        ]
        self.file.write_table(pa.table(arrays, schema=self.schema), row_group_size=len(ids))

    def close(self) -> None:
        """Write the footer."""
        self.file.close()


def geo(
    bbox: BBox | None, geometry_types: Sequence[str], crs: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """The `geo` metadata of GeoParquet 1.1; a missing `crs` means OGC:CRS84."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(geometry_types),
        "orientation": "counterclockwise",
        "covering": {"bbox": {corner: ["bbox", corner] for corner in CORNERS}},
    }
    if bbox is not None:
        column["bbox"] = bbox
    if crs is not None:
        column["crs"] = crs
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def read_boxes(folder: Path) -> Boxes:
    """The boxes of all features of a layer's folder, in the layer's own order."""
    column = pq.read_table(parquet(folder), columns=["bbox"])["bbox"].combine_chunks()
    corners = [column.field(corner).to_numpy(zero_copy_only=False) for corner in CORNERS]
    return np.stack(corners, axis=-1)
