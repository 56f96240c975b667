"""XLSX: a sheet of features for a spreadsheet, and a sheet that says what the columns are."""

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.text import ENGLISH, Text
from publish.formats._format import FileFormat
from publish.formats._place import place_columns, placed
from publish.formats._selection import Selection

if TYPE_CHECKING:
    import pyarrow as pa
    import xlsxwriter
    from xlsxwriter.format import Format as Look
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
MOST_NAME = 31
MOST_DIGITS = 10**15
"""A spreadsheet's numbers keep 15 digits; a longer identifier is text, so that it stays whole."""
FIRST_RIGHT = date(1900, 3, 1)
"""A spreadsheet counts the days before it wrongly."""
NO_DATE = datetime(2000, 1, 1)
"""What a workbook says of its making, so that the same data are the same bytes."""

SHAPES = {"date": "dd.mm.yyyy.", "datetime": "dd.mm.yyyy. hh:mm:ss", "time": "hh:mm:ss"}
WIDTHS = {"string": 28, "datetime": 20}
WIDTH = 14
SECOND = Text("Колоне", {ENGLISH: "Columns"})
HEADS = (
    Text("Колона", {ENGLISH: "Column"}),
    Text("Наслов", {ENGLISH: "Title"}),
    Text("Тип", {ENGLISH: "Type"}),
)

type Put = Callable[[int, int, Any], object]
"""Writes a value into the cell of a row and a column, both counted from 0."""


class XLSX(FileFormat):
    """Values in their types under their titles, dates as dates, then the place as in CSV.

    A place whose WKT is longer than a cell can hold stays empty. Text is stored as text, so that
    no cell is run as a formula, and none is changed for it.
    """

    title = "XLSX"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending = "xlsx"

    def check(self, selection: Selection) -> None:
        """Raise ValueError for more features than a sheet has rows."""
        super().check(selection)
        if selection.count >= MOST_ROWS:
            raise ValueError(
                f"{selection.count} features are more than the {MOST_ROWS - 1} that a sheet"
                " holds; take csv, or ask for fewer with bbox or limit"
            )

    def save(self, selection: Selection, path: Path) -> None:
        """Write the workbook; memory holds one row of it and one part of the features."""
        first = sheet_name(selection.title, selection.name)
        second = SECOND.said(selection.language)
        with workbook(path) as book:
            _write_features(book, first, selection)
            named = second if first.lower() != second.lower() else f"{second} 2"
            _write_columns(book, named, selection)


def sheet_name(title: str, otherwise: str) -> str:
    """A name that a sheet may have, of a title: at most 31 characters, without brackets and : * ?.

    >>> sheet_name("Квалитет ваздуха: дневни просеци PM10", "vazduh")
    'Квалитет ваздуха дневни просеци'
    """
    kept = shortened(re.sub(r"[\[\]:*?/\\\x00-\x1f]", "", title).strip("' "), MOST_NAME)
    kept = kept.rstrip("' ")
    return otherwise[:MOST_NAME] if not kept or kept.lower() == "history" else kept


def shortened(text: str, most: int) -> str:
    """The beginning of a text that has so many units of UTF-16, which spreadsheets count.

    >>> shortened("липа 🌳", 6), shortened("липа 🌳", 7)
    ('липа ', 'липа 🌳')
    """
    if 2 * len(text) <= most:
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore")


