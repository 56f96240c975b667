"""Dates and times proved by their digits: a fixed layout and a real calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
from frictionless import Field
from numpy.typing import NDArray

from validation.fast.bounds import bounds
from validation.fast.parts import Mask, Numbers
from validation.fast.texts import Texts

DEFAULTS = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S", "time": "%H:%M:%S"}
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
NEEDED = {"date": "Ymd", "datetime": "Ymd", "time": ""}
ALLOWED = {"date": "Ymd", "datetime": "YmdHMS", "time": "HMS"}
DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the digits of each part stand in a text of fixed width, and what stands between."""

    width: int
    parts: Mapping[str, int]
    literals: Mapping[int, int]


def layout(kind: str, format_: str) -> Layout | None:
    """Lay out a format of strptime of full width, None where it has other directives.

    A text as wide as all directives at their widest can be read by strptime in one way only.

    >>> layout("date", "%d.%m.%Y.").parts
    {'d': 0, 'm': 3, 'Y': 6}
    """
    said = DEFAULTS[kind] if format_ == "default" else format_
    parts: dict[str, int] = {}
    literals: dict[int, int] = {}
    at, signs = 0, iter(said)
    for sign in signs:
        if sign == "%":
            name = next(signs, "")
            if name not in WIDTHS or name in parts:
                return None
            parts[name], at = at, at + WIDTHS[name]
        elif sign == " " or (sign.isascii() and not sign.isspace()):
            literals[at], at = ord(sign), at + 1
        else:
            return None
    if not set(NEEDED[kind]) <= set(parts) <= set(ALLOWED[kind]):
        return None
    return Layout(at, parts, literals)


class MomentProof:
    """Proves dates, local datetimes and local times; keys are their digits in falling order."""

    def __init__(self, field: Field, read: Any, laid: Layout) -> None:
        self.layout = laid
        self.bounds = bounds(field, read, packed)

    def __call__(self, texts: Texts) -> tuple[Mask, Numbers]:
        """Give which cells are proved, and their keys."""
        mask, rows = texts.matrix(self.layout.width)
        good = self._shaped(rows)
        moment = {name: self._number(rows, name) for name in self.layout.parts}
        good &= _exists(moment, len(rows))
        keys = _pack(moment, len(rows))
        for compare, bound in self.bounds:
            good &= compare(keys, bound)
        ok, key = np.zeros(len(texts), bool), np.zeros(len(texts), np.int64)
        ok[mask], key[mask] = good, keys
        return ok, key

    def _shaped(self, rows: NDArray[np.uint8]) -> Mask:
        good = np.ones(len(rows), bool)
        for at in range(self.layout.width):
            if (literal := self.layout.literals.get(at)) is None:
                good &= (rows[:, at] - np.uint8(ord("0"))) <= 9  # below "0" wraps around to 208
            else:
                good &= rows[:, at] == literal
        return good

    def _number(self, rows: NDArray[np.uint8], name: str) -> Numbers:
        start = self.layout.parts[name]
        value = np.zeros(len(rows), np.int64)
        for at in range(start, start + WIDTHS[name]):
            value = value * 10 + (rows[:, at] - np.uint8(ord("0")))
        return value


def _exists(moment: Mapping[str, Numbers], count: int) -> Mask:
    good = np.ones(count, bool)
    if "Y" in moment:
        year, month, day = moment["Y"], moment["m"], moment["d"]
        leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
        last = DAYS[np.clip(month, 0, 12)] + ((month == 2) & leap)
        good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    for name, limit in (("H", 24), ("M", 60), ("S", 60)):
        if name in moment:
            good &= moment[name] < limit
    return good


def _pack(moment: Mapping[str, Numbers], count: int) -> Numbers:
    key = np.zeros(count, np.int64)
    for name in "YmdHMS":
        key = key * (10_000 if name == "Y" else 100)
        if name in moment:
            key = key + moment[name]
    return key


def packed(value: Any) -> int | None:
    """Give the key of a value as MomentProof makes it; None where it has no such digits.

    >>> packed(date(2024, 1, 5)), packed(time(10, 20, 30)), packed(time(10, 20, 30, 5))
    (20240105000000, 102030, None)
    """
    if isinstance(value, datetime | time) and (value.tzinfo or value.microsecond):
        return None
    if isinstance(value, time):
        return (value.hour * 100 + value.minute) * 100 + value.second
    if not isinstance(value, date):
        return None
    day = (value.year * 100 + value.month) * 100 + value.day
    return day * 1_000_000 + (packed(value.time()) or 0 if isinstance(value, datetime) else 0)
