"""XLSX, by calamine: one sheet, its header found, its values as text at their own addresses."""

import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from datasets.model import Finding
from datasets.serbian import fold
from validation.reading.canonical import written
from validation.reading.cells import (
    Cells,
    Unreadable,
    check_width,
    row_numbers,
    text_column,
)
from validation.reading.workbook import Sheet, column_letters, sheets

HEADER_WITHIN = 30
USUAL_WITHIN = 200
MOST_OF_WIDTH = 0.75
TOTAL_WITHIN = 5
TOTALS = ("ukupno", "svega", "zbir", "suma", "total", "sveukupno")

type Row = list[str]


def read_workbook(path: Path, opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read one sheet: the declared one, else the first that is shown and not empty."""
    dialect = arguments["dialect"]
    found = sheets(opened)
    taken = _chosen(found, dialect)
    sheet = _opened(path, taken.name)
    rows = [[written(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
    labels_row, data_row = _header(rows, dialect)
    left, right = _span(rows[max(0, labels_row - 1) :])
    check_width(right - left)
    data = _data(rows, data_row, left, right)
    labels = _labels(rows, labels_row, left, right)
    notes = (
        *_titles(rows, labels_row),
        *_totals(data),
        *_merged(sheet, data_row),
        *_errors(taken),
        *_ignored(found, taken),
    )
    return Cells(
        labels=labels,
        columns=[text_column([row[i] for _, row in data]) for i in range(right - left)],
        rows=row_numbers([number for number, _ in data]),
        dialect=_said(labels_row, taken),
        header_row=labels_row,
        sheet=taken.name,
        first_column=left + 1,
        findings=notes,
    )


def _chosen(found: Sequence[Sheet], dialect: Mapping[str, Any]) -> Sheet:
    wanted = dialect.get("sheet") or (dialect.get("excel") or {}).get("sheet")
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


def _opened(path: Path, name: str) -> CalamineSheet:
    try:
        return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name)
    except CalamineError as error:
        raise Unreadable(
            "file-damaged",
            f"the workbook cannot be read ({error}); save it again in its own program",
            format="xlsx",
            detail=str(error),
        ) from None


def _header(rows: Sequence[Row], dialect: Mapping[str, Any]) -> tuple[int, int]:
    """Give the row of the labels (0: none) and the first row of data, both from 1."""
    if dialect.get("header") is False:
        return 0, 1
    if declared := dialect.get("headerRows"):
        return int(declared[-1]), int(declared[-1]) + 1
    row = header_row(rows)
    return row, row + 1


def header_row(rows: Sequence[Row]) -> int:
    """Find the header: the first row that fills most of the width that rows usually have.

    >>> header_row([["Поштански бројеви", "", ""], ["", "", ""], ["Место", "Број", "Округ"],
    ...     ["Ада", "24430", "Севернобанатски"], ["Бор", "19210", "Борски"]])
    3
    """
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:USUAL_WITHIN]]
    widths = Counter(count for count in filled if count)
    if not widths:
        return 1
    usual = max(widths, key=lambda width: (widths[width], width))
    for number, count in enumerate(filled[:HEADER_WITHIN], 1):
        if count and count >= MOST_OF_WIDTH * usual:
            return number
    return next(number for number, count in enumerate(filled, 1) if count)


def _span(rows: Sequence[Row]) -> tuple[int, int]:
    """Give the first column with a cell and the one behind the last, from 0."""
    used = [i for row in rows for i, cell in enumerate(row) if cell]
    return (min(used), max(used) + 1) if used else (0, 0)


def _data(rows: Sequence[Row], first: int, left: int, right: int) -> list[tuple[int, Row]]:
    """Give the rows of data with their numbers, without the blank ones at the end."""
    data = [(n, row[left:right]) for n, row in enumerate(rows[first - 1 :], first)]
    while data and not any(data[-1][1]):
        data.pop()
    return data


def _labels(rows: Sequence[Row], row: int, left: int, right: int) -> tuple[str, ...]:
    """Give the header's words on one line each, as a cell may hold several lines."""
    if not row or row > len(rows):
        return tuple(f"field{i}" for i in range(1, right - left + 1))
    return tuple(" ".join(cell.split()) for cell in rows[row - 1][left:right])


def _said(labels_row: int, sheet: Sheet) -> dict[str, Any]:
    header: dict[str, Any] = {"headerRows": [labels_row]} if labels_row else {"header": False}
    return {**header, "excel": {"sheet": sheet.name}}


def _titles(rows: Sequence[Row], labels_row: int) -> list[Finding]:
    above = [" ".join(filter(None, row)) for row in rows[: max(0, labels_row - 1)]]
    titles = [title.strip() for title in above if title.strip()]
    if not titles:
        return []
    said = " / ".join(titles)[:300]
    return [
        Finding(
            "title-rows",
            "note",
            row=labels_row,
            note=f"the header is in row {labels_row}; above it stands: {said}",
            values={"header_row": str(labels_row), "titles": said, "count": str(len(titles))},
        )
    ]


def _totals(data: Sequence[tuple[int, Row]]) -> list[Finding]:
    findings = []
    for number, row in data[-TOTAL_WITHIN:]:
        first = next(filter(None, row), "")
        if fold(first).split(" ")[0] in TOTALS:
            findings.append(
                Finding(
                    "total-row",
                    "warning",
                    row=number,
                    note=f"row {number} looks like a total ({first[:40]}); a sum among the data "
                    "is counted twice by whoever adds them up; take it out",
                    values={"text": first[:40]},
                )
            )
    return findings


def _merged(sheet: CalamineSheet, data_row: int) -> list[Finding]:
    below = [start for start, end in sheet.merged_cell_ranges or () if end[0] >= data_row - 1]
    if not below:
        return []
    cell = f"{column_letters(below[0][1] + 1)}{below[0][0] + 1}"
    return [
        Finding(
            "merged-cells",
            "warning",
            row=below[0][0] + 1,
            cell=cell,
            note=f"{len(below)} merged cells in the table, the first at {cell}: only the first "
            "cell of each has the value, the others are blank",
            values={"count": str(len(below))},
        )
    ]


def _errors(sheet: Sheet) -> list[Finding]:
    return [
        Finding(
            "spreadsheet-error",
            row=int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")),
            cell=cell,
            note=f"{cell} holds an error of a formula (such as #N/A); correct it or clear it",
        )
        for cell in sheet.errors
    ]


def _ignored(found: Sequence[Sheet], taken: Sheet) -> list[Finding]:
    others = [s.name for s in found if s.name != taken.name and s.visible and not s.empty]
    if not others:
        return []
    return [
        Finding(
            "sheets-ignored",
            "warning",
            note=f"only the sheet {taken.name!r} is read; not {', '.join(others)[:300]}; send each "
            "as a resource of its own",
            values={"taken": taken.name, "ignored": ", ".join(others)[:300]},
        )
    ]
