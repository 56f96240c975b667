"""A table as a file, row by row: CSV, TSV, JSON, XML, as CKAN's dump writes them.

Values are written as they are: a cell that begins with `=` is one for a spreadsheet to refuse.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from publish.datastore import search, table
from publish.datastore.search import Question
from publish.datastore.table import Place

FORMATS = ("csv", "tsv", "json", "xml")
DELIMITERS = {"csv": ",", "tsv": "\t"}
BOM = "\ufeff"
PART = 1000  # rows written at a time
_NAME = re.compile(r"[^\W\d][\w.-]*")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dump(
    place: Place, question: Question, kind: str, limit: int, offset: int, *, bom: bool = False
) -> Iterator[bytes]:
    """Write the rows of a question in one of FORMATS; rows are read as they are asked for."""
    names = [field.id for _, field in question.columns]
    with table.reading(place) as connection:
        text = kind in DELIMITERS
        rows = search.rows(connection, question, limit, offset, text=text)
        if text:
            parts = _delimited(names, rows, DELIMITERS[kind], bom=bom)
        else:
            parts = _json(question, rows) if kind == "json" else _xml(names, rows)
        for part in parts:
            yield part.encode()


def delimited(rows: Iterable[Sequence[Any]], delimiter: str) -> str:
    """Rows as CSV or TSV, without a header."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _delimited(
    names: Sequence[str], rows: Iterator[list[Any]], delimiter: str, *, bom: bool
) -> Iterator[str]:
    header = delimited([names], delimiter).rstrip("\n")
    yield f"{BOM * bom}{header}\r\n"
    for part in _parts(rows):
        yield delimited(part, delimiter)


def _json(question: Question, rows: Iterator[list[Any]]) -> Iterator[str]:
    fields = orjson.dumps(question.fields).decode()
    yield f'{{\n  "fields": {fields},\n  "records": ['
    between = "\n    "
    for part in _parts(rows):
        yield between + ",\n    ".join(orjson.dumps(row).decode() for row in part)
        between = ",\n    "
    yield "\n]}\n"


def _xml(names: Sequence[str], rows: Iterator[list[Any]]) -> Iterator[str]:
    yield '<data xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    tags = [_tag(name) for name in names]
    for part in _parts(rows):
        yield "".join(_row(names, tags, row) for row in part)
    yield "</data>\n"


def _tag(name: str) -> tuple[str, str]:
    """The start and the name of a field's element; what is no name of XML stands beside it."""
    if _NAME.fullmatch(name):
        return name, name
    return f"field name={quoteattr(_clean(name))}", "field"


def _row(names: Sequence[str], tags: Sequence[tuple[str, str]], row: Sequence[Any]) -> str:
    key = ""
    cells = []
    for name, (start, end), value in zip(names, tags, row, strict=True):
        if name == "_id":
            key = f' _id="{value}"'
        elif value is None:
            cells.append(f'<{start} xsi:nil="true"/>')
        else:
            cells.append(f"<{start}>{_content(value)}</{end}>")
    return f"<row{key}>{''.join(cells)}</row>\n"


def _content(value: Any) -> str:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return "".join(
            f"<value key={quoteattr(_clean(str(key)))}>{_content(each)}</value>"
            for key, each in pairs
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_clean("" if value is None else str(value)))


def _clean(text: str) -> str:
    """The text without the few characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def _parts(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    part: list[list[Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part
