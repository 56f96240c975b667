"""A chart as SVG, drawn here: it follows the page's colours and script, and needs no JavaScript.

Colours are attributes, which chart.css of the site overrides, so a file of it has them too.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from datasets.sentences import number
from datasets.serbian import is_cyrillic
from geoportal.dataset.cells import said

if TYPE_CHECKING:
    from publish.columns.charts import Chart, Point

WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 14, 52
BAR, GAP, LABEL, FIGURE = 24, 8, 190, 84
LETTERS = 24
COLOUR, QUIET, LINE, INK = "#0b5563", "#4b5d62", "#d3dcdd", "#17252a"
FONT = 'font-family="Noto Sans, system-ui, sans-serif" font-size="13"'


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, along one axis; `step` is from mark to mark."""

    low: float
    high: float
    step: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value is."""
        spread = (self.high - self.low) or 1.0
        return self.begin + (value - self.low) / spread * (self.end - self.begin)

    @property
    def marks(self) -> Iterator[float]:
        """The values that are marked."""
        for i in range(round((self.high - self.low) / self.step) + 1):
            yield self.low + i * self.step


def scale(values: Sequence[float], begin: float, end: float, *, zero: bool = True) -> Scale:
    """A scale with some four marks at round values, which all values are within."""
    least, most = min([*values, *([0.0] if zero else [])]), max([*values, *([0.0] if zero else [])])
    spread = most - least or abs(most) or 1.0
    power = 10.0 ** math.floor(math.log10(spread / 4))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each * 4.5 >= spread)
    low, high = math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step
    return Scale(low, high if high > low else low + step, step, begin, end)


def drawn(chart: "Chart", language: str, title: str, x: str, y: str, others: str) -> Markup:
    """The chart with its title and the titles of its axes; `others` names the last bar."""
    if not chart.points:
        return Markup("")
    parts, height = DRAWERS[chart.wanted.kind](chart, language, x, y, others)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {} {}" {}>'
        "<title>{}</title>{}</svg>"
    ).format(WIDTH, height, Markup(FONT), title, Markup("").join(parts))


def _bars(chart: "Chart", language: str, x: str, y: str, others: str) -> tuple[list[Markup], float]:
    rows = [(said(language, point.at), point.value) for point in chart.points]
    if chart.others:
        rows.append((others, chart.others.value))
    across = scale([value for _, value in rows], LABEL, WIDTH - FIGURE)
    parts = []
    for i, (label, value) in enumerate(rows):
        top = TOP + i * (BAR + GAP)
        quiet = bool(chart.others) and i == len(rows) - 1
        parts.append(_bar(label, value, top, across, quiet, figure(language, value)))
    zero = across(0)
    height = TOP + len(rows) * (BAR + GAP)
    parts.append(_path(f"M{zero:.1f} {TOP - 4}V{height - GAP + 4}", "axis"))
    return [*parts, _text(zero, height + 14, y, "middle" if zero > LABEL else "start", "quiet")], (
        height + 22
    )


def _bar(label: str, value: float, top: float, across: Scale, quiet: bool, shown: str) -> Markup:
    begin, end = sorted((across(0), across(value)))
    middle = top + BAR / 2 + 4.5
    return Markup(
        '<g{}><title>{}: {}</title>{}<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"'
        ' fill="{}"/>{}</g>'
    ).format(
        Markup(' lang="sr-Cyrl"') if is_cyrillic(label) else "",
        label,
        shown,
        _text(LABEL - 8, middle, _short(label), "end"),
        "mark rest" if quiet else "mark",
        begin,
        top,
        max(end - begin, 1),
        BAR,
        QUIET if quiet else COLOUR,
        _text(end + 6, middle, shown, "start", "figure"),
    )


def _histogram(
    chart: "Chart", language: str, x: str, y: str, _others: str
) -> tuple[list[Markup], float]:
    low, high = float(chart.points[0].at), float(chart.points[-1].to or 0)
    along = Scale(low, high, (high - low) / 4, LEFT, WIDTH - RIGHT)
    up = scale([point.value for point in chart.points], HEIGHT - BOTTOM, TOP)
    marks = [_column(point, along, up, language) for point in chart.points]
    return [*_frame(along, up, language, x, y), *marks], HEIGHT


def _column(point: "Point", along: Scale, up: Scale, language: str) -> Markup:
    begin, end = along(point.at), along(point.to or 0)
    shown = f"{figure(language, point.at)} – {figure(language, point.to or 0)}"
    return Markup(
        '<g><title>{}: {}</title><rect class="mark" x="{:.1f}" y="{:.1f}" width="{:.1f}"'
        ' height="{:.1f}" fill="{}"/></g>'
    ).format(
        shown,
        figure(language, point.value),
        begin + 0.75,
        up(point.value),
        max(end - begin - 1.5, 0.5),
        up(0) - up(point.value),
        COLOUR,
    )


def _line(
    chart: "Chart", language: str, x: str, y: str, _others: str
) -> tuple[list[Markup], float]:
    times = [_moment(str(point.at)) for point in chart.points]
    along = Scale(
        times[0], times[-1] if times[-1] > times[0] else times[0] + 1, 1, LEFT, WIDTH - 28
    )
    up = scale([point.value for point in chart.points], HEIGHT - BOTTOM, TOP)
    places = [
        (along(time), up(point.value)) for time, point in zip(times, chart.points, strict=True)
    ]
    way = "L".join(f"{left:.1f} {top:.1f}" for left, top in places)
    dots = [
        _dot(place, f"{point.at}: {figure(language, point.value)}", 3.5)
        for place, point in zip(places, chart.points, strict=True)
    ]
    every = max(1, math.ceil(len(places) / 6))
    labels = [
        _text(left, HEIGHT - BOTTOM + 18, str(point.at), "middle", "quiet")
        for (left, _), point in list(zip(places, chart.points, strict=True))[::every]
    ]
    frame = _frame(None, up, language, x, y)
    trace = Markup('<path class="trace" d="M{}" fill="none" stroke="{}" stroke-width="2"/>')
    return [*frame, *labels, trace.format(way, COLOUR), *dots], HEIGHT


def _moment(label: str) -> float:
    """A day, month or year as a number of years, so that months without a value leave room."""
    year, *rest = (int(part) for part in label.split("-"))
    month, day = [*rest, 1, 1][:2]
    return year + (month - 1) / 12 + (day - 1) / 372


def _scatter(
    chart: "Chart", language: str, x: str, y: str, _others: str
) -> tuple[list[Markup], float]:
    along = scale([float(point.at) for point in chart.points], LEFT, WIDTH - RIGHT, zero=False)
    up = scale([point.value for point in chart.points], HEIGHT - BOTTOM, TOP, zero=False)
    dots = [
        _dot(
            (along(point.at), up(point.value)),
            f"{figure(language, point.at)}; {figure(language, point.value)}",
            3,
        )
        for point in chart.points
    ]
    return [*_frame(along, up, language, x, y), *dots], HEIGHT


def _dot(place: tuple[float, float], title: str, radius: float) -> Markup:
    return Markup(
        '<circle class="mark dot" cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}">'
        "<title>{}</title></circle>"
    ).format(*place, radius, COLOUR, title)


def _frame(along: Scale | None, up: Scale, language: str, x: str, y: str) -> list[Markup]:
    """The lines and figures of both axes, and their titles."""
    parts = []
    for mark in up.marks:
        top = up(mark)
        parts.append(_path(f"M{LEFT} {top:.1f}H{WIDTH - RIGHT}", "axis"))
        parts.append(_text(LEFT - 8, top + 4.5, figure(language, mark), "end", "quiet"))
    for mark in along.marks if along else ():
        left = along(mark) if along else 0
        anchor = "end" if left > WIDTH - 50 else "middle"
        parts.append(_text(left, HEIGHT - BOTTOM + 18, figure(language, mark), anchor, "quiet"))
    parts.append(_text(LEFT, HEIGHT - 8, f"→ {_short(x, 34)}", "start"))
    parts.append(_text(WIDTH - RIGHT, HEIGHT - 8, f"↑ {_short(y, 34)}", "end"))
    return parts


def _text(left: float, top: float, words: str, anchor: str, kind: str = "") -> Markup:
    colour = QUIET if kind == "quiet" else INK
    return Markup(
        '<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>'
    ).format(kind, left, top, anchor, colour, words)


def _path(way: str, kind: str) -> Markup:
    return Markup('<path class="{}" d="{}" stroke="{}" fill="none"/>').format(kind, way, LINE)


def _short(words: str, most: int = LETTERS) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def figure(language: str, value: float) -> str:
    """A number with as many decimals as it needs, three digits that say something at least.

    >>> figure("sr-Cyrl", 12345.6), figure("en", 0.125), figure("en", 12.5), figure("en", 3)
    ('12.346', '0.125', '12.5', '3')
    """
    if float(value).is_integer() or abs(value) >= 1000:
        return number(language, value)
    decimals = min(6, max(1, 2 - math.floor(math.log10(abs(value)))))
    short = number(language, value, decimals).rstrip("0")
    return short.rstrip(",.")


DRAWERS: dict[str, Callable[..., tuple[list[Markup], float]]] = {
    "bar": _bars,
    "histogram": _histogram,
    "line": _line,
    "scatter": _scatter,
}
