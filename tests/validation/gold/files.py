"""What a gold file is, and how its bytes are made: text, workbooks, XLS and ODS by hand."""

import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

type Row = Sequence[Any]
type Make = Callable[[Path], None]


@dataclass(frozen=True)
class Gold:
    """A dirty file and the table that its authors mean by it.

    `labels` are the columns in order, `rows` their values: text, number, date, boolean or None.
    """

    file: str
    make: Make
    labels: tuple[str, ...]
    rows: Sequence[Row]

    def __str__(self) -> str:
        return self.file


def d(text: str) -> date:
    """Make a date of 2021-10-05."""
    return date.fromisoformat(text)


def text(content: str, encoding: str = "utf-8", end: str = "\r\n") -> Make:
    """Write a text in an encoding, with line ends as Windows writes them."""

    lines = content.strip("\n") + "\n"

    def make(path: Path) -> None:
        path.write_bytes(lines.replace("\n", end).encode(encoding))

    return make


def xlsx(
    *rows: Row, merge: Sequence[str] = (), change: Callable[[Any], None] | None = None
) -> Make:
    """Write rows as the only sheet of a workbook."""
    return book({"Лист1": rows}, merge, change)


def book(
    sheets: Mapping[str, Sequence[Row]],
    merge: Sequence[str] = (),
    change: Callable[[Any], None] | None = None,
) -> Make:
    """Write sheets; cells are merged in the first of them."""

    def make(path: Path) -> None:
        workbook = Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        for cells in merge:
            workbook.worksheets[0].merge_cells(cells)
        if change:
            change(workbook)
        workbook.save(path)

    return make


CONTENT = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    "<office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods(*rows: Row, manifest: str = "<manifest/>") -> Make:
    """Write rows as an ODS with the blank rows and columns that its programs add to the end."""
    lines = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
    )
    repeated = 'table:number-rows-repeated="1048000"'
    end = f"<table:table-row {repeated}><table:table-cell/></table:table-row>"
    return ods_of(f'<table:table table:name="Лист1">{lines}{end}</table:table>', manifest)


def ods_of(tables: str, manifest: str = "<manifest/>") -> Make:
    """Write an ODS of tables in XML."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
            archive.writestr("META-INF/manifest.xml", manifest)
            archive.writestr("content.xml", CONTENT.format(tables))

    return make


def ods_cell(value: Any) -> str:
    """Write a cell; one that begins with < is XML already."""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        if value.startswith("<"):
            return value
        return (
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


ERRORS = {"#N/A": 42, "#DIV/0!": 7}
SECTOR, NONE, END = 512, 0xFFFFFFFF, 0xFFFFFFFE


def xls(*rows: Row, merge: Sequence[tuple[int, int, int, int]] = (), locked: bool = False) -> Make:
    """Write rows as the only sheet of an XLS; `merge` has first and last rows, then columns."""
    cells = [
        (r, c, value)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if value is not None
    ]
    return xls_of({"Лист1": cells}, merge, locked=locked)


def xls_of(
    sheets: Mapping[str, Sequence[tuple[int, int, Any]]],
    merge: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[str] = (),
    *,
    locked: bool = False,
) -> Make:
    """Write an XLS of cells, each with its row and column from 0."""

    def make(path: Path) -> None:
        path.write_bytes(_compound(_workbook(sheets, merge, hidden, locked=locked)))

    return make


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(type_: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, type_, 0x0DBB, 0x7CC, 0, 6))


def _workbook(
    sheets: Mapping[str, Sequence[tuple[int, int, Any]]],
    merge: Sequence[tuple[int, int, int, int]],
    hidden: Sequence[str],
    *,
    locked: bool,
) -> bytes:
    merged = struct.pack("<H", len(merge)) + b"".join(struct.pack("<HHHH", *m) for m in merge)
    bodies = [
        _begin(0x10)
        + b"".join(_cell(*cell) for cell in cells)
        + _record(0xE5, merged)
        + _record(0xA)
        for cells in sheets.values()
    ]
    head = _begin(5) + (_record(0x2F, bytes(54)) if locked else b"")
    names = [name.encode("utf-16-le") for name in sheets]
    start = len(head) + sum(12 + len(name) for name in names) + 4
    for name, raw, body in zip(sheets, names, bodies, strict=True):
        head += _record(0x85, struct.pack("<IBBBB", start, name in hidden, 0, len(name), 1) + raw)
        start += len(body)
    return head + _record(0xA) + b"".join(bodies)


def _cell(row: int, column: int, value: Any) -> bytes:
    head = struct.pack("<HHH", row, column, 0)
    if isinstance(value, bool):
        return _record(0x205, head + bytes([value, 0]))
    if isinstance(value, int | float):
        return _record(0x203, head + struct.pack("<d", value))
    if value in ERRORS:
        return _record(0x205, head + bytes([ERRORS[value], 1]))
    return _record(0x204, head + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))


def _compound(stream: bytes) -> bytes:
    """Put a stream into a compound file: header, allocation table, directory, its sectors."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % SECTOR)
    sectors = len(stream) // SECTOR
    tables = -(-(sectors + 2) // 127)
    chain = [tables + 2 + i for i in range(sectors - 1)] + [END]
    table = [0xFFFFFFFD] * tables + [END] + chain
    table += [NONE] * (tables * 128 - len(table))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, tables, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", *range(tables), *[NONE] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, END, 0)
    directory += (
        _entry("Workbook", 2, NONE, tables + 1, len(stream)) + _entry("", 0, NONE, 0, 0) * 2
    )
    return header + struct.pack(f"<{len(table)}I", *table) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le") if name else b""
    middle = struct.pack("<HBBIII", len(raw), kind, 1, NONE, NONE, child)
    return raw.ljust(64, b"\0") + middle + bytes(36) + struct.pack("<IQ", start, size)
