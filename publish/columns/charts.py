"""Charts of a table: what its columns suggest, and the few numbers that each needs.

A `bar` has a bar for each of the commonest values of a column, a `histogram` for each part of its
range; a `line` a point for each day, month or year; a `scatter` a dot for each of some rows. What
bars and lines measure is `count`, or the `mean` or `sum` of a second column.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.model import Column
from publish.columns.kept import Kept

type Kind = Literal["bar", "histogram", "line", "scatter"]
type Measure = Literal["count", "mean", "sum"]

KINDS: tuple[Kind, ...] = ("bar", "histogram", "line", "scatter")
MEASURES: tuple[Measure, ...] = ("count", "mean", "sum")
NUMBERS, TIMES = ("integer", "number"), ("date", "datetime")
YEARS = ("godina", "year", "god")
NAMES = (
    "id",
    "fid",
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "x",
    "y",
    "sifra",
    "kod",
    "broj",
)
"""Columns of numbers that name or place a row: their sum says nothing."""

MOST_BARS, MOST_DOTS, MOST_POINTS, BINS = 15, 1000, 400, 16
MOST_GROUPS = 60
SUGGESTED = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which chart: its kind, one or two columns by name, and what is measured."""

    kind: Kind
    x: str
    y: str = ""
    by: Measure = "count"


