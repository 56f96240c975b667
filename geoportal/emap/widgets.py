"""Questions to a layer without writing any: a widget for each column, made from what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from datasets.model import Column
from datasets.serbian import sort_key
from geoportal.emap.selection import NUMBERS, TIMES, Condition, conditions, understood
from geoportal.registry import Shown
from publish.layers.geojson import Value
from publish.layers.labels import label
from publish.layers.spread import Spread, spread

MOST_WIDGETS = 24
MOST_OPTIONS = 40
FEW = 12
LONGEST = 80
"""Letters of a value that stands in a list."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value to choose; `value` as an address writes it, empty for none."""

    value: str
    shown: Value
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """How a column is asked for: `kind` is list, range, date or text.

    `low` and `high` are the ends of what is there; `given` what is asked for now: low and high, or
    a part of a text.
    """

    column: Column
    kind: str
    options: tuple[Option, ...] = ()
    low: str = ""
    high: str = ""
    given: tuple[str, ...] = ()


def widgets(shown: Shown, where: str) -> Iterator[Widget]:
    """A widget for each of the first columns that can be asked for, the name's first."""
    asked = {(c.column.name, c.op): c for c in conditions(where, shown.layer.columns)}
    own = label(shown.layer.columns)
    ordered = sorted(shown.layer.columns, key=lambda column: column != own)
    for column in ordered[:MOST_WIDGETS]:
        found = spread(shown.features.folder, column.name)
        if found.distinct:
            yield _widget(column, found, asked)


def _widget(column: Column, found: Spread, asked: dict[tuple[str, str], Condition]) -> Widget:
    def given(op: str) -> tuple[str, ...]:
        condition = asked.get((column.name, op))
        return condition.values if condition else ()

    if _is_list(column, found):
        return Widget(column, "list", _options(found, given("in")))
    if column.type in (*NUMBERS, *TIMES):
        kind = "range" if column.type in NUMBERS else "date"
        low, high = (_day(_text(end)) if kind == "date" else _text(end) for end in _ends(found))
        values = given("range") or ("", "")
        ends = tuple(map(_day, values)) if kind == "date" else values
        return Widget(column, kind, low=low, high=high, given=ends)
    return Widget(column, "text", given=given("has") or ("",))


def _is_list(column: Column, found: Spread) -> bool:
    """Whether there are so few values that all can be shown."""
    if column.type == "boolean":
        return True
    short = all(len(str(value)) <= LONGEST for value, _ in found.common[:MOST_OPTIONS])
    if column.type != "string" or not short:
        return False
    repeat = found.rows - found.empty >= 2 * found.distinct
    return repeat and (found.distinct <= FEW or found.distinct <= MOST_OPTIONS)


def _options(found: Spread, chosen: Sequence[str]) -> tuple[Option, ...]:
    values = sorted(found.common[:MOST_OPTIONS], key=lambda pair: sort_key(str(pair[0])))
    made = [Option(_text(v), v, count, _text(v) in chosen) for v, count in values]
    if found.empty:
        made.append(Option("", None, found.empty, "" in chosen))
    return tuple(made)


def _ends(found: Spread) -> tuple[Value, Value]:
    return found.low, found.high


def _text(value: Value) -> str:
    """A value as an address writes it.

    >>> _text(True), _text(2.0), _text(2.5)
    ('true', '2', '2.5')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _day(text: str) -> str:
    return text.partition("T")[0]


def answered(asked: QueryParams, columns: Sequence[Column]) -> Iterator[Condition]:
    """The conditions that a form of widgets says: `in.<column>`, `low.`, `high.` and `has.`."""
    for column in columns:
        name = column.name
        told: list[tuple[str, tuple[str, ...]]] = []
        if chosen := asked.getlist(f"in.{name}"):
            told.append(("in", tuple(chosen)))
        if ends := (asked.get(f"low.{name}", "").strip(), asked.get(f"high.{name}", "").strip()):
            told += [("range", ends)] if any(ends) else []
        if text := asked.get(f"has.{name}", ""):
            told.append(("has", (text,)))
        for op, values in told:
            if made := understood(Condition(column, op, values)):
                yield made


def form(shown: Shown, where: str) -> dict[str, Any]:
    """What the template of the form needs."""
    return {"widgets": list(widgets(shown, where)), "left": len(shown.layer.columns) - MOST_WIDGETS}
