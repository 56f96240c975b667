"""The build of a layer: one typed table becomes layer.sqlite, layer.parquet and manifest.json."""

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from datasets.errors import PublishError
from datasets.model import BBox, Column, Layer
from datasets.typed import ROW
from publish.layers import geojson, rtree, sqlite
from publish.layers.arrays import Boxes, Geometries
from publish.layers.geojson import FeatureId
from publish.layers.geoparquet import Writer
from publish.layers.manifest import MANIFEST, PARQUET, SQLITE, Manifest
from publish.layers.rows import every, values
from publish.layers.table import (
    SpatialTable,
    boxes,
    finite,
    hilbert_order,
    open_table,
)
from publish.layers.times import interval, time_columns


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


def build_layer(
    table: Path,
    *,
    layer: str,
    dataset: str,
    resource: str,
    into: Path,
    files: Sequence[str] = (PARQUET, SQLITE),
) -> Layer:
    """Build a layer of a typed table in the empty folder `into`: these files, and manifest.json.

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
        _write(source, extent, into, with_sqlite=SQLITE in files)
    except RepeatedId as error:
        raise error.told(layer, source.id_column) from None
    except sqlite3.OperationalError as error:
        raise PublishError(f"layer {layer}: cannot be written to {into}: {error}") from error
    made = _manifest(source, extent, layer, dataset, resource, dict(_hashes(into, files)))
    (into / MANIFEST).write_bytes(made.as_bytes())
    return made.as_layer()


def build_again(described: Manifest, parquet: Path, into: Path) -> Layer:
    """Build a layer of its own description and GeoParquet in the empty folder `into`.

    The same program makes the same bytes; another one may give the layer another `sha`.
    """
    shutil.copyfile(parquet, into / PARQUET)
    (into / MANIFEST).write_bytes(described.as_bytes())
    if SQLITE in described.files:
        with contextlib.closing(Rows(into / SQLITE, described.columns)) as rows:
            for batch in every(into):
                exact = shapely.from_wkb(batch["geometry"].to_numpy())
                rows.add(batch["id"].to_pylist(), batch, exact)
            rows.finish()
    made = replace(described, files=dict(_hashes(into, tuple(described.files))))
    (into / MANIFEST).write_bytes(made.as_bytes())
    return made.as_layer()


class RepeatedId(Exception):
    """Two features have one id."""

    def __init__(self, fid: FeatureId) -> None:
        super().__init__(fid)
        self.fid = fid

    def told(self, layer: str, id_column: str) -> PublishError:
        """The refusal of the layer."""
        return PublishError(
            f"layer {layer}: two features have the id {self.fid!r} ({id_column or 'row number'});"
            " make it unique or choose another primary key"
        )


def survey(source: SpatialTable) -> Extent:
    """Look at every geometry once."""
    found, kinds = [], set[str]()
    for batch in source.batches():
        shapes = source.geometries(batch)
        found.append(boxes(shapes))
        kinds.update(shape.geom_type for shape in shapes if shape is not None)
    return Extent(np.concatenate(found), tuple(sorted(kinds)))


class Rows:
    """layer.sqlite while it is being built."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self.connection = sqlite.create(path, columns)
        self.columns, self.first, self.drawn = columns, 1, list[rtree.Single]()

    def add(self, ids: Sequence[FeatureId], batch: pa.Table, exact: Geometries) -> None:
        """Add features behind the others."""
        shown = geojson.rounded(exact)
        rows, found = values(batch, self.columns), boxes(shown)
        features = geojson.fragments(ids, shown, self.columns, rows)
        sqlite.insert(self.connection, self.first, ids, rows, found, features)
        sqlite.insert_items(self.connection, self.first, self.columns, rows)
        self.drawn.append(rtree.outwards(found[~np.isnan(found[:, 0])]))
        self.first += len(ids)

    def finish(self) -> None:
        """Index; raises RepeatedId."""
        repeated = sqlite.finish(self.connection, self.columns, np.concatenate(self.drawn))
        if repeated is not None:
            raise RepeatedId(repeated)

    def close(self) -> None:
        """Close the file, whether it is finished or not."""
        self.connection.close()


def _write(source: SpatialTable, extent: Extent, into: Path, *, with_sqlite: bool) -> None:
    id_type, box = _id_type(source), extent.bbox_lonlat
    with contextlib.ExitStack() as opened:
        parquet = Writer(into / PARQUET, source.columns, id_type, box, extent.geometry_types)
        opened.enter_context(contextlib.closing(parquet))
        rows = Rows(into / SQLITE, source.columns) if with_sqlite else None
        if rows:
            opened.enter_context(contextlib.closing(rows))
        for batch in source.batches(hilbert_order(extent.boxes)):
            ids, exact = _exact(source, batch := _finite(batch))
            parquet.write(ids, batch, exact, boxes(exact))
            if rows:
                rows.add(ids, batch, exact)
        if rows:
            rows.finish()


def _finite(batch: pa.Table) -> pa.Table:
    for i, name in enumerate(batch.schema.names):
        batch = batch.set_column(i, batch.schema.field(i), finite(batch[name]))
    return batch


def _exact(source: SpatialTable, batch: pa.Table) -> tuple[list[FeatureId], Geometries]:
    """The ids and geometries of a batch; raises PublishError where there is no id."""
    ids = batch[source.id_column or ROW].to_pylist()
    if None in ids:
        raise PublishError(f"{source.path.name}: a feature has no {source.id_column}, its id")
    return ids, shapely.orient_polygons(source.geometries(batch))


def _id_type(source: SpatialTable) -> str:
    return next((c.type for c in source.columns if c.name == source.id_column), "integer")


def _manifest(
    source: SpatialTable,
    extent: Extent,
    layer: str,
    dataset: str,
    resource: str,
    files: dict[str, str],
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
        files=files,
        times=times,
        interval=interval(source, times),
    )


def _hashes(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        with (folder / name).open("rb") as file:
            yield name, hashlib.file_digest(file, "sha256").hexdigest()
