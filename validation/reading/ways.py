"""The ways in which people write numbers, dates and times, and the field that reads each.

A way is taken for a column only when every cell follows it, so that no proposal makes an error of
a cell. Frictionless' `bareNumber: false` is used with numbers only: an integer loses its minus.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.signs import SIGNED, with_signs
from validation.reading.units import UNITS

type Field = Mapping[str, Any]
type Kind = Literal[
    "plain",
    "locale-numbers",
    "locale-units",
    "locale-dates",
    "ask",
    "unit",
    "signs",
    "guessed-signs",
]
"""Plain needs no word; a `locale-…` is told by a note; all others stay text until one answers."""
STAYS_TEXT = frozenset({"ask", "unit", "signs", "guessed-signs"})


@dataclass(frozen=True, slots=True)
class Way:
    """One way of writing: the expression of every cell, what one cell must have, the field.

    `layout` is that of a date, whose days must be on the calendar. What is to be asked has
    `others`: fields by which the same cells may be read too.
    """

    kind: Kind
    pattern: str
    field: Field
    needs: str = ""
    layout: str = ""
    others: tuple[Field, ...] = ()

    def fits(self, texts: pa.Array) -> pa.BooleanArray:
        """Tell which texts follow the way."""
        if self.kind in ("signs", "guessed-signs"):
            texts = with_signs(texts, guess=self.kind == "guessed-signs")
        like = pc.match_substring_regex(texts, self.pattern)
        if not self.layout or not pc.any(like).as_py():
            return like
        return pc.and_(like, on_calendar(texts, self.layout))

    def is_shown(self, texts: pa.Array) -> bool:
        """Tell whether one of the texts, which all follow the way, has what one must have."""
        return not self.needs or bool(pc.any(pc.match_substring_regex(texts, self.needs)).as_py())


DIGITS = "(?:0|[1-9][0-9]{0,14})"
"""Fifteen digits before the point are what a double can hold."""
INTEGER = "(?:0|-?[1-9][0-9]{0,17})"
POINT = rf"-?{DIGITS}(?:\.[0-9]+(?:[eE][+-]?[0-9]{{1,3}})?)?"  # 12E4 is a code, 1.2E4 a number
COMMA = rf"-?{DIGITS}(?:,[0-9]+)?"
GROUPED = r"-?(?:0|[1-9][0-9]{0,2}(?:G[0-9]{3}){0,4}|[1-9][0-9]{0,14})(?:D[0-9]+)?"
UNSURE = r"-?(?:[1-9][0-9]{0,2}G[0-9]{3}|0|[1-9][0-9]{0,2})"
GAP = r"[ \x{00A0}]?"
NUMBER: Field = {"type": "number"}
COMMAS: Field = {"type": "number", "decimalChar": ","}
ENGLISH: Field = {"type": "number", "groupChar": ","}
SERBIAN: Field = {**COMMAS, "groupChar": "."}
SPACES = (" ", "\u00a0", "\u202f")


SCALES = frozenset({"хиљ", "hilj", "мил", "mil"})
"""Words that make another number of it."""
LETTERS = frozenset({"c", "g", "h", "ч"})
"""Units that are as often the letter of a house number."""


def _units(*, stripped: bool) -> str:
    """Give the expression of units that Frictionless strips, or of those that end in a digit."""
    words = [
        unit
        for unit in sorted(UNITS - SCALES - LETTERS, key=lambda unit: (-len(unit), unit))
        if bool(re.search("[0-9-]", unit)) is not stripped
    ]
    return f"(?i:{'|'.join(map(re.escape, words))})" + (r"\.?" if stripped else "")


def _grouped(group: str, decimal: str) -> str:
    return GROUPED.replace("G", group).replace("D", decimal)


def _numbers() -> Iterator[tuple[Kind, str, str, Field, tuple[Field, ...]]]:
    """Yield the ways of numbers: kind, expression, what one must have, the field, its rivals."""
    yield "plain", INTEGER, "", {"type": "integer"}, ()
    yield "locale-numbers", _grouped(r"\.", ","), r"\..*\.", SERBIAN, ()
    yield "ask", UNSURE.replace("G", r"\."), r"\.", SERBIAN, (NUMBER,)
    yield "plain", POINT, "", NUMBER, ()
    yield "ask", UNSURE.replace("G", ","), ",", COMMAS, (ENGLISH,)
    yield "locale-numbers", COMMA, ",", COMMAS, ()
    yield "locale-numbers", _grouped(r"\.", ","), ",", SERBIAN, ()
    for space in SPACES:
        yield "locale-numbers", _grouped(space, ","), space, {**COMMAS, "groupChar": space}, ()
    yield "locale-numbers", _grouped(",", r"\."), r",.*\.|,.*,", ENGLISH, ()


def _with_units() -> Iterator[Way]:
    """Yield the same ways with a unit behind; one that ends in a digit is not stripped."""
    for kind, pattern, needs, field, others in _numbers():
        yield Way("unit", rf"^{pattern}{GAP}{_units(stripped=False)}$", field, needs)
        bare = {**field, "type": "number", "bareNumber": False}
        rivals = tuple({**other, "bareNumber": False} for other in others)
        told: Kind = "ask" if kind == "ask" else "locale-units"
        yield Way(told, rf"^{pattern}{GAP}{_units(stripped=True)}$", bare, needs, others=rivals)


PLAIN_NUMBERS = tuple(
    Way(kind, f"^{pattern}$", field, needs, others=others)
    for kind, pattern, needs, field, others in _numbers()
)
DOTTED = Way("unit", r"^[1-9][0-9]{0,3}\.$", {"type": "integer"})
"""A year or an ordinal number with its full stop: the stop is offered as a unit."""
WITH_UNITS = tuple(_with_units())


def _signed() -> Iterator[Way]:
    """Yield the ways of numbers once more, for those whose sign is not where programs have it."""
    kinds: tuple[Kind, Kind] = ("signs", "guessed-signs")
    for kind in kinds:
        for way in (*PLAIN_NUMBERS, *WITH_UNITS):
            if way.kind not in STAYS_TEXT:
                yield replace(way, kind=kind, needs=SIGNED)


NUMBERS = (*PLAIN_NUMBERS, *WITH_UNITS, DOTTED, *_signed())
WORDED = tuple(way for way in NUMBERS if way.kind.startswith("locale"))
"""The ways of numbers that JSON or a database can only hold as texts."""

DAY, MONTH = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"
HOUR, MINUTE = "(?:[01]?[0-9]|2[0-3])", "[0-5][0-9]"


def _date(pattern: str, layout: str, kind: Kind = "locale-dates", type_: str = "date") -> Way:
    return Way(kind, f"^{pattern}$", {"type": type_, "format": layout}, layout=layout)


def _either(sign: str) -> Iterator[Way]:
    """Yield day before month, month before day, and what may be both."""
    yield _date(f"[0-9]{{4}}{sign}{MONTH}{sign}{DAY}", f"%Y{sign}%m{sign}%d")
    small = f"{MONTH}{sign}{MONTH}{sign}[0-9]{{4}}"
    first, second = f"%d{sign}%m{sign}%Y", f"%m{sign}%d{sign}%Y"
    fields = [{"type": "date", "format": layout} for layout in (first, second)]
    yield Way("ask", f"^{small}$", fields[0], layout=first, others=(fields[1],))
    yield _date(f"{DAY}{sign}{MONTH}{sign}[0-9]{{4}}", first)
    yield _date(f"{MONTH}{sign}{DAY}{sign}[0-9]{{4}}", second)


def _times(day: str, layout: str) -> Iterator[Way]:
    """Yield a day with the time of day behind it."""
    yield _date(f"{day} {HOUR}:{MINUTE}", f"{layout} %H:%M", type_="datetime")
    yield _date(f"{day} {HOUR}:{MINUTE}:{MINUTE}", f"{layout} %H:%M:%S", type_="datetime")


def _dates() -> Iterator[Way]:
    iso = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    clock = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
    yield Way("plain", f"^{iso}$", {"type": "date"}, layout="%Y-%m-%d")
    yield Way("plain", f"^{iso}T{clock}$", {"type": "datetime"}, layout="%Y-%m-%dT%H:%M:%S")
    yield from _times(iso, "%Y-%m-%d")
    for stop in ("", "."):
        for gap in ("", " "):  # as Hungarian has it
            year_first = rf"[0-9]{{4}}\.{gap}{MONTH}\.{gap}{DAY}{re.escape(stop)}"
            yield _date(year_first, f"%Y.{gap}%m.{gap}%d{stop}")
        day = rf"{DAY}\.{MONTH}\.[0-9]{{4}}{re.escape(stop)}"
        yield _date(day, f"%d.%m.%Y{stop}")
        yield from _times(day, f"%d.%m.%Y{stop}")
        spaced = rf"{DAY}\. {MONTH}\. [0-9]{{4}}{re.escape(stop)}"
        yield _date(spaced, f"%d. %m. %Y{stop}")
        short = {"type": "date", "format": f"%d.%m.%y{stop}"}
        text = ({"type": "string"},)
        yield Way(
            "ask",
            rf"^{DAY}\.{MONTH}\.[0-9]{{2}}{re.escape(stop)}$",
            short,
            layout=short["format"],
            others=text,
        )
    yield from chain(_either("/"), _either("-"))
    yield Way("plain", f"^(?:[01][0-9]|2[0-3]):{MINUTE}:{MINUTE}$", {"type": "time"})
    yield Way("plain", f"^{HOUR}:{MINUTE}$", {"type": "time", "format": "%H:%M"})


DATES = tuple(_dates())
CLOCK = Way(
    "ask",
    rf"^{HOUR}\.{MINUTE}$",
    {"type": "time", "format": "%H.%M"},
    others=(NUMBER, {"type": "string"}),
)
"""Hours and minutes with a point, under a label of times: 6.05 is no six and a bit."""


def on_calendar(texts: pa.Array, layout: str) -> pa.BooleanArray:
    """Tell which are days that were: arrow alone would take 31.02. for the 3rd of March."""
    parsed = pc.strptime(texts, format=layout, unit="s", error_is_null=True)
    back = pc.strftime(parsed, format="%d")
    written = pc.utf8_lpad(pc.struct_field(pc.extract_regex(texts, _day_of(layout)), "day"), 2, "0")
    return pc.fill_null(pc.equal(back, written), False)


def _day_of(layout: str) -> str:
    """Give the expression that finds the day in a date."""
    start = layout.partition("%d")[0]
    before = re.sub("%[a-zA-Z]", "[0-9]+", re.escape(start))
    return f"^{before}(?P<day>[0-9]{{1,2}})"
