"""A Table Schema for cells that came without one: locale first, a code stays a text.

A type is proposed only when every cell of the column fits it, so that no proposal makes an error
of a cell; a geopoint never is (Frictionless takes 1.234,50 for one). What may be read in two ways
stays text, and is asked. Rules: facts on municipal files; field names are the labels, so that
Frictionless finds them in the header.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from datasets.model import Finding
from datasets.serbian import is_cyrillic
from validation.reading.cells import Cells
from validation.reading.column import Column
from validation.reading.units import unit_of


def proposed_schema(cells: Cells) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Propose a Table Schema; tell what was understood, and ask what was not.

    Columns are looked at in pieces, by the way that the first cells follow; where others do not,
    once more by all ways. `cells.types` are those that the file itself declares, by column
    number; "text" is JSON's string, which may be a date, but never a number.
    """
    columns = [
        Column(name, cells.types.get(i, "")) for i, name in enumerate(field_names(cells.labels))
    ]
    _seen(dict(enumerate(columns)), cells)
    again = {i: column.anew() for i, column in enumerate(columns) if column.failed}
    if again:
        _seen(again, cells)
    columns = [again.get(i, column) for i, column in enumerate(columns)]
    fields = [
        {"name": column.name, **column.field(), **_with_unit(column.name)} for column in columns
    ]
    found = tuple(finding for column in columns for finding in column.told())
    return {"fields": fields, "missingValues": [""]}, found


def _with_unit(label: str) -> dict[str, str]:
    """Say the unit that a label names in the field's description."""
    unit = unit_of(label)
    word = "Јединица" if is_cyrillic(label) else "Jedinica"
    return {"description": f"{word}: {unit}"} if unit else {}


def _seen(columns: Mapping[int, Column], cells: Cells) -> None:
    for piece, rows in cells.batches():
        for i, column in columns.items():
            column.see(piece[i], rows)


def field_names(labels: Sequence[str]) -> list[str]:
    """Name the fields as the labels say; a blank one by its place, a repeated one by a number.

    >>> field_names(["шифра", "", "ime", "ime"])
    ['шифра', 'field2', 'ime', 'ime2']
    """
    names: list[str] = []
    for place, label in enumerate(labels, 1):
        name, number = label or f"field{place}", 2
        while name in names:
            name, number = f"{label or 'field'}{number}", number + 1
        names.append(name)
    return names


def proposed_field(texts: pa.Array, name: str = "") -> Mapping[str, Any]:
    """Give the type that all texts fit, with its format; text where none does.

    >>> proposed_field(pa.array(["1.250,75", "45,00", "310"]))
    {'type': 'number', 'decimalChar': ',', 'groupChar': '.'}
    >>> proposed_field(pa.array(["00123", "45000"])), proposed_field(pa.array(["да", "не"]))["type"]
    ({'type': 'string'}, 'boolean')
    """
    column = Column(name, "", thorough=True)
    column.see(texts, pa.array(range(len(texts)), pa.int64()))
    return column.field()
