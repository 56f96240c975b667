"""Functions of a foreign query that SQLite lacks, does for ASCII only, or does without the clock.

LIKE, replace and position take linear time: SQLite's own can be made to run for hours in one step,
in which nothing stops them.
"""

import contextlib
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from publish.datastore.fields import kept
from publish.datastore.sql import BadSql

LONGEST_VALUE = 2_000_000
LONGEST_PATTERN = 200


@functools.lru_cache(64)
def _pattern(pattern: str, *, fold: bool) -> Callable[[str], bool]:
    """LIKE's pattern as parts between `%`, each found after the one before: linear, no way back."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadSql(f"A pattern is longer than {LONGEST_PATTERN} characters")
    parts = [_part(part) for part in _split(pattern.lower() if fold else pattern)]
    if len(parts) == 1:
        whole = re.compile(parts[0], re.DOTALL)
        return lambda text: whole.fullmatch(text) is not None
    first, *middle, last = (re.compile(part, re.DOTALL) for part in parts)
    ending = re.compile(parts[-1] + r"\Z", re.DOTALL)
    length = len(re.sub(r"\\(.)", r"\1", parts[-1], flags=re.DOTALL))

    def match(text: str) -> bool:
        found = first.match(text)
        for part in middle:
            found = part.search(text, found.end()) if found else None
        if found is None:
            return False
        return len(text) - length >= found.end() and bool(ending.match(text, len(text) - length))

    return match


def _split(pattern: str) -> list[list[str]]:
    """The characters between `%`; a backslash takes the next one as it is, `` `_` `` is any."""
    parts: list[list[str]] = [[]]
    letters = iter(pattern)
    for letter in letters:
        if letter == "%":
            parts.append([])
        elif letter == "\\":
            parts[-1].append(re.escape(next(letters, "\\")))
        else:
            parts[-1].append("." if letter == "_" else re.escape(letter))
    return parts


def _part(letters: Sequence[str]) -> str:
    return "".join(letters)


def _like(text: Any, pattern: Any, *, fold: bool = False) -> int | None:
    if text is None or pattern is None:
        return None
    said = str(text).lower() if fold else str(text)
    return int(_pattern(str(pattern), fold=fold)(said))


def _cast(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind in ("text", "varchar"):
        return str(value)
    if kind.startswith("int") and isinstance(value, float):
        value = round(value)
    made = kept(value, kind)
    return float(made) if kind.startswith("float") and made is not None else made


PARTS: Mapping[str, Callable[[datetime], int | float]] = {
    "year": lambda t: t.year,
    "quarter": lambda t: (t.month + 2) // 3,
    "month": lambda t: t.month,
    "week": lambda t: t.isocalendar().week,
    "day": lambda t: t.day,
    "doy": lambda t: t.timetuple().tm_yday,
    "dow": lambda t: t.isoweekday() % 7,
    "isodow": lambda t: t.isoweekday(),
    "hour": lambda t: t.hour,
    "minute": lambda t: t.minute,
    "second": lambda t: t.second + t.microsecond / 1e6 if t.microsecond else t.second,
    "epoch": lambda t: (t - datetime(1970, 1, 1)).total_seconds(),
}
STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "year": lambda t: datetime(t.year, 1, 1),
    "quarter": lambda t: datetime(t.year, (t.month - 1) // 3 * 3 + 1, 1),
    "month": lambda t: datetime(t.year, t.month, 1),
    "week": lambda t: datetime(t.year, t.month, t.day) - timedelta(days=t.weekday()),
    "day": lambda t: datetime(t.year, t.month, t.day),
    "hour": lambda t: t.replace(minute=0, second=0, microsecond=0),
    "minute": lambda t: t.replace(second=0, microsecond=0),
    "second": lambda t: t.replace(microsecond=0),
}


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(kept(str(value), "timestamp")))


def _of(table: Mapping[str, Any], unit: str) -> Any:
    if unit not in table:
        raise BadSql(f'unit "{unit[:60]}" not recognized; there are {", ".join(table)}')
    return table[unit]


def _date_part(unit: str, value: Any) -> int | float | None:
    found: int | float | None = None if value is None else _of(PARTS, unit)(_moment(value))
    return found


def _date_trunc(unit: str, value: Any) -> str | None:
    return None if value is None else _of(STARTS, unit)(_moment(value)).isoformat()


def _joined(*values: Any) -> str:
    return "".join(str(value) for value in values if value is not None)


def _extreme(choose: Callable[[list[Any]], Any], *values: Any) -> Any:
    there = [value for value in values if value is not None]
    with contextlib.suppress(TypeError):  # text beside numbers
        return choose(there) if there else None
    raise BadSql("Values of different types cannot be compared")


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives nothing as soon as one value is missing."""

    def strict(*values: Any) -> Any:
        return None if None in values else function(*values)

    return strict


FUNCTIONS: Sequence[tuple[str, int, Callable[..., Any]]] = (
    ("emap_like", 2, _like),
    ("emap_ilike", 2, functools.partial(_like, fold=True)),
    ("emap_cast", 2, _cast),
    ("emap_part", 2, _date_part),
    ("emap_trunc", 2, _date_trunc),
    ("emap_position", 2, _strict(lambda text, part: str(text).find(str(part)) + 1)),
    ("emap_replace", 3, _strict(lambda text, old, new: _replaced(str(text), str(old), str(new)))),
    ("emap_upper", 1, _strict(lambda text: str(text).upper())),
    ("emap_lower", 1, _strict(lambda text: str(text).lower())),
    ("emap_left", 2, _strict(lambda text, n: str(text)[:n])),
    ("emap_right", 2, _strict(lambda text, n: str(text)[-n:] if n else "")),
    ("emap_abs", 1, _strict(abs)),
    ("emap_ceil", 1, _strict(math.ceil)),
    ("emap_floor", 1, _strict(math.floor)),
    ("emap_concat", -1, _joined),
    ("emap_greatest", -1, functools.partial(_extreme, max)),
    ("emap_least", -1, functools.partial(_extreme, min)),
)
OWN_NAMES = frozenset(name for name, _, _ in FUNCTIONS)


def _replaced(text: str, old: str, new: str) -> str:
    """The text with one part written for another; never longer than a value may be."""
    if not old:
        return text
    if len(text) + text.count(old) * (len(new) - len(old)) > LONGEST_VALUE:
        raise BadSql("A value is too long")
    return text.replace(old, new)
