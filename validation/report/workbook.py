"""The clerk's own workbook, given back: wrong cells coloured, a comment each, the causes in front.

A workbook is copied as it is; of any other file the cells are put into a new one, all as text, so
that nothing in them becomes a formula. The original is only read, and only in the sandbox.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datasets.errors import ReadingError
from datasets.model import Dataset, Finding, Report, Resource
from datasets.text import Text
from validation import verdict
from validation.messages import part as word
from validation.messages import said, why
from validation.reading import Reading, read
from validation.report import words
from validation.report.causes import Cause, best, causes
from validation.sandbox import Sandbox, Stopped

TASK = "validation.report.marking:mark"
MOST_MARKS = 20_000
OF_A_CAUSE = 200
MOST_COMMENTS = 2_000
COLUMNS = ("severity_head", "what_head", "how_head", "why_head", "count_head", "places_head")


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell to colour: its row and column as the sheet counts, from 1; a comment, or none."""

    row: int
    column: int
    severity: str
    comment: str


def write_workbook(
    resource: Resource, report: Report, out: Path, sandbox: Sandbox, language: str
) -> None:
    """Write the marked workbook of a resource to `out`.

    Raises ReadingError when `out` is the file itself, or when no workbook can be made of it.
    """
    if out.resolve() == resource.path.resolve():
        raise ReadingError(f"{out}: is the file itself, which stays as it came; give another name")
    with tempfile.TemporaryDirectory(prefix="emap-") as folder:
        dataset = Dataset(report.dataset, Text(report.dataset), "", "", "", (resource,))
        [reading] = read(dataset, sandbox, Path(folder, "read"))
        made = Path(folder, "made")
        made.mkdir()
        _mark(reading, report, made, sandbox, language)
        shutil.copyfile(made / "marked.xlsx", out)


def _mark(reading: Reading, report: Report, folder: Path, sandbox: Sandbox, language: str) -> None:
    """Mark a copy of the workbook; where that is too much, a new one of its cells."""
    job = _job(reading, report, language) | {"out": str(folder / "marked.xlsx")}
    original = reading.resource.path.resolve()
    files = [original, *([reading.cells] if job["cells"] else [])]
    if reading.resource.format in ("xlsx", "xlsm"):
        try:
            sandbox.run(TASK, job | {"original": str(original)}, read=files, write=folder)
        except Stopped:
            pass
        else:
            return
    sandbox.run(TASK, job | {"original": ""}, read=files, write=folder)


def _job(reading: Reading, report: Report, language: str) -> dict[str, Any]:
    found = [c for c in causes(report) if c.first.resource in (reading.resource.name, "")]
    return {
        "cells": str(reading.cells) if reading.cells.is_file() else "",
        "labels": list(reading.labels),
        "header_row": max(reading.header_row, 1),
        "shift": 0 if reading.header_row else 1,
        "first_column": reading.first_column,
        "numbers": list(reading.numbers),
        "sheet": reading.sheet,
        "marks": [asdict(mark) for mark in _marks(reading, found, language)],
        "title": word("report_head", language, {}),
        "lines": _lines(found, language),
        "head": [word(column, language, {}) for column in COLUMNS],
        "causes": [_row(cause, language) for cause in found],
    }


def _lines(found: Sequence[Cause], language: str) -> list[str]:
    fix = best(found)
    first = [words.fix_said(fix, language)] if fix else []
    return [words.verdict_said(found, language), *first]


def _row(cause: Cause, language: str) -> list[str]:
    sentence = words.cause_said(cause, language)
    severity = words.severity_said(cause.severity, language)
    reason = why(cause.first.check, language)
    where = words.places_said(cause, language)
    return [severity, sentence.what, sentence.how, reason, str(cause.count), where]


def _marks(reading: Reading, found: Sequence[Cause], language: str) -> list[Mark]:
    """Give one mark a cell, the gravest first; what is wrong with it is told in one comment."""
    cells: dict[tuple[int, int], Mark] = {}
    comments = 0
    for cause in found:
        for number, finding in enumerate(cause.findings):
            if finding.row is None or len(cells) >= MOST_MARKS:
                break
            told = number < OF_A_CAUSE and comments < MOST_COMMENTS
            comment = _comment(finding, language) if told else ""
            comments += told
            _put(cells, _place(reading, finding, finding.row), finding.severity, comment)
    return list(cells.values())


def _put(
    cells: dict[tuple[int, int], Mark], place: tuple[int, int], severity: str, comment: str
) -> None:
    before = cells.get(place)
    if before is not None:
        severity = before.severity
        comment = "\n\n".join(filter(None, (before.comment, comment)))
    cells[place] = Mark(*place, severity, comment)


def _comment(finding: Finding, language: str) -> str:
    sentence = said(finding, language)
    return f"{sentence.what}\n{sentence.how}"


def _place(reading: Reading, finding: Finding, row: int) -> tuple[int, int]:
    """Give row and column of a finding; one of a whole row is marked in its first cell."""
    column = verdict.column(reading, finding) or 1
    return row + (0 if reading.header_row else 1), reading.number(column - 1)
