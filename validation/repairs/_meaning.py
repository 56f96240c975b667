"""What a cell means by the type of its field."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Sample, Schema, Step
from validation import descriptors
from validation.reading.cells import Cells
from validation.repairs._columns import named, places
from validation.repairs._difference import SHOWN

NOTHING = "✗"
"""Shown where a cell is not of the type."""
LOOKED_AT = 200


def meanings(step: Step, schema: Schema, cells: Cells, most: int) -> tuple[int, tuple[Sample, ...]]:
    """Count the cells of a field, and show what some of them mean by a schema.

    Those that are written in another way than programs write them come first.
    """
    chosen = places(cells, step.field)
    field = _field(schema, step.field)
    if not chosen or field is None:
        return 0, ()
    column = cells.columns[chosen[0]]
    said = pc.indices_nonzero(pc.fill_null(pc.not_equal(column, ""), False))
    shown = sorted(_samples(field, column, cells.rows, said), key=lambda s: s.before == s.after)
    return len(said), tuple(shown[:most])


def _samples(
    field: Mapping[str, Any], column: pa.ChunkedArray, rows: pa.ChunkedArray, said: pa.Array
) -> Iterator[Sample]:
    from frictionless import Field  # noqa: PLC0415 - only the child that offers meanings needs it

    read = Field.from_descriptor({**field, "constraints": {}})
    looked = said[:LOOKED_AT]
    seen: set[str] = set()
    for row, cell in zip(
        rows.take(looked).to_pylist(), column.take(looked).to_pylist(), strict=True
    ):
        if cell not in seen:
            seen.add(cell)
            value, faults = read.read_cell(cell)
            yield Sample(row, cell[:SHOWN], NOTHING if faults else written(value)[:SHOWN])


def written(value: Any) -> str:
    """Write a value as programs do.

    >>> written(Decimal("1234.50")), written(date(2021, 10, 5)), written(True), written(None)
    ('1234.50', '2021-10-05', 'true', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _field(schema: Schema, name: str) -> Mapping[str, Any] | None:
    return next((f for f in descriptors.fields(schema) if f["name"] == name), None)


def matched(schema: Schema, cells: Cells, most: int) -> tuple[int, tuple[Sample, ...]]:
    """Count the labels that a schema knows, and show the types that these columns would have."""
    types = {field["name"]: str(field.get("type", "any")) for field in descriptors.fields(schema)}
    found = [Sample(cells.header_row or None, n, types[n]) for n in named(cells) if n in types]
    return len(found), tuple(found[:most])
