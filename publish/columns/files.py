"""Rows of a question as files: CSV and JSON as they are read, XLSX when all are written."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from datasets.model import Column
from datasets.text import Text
from publish.columns.asking import Ordered, parts
from publish.formats._format import read
from publish.formats._selection import Desk
from publish.formats.csv import quoted
from publish.formats.xlsx import WIDTH, WIDTHS, Cells, sheet_name, sheet_of, workbook

FORMATS = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types by the ending of a file's name."""

MOST_SHEET_ROWS = 200_000
"""A workbook of so many is made in half a minute, and few people can open a larger one."""


def lines(ordered: Ordered, columns: Sequence[int]) -> Iterator[list[Sequence[Any]]]:
    """The rows, some thousands at a time: their values, as Python has them."""
    for some in parts(ordered):
        yield list(zip(*(ordered.kept.cells(i, some) for i in columns), strict=True))


def as_csv(ordered: Ordered, columns: Sequence[int]) -> Iterator[bytes]:
    """CSV in UTF-8 with the names of the columns; no text of it is run by a spreadsheet."""
    yield delimited([[ordered.kept.columns[i].name for i in columns]])
    for part in lines(ordered, columns):
        yield delimited([[plain(value) for value in row] for row in part])


def delimited(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as RFC 4180 has them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def plain(value: Any) -> Any:
    """A value as a cell of delimited text: moments as ISO 8601, truth as a word, lists as JSON.

    >>> [plain(value) for value in (None, True, 1.5, "=1+1", ["a", "b"])]
    [None, 'true', 1.5, "'=1+1", '["a","b"]']
    """
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def as_json(ordered: Ordered, columns: Sequence[int]) -> Iterator[bytes]:
    """A list of objects, one for each row."""
    names = [ordered.kept.columns[i].name for i in columns]
    between = b"[\n"
    for part in lines(ordered, columns):
        for row in part:
            yield between + orjson.dumps(dict(zip(names, row, strict=True)))
            between = b",\n"
    yield b"\n]\n" if between != b"[\n" else b"[]\n"


def as_xlsx(
    ordered: Ordered, columns: Sequence[int], title: str, language: str, desk: Desk
) -> Iterator[bytes]:
    """A workbook of one sheet, made before its first byte is read and deleted after its last.

    Values are in their types under their titles. Raises ValueError for more than MOST_SHEET_ROWS
    rows.
    """
    if ordered.count > MOST_SHEET_ROWS:
        raise ValueError(
            f"{ordered.count} rows are more than the {MOST_SHEET_ROWS} of which a workbook is made;"
            " take csv, or ask for fewer"
        )
    with ExitStack() as held:
        path = held.enter_context(desk("table")) / "table.xlsx"
        _save(ordered, [(i, ordered.kept.columns[i]) for i in columns], path, title, language)
        return _sent(held.pop_all(), path)


def _sent(held: ExitStack, path: Path) -> Iterator[bytes]:
    with held:
        yield from read(path)


def _save(
    ordered: Ordered,
    columns: Sequence[tuple[int, Column]],
    path: Path,
    title: str,
    language: str,
) -> None:
    with workbook(path) as book:
        heads = [Text(column.title or column.name).said(language) for _, column in columns]
        widths = [WIDTHS.get(column.type, WIDTH) for _, column in columns]
        cells = Cells(book, sheet_of(book, sheet_name(title, "table"), heads, widths))
        puts = [cells.of(column.type) for _, column in columns]
        every = (row for part in lines(ordered, [i for i, _ in columns]) for row in part)
        for row, values in enumerate(every, 1):
            for place, (put, value) in enumerate(zip(puts, values, strict=True)):
                if value is not None:
                    put(row, place, plain(value) if isinstance(value, list) else value)
