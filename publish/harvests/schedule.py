"""When a source is due: of its rhythm, its window, its last job and the clock. Nothing is kept.

A slot is a moment of the rhythm, written in UTC; with the source it names one job for ever, so
that any number of planners make one job of it. Moments here are aware and in UTC.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from harvesters.sources.source import Source
from harvesters.sources.times import Window

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How far back a cron form is asked for its last moment: few moments are looked at, whatever it is.
LOOKBACKS = [timedelta(hours=1), *(timedelta(days=days) for days in (1, 8, 32, 366, 8 * 366))]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands: its last job was made then, one is open now, it is paused."""

    last: datetime | None = None
    is_open: bool = False
    is_paused: bool = False


def has_schedule(source: Source) -> bool:
    """Tell whether a source is harvested by itself."""
    return bool(source.every or source.cron)


def due(source: Source, standing: Standing, now: datetime, zone: ZoneInfo) -> str | None:
    """The slot for which a source is to be harvested now; None when it is not.

    However many slots went by since its last job, it is due once, for the last of them.
    """
    moment = next_run(source, standing, now, zone)
    if moment is None or moment > now:
        return None
    return f"{_last(source, now, zone) or now:%Y-%m-%dT%H:%MZ}"


def next_run(source: Source, standing: Standing, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a source is harvested next; `now` when it is due, None while it is or without schedule.

    One that is paused is tried once a day, or at its own rhythm where that is slower.
    """
    if standing.is_open or not has_schedule(source):
        return None
    slot = _last(source, now, zone)
    missed = standing.last is None or (slot is not None and standing.last < slot)
    moment = now if missed else _next(source, now, zone)
    if standing.is_paused and standing.last is not None:
        moment = max(moment, standing.last + DAY)
    return opening(source.between, moment, zone) if source.between else moment


def opening(window: Window, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `moment` on that lies in a window."""
    today = moment.astimezone(zone).date()
    spans = (_span(window, today + DAY * days, zone) for days in (-1, 0, 1, 2))
    return next(max(moment, start) for start, end in spans if moment < end)


def _span(window: Window, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a window opens on a day, and closes: half open."""
    over_midnight = window.end < window.start
    start = _at(day, window.start, zone)
    end = _at(day + DAY if over_midnight else day, window.end, zone)
    if end <= start:  # the change to summer time left it out: then it is right after the change
        end = start + (datetime.combine(day, window.end) - datetime.combine(day, window.start))
    return start, end


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _last(source: Source, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The last moment of the rhythm, `now` included; a rare form may have none in eight years."""
    if source.every:
        return _floor(source, now, source.every)
    for back in LOOKBACKS:
        moments = takewhile(lambda moment: moment <= now, _moments(source.cron, now - back, zone))
        if found := list(moments):
            return found[-1]
    return None


def _next(source: Source, now: datetime, zone: ZoneInfo) -> datetime:
    if source.every:
        return _floor(source, now, source.every) + source.every
    return next(moment for moment in _moments(source.cron, now, zone) if moment > now)


def _floor(source: Source, now: datetime, every: timedelta) -> datetime:
    """The moment at which the period of a source began: sources begin theirs at different times."""
    seed = int.from_bytes(hashlib.sha256(source.name.encode()).digest()[:8])
    minutes = every // timedelta(minutes=1)
    offset = timedelta(minutes=seed % minutes)
    return now - (now - EPOCH - offset) % every


def _moments(cron: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments of a cron form; a time that the clock leaves out is told as right after it."""
    for moment in CronSim(cron, after.astimezone(zone)):
        yield moment.astimezone(UTC)
