"""The inside of an XLSX or XLSM, scanned before its reader may open it."""

import re
import zipfile
from collections.abc import Iterator
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from validation.reading.workbook import (
    MOST_ERRORS,
    Sheet,
    check_extent,
    column_number,
    damaged,
)

CHUNK = 4 << 20
OVERLAP = 512
ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")
ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*\bt\s*=\s*["']e["'][^>]*>""")
SPACE, R, EQUALS, QUOTE = b' r="'
LETTERS, DIGITS = 3, 7
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

type Numbers = NDArray[np.int64]
type Bytes = NDArray[np.uint8]


def sheets(opened: zipfile.ZipFile) -> list[Sheet]:
    """List the worksheets in order; raises Unreadable for one of absurd size."""
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
        row, column = _reach(piece)
        rows, columns = max(rows, row), max(columns, column)
        for cell in ERROR_CELL.findall(piece) if b'"e"' in piece or b"'e'" in piece else ():
            if len(errors) < MOST_ERRORS and (match := ADDRESS.search(cell)):
                errors[(match[1] + match[2]).decode()] = None
    name = sheet.get("name", "")
    check_extent(name, rows, columns)
    visible = sheet.get("state", "visible") == "visible"
    return Sheet(name, visible, rows if columns else 0, columns, tuple(errors))


def _reach(piece: bytes) -> tuple[int, int]:
    """Give the last row and column that a piece of XML names; 0 for none."""
    text = np.frombuffer(piece + b'"' * (LETTERS + DIGITS + 1), np.uint8)
    at = _plain(text)
    if at is None:
        found = set(ADDRESS.findall(piece))
        rows = max((int(number) for _, number in found), default=0)
        return rows, max((column_number(letters.decode()) for letters, _ in found), default=0)
    letters: Bytes = text & np.uint8(0xDF)  # capitals
    columns, at = _read(letters, at, LETTERS, "A", 26)
    lines, _ = _read(text, at, DIGITS, "0", 10)
    return int(lines.max(initial=0)), int(columns.max(initial=0))


def _plain(text: Bytes) -> Numbers | None:
    """Find where addresses begin, behind each ` r="`; None where any may be written otherwise."""
    at = np.flatnonzero(text[2:-1] == EQUALS) + 2
    before, named, after = text[at - 2], text[at - 1] == R, text[at + 1]
    odd = (text[at - 1] <= SPACE) | (
        named & (before <= SPACE) & ((before != SPACE) | (after != QUOTE))
    )
    return None if odd.any() else at[named & (before == SPACE)] + 2


def _read(text: Bytes, at: Numbers, most: int, first: str, base: int) -> tuple[Numbers, Numbers]:
    """Read letters (A is 1) or digits, so many at most; give the numbers, and where they end."""
    numbers = np.zeros(len(at), np.int64)
    lowest, one = ord(first), int(first == "A")
    for _ in range(most):
        sign = text[at]
        counts = (sign >= lowest) & (sign < lowest + base)
        if not counts.any():
            break
        numbers = np.where(counts, numbers * base + (sign - lowest) + one, numbers)
        at = at + counts
    return numbers, at


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
        raise damaged("xlsx", "it has a DOCTYPE")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(opened.read(part), True)
    except (expat.ExpatError, KeyError) as error:
        raise damaged("xlsx", str(error)) from None
    return found
