"""The parameter `datetime`: a moment, or from when to when.

Rules: OGC API Features 1.0 §7.15.4 and RFC 3339; ISO 8601 for a duration in place of an end, which
the OGC's own test suite asks for.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta

from geoportal.ogc.problems import bad
from publish.layers.query import Interval

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOMENT = DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
DURATION = re.compile(
    r"P(?=[0-9T])(?:(?P<years>[0-9]{1,5})Y)?(?:(?P<months>[0-9]{1,5})M)?(?:(?P<weeks>[0-9]{1,5})W)?"
    r"(?:(?P<days>[0-9]{1,6})D)?(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?"
    r"(?:(?P<minutes>[0-9]{1,6})M)?(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?"
)
OPEN = ("", "..")
ALLOWED = (
    "a date, a time such as 2024-01-31T10:00:00Z, or begin/end of them, where .. is open"
    " and a duration such as P1M stands for an end"
)


def interval(value: str) -> Interval:
    """From when to when, in UTC without an offset, None for open; a date is all of its day.

    >>> interval("2024-01-31/..")
    (datetime.datetime(2024, 1, 31, 0, 0), None)
    >>> interval("2024-01-31/P1M")[1]
    datetime.datetime(2024, 2, 29, 0, 0)
    """
    try:
        # a + that was not quoted arrives as a space
        begin, end = _ends(value.upper().replace(" ", "+").split("/"))
    except (ValueError, OverflowError):
        raise bad("datetime", value, ALLOWED) from None
    if begin is not None and end is not None and begin > end:
        raise bad("datetime", value, ALLOWED)
    return begin, end


def _ends(parts: list[str]) -> Interval:
    if len(parts) == 1:
        return _moment(parts[0])
    first, last = parts
    if first.startswith("P"):
        end = _moment(last)[1]
        return _shifted(end, first, -1), end
    begin = None if first in OPEN else _moment(first)[0]
    if last.startswith("P") and begin is not None:
        return begin, _shifted(begin, last, 1)
    return begin, None if last in OPEN else _moment(last)[1]


def _moment(text: str) -> tuple[datetime, datetime]:
    """First and last moment of a date or of a time; ValueError, OverflowError for anything else."""
    if re.fullmatch(DAY, text):
        day = date.fromisoformat(text)
        return datetime.combine(day, time.min), datetime.combine(day, time.max)
    if not re.fullmatch(MOMENT, text):
        raise ValueError(text)
    read = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return read, read


def _shifted(moment: datetime, duration: str, sign: int) -> datetime:
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    given = {name: float(number or 0) for name, number in found.groupdict().items()}
    months = moment.year * 12 + moment.month - 1
    months += sign * int(given.pop("years") * 12 + given.pop("months"))
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year, month + 1, day) + sign * timedelta(**given)
