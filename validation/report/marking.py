"""The child's side of the marked workbook: openpyxl's only reader of foreign files."""

import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import IllegalCharacterError, InvalidFileException

from validation.reading.numbering import original

COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "note": "DDEBF7"}
MOST_CELLS = 500_000
MOST_LETTERS = 32_000  # of a cell; Excel takes 32,767
MOST_COMMENT = 1_000
COMMENT_PX = (360, 140)
WIDTHS = (14, 70, 60, 60, 12, 40)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NOT_IN_A_TITLE = re.compile(r"[\\*?:/\[\]]")
BREAKS = (
    ArithmeticError,
    AttributeError,
    IllegalCharacterError,
    InvalidFileException,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)
"""What openpyxl raises of workbooks that Excel and calamine read; a new one is made then."""


def mark(job: Mapping[str, Any]) -> str:
    """Write the marked workbook to `out`; tells whether it is a `copy` or `new`.

    `job` has `original` (a workbook, or empty), `cells` of the reading (Arrow, or empty) with its
    `labels`, `header_row`, `first_column` and `numbers`, the `sheet` that was read, `shift` (1
    where rows are features), `marks` (row, column, severity, comment), and the first sheet:
    `title`, `lines`, `head` and `causes`.
    """
    if job["original"]:
        try:
            _save(_copy(job), job)
        except BREAKS:  # of another's making; its cells were read all the same
            pass
        else:
            return "copy"
    _save(_new(job), job)
    return "new"


def _copy(job: Mapping[str, Any]) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out is no fault of the data
        book = load_workbook(job["original"], keep_links=False)
    named = job["sheet"] in book.sheetnames
    _colour(book[job["sheet"]] if named else book.worksheets[0], job["marks"])
    return book


def _new(job: Mapping[str, Any]) -> Workbook:
    """Make a workbook of the cells, each at the address that it has in the original."""
    book = Workbook()
    sheet = book.active
    sheet.title = NOT_IN_A_TITLE.sub(" ", job["sheet"])[:31] or "Sheet1"
    if job["cells"]:
        _fill(sheet, job)
    _colour(sheet, job["marks"])
    return book


def _fill(sheet: Any, job: Mapping[str, Any]) -> None:
    first, shift = job["first_column"], job["shift"]
    for i, label in enumerate(job["labels"]):
        column = original(job["numbers"], first, i)
        _write(sheet.cell(job["header_row"], column), label).font = Font(bold=True)
    with pa.memory_map(job["cells"]) as source:
        table = pa.ipc.open_file(source).read_all()
        names = [name for name in table.column_names if name[0] == "c"]
        for row, texts in _rows(table, names, {mark["row"] - shift for mark in job["marks"]}):
            for i, text in enumerate(texts):
                if text:
                    _write(sheet.cell(row + shift, original(job["numbers"], first, i)), text)


def _rows(table: pa.Table, names: Sequence[str], marked: set[int]) -> Any:
    """Give the rows with their numbers; of a large table only those that have a mark."""
    if len(table) * len(names) > MOST_CELLS:
        wanted = pa.array(sorted(marked), pa.int64())
        table = table.filter(pc.is_in(table.column("row"), value_set=wanted))
    columns = [table.column(name).to_pylist() for name in names]
    texts = zip(*columns, strict=True) if columns else iter(())
    return zip(table.column("row").to_pylist(), texts, strict=bool(columns))


def _write(cell: Any, text: str) -> Any:
    """Write a text that stays a text, whatever it begins with."""
    cell.value = ILLEGAL.sub("�", text)[:MOST_LETTERS]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA)
    return cell


def _colour(sheet: Any, marks: Sequence[Mapping[str, Any]]) -> None:
    fills = {name: PatternFill("solid", start_color=rgb) for name, rgb in COLOURS.items()}
    for each in marks:
        cell = sheet.cell(each["row"], each["column"])
        cell.fill = fills[each["severity"]]
        if each["comment"] and hasattr(cell, "hyperlink"):  # the rest of merged cells have none
            text = ILLEGAL.sub("�", each["comment"])[:MOST_COMMENT]
            cell.comment = Comment(text, "eMap", width=COMMENT_PX[0], height=COMMENT_PX[1])


def _save(book: Workbook, job: Mapping[str, Any]) -> None:
    """Put the causes in front and write the file."""
    sheet = book.create_sheet(job["title"][:31], 0)
    for row, line in enumerate(job["lines"], 1):
        _write(sheet.cell(row, 1), line).font = Font(bold=row == 1)
    top = len(job["lines"]) + 2
    for row, texts in enumerate([job["head"], *job["causes"]], top):
        for column, text in enumerate(texts, 1):
            cell = _write(sheet.cell(row, column), text)
            cell.alignment = Alignment(wrap_text=column > 1, vertical="top")
            cell.font = Font(bold=row == top)
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    book.save(Path(job["out"]))
