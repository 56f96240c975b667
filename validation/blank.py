"""A blank workbook for a template: headers that are read back, drop-downs, cells of the right kind.

What a clerk needs to know of a column stands in the prompt that appears when one of its cells is
chosen, so that the sheet holds nothing but data.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from datasets.template import Field, Template, in_script

ROWS = 5_000
"""So many rows below the header have drop-downs and formats."""
PROMPT = 255  # characters, by the file format
TITLE = 32
HEADER = PatternFill("solid", fgColor="E2E8F0")
REQUIRED = PatternFill("solid", fgColor="FDE68A")
FORMATS: Mapping[str, str] = {
    "integer": "0",
    "number": "General",
    "date": "dd.mm.yyyy",
    "datetime": "dd.mm.yyyy hh:mm",
    "time": "hh:mm",
}
"""How cells of a type are shown; any other is text, so that leading zeros stay."""
TEXT = "@"
WORDS = {
    "required": "Обавезно.",
    "enum": "Изаберите са списка.",
    "boolean": "да или не",
    "integer": "Цео број.",
    "number": "Број.",
    "date": "Датум.",
    "datetime": "Датум и време.",
    "time": "Време.",
    "year": "Година, четири цифре.",
    "yearmonth": "Година и месец, на пример 2026-01.",
    "wrong": "Ова вредност није са списка.",
}


def write_blank(found: Template, script: str, path: Path, *, example: bool = False) -> None:
    """Write the workbook of a template, with its example rows if they are wanted."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has a sheet")
    sheet.title = in_script(found.title["sr"], script)
    header, *rows = found.example(script)
    for column, (label, field) in enumerate(zip(header, found.fields, strict=True), 1):
        _head(sheet, column, label, field)
        sheet.add_data_validation(_prompt(field, script, get_column_letter(column)))
    for number, row in enumerate(rows if example else (), 2):
        for column, (text, field) in enumerate(zip(row, found.fields, strict=True), 1):
            _fill(sheet.cell(number, column), text, field)
    sheet.freeze_panes = "A2"
    book.save(path)


def _head(sheet: Worksheet, column: int, label: str, field: Field) -> None:
    cell = sheet.cell(1, column, label)
    cell.font = Font(bold=True)
    cell.fill = REQUIRED if field.constraints.get("required") else HEADER
    dimension = sheet.column_dimensions[get_column_letter(column)]
    dimension.width = max(12, min(40, len(label) + 4))
    dimension.number_format = FORMATS.get(field.type, TEXT)


def _prompt(field: Field, script: str, column: str) -> DataValidation:
    """Say what belongs into a column, and let a value of a list be chosen."""
    listed = _listed(field, script)
    rule = DataValidation(
        type="list" if listed else None,
        formula1=f'"{",".join(listed)}"' if listed else None,
        allow_blank=not field.constraints.get("required", False),
        showInputMessage=True,
        showErrorMessage=bool(listed),
        promptTitle=in_script(field.sr, script)[:TITLE],
        prompt=in_script(_said(field), script)[:PROMPT],
        errorTitle=in_script(field.sr, script)[:TITLE] if listed else None,
        error=in_script(WORDS["wrong"], script) if listed else None,
    )
    rule.add(f"{column}2:{column}{ROWS + 1}")
    return rule


def _listed(field: Field, script: str) -> list[str]:
    if field.type == "boolean":
        return list(map(str, in_script(["да", "не"], script)))
    return [str(value) for value in in_script(list(field.constraints.get("enum", ())), script)]


def _said(field: Field) -> str:
    parts = [
        field.about,
        WORDS["enum"] if "enum" in field.constraints else WORDS.get(field.type, ""),
        WORDS["required"] if field.constraints.get("required") else "",
    ]
    return " ".join(part for part in parts if part) or field.sr


def _fill(cell: Cell | Any, text: str, field: Field) -> None:
    """Write an example as a program would: dates as dates, numbers as numbers."""
    if text:
        cell.value = _value(text, field.type)
    cell.number_format = FORMATS.get(field.type, TEXT)


def _value(text: str, kind: str) -> Any:
    match kind:
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "date":
            return dt.date.fromisoformat(text)
        case "datetime":
            return dt.datetime.fromisoformat(text)
        case "time":
            return dt.time.fromisoformat(text)
        case _:
            return text
