"""CSV and TSV: every cell exactly as it stands, every row at the place Frictionless gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from datasets import template
from datasets.model import Finding
from validation.reading import asking, headers
from validation.reading.cells import Cells, Stored, Unreadable
from validation.reading.dialect import Dialect, Record, dialect_of, has_header, hinted
from validation.reading.encoding import MARKS, Encoding, codec, damage_in, encoding_in
from validation.reading.layout import USUAL_WITHIN, Layout, declared_layout, layout_of
from validation.reading.records import Batch, batches, blocks, head, records

SAMPLE_CHARACTERS = 1 << 18
MOST_BAD_ROWS = 20


@dataclass(frozen=True, slots=True)
class _Form:
    """How a text is built: its dialect, its labels, and whether those are not Frictionless'."""

    dialect: Dialect
    labels: Sequence[str]
    restated: bool = False
    titles: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_delimited(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a delimited text; refuses what its encoding cannot take, naming the rows."""
    encoding = _encoding(path, arguments["encoding"])
    if encoding.bad_bytes and not encoding.name.startswith("utf-8"):
        raise _undecodable(path, encoding, arguments["encoding"])
    sample = head(path, encoding.name, SAMPLE_CHARACTERS)
    tabs = arguments["format"] == "tsv"
    dialect = dialect_of(sample, arguments["dialect"], tabs=tabs)
    if encoding.bad_bytes:
        return _bad_rows(path, dialect, encoding)
    form = _form(path, encoding.name, dialect, arguments)
    cells = _cells(path, encoding.name, form, Path(arguments["cells"]))
    asked = () if _settled(arguments) or tabs else asking.delimiter(sample, dialect)
    return cells.and_found(*asking.encoding(path, encoding), *asked)


def _settled(arguments: Mapping[str, Any]) -> bool:
    """Tell whether the delimiter is declared."""
    declared = arguments["dialect"]
    return bool({**declared, **(declared.get("csv") or {})}.get("delimiter"))


def _encoding(path: Path, declared: str) -> Encoding:
    if not declared:
        return encoding_in(blocks(path))
    name = codec(declared)
    start = next(blocks(path))
    if name == "utf-8" and start.startswith(MARKS[0][0]):
        name = "utf-8-sig"
    if name:
        return Encoding(name, bad_bytes=damage_in(blocks(path), name))
    found = encoding_in(blocks(path))
    raise Unreadable(
        "encoding-error",
        f"there is no encoding {declared!r}; this file looks like {found.name}",
        declared=declared,
        found=found.name,
    ).offering(*asking.encodings(path, found))


def _form(path: Path, encoding: str, dialect: Dialect, arguments: Mapping[str, Any]) -> _Form:
    """Find the header: where it is declared, else where the first rows show it."""
    wanted = max(USUAL_WITHIN, *dialect.header_rows, 0)
    rows = [record for _, record in islice(records(path, encoding, dialect), wanted)]
    if arguments.get("laid_out") and len(dialect.header_rows) > 1:
        return _laid_out(dialect, declared_layout(rows, dialect.header_rows), rows)
    if has_header(arguments["dialect"]):
        return _Form(dialect, _labels(rows, dialect))
    offset = 1 if rows and hinted(dialect.delimiter.join(rows[0]) + "\n") else 0
    shown: list[Record] = [[], *rows[1:]] if offset else rows
    layout = layout_of(shown, names=_names(arguments, shown))
    if not layout.header_rows or not rows:
        asked = tuple(headers.told_of(layout, shown)) if layout.others else ()
        none = replace(dialect, header_rows=()) if layout.others else dialect
        return _Form(none, _labels(rows, none), findings=asked)
    return _laid_out(replace(dialect, header_rows=layout.header_rows), layout, shown)


def _laid_out(dialect: Dialect, layout: Layout, rows: Sequence[Record]) -> _Form:
    """Follow a layout; of several rows we make other labels than Frictionless would."""
    if layout.counted:
        dialect = replace(dialect, comment_rows=dialect.comment_rows | {layout.counted})
    findings = tuple(headers.told_of(layout, rows))
    if len(layout.header_rows) == 1:
        return _Form(dialect, _labels(rows, dialect), titles=layout.titles, findings=findings)
    width = max(len(rows[number - 1]) for number in layout.header_rows)
    labels = layout.labels[:width]
    return _Form(dialect, labels, restated=True, titles=layout.titles, findings=findings)


def _names(arguments: Mapping[str, Any], rows: Sequence[Record]) -> list[str]:
    """Give the names of the columns where a schema or a template knows them."""
    return template.headers(arguments["schema"] or arguments.get("contract") or {}, rows)


def _labels(rows: Sequence[Record], dialect: Dialect) -> list[str]:
    """Join the rows of a header as Frictionless does."""
    labels: list[str] = []
    above: Record = []
    for number in dialect.header_rows:
        record = rows[number - 1] if number <= len(rows) else []
        labels = _joined(labels, above, record, dialect.header_join)
        above = record
    return labels


def _joined(labels: list[str], above: Record, record: Record, join: str) -> list[str]:
    """Put a further header row under the first, as Frictionless does: a repeated word once."""
    words = [cell.strip() for cell in record]
    before = [cell.strip() for cell in above]
    joined = labels + words[len(labels) :]
    for i, word in enumerate(words[: len(labels)]):
        if i >= len(before) or before[i] != word:
            joined[i] = f"{labels[i]}{join}{word}"
    return joined


def _cells(path: Path, encoding: str, form: _Form, into: Path) -> Cells:
    """Write the cells as they come; begin again where a row is wider than all before."""
    dialect, labels = form.dialect, list(form.labels)
    odd: list[int] = []
    rows, width = _written(path, encoding, dialect, into, len(labels), odd)
    if width > len(labels):
        rows, width = _written(path, encoding, dialect, into, width, odd)
    if not width and rows:
        raise Unreadable("empty-file", "no row of the file holds a cell; send it again")
    if not dialect.header_rows:
        labels = [f"field{place}" for place in range(1, width + 1)]
    columns = Stored(into)
    return Cells(
        labels=tuple(labels),
        columns=columns,
        rows=columns.rows,
        encoding=encoding,
        dialect=dialect.descriptor(),
        header_row=dialect.header_rows[-1] if dialect.header_rows else 0,
        restated=form.restated,
        titles=form.titles,
        findings=(*form.findings, *map(_quotes, odd)),
    )


def _quotes(row: int) -> Finding:
    return Finding(
        "quotes-odd",
        "warning",
        row=row,
        note=f"row {row}: a cell goes on after its closing quote; readers of CSV drop the quotes",
    )


def _written(
    path: Path, encoding: str, dialect: Dialect, into: Path, width: int, odd: list[int]
) -> tuple[int, int]:
    """Write batches as wide as they are expected; give the number of rows, and the widest."""
    names = [*(f"c{i}" for i in range(width)), "row"]
    schema = pa.schema([*((name, pa.string()) for name in names[:-1]), ("row", pa.int64())])
    rows = 0
    widest = width
    with pa.ipc.new_file(into, schema) as out:
        for batch in batches(path, encoding, dialect, odd):
            rows += len(batch.numbers)
            widest = max(widest, batch.widest)
            if widest == width:
                out.write_batch(pa.record_batch(_filled(batch, width), schema=schema))
    return rows, widest


def _filled(batch: Batch, width: int) -> list[pa.Array]:
    nothing = pa.nulls(len(batch.numbers), pa.string())
    return [*batch.columns, *[nothing] * (width - batch.widest), batch.numbers]


def _bad_rows(path: Path, dialect: Dialect, encoding: Encoding) -> Cells:
    """Give no cells, but a finding for each row that holds bytes which are not text."""
    bad = (
        _bad_row(number, record, encoding)
        for number, record in records(path, encoding.name, dialect)
        if any("\ufffd" in cell for cell in record)
    )
    findings = tuple(islice(bad, MOST_BAD_ROWS))
    nothing = pa.chunked_array([], pa.int64())
    return Cells((), [], nothing, encoding=encoding.name, findings=findings)


def _bad_row(number: int, record: Record, encoding: Encoding) -> Finding:
    cell = next(cell for cell in record if "\ufffd" in cell)[:60]
    return Finding(
        "encoding-error",
        row=number,
        note=f"row {number}: {cell!r} holds bytes that are not {encoding.name}; there are "
        f"{encoding.bad_bytes} such bytes in the file; export it again as UTF-8",
        values={"cell": cell, "found": encoding.name, "places": str(encoding.bad_bytes)},
    )


def _undecodable(path: Path, encoding: Encoding, declared: str) -> Unreadable:
    return Unreadable(
        "encoding-error",
        f"the file is not {encoding.name}: {encoding.bad_bytes} of its bytes mean nothing there; "
        "export it again as UTF-8, or declare the right encoding",
        declared=declared,
        found=encoding.name,
        places=str(encoding.bad_bytes),
    ).offering(*asking.encodings(path, encoding_in(blocks(path))))
