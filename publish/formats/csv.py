"""CSV (RFC 4180) in UTF-8: a row for each feature, its place in columns of numbers or as WKT."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from publish.formats._format import Format
from publish.formats._place import place_columns, placed
from publish.formats._selection import Selection

if TYPE_CHECKING:
    import pyarrow as pa

type Cell = str | int | float | None

RUNS = re.compile(r"[=@\t\r]|[+-](?![0-9 ()/.,+-]*\Z)")


class CSV(Format):
    """Columns by their names, then the place: `lon`, `lat` of points, `wkt` of all else.

    In a CRS of metres the two are `east` and `north`. A text that a spreadsheet would run as a
    formula has a ' before it; numbers and telephone numbers stay as they are.
    """

    title = "CSV"
    media_type = "text/csv; charset=utf-8; header=present"
    ending = "csv"
    is_text = True

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The header, then some thousands of rows at a time."""
        places = place_columns(selection)
        names = [column.name for column in selection.columns]
        yield _text([[*names, *places]])
        for rows in selection.tables():
            yield _text(zip(*cells(selection, rows), *placed(selection, rows), strict=True))


def cells(selection: Selection, rows: "pa.Table") -> list[Sequence[Cell]]:
    """The attributes column by column: dates and times as ISO 8601, lists as JSON."""
    from datasets.typed import as_text  # noqa: PLC0415 - pyarrow is large

    return [
        _column(as_text(rows[column.name]).to_pylist(), column.type) for column in selection.columns
    ]


def _column(values: list[Any], kind: str) -> Sequence[Cell]:
    if kind in ("integer", "number"):
        return values
    if kind == "boolean":
        return [None if value is None else str(value).lower() for value in values]
    if kind in ("date", "datetime", "time"):
        return [None if value is None else value.isoformat() for value in values]
    return [quoted(value) for value in values]


def quoted(text: str | None) -> str | None:
    """The text, with a ' before it where a spreadsheet would run it.

    Rule: OWASP, CSV injection; what has only digits and signs after + or - computes nothing.

    >>> [quoted(text) for text in ("=1+1", "-x", "+381 34 335-022", "-5", "а=б")]
    ["'=1+1", "'-x", '+381 34 335-022', '-5', 'а=б']
    """
    return f"'{text}" if text and RUNS.match(text) else text


def _text(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
