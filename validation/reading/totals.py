"""Rows that add up others: by their word, or by their sums where nothing names them.

The finding and the repair that it offers look with the same function, so that a repair mends the
next delivery too. Rules: facts on municipal files, section 5.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from validation.reading.cells import Cells
from validation.reading.footnotes import footnotes
from validation.reading.layout import kind_of

LEAD = 3  # the columns of which the first that is filled says what a row is
WORDS = (
    "(све ?укупно|укупно|свега|збир|збирно|сума|међузбир|просек|просјек|sve ?ukupno|ukupno|svega|"
    "zbir|zbirno|suma|međuzbir|medjuzbir|prosek|prosjek|sub-?total|grand total|total)"
)
BEGINS = rf"(?i)^[\s\d.,)IVX-]*{WORDS}([^\pL]|$)"
WHOLE = rf"(?i)^\W*{WORDS}\W*$"
CARRIED = (
    r"(?i)^\W*((за |za )?пренос|(za )?prenos|донос|donos|prijenos|donijeto|пренето|preneto)\W*$"
)
"""What a printed page carries over to the next one."""
LAST = 60  # rows in which a total may also stand behind a number of its own
NUMBER = re.compile(r"-?\d[\d., \u00a0]*")
ROUNDING = 0.011
ENOUGH_ROWS = 2  # above a row of sums
MOST_SUMMED = 300_000  # rows

type Mask = NDArray[np.bool_]
type Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Totals:
    """The rows that add up others; `sure` when their sums are right: nothing is lost with them."""

    mask: Mask
    sure: bool = False

    @property
    def places(self) -> list[int]:
        """Give their places in the table, from 0."""
        return [int(i) for i in np.flatnonzero(self.mask)]


def totals(cells: Cells) -> Totals:
    """Find the rows that add up others."""
    if not cells.columns:
        return Totals(np.zeros(len(cells.rows), dtype=bool))
    end = footnotes(cells).start
    found = _named(cells)
    found[end:] = False
    last = _unnamed(cells, found, end)
    if last is not None:
        found[last] = True
    places = [int(i) for i in np.flatnonzero(found)]
    return Totals(found, bool(places) and _add_up(cells, found, places))


def _named(cells: Cells) -> Mask:
    """Find rows whose first filled cell begins with a word for a total, or nearly."""
    lead = pc.fill_null(cells.columns[0], "")
    for column in cells.columns[1:LEAD]:
        if pc.any(blank := pc.equal(lead, "")).as_py():
            lead = pc.if_else(blank, pc.fill_null(column, ""), lead)
    named = pc.or_(pc.match_substring_regex(lead, BEGINS), pc.match_substring_regex(lead, CARRIED))
    found: Mask = named.to_numpy().copy()
    tail = max(0, len(found) - LAST)
    for column in cells.columns[1:LEAD]:  # 7 | Укупно | 1.200
        last = pc.fill_null(column.slice(tail), "")
        found[tail:] |= pc.match_substring_regex(last, WHOLE).to_numpy()
    return found


def _unnamed(cells: Cells, named: Mask, end: int) -> int | None:
    """Give the last row when it has nothing but sums: its first cell is blank."""
    last = end - 1
    while last >= 0 and not any(_text(column, last) for column in cells.columns):
        last -= 1
    if last < ENOUGH_ROWS or named[last]:
        return None
    row = [_text(column, last) for column in cells.columns]
    filled = [cell for cell in row if cell]
    if row[0] or any(kind_of(cell) != "number" for cell in filled):
        return None
    keys = pc.count_distinct(cells.columns[0].slice(0, last)).as_py()
    mask = named.copy()
    mask[last] = True
    return last if keys > 1 and _add_up(cells, mask, [last], share=1.0) else None


def _add_up(cells: Cells, found: Mask, places: Sequence[int], share: float = 0.5) -> bool:
    """Tell whether each of these rows holds sums of rows above it, in most of its numbers."""
    if len(found) > MOST_SUMMED:
        return False
    right, there = np.zeros(len(places)), np.zeros(len(places))
    for column in cells.columns:
        if any(kind_of(_text(column, i)) == "number" for i in places):
            for n, (fits, counts) in enumerate(_sums(numbers_of(column), found, places)):
                right[n] += fits
                there[n] += counts
    return bool((there > 0).all() and (right >= np.maximum(1, share * there)).all())


def _text(column: pa.ChunkedArray, i: int) -> str:
    return " ".join((column[i].as_py() or "").split())


def _sums(values: Values, found: Mask, places: Sequence[int]) -> Iterator[tuple[bool, bool]]:
    """Say of each place whether its number is a sum of what stands above, and if there is one.

    It may be the sum of all rows above, of those since the last sum, or of the sums.
    """
    running = np.concatenate([[0.0], np.cumsum(np.where(found, 0.0, np.nan_to_num(values)))])
    begin, of_sums = 0, 0.0
    for i in places:
        value = float(values[i])
        sums = (running[i], running[i] - running[begin], of_sums)
        room = ROUNDING + 1e-9 * abs(running[i])
        is_number = not math.isnan(value)
        yield is_number and any(abs(value - total) <= room for total in sums), is_number
        begin = i + 1
        of_sums += value if is_number else 0.0


def numbers_of(column: pa.ChunkedArray) -> Values:
    """Read a column's numbers only to add them up; NaN for none.

    Where a comma or several dots stand in any, a dot is between thousands; else it is a point.
    """
    encoded = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks())
    texts = encoded.dictionary.to_pylist()
    grouped = any("," in text or text.count(".") > 1 for text in texts)
    values = np.array([_value(text, grouped=grouped) for text in texts] or [math.nan])
    taken: Values = values[encoded.indices.to_numpy()]
    return taken


def _value(text: str, *, grouped: bool) -> float:
    """Read the number in a text such as `1.234,50 РСД` or `око 50`."""
    match = NUMBER.search(text)
    if not match:
        return math.nan
    bare = match[0].replace(" ", "").replace("\u00a0", "").rstrip(".,")
    if grouped:
        bare = bare.replace(".", "").replace(",", ".")
    try:
        return float(bare)
    except ValueError:
        return math.nan
