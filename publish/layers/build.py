"""The build of a layer: one typed table becomes layer.sqlite, layer.parquet and manifest.json."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from datasets.errors import PublishError
from datasets.model import BBox, Layer
from datasets.typed import ROW
from publish.layers import geojson, rtree, sqlite
from publish.layers.arrays import Boxes, Geometries
from publish.layers.geojson import FeatureId
from publish.layers.geoparquet import Writer
from publish.layers.manifest import Manifest
from publish.layers.rows import values
from publish.layers.table import (
    SpatialTable,
    boxes,
    finite,
    hilbert_order,
    open_table,
)
from publish.layers.times import interval, time_columns

SQLITE, PARQUET, MANIFEST = "layer.sqlite", "layer.parquet", "manifest.json"


@dataclass(frozen=True, slots=True)
class Extent:
    """What the first pass over a table sees: every feature's box, and the kinds of geometry."""

    boxes: Boxes
    geometry_types: tuple[str, ...]

    def geometry_type(self, otherwise: str) -> str:
        """The one type of all features; Multi… where one has many parts; Geometry for a mixture."""
        if not self.geometry_types:
            return otherwise
        single = {kind.removeprefix("Multi") for kind in self.geometry_types}
        if len(single) > 1:
            return "Geometry"
        return max(self.geometry_types, key=len)

    @property
    def without_geometry(self) -> int:
        """How many features have no geometry."""
        return int(np.isnan(self.boxes[:, 0]).sum())

    @property
    def bbox_lonlat(self) -> BBox | None:
        """The box of all features, None where no feature has a geometry."""
        if self.without_geometry == len(self.boxes):
            return None
        west, south = np.nanmin(self.boxes[:, :2], axis=0).tolist()
        east, north = np.nanmax(self.boxes[:, 2:], axis=0).tolist()
        return west, south, east, north


def build_layer(table: Path, *, layer: str, dataset: str, resource: str, into: Path) -> Layer:
    """Build a layer of a typed table in the empty folder `into`.

    Features lie along a Hilbert curve, those without geometry last, so neighbours on the ground
    are neighbours on the disk. Two passes over the mapped table, 8,192 features at a time: memory
    does not grow with the geometries. The same table gives the same bytes and the same `sha`.
    Raises PublishError for a table without features, an id that comes twice or a broken table.
    """
    source = open_table(table)
    if source.rows.num_rows == 0:
        raise PublishError(f"layer {layer}: no features; a layer needs at least one")
    extent = survey(source)
    try:
        _write(source, extent, into)
    except RepeatedId as error:
        column = source.id_column or "row number"
        raise PublishError(
            f"layer {layer}: two features have the id {error.fid!r} ({column});"
            " make it unique or choose another primary key"
        ) from None
    except sqlite3.OperationalError as error:
        raise PublishError(f"layer {layer}: cannot be written to {into}: {error}") from error
    made = _manifest(source, extent, layer, dataset, resource, into)
    (into / MANIFEST).write_bytes(made.as_bytes())
    return made.as_layer()


class RepeatedId(Exception):
    """Two features have one id."""

    def __init__(self, fid: FeatureId) -> None:
        super().__init__(fid)
        self.fid = fid


def survey(source: SpatialTable) -> Extent:
    """Look at every geometry once."""
    found, kinds = [], set[str]()
    for batch in source.batches():
        shapes = source.geometries(batch)
        found.append(boxes(shapes))
        kinds.update(shape.geom_type for shape in shapes if shape is not None)
    return Extent(np.concatenate(found), tuple(sorted(kinds)))


def _write(source: SpatialTable, extent: Extent, into: Path) -> None:
    id_type = _id_type(source)
    with (
        contextlib.closing(sqlite.create(into / SQLITE, source.columns)) as connection,
        contextlib.closing(
            Writer(
                into / PARQUET, source.columns, id_type, extent.bbox_lonlat, extent.geometry_types
            )
        ) as parquet,
    ):
        first, drawn = 1, list[rtree.Single]()
        for batch in source.batches(hilbert_order(extent.boxes)):
            found = _write_batch(source, batch, first, connection, parquet)
            drawn.append(rtree.outwards(found[~np.isnan(found[:, 0])]))
            first += batch.num_rows
        repeated = sqlite.finish(connection, source.columns, np.concatenate(drawn))
        if repeated is not None:
            raise RepeatedId(repeated)


def _write_batch(
    source: SpatialTable,
    batch: pa.Table,
    first: int,
    connection: sqlite3.Connection,
    parquet: Writer,
) -> Boxes:
    """Write a batch into both files; gives the boxes of what will be seen."""
    for i, name in enumerate(batch.schema.names):
        batch = batch.set_column(i, batch.schema.field(i), finite(batch[name]))
    ids = batch[source.id_column or ROW].to_pylist()
    if None in ids:
        raise PublishError(f"{source.path.name}: a feature has no {source.id_column}, its id")
    exact: Geometries = shapely.orient_polygons(source.geometries(batch))
    parquet.write(ids, batch, exact, boxes(exact))
    shown = geojson.rounded(exact)
    rows = values(batch, source.columns)
    names = [column.name for column in source.columns]
    features = geojson.fragments(ids, shown, names, rows)
    found = boxes(shown)
    sqlite.insert(connection, first, ids, rows, found, features)
    return found


def _id_type(source: SpatialTable) -> str:
    return next((c.type for c in source.columns if c.name == source.id_column), "integer")


def _manifest(
    source: SpatialTable, extent: Extent, layer: str, dataset: str, resource: str, into: Path
) -> Manifest:
    box = extent.bbox_lonlat
    times = time_columns(source.columns)
    return Manifest(
        layer=layer,
        dataset=dataset,
        resource=resource,
        geometry_type=extent.geometry_type(source.geometry_type),
        features=source.rows.num_rows,
        without_geometry=extent.without_geometry,
        bbox_lonlat=None if box is None else tuple(np.round(box, geojson.DECIMALS).tolist()),
        columns=source.columns,
        id_column=source.id_column,
        crs=source.crs,
        operation=source.operation,
        files=dict(_hashes(into, (PARQUET, SQLITE))),
        times=times,
        interval=interval(source, times),
    )


def _hashes(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        with (folder / name).open("rb") as file:
            yield name, hashlib.file_digest(file, "sha256").hexdigest()
