"""Time on the map: the steps of a slider over the layers that have times, and its form."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from geoportal.emap.selection import during
from geoportal.emap.state import State
from geoportal.emap.tools import panel
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import linker

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_STEPS = 120
UNITS = ("day", "week", "month", "year", "decade")
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "decade": 3652}


@dataclass(frozen=True, slots=True)
class Step:
    """A part of time, both days in it; `time` is what an address says of it."""

    begin: date
    end: date

    @property
    def time(self) -> str:
        """As a parameter of an address: a day, or from a day to a day."""
        if self.begin == self.end:
            return self.begin.isoformat()
        return f"{self.begin.isoformat()}/{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The times of some layers in steps of one unit; no steps where no layer has times."""

    unit: str
    steps: tuple[Step, ...]

    def at(self, time: str) -> int | None:
        """The number of the step that an address says; None for another time."""
        return next((i for i, step in enumerate(self.steps) if step.time == time), None)


def timed(view: View, state: State) -> list[Shown]:
    """The layers that are on and have times."""
    on = (view.collections[name] for name in state.layers)
    return [shown for shown in on if shown.layer.times and any(shown.layer.interval)]


def timeline(layers: Iterable[Shown], today: date) -> Timeline:
    """Steps from the first to the last moment of layers; an end that is open is today.

    The unit is the smallest that needs no more than MOST_STEPS.
    """
    ends = [_days(shown, today) for shown in layers]
    if not ends:
        return Timeline("day", ())
    begin, end = min(first for first, _ in ends), max(last for _, last in ends)
    days = (end - begin).days + 1
    unit = next((unit for unit in UNITS if days / DAYS[unit] <= MOST_STEPS), UNITS[-1])
    return Timeline(unit, tuple(steps(begin, end, unit))[-MOST_STEPS:])


def _days(shown: Shown, today: date) -> tuple[date, date]:
    first, last = shown.layer.interval
    end = date.fromisoformat(last[:10]) if last else today
    begin = date.fromisoformat(first[:10]) if first else end
    return min(begin, end), max(begin, end)


def steps(begin: date, end: date, unit: str) -> Iterator[Step]:
    """Days, weeks from Monday, months, years or decades, from the one that has `begin` in it.

    >>> [step.time for step in steps(date(2024, 1, 31), date(2024, 2, 1), "month")]
    ['2024-01-01/2024-01-31', '2024-02-01/2024-02-29']
    """
    at = _start(begin, unit)
    while at <= end:
        last = _last(at, unit)
        yield Step(at, last)
        if last == date.max:
            return
        at = last + timedelta(days=1)


def _start(day: date, unit: str) -> date:
    match unit:
        case "week":
            return date.fromordinal(max(day.toordinal() - day.weekday(), 1))
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
        case "decade":
            return date(max(day.year // 10 * 10, 1), 1, 1)
    return day


def _last(day: date, unit: str) -> date:
    match unit:
        case "week":
            return date.fromordinal(min(day.toordinal() + 6, date.max.toordinal()))
        case "month":
            return day.replace(day=calendar.monthrange(day.year, day.month)[1])
        case "year":
            return day.replace(month=12, day=31)
        case "decade":
            return date(min(day.year // 10 * 10 + 9, date.max.year), 12, 31)
    return day


@router.api_route("/map/time", methods=READ)
def time(request: Request) -> Response:
    """The slider over the times of the layers that are on; without JavaScript two days."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    state = State.of(request.query_params, view)
    layers = timed(view, state)
    line = timeline(layers, datetime.now(UTC).date())
    titles = [shown.title.said(request.state.language) for shown in layers]
    interval = during(state.time) or (None, None)
    given = tuple(moment.date().isoformat() if moment else "" for moment in interval)
    return panel(request, "time", state, titles=titles, line=line, given=given)


@router.api_route("/map/time/done", methods=READ)
def time_done(request: Request) -> Response:
    """Back to the map with the days that the form says."""
    portal: Portal = request.app.state.portal
    state = State.of(request.query_params, portal.registry.view())
    begin, end = (request.query_params.get(name, "")[:10] for name in ("begin", "end"))
    said = f"{begin or '..'}/{end or '..'}" if begin or end else ""
    link = linker(portal, request.state.language)
    chosen = state.query(time=said if during(said) else "")
    return RedirectResponse(f"{link('/map')}?{chosen}", 303)
