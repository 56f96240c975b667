"""The typed table of a resource, as validation left it: Arrow IPC whose metadata say what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from datasets.errors import PublishError
from datasets.model import Column
from datasets.typed import ARROW, GEOMETRY, ROW, SAID
from publish.layers.arrays import Boxes, Geometries

BATCH_ROWS = 8192
RESERVED = frozenset({"geometry", "id", "pk", "bbox"})
HILBERT_BITS = 16
MAX_COLUMNS = 1900  # SQLite holds 2,000 and we add six


@dataclass(frozen=True, slots=True)
class SpatialTable:
    """Typed rows with a geometry each, and what the judge knew about them."""

    path: Path
    rows: pa.Table
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    crs: str
    operation: str
    geometry_type: str

    @property
    def id_column(self) -> str:
        """The one primary key that can be a feature's id, or nothing."""
        if len(self.primary_key) != 1:
            return ""
        key = self.primary_key[0]
        usable = {c.name for c in self.columns if c.type in {"integer", "string"}}
        return key if key in usable else ""

    def batches(self, order: NDArray[np.int64] | None = None) -> Iterator[pa.Table]:
        """The rows in parts of 8,192, as they lie or in the order of the given indices."""
        for start in range(0, self.rows.num_rows, BATCH_ROWS):
            if order is None:
                yield self.rows.slice(start, BATCH_ROWS)
            else:
                yield self.rows.take(pa.array(order[start : start + BATCH_ROWS]))

    def geometries(self, batch: pa.Table) -> Geometries:
        """The geometries of a batch in 2D, None where missing or empty.

        Raises PublishError naming the row whose bytes or numbers are not a geometry.
        """
        wkb = batch[GEOMETRY].to_numpy()
        try:
            shapes: Geometries = shapely.force_2d(shapely.from_wkb(wkb))
        except (shapely.errors.GEOSException, TypeError) as error:
            raise PublishError(f"{self.path.name}: a geometry is not WKB: {error}") from None
        shapes[shapely.is_empty(shapes)] = None
        unreal = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_missing(shapes)
        if unreal.any():
            row = batch[ROW][int(unreal.argmax())]
            raise PublishError(f"{self.path.name}: row {row} has a coordinate that is no number")
        return shapes


def open_table(path: Path) -> SpatialTable:
    """Map a typed table into memory and check that it is what the contract says.

    The file comes out of a sandbox that saw hostile bytes, so its offsets and its UTF-8 are
    checked in full. Raises PublishError naming the file and what is wrong.
    """
    try:
        rows = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        rows.validate(full=True)
        said = orjson.loads(rows.schema.metadata[SAID])
        columns = tuple(Column(c["name"], c["title"], c["type"]) for c in said["columns"])
        table = SpatialTable(
            path,
            rows,
            columns,
            tuple(said["primary_key"]),
            said["crs"],
            said["operation"],
            said["geometry_type"],
        )
    except OSError as error:
        raise PublishError(f"{path.name}: cannot be read: {error}") from None
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{path.name}: is not a typed table: {error!r}") from None
    _check(table)
    return table


def _check(table: SpatialTable) -> None:
    wanted: dict[str, Any] = {column.name: ARROW.get(column.type) for column in table.columns}
    wanted |= {ROW: pa.int64(), GEOMETRY: pa.binary()}
    there = dict(zip(table.rows.schema.names, table.rows.schema.types, strict=True))
    if there != wanted or len(there) != len(table.rows.schema.names):
        odd = sorted(set(there.items()) ^ set(wanted.items()), key=str)
        raise PublishError(f"{table.path.name}: columns and metadata disagree: {odd[:4]}")
    for column in table.columns:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", column.name) or column.name in RESERVED:
            raise PublishError(f"{table.path.name}: {column.name[:60]!r} cannot name a column")
    if len(table.columns) > MAX_COLUMNS:
        raise PublishError(f"{table.path.name}: more than {MAX_COLUMNS} columns; leave some out")


def boxes(shapes: Geometries) -> Boxes:
    """The box of every geometry; NaN for None."""
    found: Boxes = shapely.bounds(shapes)
    return found


def hilbert_order(found: Boxes) -> NDArray[np.int64]:
    """Row indices along a Hilbert curve through the middles of the boxes.

    Rows without a box come last; rows with the same place stay as they were, so that the same
    table always gives the same order.
    """
    distance = np.full(len(found), np.iinfo(np.int64).max)
    there = ~np.isnan(found[:, 0])
    if there.any():
        middle = (found[there, :2] + found[there, 2:]) / 2
        low, high = middle.min(axis=0), middle.max(axis=0)
        cells = (middle - low) / np.where(high > low, high - low, 1.0) * (2**HILBERT_BITS - 1)
        x, y = cells.astype(np.int64).T
        distance[there] = hilbert_distance(x, y)
    return np.argsort(distance, kind="stable")


def hilbert_distance(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far along a Hilbert curve through 2**16 by 2**16 cells some cells lie.

    No geometry is made: those of millions would be most of the memory. Rule: Warren, Hacker's
    Delight, §16.

    >>> hilbert_distance(np.array([0, 1, 1, 0, 0]), np.array([0, 0, 1, 1, 2])).tolist()
    [0, 1, 2, 3, 4]
    """
    distance = np.zeros(len(x), dtype=np.int64)
    for bit in reversed(range(HILBERT_BITS)):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        distance += (3 * right ^ up) << 2 * bit
        turned = up == 0
        mask = np.where(turned & (right == 1), 2**HILBERT_BITS - 1, 0)
        x, y = x ^ mask, y ^ mask
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    return distance


def finite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with null for NaN and infinity, which neither JSON nor a filter can say."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
