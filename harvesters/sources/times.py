"""When a source is harvested, as config.yml writes it: `every`, `cron` and `between`."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=366)
PERIOD = re.compile(r"([1-9][0-9]{0,5})([mhdw])", re.ASCII)
WINDOW = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})", re.ASCII)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
TERM = re.compile(r"(\*|(\w{1,3})(?:-(\w{1,3}))?)(?:/([0-9]{1,3}))?", re.ASCII)
LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a day in which a source may be harvested; one that ends earlier ends tomorrow."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five fields of a cron form: its name, its numbers, and words for them."""

    name: str
    least: int
    most: int
    words: Sequence[str] = ()

    def numbers(self, text: str) -> set[int]:
        """The numbers that a field means; raises ValueError for what cron does not know."""
        return {number for term in text.split(",") for number in self._term(term)}

    def _term(self, term: str) -> range:
        match = TERM.fullmatch(term.upper())
        if not match:
            raise ValueError(f"has a {self.name} of {term!r}: write 5, 1-5, */10 or 1,15")
        whole, first, last, step = match.groups()
        start = self.least if whole == "*" else self._number(first)
        open_ended = whole == "*" or (step and not last)  # 10/15 is 10-59/15
        end = self.most if open_ended else self._number(last or first)
        every = int(step or 1)
        if end < start or not every:
            raise ValueError(f"has a {self.name} of {term!r}, which never comes")
        return range(start, end + 1, every)

    def _number(self, text: str) -> int:
        if text in self.words:
            return self.words.index(text) + self.least
        number = int(text) if text.isdigit() else -1
        if not self.least <= number <= self.most:
            raise ValueError(
                f"has a {self.name} of {text}: it goes from {self.least} to {self.most}"
            )
        return number


FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 0, 7, DAYS),
)


def _period(said: Any) -> timedelta | None:
    if said is None or said == "" or isinstance(said, timedelta):
        return said or None
    match = PERIOD.fullmatch(said.strip()) if isinstance(said, str) else None
    if not match:
        raise ValueError("must be a number and m, h, d or w: 30m, 6h, 1d, 1w")
    period = timedelta(**{UNITS[match[2]]: int(match[1])})
    if period > LONGEST:
        raise ValueError("must be a year at most")
    return period


def _cron(said: str) -> str:
    parts = said.split()
    if not parts:
        return ""
    if len(parts) != len(FIELDS):
        names = ", ".join(field.name for field in FIELDS)
        raise ValueError(f"must have five fields ({names}), as in 30 3 * * 1-5")
    numbers = [field.numbers(part) for field, part in zip(FIELDS, parts, strict=True)]
    longest = max(calendar.monthrange(LEAP_YEAR, month)[1] for month in numbers[3])
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    if min(numbers[2]) > longest and not either:
        raise ValueError("names a day that never comes")
    return " ".join(parts)


def _window(said: Any) -> Window | None:
    if said is None or said == "" or isinstance(said, Window):
        return said or None
    match = WINDOW.fullmatch(said.strip()) if isinstance(said, str) else None
    if not match:
        raise ValueError('must be two times of day: "22:00-06:00"')
    hours = [int(number) for number in match.groups()]
    try:
        window = Window(time(hours[0], hours[1]), time(hours[2], hours[3]))
    except ValueError:
        raise ValueError("must be two times of day from 00:00 to 23:59") from None
    if window.start == window.end:
        raise ValueError("begins when it ends; leave it out for the whole day")
    return window


Period = Annotated[timedelta | None, BeforeValidator(_period)]
"""How often: `30m`, `6h`, `1d`, `1w`; nothing is never."""
Cron = Annotated[str, AfterValidator(_cron)]
"""Five fields of numbers, ranges, steps, lists and the English names of days and months."""
Between = Annotated[Window | None, BeforeValidator(_window)]
"""`22:00-06:00`, in the time zone of the site; nothing is always."""
