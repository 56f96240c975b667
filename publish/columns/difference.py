"""What changed between two tables: rows added and removed, cells changed, columns come and gone.

Rows are the same row by the key of the schema; where there is none, by the first column whose
values are all different in both; else those that are equal as a whole are, and of the rest those
that stand at the same place and agree in half of their cells.
"""

import functools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.model import Column
from publish.columns.asking import Mask
from publish.columns.kept import Kept, Rows

MOST_ROWS = 2_000_000
GEOMETRY = "geometry"
NAMING = ("string", "integer")
"""Types of columns that can name a row: two measured numbers are equal by chance."""

_HASHED = 0x9E3779B97F4A7C15
_comparing = threading.Lock()  # each takes hundreds of megabytes for a second

type Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """From one table to another. `added` are rows of the second, `removed` of the first.

    `changed` are pairs of rows, as two arrays; `cells` says by column which of the pairs differ in
    it. `key` are the columns by which rows were found to be the same, empty for whole rows.
    """

    key: tuple[str, ...]
    added: Rows
    removed: Rows
    changed: tuple[Rows, Rows]
    cells: Mapping[str, Mask]
    same: int
    come: tuple[Column, ...]
    gone: tuple[Column, ...]
    altered: tuple[tuple[Column, Column], ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were changed, added and removed, in this order."""
        return {
            "changed": len(self.changed[0]),
            "added": len(self.added),
            "removed": len(self.removed),
        }

    @property
    def is_nothing(self) -> bool:
        """True when the two say the same in the same columns."""
        return not (any(self.counts.values()) or self.come or self.gone or self.altered)


type Shapes = tuple[pa.Array, pa.Array]
"""The geometries of two tables as WKB, row by row."""


def difference(before: Kept, after: Kept, shapes: Shapes | None = None) -> Difference:
    """What changed from one table to another; geometries are one more column where they are given.

    Raises ValueError for tables of more than MOST_ROWS rows.
    """
    if max(before.rows, after.rows) > MOST_ROWS:
        raise ValueError(f"tables of more than {MOST_ROWS} rows are not compared; take the files")
    with _comparing:
        return _compared(before, after, shapes)


def _compared(before: Kept, after: Kept, shapes: Shapes | None) -> Difference:
    two = Two(before, after, shapes)
    key = _key(two)
    first, second = _matched(two, key or two.names)
    if not key:
        first, second = _with_neighbours(two, first, second)
    unequal = {name: _unequal(two, name, first, second) for name in two.names}
    any_cell = functools.reduce(np.logical_or, unequal.values(), np.zeros(len(first), bool))
    return Difference(
        key=key,
        added=_without(after.rows, second),
        removed=_without(before.rows, first),
        changed=(first[any_cell], second[any_cell]),
        cells={name: cells[any_cell] for name, cells in unequal.items() if cells.any()},
        same=int(np.count_nonzero(~any_cell)),
        come=tuple(c for c in after.columns if c.name not in before.places),
        gone=tuple(c for c in before.columns if c.name not in after.places),
        altered=_altered(before, after),
    )


@dataclass(frozen=True, slots=True)
class Two:
    """Two tables side by side; a column of both is made when it is asked for, and not kept."""

    before: Kept
    after: Kept
    shapes: Shapes | None

    @property
    def names(self) -> list[str]:
        """What both have."""
        shared = [c.name for c in self.after.columns if c.name in self.before.places]
        return shared if self.shapes is None else [*shared, GEOMETRY]

    def column(self, name: str) -> tuple[Numbers, Numbers]:
        """A column of both as numbers that are equal where the values are."""
        if name == GEOMETRY and self.shapes is not None:
            return _encoded(self.shapes)
        return _alike(self.before, self.after, name)


def _unequal(two: Two, name: str, first: Rows, second: Rows) -> Mask:
    old, new = two.column(name)
    unequal: Mask = old[first] != new[second]
    return unequal


def _altered(before: Kept, after: Kept) -> tuple[tuple[Column, Column], ...]:
    """The columns of both that are called or typed otherwise now."""
    pairs = [
        (before.columns[before.places[c.name]], c) for c in after.columns if c.name in before.places
    ]
    return tuple((old, new) for old, new in pairs if old != new)


def _alike(before: Kept, after: Kept, name: str) -> tuple[Numbers, Numbers]:
    i, j = before.places[name], after.places[name]
    old, new = before.values(i), after.values(j)
    if old.type != new.type:  # an identifier that was a number is a text now
        old, new = _said(old), _said(new)
    places = np.arange(len(old) + 1)
    if not old.equals(new):
        found = pc.index_in(old, value_set=new)
        numbers = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        unknown = numbers < 0
        numbers[unknown] = len(new) + 1 + np.flatnonzero(unknown)  # equal to nothing
        places = np.append(numbers, len(new))  # no value is no value
    return places[before.codes[i]], after.codes[j].astype(np.int64)


def _said(values: pa.Array) -> pa.Array:
    """The values as text, one for each."""
    if pa.types.is_large_string(values.type):
        return values
    return values.cast(pa.string()).cast(pa.large_string())


def _encoded(shapes: Shapes) -> tuple[Numbers, Numbers]:
    """Geometries of both as numbers, equal where every byte is."""
    whole = pa.concat_arrays([shape.cast(pa.large_binary()) for shape in shapes])
    encoded = whole.dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes[: len(shapes[0])], codes[len(shapes[0]) :]


def _key(two: Two) -> tuple[str, ...]:
    """The columns that say which row is which, as the head of this module tells."""
    before, after = two.before, two.after
    if after.primary_key and set(after.primary_key) <= set(two.names):
        return after.primary_key
    for column in after.columns:
        if column.type in NAMING and all(
            _names_rows(kept, column.name) for kept in (before, after)
        ):
            old, new = two.column(column.name)
            if 2 * np.isin(old, new, kind="sort").sum() >= min(before.rows, after.rows) > 0:
                return (column.name,)
    return ()


def _names_rows(kept: Kept, name: str) -> bool:
    place = kept.places.get(name)
    return place is not None and kept.about[place].distinct == kept.rows


def _matched(two: Two, names: Sequence[str]) -> tuple[Rows, Rows]:
    """Pairs of rows that are equal in all of some columns; equal ones in the order they stand."""
    old, new = np.zeros(two.before.rows, np.uint64), np.zeros(two.after.rows, np.uint64)
    for i, name in enumerate(names, 1):
        first, second = two.column(name)
        old += _mixed(first, i)
        new += _mixed(second, i)
    _, one, other = np.intersect1d(
        old + _mixed(_nth(old), 0), new + _mixed(_nth(new), 0), True, return_indices=True
    )
    order = np.argsort(other)
    return one[order], other[order]


def _mixed(numbers: Numbers, column: int) -> NDArray[np.uint64]:
    """Numbers of 64 bits that look like chance; two that are not equal will differ.

    Rule: the finalizer of SplitMix64. What it would take for the same is seen when cells are
    compared, which are, one by one.
    """
    mixed = numbers.astype(np.uint64) + np.uint64(((column + 1) * _HASHED) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def _nth(hashes: NDArray[np.uint64]) -> Numbers:
    """How many equal rows stand before each row."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.append(True, ordered[1:] != ordered[:-1]) if len(order) else np.empty(0, bool)
    starts = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    nth = np.empty(len(order), np.int64)
    nth[order] = np.arange(len(order)) - starts
    return nth


def _with_neighbours(two: Two, first: Rows, second: Rows) -> tuple[Rows, Rows]:
    """The pairs, and of the rows left those at the same place that agree in half of their cells."""
    rows = _without(two.before.rows, first), _without(two.after.rows, second)
    left = np.intersect1d(*rows, assume_unique=True)
    agreeing = np.zeros(len(left), np.int64)
    for name in two.names:
        agreeing += ~_unequal(two, name, left, left)
    alike = left[(2 * agreeing >= len(two.names)) & (agreeing > 0)]
    return np.append(first, alike), np.append(second, alike)


def _without(rows: int, some: Rows) -> Rows:
    """The numbers of all rows but some."""
    left = np.ones(rows, bool)
    left[some] = False
    return np.flatnonzero(left)


def value(kept: Kept, name: str, row: int) -> Any:
    """One cell; None where the table has no such column."""
    place = kept.places.get(name)
    return None if place is None else kept.value(place, int(kept.codes[place, row]))
