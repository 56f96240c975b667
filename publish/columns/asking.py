"""A question to a table: which rows, in which order; and a page of them, however far behind."""

import datetime
import functools
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from publish.columns.kept import Kept, Rows
from publish.columns.searching import searched
from publish.layers.query import NUMBER

FEW_ROWS = 50_000
"""So many rows are sooner put in order by themselves than looked up in the order of all."""

MOST_CONDITIONS = 50
MOST_WORDS = 12

type Test = Literal["has", "is", "from", "to", "empty", "full"]
type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the values of a column must be.

    `has` a part of a text; `is` exactly so; `from` and `to` with their ends; `empty` and `full`
    compare with nothing. `value` is text as an address has it.
    """

    column: str
    test: Test
    value: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows: all words stand somewhere in the row, and all conditions are met.

    `sort` is the name of a column, empty for the order of the file; rows without a value are last.
    """

    words: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str = ""
    descending: bool = False

    @property
    def is_narrow(self) -> bool:
        """True when it leaves rows out."""
        return bool(self.conditions or searched(self.words))


def rows(kept: Kept, question: Question) -> "Ordered":
    """The rows of a question. Raises ValueError naming a column or value that cannot be."""
    if question.sort and question.sort not in kept.places:
        raise ValueError(f"sort: there is no column {question.sort[:60]!r}")
    if len(question.conditions) > MOST_CONDITIONS:
        raise ValueError(f"more than {MOST_CONDITIONS} conditions in one question")
    mask = None
    if question.is_narrow:
        packed = _found(kept, searched(question.words), question.conditions)
        mask = np.unpackbits(packed, count=kept.rows).view(bool)
    return Ordered(kept, question, mask)


class Ordered:
    """The rows of a question in their order; only the pages that are asked for are made."""

    def __init__(self, kept: Kept, question: Question, mask: Mask | None) -> None:
        self.kept, self.mask = kept, mask
        self.descending = question.descending and bool(question.sort)
        self.column = kept.places[question.sort] if question.sort else None
        self.count = kept.rows if mask is None else int(np.count_nonzero(mask))

    def page(self, offset: int, limit: int) -> Rows:
        """The numbers of some rows."""
        ordered, filled = self._ordered
        if ordered is None:
            there = np.arange(offset, min(offset + limit, self.count))
            return self._turned(there, filled)
        places = self._turned(np.arange(offset, min(offset + limit, len(ordered))), filled)
        return ordered[places].astype(np.int64)

    def _turned(self, places: Rows, filled: int) -> Rows:
        """Places counted from the other end, but for the rows without a value."""
        if not self.descending:
            return places
        return np.where(places < filled, filled - 1 - places, places)

    @functools.cached_property
    def _ordered(self) -> tuple[Rows | None, int]:
        """All rows in rising order, None where they stand so, and how many have a value."""
        kept, mask, i = self.kept, self.mask, self.column
        if i is None:
            return (None if mask is None else np.flatnonzero(mask)), self.count
        if mask is None:
            return kept.order(i), kept.rows - kept.about[i].empty
        if self.count > FEW_ROWS:
            order = kept.order(i)
            found = order[mask[order]]
        else:
            there = np.flatnonzero(mask)
            found = there[np.argsort(kept.codes[i, there], kind="stable")]
        last = kept.about[i].distinct
        return found, self.count - int(np.count_nonzero(kept.codes[i, mask] == last))


@functools.lru_cache(64)
def _found(kept: Kept, words: str, conditions: Sequence[Condition]) -> NDArray[np.uint8]:
    """Which rows meet conditions, a bit for each: the next page asks the same again."""
    mask = np.ones(kept.rows, bool)
    for condition in conditions:
        if condition.column not in kept.places:
            raise ValueError(f"there is no column {condition.column[:60]!r}")
        mask &= _meeting(kept, kept.places[condition.column], condition)
    for word in words.split()[:MOST_WORDS]:
        mask &= _having(kept, word)
    return np.packbits(mask)


def _having(kept: Kept, word: str) -> Mask:
    """The rows in which a word, or a number, stands anywhere."""
    mask = np.zeros(kept.rows, bool)
    for i, about in enumerate(kept.about):
        if about.column.type in READERS:
            if about.column.type not in ("integer", "number") or not re.fullmatch(NUMBER, word):
                continue
            begin, end = _range(kept, i, word, word)
            if begin < end:
                mask |= (kept.codes[i] >= begin) & (kept.codes[i] < end)
        else:
            found = kept.with_word(i, word)
            if found.any():
                mask |= np.append(found, False)[kept.codes[i]]
    return mask


