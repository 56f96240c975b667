"""XLSX, XLSM, XLS and ODS, by calamine: one sheet, its header found, its values as text.

A sheet is read in pieces of rows, each turned into text columns at once, so that its values are
never all there as Python objects.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from datasets import template
from datasets.model import Finding, Offer, Sample, Step
from validation.reading import opendocument, xls, xlsx
from validation.reading.canonical import column_of, written
from validation.reading.cells import Cells, Unreadable, check_width, row_numbers
from validation.reading.headers import told_of
from validation.reading.layout import USUAL_WITHIN, Layout, Range, declared_layout, layout_of
from validation.reading.workbook import Sheet, check_extent, damaged

PIECE = 20_000
SHOWN = 300
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

type Columns = list[pa.ChunkedArray]


def read_xlsx(path: Path, opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read a sheet of an XLSX or XLSM: the declared one, else the first with cells in sight."""
    found = xlsx.sheets(opened)
    taken = _chosen(found, _wanted(arguments))
    return _read(_workbook(path, arguments), found, taken, arguments)


def read_xls(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a sheet of an XLS; the reader knows its names in every code page."""
    found = xls.sheets(path)
    book = _workbook(path, arguments)
    names = [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    if len(names) == len(found):
        found = [replace(sheet, name=name) for sheet, name in zip(found, names, strict=True)]
    return _read(book, found, _chosen(found, _wanted(arguments)), arguments)


def read_ods(path: Path, opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read a sheet of an ODS, whose reader has its own limit for absurd sizes."""
    marks = opendocument.marks(opened)
    book = _workbook(path, arguments)
    found = []
    for known in book.sheets_metadata:
        sheet = _sheet(book, known.name, arguments)
        rows, columns = _reach(sheet)
        check_extent(known.name, rows, columns)
        own = marks.get(known.name, opendocument.Marks())
        shown = known.visible == SheetVisibleEnum.Visible
        found.append(Sheet(known.name, shown, rows, columns, tuple(own.errors), tuple(own.merged)))
    return _read(book, found, _chosen(found, _wanted(arguments)), arguments)


def _reach(sheet: CalamineSheet) -> tuple[int, int]:
    """Give the last row and column with a cell; the reader gives one blank cell for none."""
    if sheet.start is None or sheet.end is None:
        return 0, 0
    if sheet.start == sheet.end == (0, 0) and not any(map(any, sheet.to_python())):
        return 0, 0
    return sheet.end[0] + 1, sheet.end[1] + 1


def _workbook(path: Path, arguments: Mapping[str, Any]) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except CalamineError as error:
        raise _refused(arguments, error) from None


def _sheet(book: CalamineWorkbook, name: str, arguments: Mapping[str, Any]) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise _refused(arguments, error) from None


def _refused(arguments: Mapping[str, Any], error: CalamineError) -> Unreadable:
    if "Cell limit" in str(error):
        return Unreadable("file-too-large", f"the sheet is too large: {error}")
    return damaged(arguments["format"], str(error))


def _read(
    book: CalamineWorkbook, found: Sequence[Sheet], taken: Sheet, arguments: Mapping[str, Any]
) -> Cells:
    sheet = _sheet(book, taken.name, arguments)
    merged = taken.merged or tuple(
        Range(top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    head, columns = _columns(sheet)
    layout = _layout(head, merged, arguments)
    left, right = _span(layout, columns)
    check_width(right - left)
    data = [column.slice(layout.first_row - 1) for column in columns[left:right]]
    height = _height(data)
    labels = tuple(layout.labels[left:right])
    return Cells(
        labels=labels,
        columns=[column.slice(0, height) for column in data],
        rows=row_numbers(range(layout.first_row, layout.first_row + height)),
        dialect=_said(layout, taken),
        header_row=layout.header_rows[-1] if layout.header_rows else 0,
        sheet=taken.name,
        first_column=left + 1,
        merged=_inside(merged, layout.first_row, left, right),
        titles=layout.titles,
        findings=(
            *told_of(layout, head),
            *_errors(taken),
            *_others(book, found, taken, asks=not _wanted(arguments)),
        ),
    )


def _chosen(found: Sequence[Sheet], wanted: Any) -> Sheet:
    if isinstance(wanted, int) and 1 <= wanted <= len(found):
        return found[wanted - 1]
    for sheet in found:
        if sheet.name == wanted if wanted else sheet.visible and not sheet.empty:
            return sheet
    if not wanted:
        raise Unreadable("empty-file", "no sheet of the workbook holds a cell; send it again")
    known = ", ".join(sheet.name for sheet in found)
    raise Unreadable(
        "sheet-missing",
        f"the workbook has no sheet {wanted!r}; there are {known}",
        sheet=str(wanted),
        sheets=known,
    )


def _wanted(arguments: Mapping[str, Any]) -> Any:
    """Give the sheet that a recipe or the dialect names, by name or by number."""
    dialect = arguments["dialect"]
    return (
        arguments.get("sheet") or dialect.get("sheet") or (dialect.get("excel") or {}).get("sheet")
    )


def _columns(sheet: CalamineSheet) -> tuple[list[list[str]], Columns]:
    """Give the first rows as text, and all columns from A on; the reader begins later."""
    blank = sheet.start[1] if sheet.start else 0
    head: list[list[str]] = []
    pieces: list[list[pa.Array]] = []
    for rows in batched(sheet.iter_rows(), PIECE):
        if not head:
            head = [[""] * blank + [written(v) for v in row] for row in rows[:USUAL_WITHIN]]
        pieces.append([column_of(values) for values in zip(*rows, strict=True)])
    width = len(pieces[0]) if pieces else 0
    columns = [pa.chunked_array([piece[i] for piece in pieces]) for i in range(width)]
    height = len(columns[0]) if columns else 0
    return head, [pa.chunked_array([pa.array([""] * height, pa.string())])] * blank + columns


def _layout(
    head: Sequence[Sequence[str]], merged: Sequence[Range], arguments: Mapping[str, Any]
) -> Layout:
    dialect = arguments["dialect"]
    if dialect.get("header") is False:
        return declared_layout(head, (), merged)
    if declared := dialect.get("headerRows"):
        return declared_layout(head, tuple(map(int, declared)), merged)
    schema = arguments["schema"] or arguments.get("contract") or {}
    return layout_of(head, merged, template.headers(schema, head))


def _span(layout: Layout, columns: Columns) -> tuple[int, int]:
    """Give the first column with a label or a cell below it, and the one behind the last."""
    labels = [*layout.labels, *[""] * len(columns)]
    header = bool(layout.header_rows)
    used = [
        i
        for i, column in enumerate(columns)
        if (header and labels[i]) or _any(column.slice(layout.first_row - 1))
    ]
    return (used[0], used[-1] + 1) if used else (0, 0)


def _any(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.not_equal(column, "")).as_py())


def _height(columns: Columns) -> int:
    """Give the number of rows down to the last that holds a cell."""
    last = 0
    for column in columns:
        filled = np.flatnonzero(pc.not_equal(column, "").to_numpy())
        last = max(last, int(filled[-1]) + 1 if len(filled) else 0)
    return last


def _inside(merged: Sequence[Range], first: int, left: int, right: int) -> tuple[Range, ...]:
    """Give the merged cells of the data, their columns counted as the data's are."""
    return tuple(
        Range(max(r.top, first), r.left - left, r.bottom, min(r.right, right - 1) - left)
        for r in merged
        if r.bottom >= first and left <= r.left < right
    )


def _said(layout: Layout, sheet: Sheet) -> dict[str, Any]:
    rows = list(layout.header_rows)
    header: dict[str, Any] = {"headerRows": rows} if rows else {"header": False}
    return {**header, "excel": {"sheet": sheet.name}}


def _errors(sheet: Sheet) -> Iterator[Finding]:
    for cell in sheet.errors:
        yield Finding(
            "spreadsheet-error",
            row=int(cell.lstrip(LETTERS)),
            cell=cell,
            note=f"{cell} holds an error of a formula (such as #N/A); correct it or clear it",
        )


def _others(
    book: CalamineWorkbook, found: Sequence[Sheet], taken: Sheet, *, asks: bool
) -> Iterator[Finding]:
    """Tell of the sheets that are not read; which is meant is asked where none was named."""
    others = [s for s in found if s.name != taken.name and not s.empty]
    shown = [s for s in others if s.visible]
    hidden = ", ".join(s.name for s in others if not s.visible)[:SHOWN]
    if shown:
        names = ", ".join(s.name for s in shown)[:SHOWN]
        offers = tuple(_offer(book, s) for s in (taken, *shown)) if asks else ()
        yield Finding(
            "sheets-ignored",
            "warning" if asks else "note",
            note=f"only the sheet {taken.name!r} is read; not {names}; send each as a resource of "
            "its own",
            values={"taken": taken.name, "ignored": names},
            offers=offers,
        )
    if hidden:
        yield Finding(
            "sheets-hidden",
            "warning",
            note=f"the workbook has hidden sheets with cells: {hidden}; they would be published "
            "with the file; delete them if they are not meant for the public",
            values={"hidden": hidden},
        )


def _offer(book: CalamineWorkbook, sheet: Sheet) -> Offer:
    """Offer to read a sheet, showing what stands in its first rows."""
    rows = book.get_sheet_by_name(sheet.name).to_python(nrows=12)
    said = [" | ".join(filter(None, map(written, row)))[:80] for row in rows]
    samples = tuple(Sample(None, "", text) for text in said if text)[:5]
    return Offer(Step("sheet", values={"sheet": sheet.name}), sheet.rows, samples, exact=False)
