"""What a repair changed: how many places, and a few of them before and after."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Sample
from validation.reading.cells import Cells
from validation.repairs._columns import Column

SHOWN = 80  # characters of a value
BETWEEN = " | "


def changed(before: Cells, after: Cells) -> int:
    """Count the rows that went, or the cells of columns that went, or else what differs.

    Columns that hold nothing are counted themselves.
    """
    if len(before.rows) != len(after.rows):
        return abs(len(before.rows) - len(after.rows))
    if len(before.columns) != len(after.columns):
        return _said_in_gone(before, after) or abs(len(before.columns) - len(after.columns))
    if before.crs != after.crs:
        return len(before.rows)
    columns = list(zip(before.columns, after.columns, strict=True))
    if before.geometry is not None and after.geometry is not None:
        columns.append((before.geometry, after.geometry))
    labels = sum(old != new for old, new in zip(before.labels, after.labels, strict=False))
    return labels + sum(len(differing(old, new)) for old, new in columns if old is not new)


def _said_in_gone(before: Cells, after: Cells) -> int:
    kept = {id(column) for column in after.columns}
    gone = (column for column in before.columns if id(column) not in kept)
    return sum(len(_filled(column)) for column in gone)


def _filled(column: Column) -> pa.Array:
    return pc.indices_nonzero(pc.fill_null(pc.not_equal(column, ""), False))


def differing(old: Column, new: Column) -> pa.Array:
    """Give the numbers, from 0, of the places where two columns of one length differ."""
    equal = pc.fill_null(pc.equal(old, new), False)
    both_null = pc.and_(pc.is_null(old), pc.is_null(new))
    return pc.indices_nonzero(pc.invert(pc.or_(equal, both_null)))


def samples(before: Cells, after: Cells, most: int) -> tuple[Sample, ...]:
    """Give up to `most` places that differ; what is gone has nothing after."""
    return tuple(islice(_samples(before, after, most), most))


def _samples(before: Cells, after: Cells, most: int) -> Iterator[Sample]:
    if len(before.rows) != len(after.rows):
        yield from _rows_gone(before, after, most)
    elif len(before.columns) != len(after.columns):
        yield from _columns_gone(before, after, most)
    else:
        yield from _labels(before, after)
        for old, new in zip(before.columns, after.columns, strict=True):
            if old is not new:
                yield from _cells(before.rows, old, new, most)
        yield from _shapes(before, after, most)


def _rows_gone(before: Cells, after: Cells, most: int) -> Iterator[Sample]:
    gone = pc.invert(pc.is_in(before.rows, value_set=after.rows.combine_chunks()))
    for row, said in rows_said(before, pc.indices_nonzero(gone)[:most]):
        yield Sample(row, said, "")


def rows_said(cells: Cells, places: pa.Array) -> Iterator[tuple[int, str]]:
    """Yield rows by their places: their numbers, and what their cells say."""
    columns = [column.take(places).to_pylist() for column in cells.columns]
    for i, row in enumerate(cells.rows.take(places).to_pylist()):
        said = (column[i] for column in columns)
        yield row, BETWEEN.join(cell for cell in said if cell)[:SHOWN]


def _columns_gone(before: Cells, after: Cells, most: int) -> Iterator[Sample]:
    kept = {id(column) for column in after.columns}
    for column in (column for column in before.columns if id(column) not in kept):
        said = _filled(column)[:most]
        values, rows = column.take(said).to_pylist(), before.rows.take(said).to_pylist()
        for row, value in zip(rows, values, strict=True):
            yield Sample(row, value[:SHOWN], "")


def _labels(before: Cells, after: Cells) -> Iterator[Sample]:
    for old, new in zip(before.labels, after.labels, strict=False):
        if old != new:
            yield Sample(before.header_row or None, old[:SHOWN], new[:SHOWN])


def _cells(rows: Column, old: Column, new: Column, most: int) -> Iterator[Sample]:
    places = differing(old, new)[:most]
    taken = (column.take(places).to_pylist() for column in (rows, old, new))
    for row, a, b in zip(*taken, strict=True):
        yield Sample(row, (a or "")[:SHOWN], (b or "")[:SHOWN])


def _shapes(before: Cells, after: Cells, most: int) -> Iterator[Sample]:
    """Yield shapes that differ; where only the CRS does, the first ones and where they come out."""
    if before.geometry is None or after.geometry is None:
        return
    if before.crs == after.crs and before.geometry is after.geometry:
        return
    from validation.repairs import _pictured  # noqa: PLC0415 - plain tables need no GEOS

    places = differing(before.geometry, after.geometry)[:most]
    if before.crs != after.crs:
        places = pa.array(np.flatnonzero(before.geometry.is_valid())[:most])
    rows = before.rows.take(places).to_pylist()
    olds = before.geometry.take(places).to_pylist()
    news = after.geometry.take(places).to_pylist()
    for row, old, new in zip(rows, olds, news, strict=True):
        yield Sample(row, *_pictured.pair(old, new, before.crs, after.crs))
