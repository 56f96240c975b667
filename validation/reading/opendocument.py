"""The inside of an ODS: is it locked, and where its merged cells and its errors stand.

Its reader refuses absurd sizes by itself, drops blank rows that repeat to the end, and knows
nothing of merged cells or errors, for which the XML is gone through where it holds any.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from validation.reading.layout import Range
from validation.reading.workbook import MOST_ERRORS, address, damaged, locked

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(\s[^>]*?)?(/?)>")
NUMBER = r'table:number-{}="(\d+)"'
ROWS, COLUMNS = (
    re.compile(NUMBER.format(f"{what}-repeated").encode()) for what in ("rows", "columns")
)
DOWN, ACROSS = (
    re.compile(NUMBER.format(f"{what}-spanned").encode()) for what in ("rows", "columns")
)
NAME = re.compile(rb'table:name="([^"]*)"')
SPANS = re.compile(rb'-spanned="(?!1")')
ERRORS = re.compile(rb'calcext:value-type="error"')
DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
ENTITIES = {b"&amp;": b"&", b"&lt;": b"<", b"&gt;": b">", b"&quot;": b'"', b"&apos;": b"'"}


@dataclass(slots=True)
class Marks:
    """What stands in one sheet: addresses of error cells, and merged cells."""

    errors: list[str] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)


def marks(opened: zipfile.ZipFile) -> Mapping[str, Marks]:
    """Give what stands in the sheets, by their names; raises Unreadable for a locked one."""
    if MANIFEST in opened.namelist() and b"encryption-data" in opened.read(MANIFEST):
        raise locked()
    if CONTENT not in opened.namelist():
        raise damaged("ods", "it has no content.xml")
    content = opened.read(CONTENT)
    if DOCTYPE.search(content[:4096]):
        raise damaged("ods", "it has a DOCTYPE")
    if SPANS.search(content) or ERRORS.search(content):
        return _walked(content)
    return {}


def _walked(content: bytes) -> Mapping[str, Marks]:
    """Go through all rows and cells, counting those that repeat."""
    found: dict[str, Marks] = {}
    sheet, row, column, repeated = Marks(), 0, 0, 1
    for closing, tag, attributes, _ in TAG.findall(content):
        if closing:
            continue
        if tag == b"table":
            sheet, row, column, repeated = Marks(), 0, 0, 1
            found[_name(attributes)] = sheet
        elif tag == b"table-row":
            row, column = row + repeated, 0
            repeated = _number(ROWS, attributes)
        else:
            _mark(sheet, row, column, attributes)
            column += _number(COLUMNS, attributes)
    return found


def _mark(sheet: Marks, row: int, column: int, attributes: bytes) -> None:
    if ERRORS.search(attributes) and len(sheet.errors) < MOST_ERRORS:
        sheet.errors.append(address(row, column + 1))
    if SPANS.search(attributes):
        bottom = row + _number(DOWN, attributes) - 1
        right = column + _number(ACROSS, attributes) - 1
        sheet.merged.append(Range(row, column, bottom, right))


def _number(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    match = pattern.search(attributes)
    return int(match[1]) if match else 1


def _name(attributes: bytes) -> str:
    match = NAME.search(attributes)
    name = match[1] if match else b""
    for entity, character in ENTITIES.items():
        name = name.replace(entity, character)
    return name.decode(errors="replace")
