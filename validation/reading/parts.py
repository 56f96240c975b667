"""What parts a table falls into: headings among its rows, blank rows and columns, a second table.

Each finding and the repair that it offers look with the same function.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from validation.reading.cells import Cells
from validation.reading.footnotes import footnotes
from validation.reading.layout import kind_of
from validation.reading.totals import totals

LEAD = 3
FEW_GAPS, MANY_GAPS = 0.3, 0.95
HEADS_DIFFER = 0.9
LOOKED_AT = 200  # rows that tell the kind of a column
MOST_HEADS = 20  # rows behind blank ones that are looked at
MOST_IN_LINE = 2  # cells of a line that is no row
PAGE = (
    r"(?i)^\s*(str(ana|anica)?|стр(ана|аница)?|page|list|лист|oldal)\.? ?(br\.?|бр\.?)?:? ?\d{1,4}"
    r"( ?(od|од|of|/|-) ?\d{1,4})?\.?\s*$"
)
NUMBERS = re.compile(r"\d+")

type Mask = NDArray[np.bool_]


def filled_counts(cells: Cells) -> NDArray[np.int64]:
    """Count the filled cells of each row."""
    counts = np.zeros(len(cells.rows), np.int64)
    for column in cells.columns:
        counts += is_filled(column)
    return counts


def is_filled(column: pa.ChunkedArray) -> Mask:
    """Tell which cells are there and not empty."""
    mask: Mask = pc.fill_null(pc.not_equal(column, ""), False).to_numpy()
    return mask


def blank_rows(cells: Cells) -> Mask:
    """Find rows without a cell, above the lines below the table."""
    mask: Mask = filled_counts(cells) == 0
    mask[footnotes(cells).start :] = False
    return mask


def blank_columns(cells: Cells) -> list[int]:
    """Find columns without a label and without a cell, by number from 0."""
    labels = [*cells.labels, *[""] * (len(cells.columns) - len(cells.labels))]
    return [
        i
        for i, label in enumerate(labels)
        if not label.strip() and not is_filled(cells.columns[i]).any()
    ]


def repeated_headers(cells: Cells) -> Mask:
    """Find rows that say the labels again, as printed pages do, with the lines around them."""
    again = _labels_again(cells)
    return again | _page_lines(cells, again)


def _page_lines(cells: Cells, headers: Mask) -> Mask:
    """Find the other lines of a page: its number, and titles that stand above each header."""
    counts = filled_counts(cells)
    few = (counts > 0) & (counts <= MOST_IN_LINE) & (counts < len(cells.columns))
    found = _page_numbers(cells, few & (counts == 1))
    above = [i for row in np.flatnonzero(headers) for i in _run_above(int(row), few, counts)]
    shapes = {i: NUMBERS.sub("", _line(cells, i)) for i in above}
    often = Counter(shapes.values())
    known = {NUMBERS.sub("", title) for title in cells.titles}
    for i, shape in shapes.items():
        found[i] |= shape in known or often[shape] > 1
    return found


def _run_above(row: int, few: Mask, counts: NDArray[np.int64]) -> Iterator[int]:
    """Yield the rows with a cell or two that stand right above one, over blank ones."""
    for i in range(row - 1, max(-1, row - MOST_HEADS), -1):
        if few[i]:
            yield i
        elif counts[i]:
            return


def _page_numbers(cells: Cells, alone: Mask) -> Mask:
    """Find those of the rows with one cell that say the number of a page."""
    found = np.zeros(len(alone), dtype=bool)
    places = np.flatnonzero(alone)
    for column in cells.columns if len(places) else ():
        texts = pc.fill_null(column.filter(pa.array(alone)), "")
        found[places] |= pc.match_substring_regex(texts, PAGE).to_numpy()
    return found


def _line(cells: Cells, i: int) -> str:
    texts = (" ".join((column[i].as_py() or "").split()) for column in cells.columns)
    return " ".join(filter(None, texts))


def _labels_again(cells: Cells) -> Mask:
    labels = [" ".join(label.split()) for label in cells.labels]
    mask = np.ones(len(cells.rows), dtype=bool)
    same = np.zeros(len(cells.rows), np.int64)
    for label, column in zip(labels, cells.columns, strict=False):
        texts = pc.fill_null(column, "")
        equal = pc.equal(pc.utf8_trim_whitespace(texts), label).to_numpy()
        mask &= equal
        same += equal if label else 0
        if not mask.any():
            break
    return mask & (same > 1)


def headings(cells: Cells) -> Mask:
    """Find rows with nothing but a heading for those that follow: the first row is such a one.

    A heading is a text in one of the first columns, or in one that is merged over others.
    """
    counts = filled_counts(cells)
    none = np.zeros(len(counts), dtype=bool)
    if len(cells.columns) < LEAD or len(counts) < LEAD or counts[0] != 1:
        return none
    alone = counts == 1
    alone &= ~totals(cells).mask
    alone[footnotes(cells).start :] = False
    lead = np.zeros(len(counts), dtype=bool)
    for column in cells.columns[:LEAD]:
        lead |= is_filled(column)
    alone &= lead
    texts = heading_texts(cells)
    for i in np.flatnonzero(alone):
        alone[i] = kind_of(texts[i]) == "text"
    return alone if alone[0] and not alone.all() and not alone[-1] else none


def heading_texts(cells: Cells) -> list[str]:
    """Give the first filled cell of each row, of the first columns."""
    lead = pc.fill_null(cells.columns[0], "")
    for column in cells.columns[1:LEAD]:
        lead = pc.if_else(pc.equal(lead, ""), pc.fill_null(column, ""), lead)
    return [" ".join(text.split()) for text in lead.to_pylist()]


def second_table(cells: Cells) -> int | None:
    """Give the row where another table begins: behind a blank one, texts over numbers."""
    blank = blank_rows(cells)
    starts = np.flatnonzero(blank[:-1] & ~blank[1:]) + 1
    if not len(starts) or len(starts) > MOST_HEADS:
        return None
    kinds = [_kind(column) for column in cells.columns]
    sums = totals(cells).mask
    for start in map(int, starts):
        row = [" ".join((column[start].as_py() or "").split()) for column in cells.columns]
        over = [cell for cell, kind in zip(row, kinds, strict=True) if cell and kind != "text"]
        texts = [cell for cell in row if cell]
        if len(texts) > 1 and over and not sums[start] and {*map(kind_of, texts)} == {"text"}:
            return start
    return None


def _kind(column: pa.ChunkedArray) -> str:
    """Give the kind of most cells of a column."""
    found = Counter(map(kind_of, filter(None, column.slice(0, LOOKED_AT).to_pylist())))
    return found.most_common(1)[0][0] if found else ""


def beside(cells: Cells) -> int | None:
    """Give the column from which labels repeat behind a blank column: a table beside a table."""
    labels = [label.casefold() for label in cells.labels]
    for i in blank_columns(cells):
        left, right = set(filter(None, labels[:i])), [label for label in labels[i + 1 :] if label]
        if right and sum(label in left for label in right) * 2 >= len(right):
            return i + 1
    return None


def gaps(cells: Cells) -> Sequence[int]:
    """Find columns whose value stands only in the first row of each group, by number from 0."""
    counts = filled_counts(cells)
    found: list[int] = []
    for i, column in enumerate(cells.columns[: LEAD - 1]):
        filled = is_filled(column)
        share = 1 - filled.mean() if len(filled) else 0
        if not (FEW_GAPS <= share <= MANY_GAPS and filled[0]) or len(cells.columns) < LEAD:
            break
        heads = column.filter(pa.array(filled))
        differ = pc.count_distinct(heads).as_py() >= HEADS_DIFFER * len(heads)
        others = counts[~filled]
        if not differ or _kind(column) != "text" or (others * 2 < len(cells.columns) - 1).any():
            break
        found.append(i)
    return found