def _meeting(kept: Kept, i: int, condition: Condition) -> Mask:
    codes, last = kept.codes[i], kept.about[i].distinct
    mask: Mask
    if condition.test in ("empty", "full"):
        mask = codes == last if condition.test == "empty" else codes != last
        return mask
    if condition.test == "has":
        return _having_part(kept, i, condition.value)
    if kept.about[i].column.type not in READERS:
        mask = codes == _place(kept.values(i), condition.value)
        return mask
    low = condition.value if condition.test in ("is", "from") else ""
    high = condition.value if condition.test in ("is", "to") else ""
    begin, end = _range(kept, i, low, high)
    mask = (codes >= begin) & (codes < end)
    return mask


def _having_part(kept: Kept, i: int, part: str) -> Mask:
    """The rows whose text has a part; of any other value, those where it is exactly so."""
    if kept.about[i].column.type in READERS:
        return _meeting(kept, i, Condition(kept.columns[i].name, "is", part))
    plain = searched(part)
    found = pc.match_substring(kept.field(f"f{i}"), plain).to_numpy(zero_copy_only=False)
    mask: Mask = np.append(found, False)[kept.codes[i]]
    return mask


def _place(values: Any, wanted: str) -> int:
    """The place of a text among the values of a column; one that no row has if it is not there."""
    found = pc.index(values, pa.scalar(wanted, values.type)).as_py()
    return len(values) + 1 if found < 0 else int(found)


def _range(kept: Kept, i: int, low: str, high: str) -> tuple[int, int]:
    """From which to before which place the values lie within two ends; an empty one is open."""
    column, values = kept.columns[i], kept.values(i)
    known = range(len(values))
    begin, end = 0, len(values)
    if low:
        first = _read(column.name, column.type, low)[0]
        begin = bisect_left(known, first, key=lambda place: values[place].as_py())
    if high:
        last = _read(column.name, column.type, high)[1]
        end = bisect_right(known, last, key=lambda place: values[place].as_py())
    return begin, end


def _read(name: str, kind: str, text: str) -> tuple[Any, Any]:
    """The first and the last value that a text can mean: a year means all of its days."""
    read, example = READERS[kind]
    try:
        return read(text.strip())
    except (ValueError, OverflowError):
        raise ValueError(f"{name}: {text[:60]!r} is no {kind}, such as {example}") from None


def _number(text: str) -> tuple[float, float]:
    plain = text.replace(" ", "").replace("\u00a0", "")
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    if not re.fullmatch(NUMBER, plain) or not math.isfinite(float(plain)):
        raise ValueError
    number = int(plain) if re.fullmatch(r"[+-]?\d{1,18}", plain) else float(plain)
    return number, number


def _boolean(text: str) -> tuple[bool, bool]:
    value = bool(("false", "true").index(text.lower()))
    return value, value


def _day(text: str) -> tuple[datetime.date, datetime.date]:
    if re.fullmatch(r"\d{4}", text):
        return datetime.date(int(text), 1, 1), datetime.date(int(text), 12, 31)
    if found := re.fullmatch(r"(\d{4})-(\d\d)", text):
        first = datetime.date(int(found[1]), int(found[2]), 1)
        after = (first + datetime.timedelta(days=31)).replace(day=1)
        return first, after - datetime.timedelta(days=1)
    day = datetime.date.fromisoformat(text)
    return day, day


def _moment(text: str) -> tuple[datetime.datetime, datetime.datetime]:
    if "T" not in text and " " not in text:
        first, last = _day(text)
        return (
            datetime.datetime.combine(first, datetime.time.min),
            datetime.datetime.combine(last, datetime.time.max),
        )
    moment = datetime.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    return moment, moment


def _time(text: str) -> tuple[datetime.time, datetime.time]:
    moment = datetime.time.fromisoformat(text)
    return moment, moment


READERS: Mapping[str, tuple[Callable[[str], tuple[Any, Any]], str]] = {
    "integer": (_number, "42"),
    "number": (_number, "4.2"),
    "boolean": (_boolean, "true or false"),
    "date": (_day, "2024-01-31, 2024-01 or 2024"),
    "datetime": (_moment, "2024-01-31T10:00:00"),
    "time": (_time, "10:00:00"),
}
"""How a value of a type is read from an address; all types that are not here are text."""


def parts(ordered: Ordered, size: int = 5_000) -> Iterator[Rows]:
    """All rows of a question, some thousands at a time."""
    for offset in range(0, ordered.count, size):
        yield ordered.page(offset, size)
