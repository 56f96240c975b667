"""Moments in a query, as Lucene's dates are written: `NOW-1DAY/DAY`, `2026-01-01+6MONTHS`.

Rule: Solr's date math. A unit may be singular or plural, `/UNIT` goes back to where the unit began.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta

_MOMENT = re.compile(r"(NOW|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?|\d{4}(?:-\d\d)?)(.*)")
_STEP = re.compile(r"([+-])(\d{1,6})([A-Z]+)|/([A-Z]+)")
_UNITS = {
    "MILLISECOND": timedelta(milliseconds=1),
    "MILLI": timedelta(milliseconds=1),
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "DATE": timedelta(days=1),
}
_MONTHS = {"MONTH": 1, "YEAR": 12}
_PARTS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def moment(text: str, now: datetime) -> datetime:
    """The moment that a text means, in naive UTC; raises ValueError where it means none.

    >>> moment("NOW-1MONTH/DAY", datetime(2026, 3, 31, 12, 30)).isoformat()
    '2026-02-28T00:00:00'
    >>> moment("2026-01-01T00:00:00Z", datetime(2026, 3, 31)).isoformat()
    '2026-01-01T00:00:00'
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    at, rest = _begin(match[1], now), match[2]
    try:
        while rest:
            step = _STEP.match(rest)
            if step is None:
                raise ValueError(f"{text!r} is no date")
            at = _down(at, _unit(step[4])) if step[4] else _moved(at, *step.group(1, 2, 3))
            rest = rest[step.end() :]
    except OverflowError:
        raise ValueError(f"{text!r} is beyond all dates") from None
    return at


def _begin(text: str, now: datetime) -> datetime:
    if text == "NOW":
        return now
    if len(text) < len("2026-01-01"):
        text += "-01-01"[len(text) - len("2026-01-01") :]
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _unit(name: str) -> str:
    unit = name if name in _UNITS | _MONTHS else name.removesuffix("S")
    if unit not in _UNITS | _MONTHS:
        raise ValueError(f"{name!r} is no unit of time")
    return unit


def _moved(at: datetime, sign: str, number: str, name: str) -> datetime:
    unit, steps = _unit(name), int(sign + number)
    if unit in _UNITS:
        return at + steps * _UNITS[unit]
    months = at.year * 12 + at.month - 1 + steps * _MONTHS[unit]
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def _down(at: datetime, unit: str) -> datetime:
    """Where the unit of time that a moment lies in began."""
    if unit in {"MILLI", "MILLISECOND"}:
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
    fresh = {"MONTH": {"month": 1}, "DAY": {"day": 1}, "HOUR": {"hour": 0}}
    fresh |= {"MINUTE": {"minute": 0}, "SECOND": {"second": 0}}
    unit = "DAY" if unit == "DATE" else unit
    for finer in _PARTS[_PARTS.index(unit) + 1 :]:
        at = at.replace(**fresh[finer])  # type: ignore[arg-type]
    return at.replace(microsecond=0)
