"""Whether a dataset is as fresh as its publisher promised.

Rule: the extra `frequency` of the package, by the EU's authority table "Frequency".
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from publish.dcat.vocabularies import FREQUENCY, Entry

type State = Literal["fresh", "due", "late", "open", "unknown"]
"""As promised; a little late; late; without a date that it was promised for; nothing promised."""

GRACE = 1.5
"""So many intervals may pass before what is due is late."""
DAYS = {
    "CONT": 1.0,
    "UPDATE_CONT": 1.0,
    "HOURLY": 1.0,
    "DAILY_2": 1.0,
    "WEEKLY_3": 3.0,
    "MONTHLY_3": 10.5,
    "MONTHLY_2": 15.5,
}
"""Of the entries without an interval, and of those below a day: a day is what is told here."""
_LONG = {"D": 1.0, "W": 7.0, "M": 31.0, "Y": 366.0}
_INTERVAL = re.compile(r"R/P([0-9.]+)([DWMY])")


@dataclass(frozen=True, slots=True)
class Freshness:
    """What was promised and what is: `age_days` since the last change, `every_days` or None."""

    state: State
    age_days: int
    every_days: float | None
    frequency: Entry | None

    @property
    def late_days(self) -> int:
        """How many days ago the next change was due; 0 while it is not."""
        return max(0, math.floor(self.age_days - self.every_days)) if self.every_days else 0


def freshness(frequency: object, changed: str, today: date) -> Freshness:
    """Hold the last change (ISO 8601) against how often somebody said that there would be one.

    >>> freshness("monthly", "2026-01-01T10:00:00", date(2026, 1, 20)).state
    'fresh'
    >>> freshness("R/P1D", "2026-01-01", date(2026, 1, 20)).late_days
    18
    """
    entry = FREQUENCY.find(frequency)
    every, age = _every_days(entry), _age_days(changed, today)
    if entry is None or entry.address.endswith("/UNKNOWN"):
        return Freshness("unknown", age, None, None)
    if every is None:
        return Freshness("open", age, None, entry)
    state: State = "fresh" if age <= every else "due" if age <= every * GRACE else "late"
    return Freshness(state, age, every, entry)


def _every_days(entry: Entry | None) -> float | None:
    if entry is None:
        return None
    if found := _INTERVAL.fullmatch(entry.interval):
        return max(1.0, float(found[1]) * _LONG[found[2]])
    return DAYS.get(entry.address.rpartition("/")[2])


def _age_days(changed: str, today: date) -> int:
    """Whole days since a moment; 0 for what is no moment, or lies ahead."""
    try:
        moment = datetime.fromisoformat(changed)
    except ValueError:
        return 0
    day = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    return max(0, (today - day).days)