@contextlib.contextmanager
def workbook(path: Path) -> "Iterator[xlsxwriter.Workbook]":
    """A workbook that is written when the block ends; it works in the folder of its file."""
    import xlsxwriter  # noqa: PLC0415 - large
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415 - as above

    options = {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": NO_DATE})
    try:
        yield book
        book.close()
    except FileCreateError as error:
        raise error.args[0] from None  # the OSError, which says whether the disk is full
    finally:
        for file in (each for sheet in book.worksheets() for each in (sheet.row_data_fh, sheet.fh)):
            with contextlib.suppress(OSError):  # left open when it fails; its folder is deleted
                file.close()


def _write_features(book: "xlsxwriter.Workbook", name: str, selection: Selection) -> None:
    places = place_columns(selection)
    kinds = [column.type for column in selection.columns]
    sheet = sheet_of(
        book,
        name,
        [*(selection.said(column) for column in selection.columns), *places],
        [*(WIDTHS.get(kind, WIDTH) for kind in kinds), *(WIDTH for _ in places)],
    )
    cells = Cells(book, sheet)
    puts = [*(cells.of(kind) for kind in kinds), *(cells.place for _ in places)]
    row = 1
    for rows in selection.tables():
        for values in zip(*_values(selection, rows), strict=True):
            for column, (put, value) in enumerate(zip(puts, values, strict=True)):
                if value is not None:
                    put(row, column, value)
            row += 1


def _values(selection: Selection, rows: "pa.Table") -> Iterator[Sequence[Any]]:
    """The values column by column, a list as JSON, then where the features are."""
    from datasets.typed import as_text  # noqa: PLC0415 - pyarrow is large

    for column in selection.columns:
        yield as_text(rows[column.name]).to_pylist()
    yield from placed(selection, rows)


def _write_columns(book: "xlsxwriter.Workbook", name: str, selection: Selection) -> None:
    """The second sheet: name, title and type of each column."""
    heads = [head.said(selection.language) for head in HEADS]
    sheet = sheet_of(book, name, heads, [WIDTHS["string"]] * len(heads))
    cells = Cells(book, sheet)
    for row, column in enumerate(selection.columns, 1):
        for at, word in enumerate((column.name, selection.said(column), column.type)):
            cells.text(row, at, word)


def sheet_of(
    book: "xlsxwriter.Workbook", name: str, heads: Iterable[str], widths: Iterable[int]
) -> "Worksheet":
    """A sheet with a head that stays in sight, and columns so many characters wide."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    cells = Cells(book, sheet, book.add_format({"bold": True}))
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        cells.text(0, column, head)
    return sheet


class Cells:
    """Writes values into the cells of a sheet, row after row, each in its type."""

    def __init__(
        self, book: "xlsxwriter.Workbook", sheet: "Worksheet", look: "Look | None" = None
    ) -> None:
        self.book, self.sheet, self.look = book, sheet, look

    def of(self, kind: str) -> Put:
        """What writes the values of a column of a type; any other than these is text."""
        known: Mapping[str, Put] = {
            "integer": self.number,
            "number": self.number,
            "boolean": self.sheet.write_boolean,
        }
        return self.moments(SHAPES[kind]) if kind in SHAPES else known.get(kind, self.text)

    def text(self, row: int, column: int, value: str) -> None:
        """Write a text, which is never run; what is too long for a cell is cut short."""
        said = shortened(value, MOST_CHARACTERS)
        if len(said) < len(value):
            said = shortened(value, MOST_CHARACTERS - 1) + "…"
        if said.startswith("<r>") and said.endswith("</r>"):
            # XlsxWriter would take it for markup of its own; in two pieces it is a text again.
            plain = self.book.add_format()
            self.sheet.write_rich_string(row, column, said[:1], plain, said[1:])
        else:
            self.sheet.write_string(row, column, said, self.look)

    def place(self, row: int, column: int, value: float | str) -> None:
        """Write a coordinate, or a WKT that a cell can hold; nothing for a longer one."""
        if not isinstance(value, str):
            self.number(row, column, value)
        elif len(value) <= MOST_CHARACTERS:
            self.text(row, column, value)

    def number(self, row: int, column: int, value: float) -> None:
        """Write a number; as text where a spreadsheet has none like it."""
        if isinstance(value, int) and abs(value) >= MOST_DIGITS or not math.isfinite(value):
            self.text(row, column, str(value))
        else:
            self.sheet.write_number(row, column, value)

    def moments(self, shape: str) -> Put:
        """What writes dates or times in a shape; as text where a spreadsheet cannot count them."""
        look = self.book.add_format({"num_format": shape})

        def put(row: int, column: int, value: Any) -> None:
            day = value.date() if isinstance(value, datetime) else value
            if isinstance(day, date) and day < FIRST_RIGHT:
                self.text(row, column, value.isoformat())
            else:
                self.sheet.write_datetime(row, column, value, look)

        return put
