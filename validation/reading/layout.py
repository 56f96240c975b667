"""Where a table begins in rows of text: titles, a header of one or more rows, a row of numbers.

Offices write titles above the header, groups over several columns, units below the labels, and
under all that a row which only counts the columns. Rules: facts on municipal files, section 5.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from datasets.serbian import fold
from validation.reading.units import is_unit

HEADER_WITHIN = 30
USUAL_WITHIN = 200
BELOW = 40  # rows that tell what stands under a label
ENOUGH_OF_WIDTH = 0.6
MOST_HEADER_ROWS = 4
LONGEST_LABEL = 250
SHORTEST_COUNT = 3  # columns that are numbered 1, 2, 3
LIKE_NAMES = 0.6
SURE_OF_DATA = 2  # numbers or dates, in a row that no label stands in
JOIN = " – "
NUMBER = re.compile(r"[-+\u2212]?\d[\d.,\s\u00a0]*(%|[a-zа-я€]{1,4}\.?)?", re.IGNORECASE)
DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\.?|\d{4}-\d\d-\d\d(T.*)?")
YEAR = re.compile(r"(18|19|20|21)\d\d\.?( ?[-/] ?\d{2,4}\.?)?")
COUNT = re.compile(r"\(?(\d{1,2})\)?\.?(\s*[=(].*)?")
NUMERALS = "I II III IV V VI VII VIII IX X XI XII".split()

type Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Range:
    """Merged cells: rows from 1, columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the header is; all rows count from 1.

    `header_rows` follow one another; none where the table has no header. `labels` are theirs,
    joined, one for each column of the widest row. `counted` is the row under the header that
    only numbers the columns, 0 where there is none; data start at `first_row`. `titles` stand
    above. `others` are headers that may be meant instead: where there are any, a person is asked.
    """

    header_rows: tuple[int, ...]
    first_row: int
    labels: tuple[str, ...]
    titles: tuple[str, ...] = ()
    counted: int = 0
    others: tuple[tuple[int, ...], ...] = ()


def layout_of(
    rows: Sequence[Row], merged: Sequence[Range] = (), names: Sequence[str] = ()
) -> Layout:
    """Find the header in the first rows of a table; give 200 rows or more, if there are.

    `names` are those of the columns where they are known (of a schema, of last time): a row that
    holds most of them is the header, whatever it looks like.

    >>> found = layout_of([["Вртићи", "", ""], ["", "Број деце", ""], ["Назив", "2020", "2021"],
    ...     ["Колибри", "41", "45"], ["Лептирић", "120", "118"]])
    >>> found.header_rows, found.labels
    ((2, 3), ('Назив', 'Број деце – 2020', 'Број деце – 2021'))
    """
    head = _Head([[_flat(cell) for cell in row] for row in rows[:USUAL_WITHIN]], merged)
    if named := head.named(names):
        return declared_layout(rows, head.block(named), merged)
    main, sure = head.main()
    if not sure and head.is_like_all(main):
        return declared_layout(rows, (), merged, ((main,),))
    found = head.block(main)
    return declared_layout(rows, found, merged, head.doubtful(found) if sure else ((),))


def declared_layout(
    rows: Sequence[Row],
    header_rows: Sequence[int],
    merged: Sequence[Range] = (),
    others: tuple[tuple[int, ...], ...] = (),
) -> Layout:
    """Lay a table out by header rows that are known."""
    head = _Head([[_flat(cell) for cell in row] for row in rows[:USUAL_WITHIN]], merged)
    numbers = tuple(number for number in header_rows if number <= max(1, len(head.rows)))
    if not numbers:
        return Layout((), 1, tuple(f"field{i + 1}" for i in range(head.width)), others=others)
    counted = numbers[-1] + 1 if head.is_counting(numbers[-1] + 1) else 0
    above = (" ".join(filter(None, row)) for row in head.rows[: numbers[0] - 1])
    return Layout(
        numbers,
        (counted or numbers[-1]) + 1,
        tuple(head.labels(numbers)),
        tuple(title for title in above if title),
        counted,
        others,
    )


def _flat(cell: str) -> str:
    return " ".join(cell.split())


def kind_of(cell: str) -> str:
    """Say what a cell looks like: blank, number, date, or text.

    >>> [kind_of(cell) for cell in ("1.234,50 РСД", "5.10.2021.", "12/3", "2021", "")]
    ['number', 'date', 'text', 'number', '']
    """
    if not cell:
        return ""
    if DATE.fullmatch(cell):
        return "date"
    return "number" if NUMBER.fullmatch(cell) else "text"


class _Head:
    """The first rows of a table, and what is asked of them; rows count from 1."""

    def __init__(self, rows: Sequence[Row], merged: Sequence[Range]) -> None:
        self.rows = rows
        self.width = max(map(len, rows), default=0)
        self.filled = [sum(1 for cell in row if cell) for row in rows]
        starts = (next((c for c, cell in enumerate(row) if cell), self.width) for row in rows)
        self.left = min(starts, default=0)
        self.wide = [r for r in merged if r.right > r.left and r.top <= HEADER_WITHIN]
        self.usual = self._usual()
        self.needed = min(self.usual, max(2, round(ENOUGH_OF_WIDTH * self.usual)))

    def _usual(self) -> int:
        """Give how many cells rows mostly fill; of two the more."""
        widths = Counter(count for count in self.filled if count)
        return max(widths, key=lambda width: (widths[width], width), default=0)

    def cell(self, number: int, column: int) -> str:
        row = self.rows[number - 1] if number <= len(self.rows) else ()
        return row[column] if column < len(row) else ""

    def named(self, names: Sequence[str]) -> int:
        """Give the row that holds most of the names, 0 for none."""
        wanted = {fold(name) for name in names} - {""}
        for number, row in enumerate(self.rows[:HEADER_WITHIN], 1):
            held = wanted & {fold(cell) for cell in row if cell}
            if wanted and len(held) >= LIKE_NAMES * len(wanted):
                return number
        return 0

    def main(self) -> tuple[int, bool]:
        """Give the row that is most surely the header's, and whether any is."""
        wide = [n for n in range(1, len(self.rows) + 1) if self.filled[n - 1] >= self.needed]
        last = max((n for n, count in enumerate(self.filled, 1) if count), default=0)
        early = [n for n in wide if n <= HEADER_WITHIN and self.filled[n - 1]]
        labels = {n: self._contrast(n) for n in early if n != last and self._is_labels(n)}
        for number, contrast in labels.items():
            if contrast * 2 >= self.filled[number - 1]:
                return self._first_like(number), True
        for number, contrast in labels.items():
            if contrast >= 0:
                return self._first_like(number), True
        first = next((n for n, count in enumerate(self.filled, 1) if count), 1)
        return (early or wide or [first])[0], first == last or not self.usual

    def _first_like(self, number: int) -> int:
        """Give the first row that says the same: a printed header stands on every page."""
        same = (n for n, row in enumerate(self.rows, 1) if list(row) == list(self.rows[number - 1]))
        return next(same)

    def _is_labels(self, number: int) -> bool:
        """Tell whether a row may be labels: short texts or years, no `Municipality: X`."""
        cells = [cell for cell in self.rows[number - 1] if cell]
        kinds = [kind_of(cell) for cell in cells if not YEAR.fullmatch(cell)]
        pairs = sum(1 for cell in cells[:-1] if cell.endswith(":"))
        return (
            max(map(len, cells)) <= LONGEST_LABEL
            and kinds.count("text") * 2 >= len(kinds)
            and ("text" in kinds or len(cells) == 1 or not kinds)
            and pairs * 3 < len(cells)
            and not self._is_title(number)
        )

    def _is_title(self, number: int) -> bool:
        spans = [r.right - r.left + 1 for r in self.wide if r.top == number]
        return max(spans, default=0) * 2 > self.width and self.filled[number - 1] <= len(spans)

    def _contrast(self, number: int) -> int:
        """Count the columns whose label is of another kind than what follows, less those alike."""
        total = 0
        for column, label in enumerate(self.rows[number - 1]):
            below = self._below(number, column)
            if not label or not below or below == "text":
                continue
            if kind_of(label) == "text":
                total += 1
            elif not YEAR.fullmatch(label):
                total -= 1
        return total

    def is_like_all(self, number: int) -> bool:
        """Tell whether the first row is data: of the kinds below it, with two numbers or dates."""
        alike = [
            kind_of(cell) == self._below(number, column)
            for column, cell in enumerate(self.rows[number - 1])
            if cell
        ]
        above = any(self.filled[: number - 1])
        return not above and all(alike) and self._contrast(number) <= -SURE_OF_DATA

    def _below(self, number: int, column: int) -> str:
        """Give the kind of most cells of a column below a row."""
        kinds = [kind_of(self.cell(n, column)) for n in range(number + 1, number + 1 + BELOW)]
        found = Counter(kind for kind in kinds if kind)
        return found.most_common(1)[0][0] if found else ""

    def block(self, main: int) -> tuple[int, ...]:
        """Give the header's rows around its main one."""
        first = last = main
        while last - first < MOST_HEADER_ROWS - 1 and self._goes_on(last, first):
            last += 1
        while last - first < MOST_HEADER_ROWS - 1 and self._is_group(first - 1, first):
            first -= 1
        return tuple(range(first, last + 1))

    def _goes_on(self, number: int, first: int) -> bool:
        """Tell whether the row below is a part of the header: it fills its gaps, or has units."""
        upper, lower = number, number + 1
        if lower > len(self.rows) or not self.filled[lower - 1]:
            return False
        cells = [(c, cell) for c, cell in enumerate(self.rows[lower - 1]) if cell]
        if all(is_unit(cell) for _, cell in cells):
            return True
        words = [cell for _, cell in cells if not YEAR.fullmatch(cell)]
        if any(kind_of(cell) != "text" for cell in words):
            return False
        covered = self._covered(upper)
        gaps = [c for c, _ in cells if c in covered]
        open_ = [c for c in range(self.width) if self.cell(upper, c) and not self.cell(lower, c)]
        return (
            bool(gaps)
            and bool(open_)
            and all(c in covered or c - 1 in covered or c + 1 in covered for c, _ in cells)
        )

    def _covered(self, number: int) -> set[int]:
        """Give the columns without a cell of their own under a label to the left of them."""
        return {
            column
            for column in range(1, self.width)
            if not self.cell(number, column) and any(self.cell(number, c) for c in range(column))
        }

    def _is_group(self, upper: int, lower: int) -> bool:
        """Tell whether a row above the header belongs to it, by what only it can tell."""
        if upper < 1 or not self.filled[upper - 1] or not self._is_labels(upper):
            return False
        labels, above = self._row(lower), self._row(upper)
        if self.filled[upper - 1] == 1 and above[self.left]:
            return False  # a title stands alone in the first column
        if any(a and not label for a, label in zip(above, labels, strict=True)):
            return True  # it has a label where the header has none
        if any(r.top == upper for r in self.wide):
            return True
        spread = self._spread(upper, labels)
        apart = {(a, b) for a, b in zip(spread, labels, strict=True) if b}
        filled = [label for label in labels if label]
        if len(set(filled)) < len(filled):
            return len(apart) > len(set(filled))  # the same labels under several groups
        under = [b for a, b in zip(spread, labels, strict=True) if a and b]
        return bool(under) and all(map(YEAR.fullmatch, under))

    def doubtful(self, found: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Give other headers that may be meant: with the row above, which may be a group."""
        upper = found[0] - 1
        if upper >= 1 and self.filled[upper - 1] > 1 and self._is_labels(upper):
            return ((upper, *found),)
        return ()

    def is_counting(self, number: int) -> bool:
        """Tell whether a row only numbers the columns: 1, 2, 3 (or I, II; 4=2+3) over texts."""
        if number > len(self.rows) or self.filled[number - 1] < SHORTEST_COUNT:
            return False
        places = [c for c in range(self.width) if self.cell(number, c)]
        counts = [_count(self.cell(number, c)) for c in places]
        if 0 in counts or any(b - a != 1 for a, b in pairwise(counts)) or counts[0] > 1 + places[0]:
            return False
        return any(self._below(number, c) == "text" for c in places)

    def labels(self, numbers: Sequence[int]) -> list[str]:
        """Join the rows of a header: `group – label`, `label (unit)`; a repeated word once."""
        levels = [self._row(numbers[-1])]
        for number in reversed(numbers[:-1]):
            levels.insert(0, self._spread(number, levels[0]))
        return [_joined([level[c] for level in levels]) for c in range(self.width)]

    def _row(self, number: int) -> list[str]:
        return [self.cell(number, c) for c in range(self.width)]

    def _spread(self, upper: int, lower: Sequence[str]) -> list[str]:
        """Write a group over all its columns: as far as it is merged, else as far as labels go."""
        found = self._row(upper)
        wide = [r for r in self.wide if r.top == upper]
        for r in wide:
            found[r.left : r.right + 1] = [found[r.left]] * (
                min(r.right, self.width - 1) - r.left + 1
            )
        if not wide:
            for c in range(1, self.width):
                if not found[c] and lower[c] and lower[c - 1]:
                    found[c] = found[c - 1]
        return found


def _count(cell: str) -> int:
    if cell in NUMERALS:
        return NUMERALS.index(cell) + 1
    match = COUNT.fullmatch(cell)
    return int(match[1]) if match else 0


def _joined(words: Sequence[str]) -> str:
    said: list[str] = []
    unit = ""
    for place, word in enumerate(words):
        if place and word and is_unit(word):
            unit = word.strip("()[] ")
        elif word and word not in said:
            said.append(word)
    label = JOIN.join(said)
    return f"{label} ({unit})" if unit and label else label or unit
