"""What is known of a sheet before it is read: is it shown, how far it reaches, its error cells.

A sheet with cells A1 and XFD1048576 weighs 5 kB and makes the reader ask for 549 GB; error cells
(#N/A) come out of it as blanks. So the file itself is scanned first, by a module for each format.
"""

from dataclasses import dataclass

from validation.reading.cells import Unreadable
from validation.reading.layout import Range

MOST_CELLS = 30_000_000  # the reader takes 32 bytes for each, blank or not
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: is it shown, how far its cells reach, and where it holds errors.

    `merged` are its merged cells where the scan finds them and the reader does not.
    """

    name: str
    visible: bool
    rows: int
    columns: int
    errors: tuple[str, ...] = ()
    merged: tuple[Range, ...] = ()

    @property
    def empty(self) -> bool:
        """True when no cell stands in it."""
        return self.rows == 0


def check_extent(name: str, rows: int, columns: int) -> None:
    """Refuse a sheet of absurd size."""
    if rows * columns > MOST_CELLS:
        raise Unreadable(
            "sheet-too-large",
            f"the sheet {name!r} reaches to row {rows} and column {columns}; delete the empty rows "
            "and columns behind the table and save it again",
            sheet=name,
            rows=str(rows),
            columns=str(columns),
        )


def damaged(format_: str, detail: str) -> Unreadable:
    """Say that a workbook cannot be read."""
    return Unreadable(
        "file-damaged",
        f"the workbook cannot be read ({detail}); save it again in its own program",
        format=format_,
        detail=detail,
    )


def locked() -> Unreadable:
    """Say that a workbook cannot be read without its password."""
    return Unreadable(
        "workbook-locked", "the workbook is locked with a password; save it without one"
    )


def address(row: int, column: int) -> str:
    """Give the address of a cell; rows and columns count from 1.

    >>> address(7, 4)
    'D7'
    """
    return f"{column_letters(column)}{row}"


def column_number(letters: str) -> int:
    """Give the number of a column.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Give the letters of a column.

    >>> column_letters(4), column_letters(16384)
    ('D', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
