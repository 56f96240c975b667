"""Changing whole columns by their distinct values, and taking columns away."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.reading.layout import Range
from validation.reading.propose import field_names

type Column = pa.ChunkedArray


def in_columns(cells: Cells, label: str, change: Callable[[pa.Array], pa.Array]) -> Cells:
    """Change the distinct texts of a column, of all columns when no label is given.

    `change` gets and gives a string array of one length; null is a cell that is not there.
    """
    chosen = places(cells, label) if label else range(len(cells.columns))
    return with_columns(
        cells,
        [
            by_distinct(column, change) if i in chosen else column
            for i, column in enumerate(cells.columns)
        ],
    )


def with_columns(cells: Cells, columns: Sequence[Column]) -> Cells:
    """Put other columns in place; the same cells where all columns are the same objects."""
    same = all(old is new for old, new in zip(cells.columns, columns, strict=True))
    return cells if same else replace(cells, columns=columns)


def places(cells: Cells, label: str) -> list[int]:
    """Give the numbers, from 0, of the columns of a label, or of the name that its field has."""
    labels = named(cells)
    fields = field_names(labels)
    return [i for i, own in enumerate(labels) if label and label in (own, fields[i])]


def named(cells: Cells) -> list[str]:
    """Give a label for each column: those to the right of the header have none."""
    return [*cells.labels, *[""] * (len(cells.columns) - len(cells.labels))]


def by_distinct(column: Column, change: Callable[[pa.Array], pa.Array]) -> Column:
    """Change each distinct text of a column once; the same column where nothing changes."""
    encoded = pc.dictionary_encode(column).unify_dictionaries()
    if not encoded.num_chunks:
        return column
    distinct = encoded.chunk(0).dictionary
    changed = change(distinct)
    if changed.equals(distinct):
        return column
    return pa.chunked_array([changed.take(chunk.indices) for chunk in encoded.chunks], pa.string())


def mapped(texts: pa.Array, wanted: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Change the texts for which a mask holds, one by one in Python: for rules that need it."""
    chosen = pc.fill_null(wanted, False)
    if not pc.any(chosen).as_py():
        return texts
    new = [change(text) for text in texts.filter(chosen).to_pylist()]
    return pc.replace_with_mask(texts, chosen, pa.array(new, texts.type))


def without(cells: Cells, gone: Sequence[int]) -> Cells:
    """Take columns away, by their numbers from 0, with their labels, types and merged cells."""
    kept = [i for i in range(len(cells.columns)) if i not in gone]
    if len(kept) == len(cells.columns):
        return cells
    return replace(
        cells,
        columns=[cells.columns[i] for i in kept],
        labels=tuple(cells.labels[i] for i in kept if i < len(cells.labels)),
        types={new: cells.types[old] for new, old in enumerate(kept) if old in cells.types},
        numbers=tuple(map(cells.number, kept)),
        merged=tuple(_narrowed(cells.merged, kept)),
    )


def _narrowed(merged: Sequence[Range], kept: Sequence[int]) -> Iterator[Range]:
    """Give merged cells as they lie once only some columns are left; without their value, none."""
    place = {old: new for new, old in enumerate(kept)}
    for each in merged:
        if each.left in place:
            right = max(i for i in range(each.left, each.right + 1) if i in place)
            yield Range(each.top, place[each.left], each.bottom, place[right])
