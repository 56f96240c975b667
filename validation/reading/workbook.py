"""The inside of a workbook, looked at before its reader may: sheets, used ranges, error cells.

A sheet with cells A1 and XFD1048576 weighs 5 kB and makes the reader ask for 549 GB; error cells
(#N/A) come out of it as blanks. Both stand in the sheet's XML, which is only scanned here.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

from validation.reading.cells import Unreadable

MOST_CELLS = 50_000_000
MOST_ERRORS = 20
CHUNK = 1 << 20
OVERLAP = 512
ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
ERROR = re.compile(rb"""["']e["']""")
ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*\bt\s*=\s*["']e["'][^>]*>""")
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: is it shown, how far its cells reach, and where it holds errors."""

    name: str
    visible: bool
    rows: int
    columns: int
    errors: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """True when no cell stands in it."""
        return self.rows == 0


def sheets(opened: zipfile.ZipFile) -> list[Sheet]:
    """List the worksheets of a workbook in order; raises Unreadable for one of absurd size."""
    relations = _elements(opened, RELATIONS, "Relationship")
    targets = {r.get("Id", ""): r.get("Target", "") for r in relations}
    found = []
    for sheet in _elements(opened, WORKBOOK, "sheet"):
        part = normpath(join("/xl", targets.get(sheet.get("id", ""), ""))).lstrip("/")
        if "worksheets/" in part:
            found.append(_scanned(opened, part, sheet))
    return found


def _scanned(opened: zipfile.ZipFile, part: str, sheet: dict[str, str]) -> Sheet:
    rows, columns = 0, 0
    errors: dict[str, None] = {}
    for piece in _pieces(opened, part):
        addresses = ADDRESS.findall(piece)
        rows = max(rows, *map(int, {number for _, number in addresses}), 0)
        letters = {word.decode() for word in {word for word, _ in addresses}}
        columns = max(columns, *map(column_number, letters), 0)
        for cell in ERROR_CELL.findall(piece) if ERROR.search(piece) else ():
            if len(errors) < MOST_ERRORS and (match := ADDRESS.search(cell)):
                errors[(match[1] + match[2]).decode()] = None
    name = sheet.get("name", "")
    if rows * columns > MOST_CELLS:
        raise Unreadable(
            "sheet-too-large",
            f"the sheet {name!r} reaches to row {rows} and column {columns}; delete the empty rows "
            "and columns behind the table and save it again",
            sheet=name,
            rows=str(rows),
            columns=str(columns),
        )
    return Sheet(name, sheet.get("state", "visible") == "visible", rows, columns, tuple(errors))


def _pieces(opened: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a part's XML in pieces that overlap, so that no tag is cut in all of them."""
    if part not in opened.namelist():
        return
    tail = b""
    with opened.open(part) as file:
        while chunk := file.read(CHUNK):
            piece = tail + chunk
            yield piece
            tail = piece[-OVERLAP:]


def _elements(opened: zipfile.ZipFile, part: str, wanted: str) -> list[dict[str, str]]:
    """Give the attributes of all elements of one name, without prefixes; a DOCTYPE is refused."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == wanted:
            found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def refuse(*_: Any) -> None:
        raise _broken("it has a DOCTYPE")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(opened.read(part), True)
    except (expat.ExpatError, KeyError) as error:
        raise _broken(str(error)) from None
    return found


def _broken(detail: str) -> Unreadable:
    return Unreadable(
        "file-damaged",
        f"the workbook cannot be read ({detail}); save it again in its own program",
        format="xlsx",
        detail=detail,
    )


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
