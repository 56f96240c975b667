"""Rows of layers: those of layer.parquet by their keys, and rows as plain values."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.model import Column
from datasets.typed import as_text
from publish.layers.geojson import Value
from publish.layers.integrity import parquet

BATCH_ROWS = 8192


def taken(folder: Path, keys: NDArray[np.int64]) -> Iterator[pa.Table]:
    """The rows of these keys in their order, some thousands at a time.

    Columns: `id`, the public ones, `geometry` (WKB in CRS84). Keys that rise are read a row group
    at a time, and only the groups that have any; others have all of their groups in memory.
    """
    with pq.ParquetFile(parquet(folder)) as file:
        names = [name for name in file.schema_arrow.names if name != "bbox"]
        counts = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        starts = np.concatenate(([0], np.cumsum(counts)))
        if (np.diff(keys) > 0).all():
            yield from _rising(file, names, starts, keys - 1)
        else:
            yield from _any(file, names, starts, keys - 1)


def every(folder: Path) -> Iterator[pa.Table]:
    """All rows, a row group at a time."""
    with pq.ParquetFile(parquet(folder)) as file:
        names = [name for name in file.schema_arrow.names if name != "bbox"]
        for i in range(file.num_row_groups):
            yield file.read_row_group(i, columns=names)


def _rising(
    file: pq.ParquetFile, names: list[str], starts: NDArray[np.int64], rows: NDArray[np.int64]
) -> Iterator[pa.Table]:
    ends = np.searchsorted(rows, starts)
    for i in np.flatnonzero(np.diff(ends)):
        group = file.read_row_group(int(i), columns=names)
        found = rows[ends[i] : ends[i + 1]] - starts[i]
        yield group if len(found) == group.num_rows else group.take(pa.array(found))


def _any(
    file: pq.ParquetFile, names: list[str], starts: NDArray[np.int64], rows: NDArray[np.int64]
) -> Iterator[pa.Table]:
    groups = np.searchsorted(starts, rows, side="right") - 1
    needed, which = np.unique(groups, return_inverse=True)
    table = file.read_row_groups(needed.tolist(), columns=names)
    sizes = starts[needed + 1] - starts[needed]
    places = (np.cumsum(sizes) - sizes)[which] + rows - starts[groups]
    for start in range(0, len(places), BATCH_ROWS):
        yield table.take(pa.array(places[start : start + BATCH_ROWS]))


def values(batch: pa.Table, columns: Sequence[Column]) -> list[tuple[Value, ...]]:
    """The attributes row by row, as JSON and SQLite take them.

    Dates and times are ISO text; a list is the text of a JSON array.
    """
    if not columns:
        return [()] * batch.num_rows
    return list(zip(*by_column(batch, columns), strict=True))


def by_column(batch: pa.Table, columns: Sequence[Column]) -> list[list[Value]]:
    """The attributes column by column, with values as `values` gives them."""
    return [_plain(batch[column.name]) for column in columns]


def _plain(column: pa.ChunkedArray) -> list[Value]:
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    plain: list[Value] = as_text(column).to_pylist()
    if pa.types.is_temporal(column.type):
        return [None if v is None else v.isoformat() for v in column.to_pylist()]
    return plain
