"""Lines below the last row of a table: sources, remarks, dates, signatures."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from validation.reading.layout import kind_of

if TYPE_CHECKING:
    import pyarrow as pa

    from validation.reading.cells import Cells

LAST = 60  # rows in which they are looked for
WIDE = 6  # columns from which a line of signatures may fill two cells
SIGNED = 4  # columns from which two cells may, where one is a rank or a line to sign on
SIGN = re.compile(r"\s*(\*|\(?\d{1,2}\)\s|[¹²³⁴†]|—|М\. ?П|M\. ?P)", re.IGNORECASE)
WORD = re.compile(
    r"\s*(извор|напомен|легенд|објашњењ|обради|изради|састави|сачини|припреми|одговорн|начелник|"
    r"директор|председник|секретар|потпис|шеф |руководи|саставља|овери|контролис|ликвидир|датум|"
    r"ажурира|подаци|izvor|napomen|legend|objašnjenj|obradi|izradi|sastavi|sačini|pripremi|"
    r"odgovorn|načelnik|direktor|predsednik|sekretar|potpis|šef |rukovodi|sastavlja|overi|"
    r"kontrolis|likvidir|datum|ažurira|podaci|source|note|prepared)[^:\d]{0,40}(:|$)|"
    r"\s*(у|u) \w{2,20}[, ]+(дана |dana )?\d{1,2}\.",
    re.IGNORECASE,
)
LINE = re.compile(r"[_.]{5,}|М\. ?П\.?|M\. ?P\.?")


@dataclass(frozen=True, slots=True)
class Footnotes:
    """Where the lines start (the table's height when there are none), and what they say.

    They are `sure` when the first begins as only such lines do.
    """

    start: int
    texts: tuple[str, ...] = ()
    sure: bool = False


def footnotes(cells: "Cells") -> Footnotes:
    """Find the lines below a table: they fill a cell or two.

    They begin with a star or a word such as „Извор:“, or stand below a blank row.
    """
    height, width = len(cells.rows), len(cells.columns)
    begin = max(0, height - LAST)
    rows = list(zip(*(_tail(column, begin) for column in cells.columns), strict=True))
    lines = [" ".join(cell for cell in row if cell) for row in rows]
    first = len(rows)
    while width > 1 and first > 0 and _may_be_line(rows[first - 1], width):
        first -= 1
    for i in range(first, len(rows)):
        marked = bool(SIGN.match(lines[i]) or WORD.match(lines[i]))
        apart = i > first and not lines[i - 1]
        start = begin + _above_blanks(lines, i, first)
        if lines[i] and start and (marked or apart):
            return Footnotes(start, tuple(line for line in lines[i:] if line), marked)
    return Footnotes(height)


def _above_blanks(lines: list[str], i: int, first: int) -> int:
    while i > first and not lines[i - 1]:
        i -= 1
    return i


def _tail(column: "pa.ChunkedArray", begin: int) -> list[str]:
    return [" ".join(cell.split()) for cell in pc.fill_null(column.slice(begin), "").to_pylist()]


def _may_be_line(row: tuple[str, ...], width: int) -> bool:
    """Tell whether a row is blank, or so nearly that it may be a line of text."""
    filled = [cell for cell in row if cell]
    signed = width >= SIGNED and any(LINE.fullmatch(cell) or WORD.match(cell) for cell in filled)
    few = len(filled) <= (2 if width >= WIDE or signed else 1)
    return few and all(kind_of(cell) == "text" for cell in filled)
