"""The wrong cells of a cause with their neighbours, cut out of a report's excerpt."""

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.model import Excerpt
from validation.reading.numbering import original
from validation.report.causes import Cause
from validation.report.words import short
from validation.verdict import letters

NEIGHBOURS = 3
"""So many cells are shown to each side of a wrong one."""
ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, cut short, and whether it is the wrong one."""

    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A few rows around wrong cells; `letters` of the columns are empty for layers."""

    letters: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Cell]]]


def cut(cause: Cause, excerpt: Excerpt) -> Cut | None:
    """Cut the first wrong cells of a cause with their neighbours out of an excerpt.

    None where the excerpt has none of its rows.
    """
    rows = [f.row for f in cause.findings if f.row in excerpt.rows and f.row is not None]
    shown = sorted(dict.fromkeys(rows))[:ROWS_SHOWN]
    if not shown:
        return None
    wrong = _column(cause, excerpt)
    centre = NEIGHBOURS if wrong is None else wrong
    width = max(len(excerpt.rows[row]) for row in shown)
    columns = range(max(0, centre - NEIGHBOURS), min(width, centre + NEIGHBOURS + 1))
    is_sheet = bool(cause.first.cell)
    return Cut(
        [_letters(excerpt, i) if is_sheet else "" for i in columns],
        [excerpt.labels[i] if i < len(excerpt.labels) else "" for i in columns],
        [(row, _cells(excerpt.rows[row], columns, wrong)) for row in shown],
    )


def _letters(excerpt: Excerpt, column: int) -> str:
    return letters(original(excerpt.numbers, excerpt.first_column, column))


def _cells(texts: Sequence[str], columns: range, wrong: int | None) -> list[Cell]:
    return [Cell(texts[i] if i < len(texts) else "", i == wrong) for i in columns]


def _column(cause: Cause, excerpt: Excerpt) -> int | None:
    """Give the place, from 0, of the column of a cause: by its address, else by its label."""
    address = cause.first.cell.rstrip("0123456789")
    if address:
        width = max(map(len, excerpt.rows.values()))
        return next((i for i in range(width) if _letters(excerpt, i) == address), None)
    label = short(cause.field)
    return excerpt.labels.index(label) if cause.field and label in excerpt.labels else None
