"""How a layer is drawn by its values: what an address asks for, else what its columns suggest.

`style.<layer>=` is `single[:colour]`, `categories:<column>`, `graduated:<column>[:<method>:<k>:
<ramp>]`, `heat` or `cluster`. Every map, picture and legend reads the same `Style`.
"""

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.model import Column
from geoportal.emap.first_styles import first_style
from geoportal.emap.palettes import NONE, OTHER, RAMPS, near, qualitative, ramp
from geoportal.emap.state import State
from geoportal.ogc.kept import Kept
from geoportal.palette import SHAPES, Symbol
from geoportal.portal import Portal
from geoportal.registry import Shown
from publish.layers.classing import FEWEST, METHODS, MOST, Classing
from publish.layers.geojson import Value
from publish.layers.spread import numbers, positions, spread

MOST_KINDS = 8
KINDS = ("single", "categories", "graduated", "heat", "cluster")
COLOUR = re.compile(r"#?[0-9a-f]{6}")
SMALL, LARGE = 0.8, 1.4
"""Sizes of the symbols of the lowest and of the highest class."""

made: Kept[Shown, "Style | None"] = Kept()
"""The classes of a layer by column and by how they are made."""

type Numbers = NDArray[np.float64]
type Filter = list[Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A class: its colour, and the shape and size (1 is usual) of a point or a line in it.

    It has the `values` it is of; or the numbers above `low`, to `high`, and `low` itself where it
    is the lowest; or `rest` says that it is of all `other` values or of features that have `none`.
    """

    colour: str
    shape: str
    size: float = 1.0
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer is drawn; `written` is what an address says of it.

    `entries` are all of its classes, one where it is drawn in one colour.
    """

    kind: str
    entries: tuple[Entry, ...]
    written: str
    column: Column | None = None
    method: str = ""
    k: int = 0
    ramp: str = ""

    def entry(self, properties: Mapping[str, Any]) -> Entry:
        """The class of a feature with these values."""
        if self.column is None:
            return self.entries[0]
        value = properties.get(self.column.name)
        if value is None or value == "":
            return self._rest("none")
        if self.kind == "categories":
            found = (entry for entry in self.entries if value in entry.values)
            return next(found, self._rest("other"))
        return next((e for e in self.entries if e.high is not None and value <= e.high), self._top)

    @property
    def _top(self) -> Entry:
        return [entry for entry in self.entries if not entry.rest][-1]

    def _rest(self, name: str) -> Entry:
        return next((e for e in self.entries if e.rest == name), self.entries[-1])


def drawn(portal: Portal, shown: Shown, state: State, symbol: Symbol) -> Style:
    """How a layer is drawn on the map of an address; `symbol` is its own colour and shape."""
    asked = state.style.get(shown.layer.id, "")
    return style(portal, shown, asked, symbol)


def style(portal: Portal, shown: Shown, asked: str, symbol: Symbol) -> Style:
    """The style that is asked for; the first one where nothing is, or nothing that can be drawn.

    Raises PublishError where classes have to be searched for and no program answers.
    """
    written = asked or first_style(shown)
    return _made(portal, shown, written, symbol) or _single(symbol, "single")


def _made(portal: Portal, shown: Shown, written: str, symbol: Symbol) -> Style | None:
    kind, *rest = written.split(":")
    if kind == "single":
        chosen = rest[0].lower() if rest and COLOUR.fullmatch(rest[0].lower()) else ""
        return _single(
            Symbol(f"#{chosen.lstrip('#')}", symbol.shape) if chosen else symbol, written
        )
    if kind in ("heat", "cluster"):
        return Style(kind, _single(symbol, kind).entries, kind) if is_points(shown) else None
    column = next((c for c in shown.layer.columns if rest and c.name == rest[0]), None)
    if kind == "categories" and column is not None:
        return made.of(shown, (column, symbol), lambda: _categories(shown, column, symbol))
    if kind == "graduated" and column is not None and column.type in ("integer", "number"):
        how = options(rest[1:], symbol)
        key = (column, symbol, how)
        return made.of(shown, key, lambda: _graduated(portal, shown, column, how, symbol))
    return None


def is_points(shown: Shown) -> bool:
    """Tell whether every feature of a layer is a point, or some."""
    return shown.layer.geometry_type.removeprefix("Multi") == "Point"


def _single(symbol: Symbol, written: str) -> Style:
    return Style("single", (Entry(symbol.colour, symbol.shape),), written)


def _categories(shown: Shown, column: Column, symbol: Symbol) -> Style | None:
    """A class for each of the most common values, one for all others, one for none."""
    found = spread(shown.features.folder, column.name)
    most = MOST_KINDS if found.distinct <= MOST_KINDS else MOST_KINDS - 1
    common = found.common[:most]
    if not common:
        return None
    entries = [
        Entry(colour, SHAPES[i % len(SHAPES)], values=(value,))
        for i, ((value, _), colour) in enumerate(zip(common, qualitative(most), strict=False))
    ]
    if found.distinct > len(common):
        entries.append(Entry(OTHER, symbol.shape, rest="other"))
    if found.empty:
        entries.append(Entry(NONE, symbol.shape, size=SMALL, rest="none"))
    return Style("categories", tuple(entries), f"categories:{column.name}", column)


def _graduated(
    portal: Portal, shown: Shown, column: Column, asked: tuple[str, int, str], symbol: Symbol
) -> Style | None:
    """Classes of numbers; fewer than asked for where the numbers are few."""
    method, k, chosen = asked
    found = spread(shown.features.folder, column.name)
    ends = _ends(portal, shown, column, method, k)
    if not ends or not isinstance(found.low, int | float):
        return None
    lows = [float(found.low), *ends[:-1]]
    colours = ramp(chosen, len(ends))
    entries = [
        Entry(colour, symbol.shape, _size(i, len(ends)), low=low, high=high)
        for i, (colour, low, high) in enumerate(zip(colours, lows, ends, strict=True))
    ]
    if found.empty:
        entries.append(Entry(NONE, symbol.shape, SMALL, rest="none"))
    said = f"graduated:{column.name}:{method}:{k}:{chosen}"
    return Style("graduated", tuple(entries), said, column, method, k, chosen)


def options(rest: Sequence[str], symbol: Symbol) -> tuple[str, int, str]:
    """Method, number of classes and ramp; the usual one for each that is not said or unknown.

    The usual ramp is the one that is nearest to the layer's own colour.

    >>> own = Symbol("#d55e00", "circle")
    >>> options(["natural", "4", "green"], own), options(["?", "99"], own)
    (('natural', 4, 'green'), ('quantiles', 5, 'orange'))
    """
    method, k, chosen = [*rest, *["", "", ""][len(rest) :]][:3]
    wanted = int(k) if re.fullmatch("[0-9]", k) else 5
    return (
        method if method in METHODS else METHODS[0],
        wanted if FEWEST <= wanted <= MOST else 5,
        chosen if chosen in RAMPS else near(symbol.colour),
    )


def _size(i: int, k: int) -> float:
    return round(SMALL + (LARGE - SMALL) * i / max(k - 1, 1), 2)


def _ends(portal: Portal, shown: Shown, column: Column, method: str, k: int) -> list[float]:
    folder = shown.features.folder

    def finite() -> Numbers:
        every = numbers(folder, column.name)
        return every[np.isfinite(every)]

    classing = _classing(portal.store.cache("classes"))
    key = f"{shown.layer.sha}-{column.name}"
    return rounded(classing.ends(finite, key, method, k), column.type == "integer")


@functools.cache
def _classing(folder: Path) -> Classing:
    return Classing(folder)  # one of a folder, so that one program runs at a time


def rounded(ends: Sequence[float], whole: bool) -> list[float]:
    """Upper ends as people read them; the same features stay in the same classes, or almost.

    >>> rounded([63.66, 114.9, 12165.4], True), rounded([0.123456, 0.5], False)
    ([63, 114, 12166], [0.123, 0.5])
    """
    if not ends:
        return []
    if whole:
        return sorted({*map(math.floor, ends[:-1]), math.ceil(ends[-1])})
    reach = abs(ends[-1] - ends[0]) / len(ends) or abs(ends[-1]) or 1.0
    digits = max(0, 2 - math.floor(math.log10(reach)))
    up = 10.0**-digits
    last = round(ends[-1], digits)
    return sorted({*(round(e, digits) for e in ends[:-1]), last if last >= ends[-1] else last + up})


@functools.lru_cache(64)
def codes(shown: Shown, drawn_by: Style) -> NDArray[np.uint8]:
    """The number of its class for each feature of a layer, in the order of their keys."""
    folder, column = shown.features.folder, drawn_by.column
    if column is None:
        return np.zeros(shown.layer.features, dtype=np.uint8)
    rest = {entry.rest: i for i, entry in enumerate(drawn_by.entries)}
    plain = [entry for entry in drawn_by.entries if not entry.rest]
    none = rest.get("none", len(plain) - 1)
    if drawn_by.kind == "categories":
        found = positions(folder, column.name, [entry.values[0] for entry in plain])
        other = rest.get("other", len(plain) - 1)
        kinds = np.where(found >= 0, found, np.where(found == -1, other, none))
        return kinds.astype(np.uint8)
    every = numbers(folder, column.name)
    place = np.searchsorted([entry.high or 0.0 for entry in plain], every, side="left")
    return np.where(np.isfinite(every), np.minimum(place, len(plain) - 1), none).astype(np.uint8)
