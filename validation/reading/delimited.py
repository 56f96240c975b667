"""CSV and TSV: every cell exactly as it stands, every row at the place Frictionless gives it."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets.model import Finding
from validation.reading.cells import Cells, Unreadable, check_width
from validation.reading.dialect import Dialect, Record, dialect_of
from validation.reading.encoding import Encoding, codec, damage, encoding_of

SAMPLE_CHARACTERS = 1 << 18
MOST_CELL_CHARACTERS = 8 << 20
BATCH = 20_000
MOST_BAD_ROWS = 20


def read_delimited(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a delimited text; refuses what its encoding cannot take, naming the rows."""
    raw = path.read_bytes()
    encoding = _encoding(raw, arguments["encoding"])
    if encoding.bad_bytes and not encoding.name.startswith("utf-8"):
        raise _undecodable(encoding, arguments["encoding"])
    text = raw.decode(encoding.name, errors="replace")
    del raw
    tabs = arguments["format"] == "tsv"
    dialect = dialect_of(text[:SAMPLE_CHARACTERS], arguments["dialect"], tabs=tabs)
    if encoding.bad_bytes:
        return _bad_rows(text, dialect, encoding)
    cells = _cells(text, dialect, encoding.name)
    return cells.and_found(_counted(encoding)) if encoding.guessed else cells


def _encoding(raw: bytes, declared: str) -> Encoding:
    if not declared:
        return encoding_of(raw)
    name = codec(declared)
    if name == "utf-8" and raw.startswith(BOM_UTF8):
        name = "utf-8-sig"
    if name:
        return Encoding(name, bad_bytes=damage(raw, name))
    found = encoding_of(raw).name
    raise Unreadable(
        "encoding-error",
        f"there is no encoding {declared!r}; this file looks like {found}",
        declared=declared,
        found=found,
    )


def _cells(text: str, dialect: Dialect, encoding: str) -> Cells:
    labels: list[str] = []
    above: Record = []
    numbers: list[int] = []
    batches: list[list[pa.Array]] = []
    batch: list[Record] = []
    for number, record in _records(text, dialect):
        if number in dialect.header_rows:
            labels = _joined(labels, above, record, dialect.header_join)
            above = record
        elif dialect.takes(number, record):
            numbers.append(number)
            batch.append(record)
        if len(batch) >= BATCH:
            batches.append(_arrays(batch))
            batch = []
    batches.append(_arrays(batch))
    width = max(len(labels), *(len(arrays) for arrays in batches))
    if not width and numbers:
        raise Unreadable("empty-file", "no row of the file holds a cell; send it again")
    if not dialect.header_rows:
        labels = [f"field{place}" for place in range(1, width + 1)]
    return Cells(
        labels=tuple(labels),
        columns=[_column(batches, i) for i in range(width)],
        rows=pa.chunked_array([pa.array(numbers, pa.int64())]),
        encoding=encoding,
        dialect=dialect.descriptor(),
        header_row=dialect.header_rows[-1] if dialect.header_rows else 0,
    )


def _records(text: str, dialect: Dialect) -> Iterator[tuple[int, Record]]:
    """Give the records with their numbers, from 1; refuse cells and rows beyond all measure."""
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    number = 0
    try:
        for number, record in enumerate(dialect.reader(io.StringIO(text, newline="")), 1):
            check_width(len(record))
            yield number, record
    except csv.Error as error:
        raise _not_a_table(number + 1, str(error)) from None


def _joined(labels: list[str], above: Record, record: Record, join: str) -> list[str]:
    """Put a further header row under the first, as Frictionless does: a repeated word once."""
    words = [cell.strip() for cell in record]
    before = [cell.strip() for cell in above]
    joined = labels + words[len(labels) :]
    for i, word in enumerate(words[: len(labels)]):
        if i >= len(before) or before[i] != word:
            joined[i] = f"{labels[i]}{join}{word}"
    return joined


def _arrays(batch: list[Record]) -> list[pa.Array]:
    """Turn rows into columns; a cell that is not there is null."""
    return [pa.array(column, pa.string()) for column in zip_longest(*batch)]


def _column(batches: list[list[pa.Array]], i: int) -> pa.ChunkedArray:
    height = [len(arrays[0]) if arrays else 0 for arrays in batches]
    return pa.chunked_array(
        [
            arrays[i] if i < len(arrays) else pa.nulls(rows, pa.string())
            for arrays, rows in zip(batches, height, strict=True)
        ],
        pa.string(),
    )


def _bad_rows(text: str, dialect: Dialect, encoding: Encoding) -> Cells:
    """Give no cells, but a finding for each row that holds bytes which are not text."""
    findings: list[Finding] = []
    for number, record in _records(text, dialect):
        if len(findings) < MOST_BAD_ROWS and any("\ufffd" in cell for cell in record):
            findings.append(_bad_row(number, record, encoding))
    empty = _cells("", dialect, encoding.name)
    return empty.and_found(*findings)


def _bad_row(number: int, record: Record, encoding: Encoding) -> Finding:
    cell = next(cell for cell in record if "\ufffd" in cell)[:60]
    return Finding(
        "encoding-error",
        row=number,
        note=f"row {number}: {cell!r} holds bytes that are not {encoding.name}; there are "
        f"{encoding.bad_bytes} such bytes in the file; export it again as UTF-8",
        values={"cell": cell, "found": encoding.name, "places": str(encoding.bad_bytes)},
    )


def _undecodable(encoding: Encoding, declared: str) -> Unreadable:
    return Unreadable(
        "encoding-error",
        f"the file is not {encoding.name}: {encoding.bad_bytes} of its bytes mean nothing there; "
        "export it again as UTF-8, or declare the right encoding",
        declared=declared,
        found=encoding.name,
        places=str(encoding.bad_bytes),
    )


def _not_a_table(number: int, detail: str) -> Unreadable:
    return Unreadable(
        "not-a-table",
        f"row {number} cannot be read ({detail}); is a quote not closed before it?",
        row=str(number),
        detail=detail,
    )


def _counted(encoding: Encoding) -> Finding:
    return Finding(
        "encoding-guessed",
        "note" if encoding.sure else "warning",
        note=f"the file is not UTF-8; it was read as {encoding.name}, by its letters",
        values={"found": encoding.name},
    )
