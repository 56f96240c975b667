"""Changing whole columns by their distinct values."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells


def in_columns(cells: Cells, label: str, change: Callable[[pa.Array], pa.Array]) -> Cells:
    """Change the distinct texts of a column, of all columns when no label is given.

    `change` gets and gives a string array of one length; null is a cell that is not there.
    """
    columns: Sequence[pa.ChunkedArray] = [
        by_distinct(column, change) if not label or name == label else column
        for name, column in zip(named(cells), cells.columns, strict=True)
    ]
    return replace(cells, columns=columns)


def named(cells: Cells) -> list[str]:
    """Give a label for each column: those to the right of the header have none."""
    return [*cells.labels, *[""] * (len(cells.columns) - len(cells.labels))]


def by_distinct(column: pa.ChunkedArray, change: Callable[[pa.Array], pa.Array]) -> pa.ChunkedArray:
    """Change each distinct text of a column once."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    return pa.chunked_array([change(encoded.dictionary).take(encoded.indices)])
