"""How the features of a layer look in a picture, and which of them are in it at all.

The same rules by which the map in the browser draws: `style.<layer>`, `where.<layer>` and `time`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoportal.emap import selection
from geoportal.emap.classes import Style
from geoportal.emap.selection import NUMBERS, Condition
from geoportal.emap.state import State
from geoportal.raster.shapes import Piece
from geoportal.registry import Shown
from publish.layers.geojson import Value

type Chosen = NDArray[np.bool_]
type Classes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours of the map itself: ground, text, and the edge around text and symbols."""

    ground: str
    ink: str
    halo: str


LIGHT = Scheme("#eef3f2", "#17252a", "#ffffff")
DARK = Scheme("#1a2529", "#e6eef0", "#10181b")


def classes(style: Style, piece: Piece) -> Classes:
    """The number of its class of each feature of a piece."""
    count = len(piece.layer.kinds)
    if style.column is None:
        return np.zeros(count, dtype=np.int64)
    name, numbers = style.column.name, {id(e): i for i, e in enumerate(style.entries)}
    known: dict[Value, int] = {}
    found = piece.layer.column(name)
    for value in set(found):
        known[value] = numbers[id(style.entry({name: value}))]
    return np.fromiter((known[value] for value in found), np.int64, count)


def is_coloured(style: Style) -> bool:
    """Whether a style says colours of its own, so that areas are filled with them."""
    return style.column is not None or style.written.startswith("single:")


def wanted(shown: Shown, state: State, piece: Piece) -> Chosen:
    """Which features of a piece the map shows."""
    chosen = np.ones(len(piece.layer.kinds), dtype=bool)
    name = shown.layer.id
    for condition in selection.conditions(state.where.get(name, ""), shown.layer.columns):
        chosen &= matching(condition, piece.layer.column(condition.column.name))
    return chosen & _timely(shown, state.time, piece)


def matching(condition: Condition, values: Sequence[Value]) -> Chosen:
    """Which values a condition is true of.

    >>> from datasets.model import Column
    >>> rooms = Condition(Column("soba", "Соба", "integer"), "range", ("2", ""))
    >>> matching(rooms, [1, 2, None]).tolist()
    [False, True, False]
    """
    return np.array([TESTS[condition.op](condition, value) for value in values], dtype=bool)


def _in(condition: Condition, value: Value) -> bool:
    if value is None or value == "":
        return "" in condition.values
    if condition.column.type in NUMBERS:
        return any(v and float(v) == value for v in condition.values)
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return said in condition.values


def _range(condition: Condition, value: Value) -> bool:
    if value is None:
        return False
    low, high = condition.values
    if condition.column.type in NUMBERS:
        number = float(value)
        return (not low or number >= float(low)) and (not high or number <= float(high))
    said = str(value)
    return (not low or said >= low) and (not high or said <= high)


def _has(condition: Condition, value: Value) -> bool:
    said = str(value or "").lower()
    return any(spelling in said for spelling in selection.spellings(condition.values[0]))


TESTS = {"in": _in, "range": _range, "has": _has}


def _timely(shown: Shown, time: str, piece: Piece) -> Chosen:
    """Features whose time touches that of the map, and those of which no time is known."""
    interval, times = selection.during(time), shown.layer.times
    if interval is None or not times:
        return np.ones(len(piece.layer.kinds), dtype=bool)
    begin, end = ("" if moment is None else moment.isoformat() for moment in interval)
    firsts, lasts = piece.layer.column(times[0]), piece.layer.column(times[-1])
    return np.array(
        [
            (not end or first is None or str(first) <= end[: len(str(first))])
            and (not begin or last is None or str(last) >= begin[: len(str(last))])
            for first, last in zip(firsts, lasts, strict=True)
        ],
        dtype=bool,
    )