@dataclass(frozen=True, slots=True)
class Point:
    """One mark: from where (to where, of a histogram), and how much; a moment is ISO 8601."""

    at: Any
    value: float
    to: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its numbers. `others` is what bars that are not shown come to together.

    `rows` are those that are in it, `missing` those without a value; `unit` is that of the time.
    """

    wanted: Wanted
    x: Column
    y: Column | None
    points: Sequence[Point]
    rows: int
    missing: int
    others: Point | None = None
    unit: str = ""


def suggested(kept: Kept) -> list[Wanted]:
    """The charts that the columns of a table suggest, the plainest first."""
    found = dict.fromkeys(_suggestions(kept))
    return list(found)[:SUGGESTED]


def _suggestions(kept: Kept) -> Iterator[Wanted]:
    groups, numbers, times = _groups(kept), _measured(kept), _times(kept)
    if groups:
        yield Wanted("bar", groups[0])
    if times:
        yield Wanted("line", times[0], numbers[0], "mean") if numbers else Wanted("line", times[0])
    if numbers:
        yield Wanted("histogram", numbers[0])
    if groups and numbers:
        yield Wanted("bar", groups[0], numbers[0], "sum")
    if len(numbers) > 1:
        yield Wanted("scatter", numbers[0], numbers[1])
    for name in groups[1:]:
        yield Wanted("bar", name)
    for name in numbers[1:]:
        yield Wanted("histogram", name)


def _groups(kept: Kept) -> list[str]:
    """Columns of words whose values come again and again, those of few values first."""
    found = [
        (each.distinct, each.column.name)
        for each in kept.about
        if each.column.type not in (*NUMBERS, *TIMES)
        and 2 <= each.distinct <= min(MOST_GROUPS, kept.rows / 2)
    ]
    return [name for _, name in sorted(found, key=lambda pair: (pair[0] < 3, pair[0]))]


def _measured(kept: Kept) -> list[str]:
    """Columns of numbers that measure something."""
    return [
        each.column.name
        for each in kept.about
        if each.column.type in NUMBERS
        and each.distinct > 3
        and each.column.name.lower() not in (*NAMES, *YEARS)
        and each.column.name not in kept.primary_key
        and not each.column.name.lower().startswith(("id_", "sifra_", "maticni", "postanski"))
    ]


def _times(kept: Kept) -> list[str]:
    named = [
        each.column.name
        for each in kept.about
        if each.distinct >= 3
        and (each.column.type in TIMES or (each.column.type == "integer" and _is_year(each.column)))
    ]
    return [name for name in named if name in kept.places]


def _is_year(column: Column) -> bool:
    return column.name.lower().startswith(YEARS)


def chart(kept: Kept, wanted: Wanted) -> Chart:
    """The chart that is wanted. Raises ValueError saying which column would do."""
    if wanted.x not in kept.places or (wanted.y and wanted.y not in kept.places):
        missing = wanted.y if wanted.x in kept.places else wanted.x
        raise ValueError(f"there is no column {missing[:60]!r}")
    if wanted.kind == "scatter":
        return _scatter(kept, wanted)
    if wanted.kind == "histogram":
        return _histogram(kept, wanted)
    if wanted.by != "count" and _column(kept, wanted.y).type not in NUMBERS:
        raise ValueError(f"y: {wanted.by} is of a column of numbers")
    return _line(kept, wanted) if wanted.kind == "line" else _bar(kept, wanted)


def _column(kept: Kept, name: str) -> Column:
    return kept.columns[kept.places[name]] if name in kept.places else Column("", "", "")


def _numbers(kept: Kept, name: str) -> NDArray[np.float64]:
    """The values of a column of numbers row by row, NaN for none."""
    place = kept.places[name]
    if kept.columns[place].type not in NUMBERS:
        raise ValueError(f"{name}: is no column of numbers")
    known = kept.values(place).to_numpy(zero_copy_only=False).astype(np.float64)
    found: NDArray[np.float64] = np.append(known, np.nan)[kept.codes[place]]
    return found


def _grouped(kept: Kept, wanted: Wanted, groups: NDArray[Any], many: int) -> NDArray[np.float64]:
    """What is measured in each of so many groups of rows; NaN where a group has no number."""
    if wanted.by == "count":
        return np.bincount(groups, minlength=many)[:many].astype(np.float64)
    numbers = _numbers(kept, wanted.y)
    there = ~np.isnan(numbers)
    sums = np.bincount(groups[there], numbers[there], minlength=many)[:many]
    counts = np.bincount(groups[there], minlength=many)[:many]
    with np.errstate(invalid="ignore", divide="ignore"):
        measured: NDArray[np.float64] = np.where(counts > 0, sums, np.nan)
        return measured / counts if wanted.by == "mean" else measured


def _bar(kept: Kept, wanted: Wanted) -> Chart:
    place = kept.places[wanted.x]
    about = kept.about[place]
    measured = _grouped(kept, wanted, kept.codes[place], about.distinct)
    order = np.argsort(-np.nan_to_num(measured, nan=-np.inf), kind="stable")
    order = order[~np.isnan(measured[order])]
    shown, rest = order[:MOST_BARS], order[MOST_BARS:]
    points = [Point(kept.value(place, int(i)), float(measured[i])) for i in shown]
    others = None
    if len(rest) and wanted.by != "mean":
        others = Point(len(rest), float(measured[rest].sum()))
    return _made(kept, wanted, points, about.empty, others)


def _made(
    kept: Kept,
    wanted: Wanted,
    points: Sequence[Point],
    missing: int,
    others: Point | None = None,
    unit: str = "",
) -> Chart:
    y = _column(kept, wanted.y) if wanted.y else None
    x = _column(kept, wanted.x)
    return Chart(wanted, x, y, points, kept.rows - missing, missing, others, unit)


def _histogram(kept: Kept, wanted: Wanted) -> Chart:
    place = kept.places[wanted.x]
    about = kept.about[place]
    if about.column.type not in NUMBERS:
        raise ValueError(f"{wanted.x}: is no column of numbers")
    known = kept.values(place).to_numpy(zero_copy_only=False).astype(np.float64)
    if not len(known):
        return _made(kept, wanted, [], about.empty)
    low, step = bins(float(known[0]), float(known[-1]), whole=about.column.type == "integer")
    parts = np.floor((known - low) / step).astype(np.int64)
    counts = np.bincount(parts, kept.counts(place))
    points = [
        Point(low + i * step, float(count), low + (i + 1) * step) for i, count in enumerate(counts)
    ]
    return _made(kept, wanted, points, about.empty)


def bins(least: float, most: float, *, whole: bool = False) -> tuple[float, float]:
    """Where parts of a range begin, and how wide each is: 1, 2 or 5 times a power of ten.

    >>> bins(3, 97), bins(0.12, 0.19), bins(5, 5)
    ((0.0, 10.0), (0.12, 0.005), (5.0, 1.0))
    """
    spread = most - least
    if not 0 < spread < math.inf:
        return float(least), 1.0
    raw = spread / BINS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    step = max(step, 1.0) if whole else step
    low = math.floor(least / step) * step
    return round(low, 12), round(step, 12)


def _line(kept: Kept, wanted: Wanted) -> Chart:
    place = kept.places[wanted.x]
    about = kept.about[place]
    if about.column.type not in TIMES and not _is_year(about.column):
        raise ValueError(f"{wanted.x}: is no column of times")
    if not about.distinct:
        return _made(kept, wanted, [], about.empty)
    unit, labels = _labels(kept, place)
    known, groups = np.unique(np.array(labels), return_inverse=True)
    of_rows = np.append(groups, len(known))[kept.codes[place]]
    measured = _grouped(kept, wanted, of_rows, len(known))
    points = [
        Point(str(label), float(value))
        for label, value in zip(known, measured, strict=True)
        if not np.isnan(value)
    ]
    return _made(kept, wanted, points[:MOST_POINTS], about.empty, unit=unit)


def _labels(kept: Kept, place: int) -> tuple[str, list[str]]:
    """The unit in which the times of a column are counted, and each of its values in it."""
    values = kept.values(place)
    if kept.columns[place].type == "integer":
        return "year", [f"{value:04d}" for value in values.to_pylist()]
    first, last = (values[i].as_py() for i in (0, len(values) - 1))
    days = (_day(last) - _day(first)).days
    unit, form = ("day", "%Y-%m-%d") if days <= 120 else ("month", "%Y-%m")
    if days > 365 * 12:
        unit, form = "year", "%Y"
    return unit, pc.strftime(values, form).to_pylist()


def _day(moment: Any) -> date:
    return date(moment.year, moment.month, moment.day)


def _scatter(kept: Kept, wanted: Wanted) -> Chart:
    if not wanted.y:
        raise ValueError("y: a scatter needs a second column of numbers")
    x, y = _numbers(kept, wanted.x), _numbers(kept, wanted.y)
    there = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    some = there[np.linspace(0, len(there) - 1, min(len(there), MOST_DOTS)).astype(np.int64)]
    points = [Point(float(x[i]), float(y[i])) for i in some]
    return _made(kept, wanted, points, kept.rows - len(there))
