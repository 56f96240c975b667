"""Styles as the scripts of the map draw them, and as a legend says them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from datasets.model import BBox
from datasets.sentences import number
from datasets.serbian import is_cyrillic, to_latin
from datasets.text import CYRILLIC, ENGLISH, LATIN
from geoportal.emap.classes import Entry, Style, codes, drawn, is_points
from geoportal.emap.first_styles import MOST_CLUSTERED
from geoportal.emap.selection import Condition, conditions, cql2, query, tiles, written
from geoportal.emap.state import State
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.words import word
from publish.layers.geojson import Value

type Filter = list[Any]


def looks(
    portal: Portal, view: View, state: State, language: str, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """How layers are drawn, by id (`Look` of drawing.mjs): those that are on, or the named ones."""
    symbols = view.symbols()
    asked = state.layers if names is None else [n for n in names if n in view.collections]
    return {
        name: look(
            view.collections[name],
            drawn(portal, view.collections[name], state, symbols[name]),
            state,
            language,
        )
        for name in asked
    }


def look(shown: Shown, style: Style, state: State, language: str) -> dict[str, Any]:
    """One layer's style for the scripts: expressions over the attributes in its tiles."""
    chosen = conditions(state.where.get(shown.layer.id, ""), shown.layer.columns)
    found: dict[str, Any] = {
        "kind": style.kind,
        "style": style.written,
        "where": written(chosen),
        "cql2": cql2(chosen),
        "filter": tiles(chosen),
        "legend": list(legend(shown, style, state.labels or language)),
    }
    if style.column is not None:
        found["column"] = title(style, state.labels or language)
        found |= _expressions(style)
    elif style.written.startswith("single:"):
        found["colour"] = style.entries[0].colour
    if style.kind == "cluster":
        found["points"] = points_address(shown, state)
    if chosen or (state.time and shown.layer.times):
        found["chosen"] = shown.features.count(query(shown, found["where"], state.time))
    return found


def points_address(shown: Shown, state: State) -> str:
    """Where the points of a layer are, all at once, for what a browser puts together itself."""
    own = State(where={k: v for k, v in state.where.items() if k == shown.layer.id})
    asked = own.query(time=state.time).partition("&")[2]
    return f"/map/points/{shown.layer.id}.json?v={shown.version}" + (f"&{asked}" if asked else "")


def can_cluster(shown: Shown) -> bool:
    """Tell whether a browser may get all points of a layer at once."""
    return is_points(shown) and shown.layer.features <= MOST_CLUSTERED


def title(style: Style, language: str) -> dict[str, str]:
    """The title of the column by which a layer is drawn, and its language."""
    return _spoken(style.column.title if style.column else "", language)


def legend(shown: Shown, style: Style, language: str) -> Iterator[dict[str, Any]]:
    """The classes of a style: words, colour, shape and size, and which features they are of.

    `where` are conditions of an address that choose the class, empty where none can; `filter` is
    true of its features in tiles alone.
    """
    if style.column is None:
        return
    for i, entry in enumerate(style.entries):
        before = [belongs(other, style) for other in style.entries[:i] if other.rest != "none"]
        own = belongs(entry, style)
        yield {
            **label(entry, style, language),
            "colour": entry.colour,
            "shape": mark(shown, entry),
            "size": entry.size,
            "where": where(entry, style),
            "filter": ["all", own, ["!", ["any", *before]]] if before else own,
        }


def mark(shown: Shown, entry: Entry) -> str:
    """What a legend draws for a class: an area, a line, or the shape of its points."""
    geometry = shown.layer.geometry_type
    return "area" if "Polygon" in geometry else "line" if "Line" in geometry else entry.shape


def label(entry: Entry, style: Style, language: str) -> dict[str, str]:
    """What a class is called, with the language of the words."""
    if entry.rest:
        return {"label": word(language, f"class_{entry.rest}"), "lang": language}
    if style.kind == "graduated":
        return {"label": _reach(entry, style, language), "lang": language}
    value = entry.values[0]
    if isinstance(value, bool):
        return {"label": word(language, "is_true" if value else "is_false"), "lang": language}
    return _spoken(str(value), language)


def _spoken(text: str, language: str) -> dict[str, str]:
    """Words of the data in the script that is read, and their language."""
    if language == CYRILLIC:
        return {"label": text, "lang": CYRILLIC if is_cyrillic(text) else LATIN}
    shown = to_latin(text)
    return {"label": shown, "lang": LATIN if language == LATIN or shown != text else ENGLISH}


def _reach(entry: Entry, style: Style, language: str) -> str:
    low, high = _ends(entry, style)
    if low >= high:
        return figure(language, high)
    return f"{figure(language, low)} – {figure(language, high)}"


def figure(language: str, value: float) -> str:
    """A number with the decimals that it has, six at most.

    >>> figure("sr-Cyrl", 1234.5), figure("en", 7)
    ('1.234,5', '7')
    """
    decimals = len(f"{value:.6f}".rstrip("0").partition(".")[2])
    return number(language, value, decimals)


def _ends(entry: Entry, style: Style) -> tuple[float, float]:
    """The least and the most that a class says of itself: whole numbers do not overlap."""
    low, high = entry.low or 0.0, entry.high or 0.0
    if style.column is not None and style.column.type == "integer":
        return (int(low) if entry is style.entries[0] else int(low) + 1), int(high)
    return low, high


def where(entry: Entry, style: Style) -> str:
    """The conditions of an address that choose a class."""
    if style.column is None or entry.rest == "other":
        return ""
    if entry.rest == "none":
        return Condition(style.column, "in", ("",)).written
    if style.kind == "categories":
        return Condition(style.column, "in", tuple(map(_text, entry.values))).written
    low, high = _ends(entry, style)
    return Condition(style.column, "range", (f"{low:.15g}", f"{high:.15g}")).written


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expressions(style: Style) -> dict[str, Filter]:
    """Colour, size and symbol of a feature, each a `case` over the classes."""
    tests = [(belongs(entry, style), entry) for entry in style.entries]
    return {
        "colour": _case(tests, [entry.colour for entry in style.entries]),
        "size": _case(tests, [entry.size for entry in style.entries]),
        "icon": _case(tests, [f"{entry.shape} {entry.colour}" for entry in style.entries]),
    }


def _case(tests: Sequence[tuple[Filter, Entry]], values: Sequence[object]) -> Filter:
    """The value of the first class whose test is passed; that of the last where none is."""
    made: Filter = ["case"]
    for (test, _), value in zip(tests, values, strict=True):
        made += [test, value]
    return [*made, values[-1]]


def belongs(entry: Entry, style: Style) -> Filter:
    """Whether a feature in a tile is of a class, of those that the classes before left over."""
    value: Filter = ["get", style.column.name if style.column else ""]
    if entry.rest == "none":
        return ["==", ["to-string", value], ""]
    if entry.rest == "other":
        return ["!=", ["to-string", value], ""]
    if style.kind == "categories":
        return ["in", value, ["literal", list(entry.values)]]
    return ["all", ["==", ["typeof", value], "number"], ["<=", ["to-number", value], entry.high]]


def counted(shown: Shown, style: Style, state: State, bbox: BBox | None) -> list[int]:
    """How many features of each class are in a box, of those that the address chooses."""
    asked = query(shown, state.where.get(shown.layer.id, ""), state.time, bbox)
    found = codes(shown, style)[: shown.features.manifest.with_geometry]
    if not asked.matches_all:
        keys = shown.features.keys(asked)
        found = found[keys[keys <= len(found)] - 1]
    return np.bincount(found, minlength=len(style.entries)).tolist()
