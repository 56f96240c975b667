"""A difference as a file: CSV with whole rows, JSON with the cells that changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from publish.columns.difference import GEOMETRY, Difference
from publish.columns.files import delimited, plain
from publish.columns.kept import Kept, Rows

PART = 5_000
CHANGE = "_change"


def as_csv(found: Difference, before: Kept, after: Kept) -> Iterator[bytes]:
    """A line for each row that came or went, two for one that changed: as it was, as it is.

    `_change` says which: `added`, `removed`, `before`, `after`.
    """
    names = [*after.places, *(name for name in before.places if name not in after.places)]
    yield delimited([[CHANGE, *names]])
    for old, new in _pairs(found.changed):
        was, now = _rows(before, names, old), _rows(after, names, new)
        both = zip(was, now, strict=True)
        lines = (line for a, b in both for line in (["before", *a], ["after", *b]))
        yield delimited([[plain(value) for value in line] for line in lines])
    for word, kept, rows in (("added", after, found.added), ("removed", before, found.removed)):
        for some in _parts(rows):
            yield delimited([[word, *map(plain, row)] for row in _rows(kept, names, some)])


def _rows(kept: Kept, names: Sequence[str], some: Rows) -> list[tuple[Any, ...]]:
    """The values of rows in columns by name, nothing for a column that is not there."""
    columns = [
        kept.cells(kept.places[name], some) if name in kept.places else [None] * len(some)
        for name in names
    ]
    return list(zip(*columns, strict=True)) if columns else [()] * len(some)


def _parts(rows: Rows) -> Iterator[Rows]:
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]


def _pairs(pairs: tuple[Rows, Rows]) -> Iterator[tuple[Rows, Rows]]:
    yield from zip(_parts(pairs[0]), _parts(pairs[1]), strict=True)


def as_json(
    found: Difference, before: Kept, after: Kept, said: Mapping[str, Any]
) -> Iterator[bytes]:
    """An object: what is `said` of it, the schema's changes, then `changed`, `added`, `removed`.

    A changed row has its number in both tables from 1, its `key`, and `cells`: what was, what is.
    """
    head = {**said, "key": found.key, "counts": found.counts, "schema": schema(found)}
    yield orjson.dumps(head)[:-1] + b',"changed":['
    yield from _joined(_changed(found, before, after))
    for word, kept, rows in (("added", after, found.added), ("removed", before, found.removed)):
        yield b'],"%b":[' % word.encode()
        names = list(kept.places)
        yield from _joined(
            {"row": int(row) + 1, "values": dict(zip(names, values, strict=True))}
            for some in _parts(rows)
            for row, values in zip(some, _rows(kept, names, some), strict=True)
        )
    yield b"]}\n"


def schema(found: Difference) -> dict[str, Any]:
    """The columns that came, went, and are called or typed otherwise."""
    return {
        "added": [{"name": c.name, "title": c.title, "type": c.type} for c in found.come],
        "removed": [{"name": c.name, "title": c.title, "type": c.type} for c in found.gone],
        "changed": [
            {"name": new.name, "title": [old.title, new.title], "type": [old.type, new.type]}
            for old, new in found.altered
        ],
    }


def _joined(objects: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    between = b"\n"
    for each in objects:
        yield between + orjson.dumps(each)
        between = b",\n"


def _changed(found: Difference, before: Kept, after: Kept) -> Iterator[dict[str, Any]]:
    for start in range(0, len(found.changed[0]), PART):
        yield from changes(found, before, after, start, PART)


def changes(
    found: Difference, before: Kept, after: Kept, start: int, many: int
) -> Iterator[dict[str, Any]]:
    """Some of the rows that changed: `row`, `key`, and `cells` by column, each what was and is."""
    some = slice(start, start + many)
    old, new = found.changed[0][some], found.changed[1][some]
    key = _rows(after, found.key, new)
    cells: list[dict[str, list[Any]]] = [{} for _ in old]
    for name, unequal in found.cells.items():
        places = np.flatnonzero(unequal[some])
        if name == GEOMETRY and name not in after.places:
            values = [[None, None]] * len(places)  # where it was and is, the map says
        else:
            was, now = (
                _rows(kept, [name], rows[places]) for kept, rows in ((before, old), (after, new))
            )
            values = [[a, b] for (a,), (b,) in zip(was, now, strict=True)]
        for place, value in zip(places.tolist(), values, strict=True):
            cells[place][name] = value
    for i, (was_row, now_row) in enumerate(zip(old.tolist(), new.tolist(), strict=True)):
        yield {
            "row": [was_row + 1, now_row + 1],
            "key": dict(zip(found.key, key[i], strict=True)),
            "cells": cells[i],
        }
