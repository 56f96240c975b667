"""Which features of a layer are wanted: `where.<layer>=<column>:<op>:<value>[;…]` of an address.

`in` has values with commas between, an empty one for no value; `range` has `low..high`, either of
which may be left out; `has` is a part of a text, found in both scripts and without diacritics. In
a value `%`, `,` and `;` are written `%25`, `%2C` and `%3B`; nothing else is. What a layer cannot
answer is left out. The same conditions are a CQL2 text for the APIs and an expression for tiles.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from datasets.model import BBox, Column
from datasets.serbian import AZBUKA, TO_LATIN, is_cyrillic, to_latin
from geoportal.ogc.intervals import interval
from geoportal.ogc.problems import Problem
from geoportal.registry import Shown
from publish.cql2.reading import read
from publish.layers.query import Interval, Query

MOST_CONDITIONS = 20
MOST_VALUES = 60
MOST_LETTERS = 60
MOST_SPELLINGS = 36
NUMBERS = ("integer", "number")
TIMES = ("date", "datetime")
OPEN = ".."
WHOLE_DAY = ("T00:00:00", "T23:59:59")
ESCAPED = {"%": "%25", ",": "%2C", ";": "%3B"}

type Filter = list[Any]
"""An expression of the MapLibre Style Specification."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the values of one column must be; `values` are text as the address has it.

    Of a `range` they are low and high, empty where it is open.
    """

    column: Column
    op: str
    values: tuple[str, ...]

    @property
    def written(self) -> str:
        """As it stands in an address."""
        between = OPEN if self.op == "range" else ","
        return f"{self.column.name}:{self.op}:{between.join(map(_escaped, self.values))}"

    def cql2(self) -> str:
        """As a condition of CQL2."""
        return CQL2[self.op](self)

    def tiles(self) -> Filter:
        """As an expression over the attributes of a feature in a tile."""
        return TILES[self.op](self)


def conditions(where: str, columns: Iterable[Column]) -> tuple[Condition, ...]:
    """The conditions of an address that these columns can answer.

    >>> [c.values for c in conditions("a:range:1..;b:in:x", [Column("a", "A", "integer")])]
    [('1', '')]
    """
    known = {column.name: column for column in columns}
    found = []
    for part in where.split(";")[:MOST_CONDITIONS]:
        name, _, rest = part.partition(":")
        op, _, text = rest.partition(":")
        if name in known and op in CQL2:
            condition = Condition(known[name], op, _values(op, text))
            found += [made] if (made := understood(condition)) else []
    return tuple(found)


def written(chosen: Iterable[Condition]) -> str:
    """Conditions as they stand in an address."""
    return ";".join(condition.written for condition in chosen)


def understood(condition: Condition) -> Condition | None:
    """The condition with the values that its column can have; None where none is left."""
    column, op, values = condition.column, condition.op, condition.values
    if op == "has":
        text = values[0].replace("\0", "").strip()[:MOST_LETTERS]
        return Condition(column, op, (text,)) if text and column.type == "string" else None
    if op == "range" and column.type not in (*NUMBERS, *TIMES):
        return None
    if op == "range" and column.type == "datetime":
        values = tuple(v + end if _day(v) else v for v, end in zip(values, WHOLE_DAY, strict=True))
    kept = tuple(v if v == "" or literal(column, v) else None for v in values)
    if op == "range":
        good = None not in kept and any(kept)
        return Condition(column, op, values) if good else None
    real = tuple(v for v in dict.fromkeys(kept) if v is not None)
    return Condition(column, op, real[:MOST_VALUES]) if real else None


def _values(op: str, text: str) -> tuple[str, ...]:
    if op == "range":
        low, _, high = text.partition(OPEN)
        return _plain(low), _plain(high)
    return tuple(map(_plain, text.split(","))) if op == "in" else (_plain(text),)


def _escaped(value: str) -> str:
    return "".join(ESCAPED.get(letter, letter) for letter in value)


def _plain(text: str) -> str:
    """A value without its escapes; text that is no escape stays.

    >>> _plain("a%2Cb%25%41")
    'a,b%%41'
    """
    back = {code: letter for letter, code in ESCAPED.items()}
    return re.sub("%(25|2C|3B)", lambda found: back[found[0].upper()], text, flags=re.IGNORECASE)


def literal(column: Column, text: str) -> str:
    """A value as CQL2 writes it in the type of its column; empty where it is none of that type."""
    match column.type:
        case "integer" | "number":
            return text if _number(text) is not None else ""
        case "boolean":
            return text.upper() if text in ("true", "false") else ""
        case "date":
            return f"DATE('{text}')" if _day(text) else ""
        case "datetime":
            return f"TIMESTAMP('{text}Z')" if _moment(text) else ""
        case _:
            return "'" + text.replace("'", "''") + "'" if "\0" not in text else ""


def _number(text: str) -> float | None:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?(e[+-]?[0-9]{1,2})?", text):
        return None
    return float(text) if math.isfinite(float(text)) else None


def _day(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _moment(text: str) -> bool:
    try:
        whole = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", text)
        return whole is not None and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def cql2(chosen: Iterable[Condition]) -> str:
    """What is chosen as one CQL2 text; empty where everything is."""
    return " AND ".join(condition.cql2() for condition in chosen)


def tiles(chosen: Sequence[Condition]) -> Filter | None:
    """What is chosen as an expression for tiles; None where everything is."""
    return ["all", *(condition.tiles() for condition in chosen)] if chosen else None


def query(shown: Shown, where: str, time: str = "", bbox: BBox | None = None) -> Query:
    """The question that a layer answers for a map: its conditions, a time, and a box."""
    text = cql2(conditions(where, shown.layer.columns))
    expression = read(text, shown.features.manifest) if text else None
    return shown.features.ask(bbox=bbox, time=during(time), filter=expression)


def during(time: str) -> Interval | None:
    """The interval of an address, UTC; None where it says none, or nothing that is a time.

    >>> during("2024-01-31/..")
    (datetime.datetime(2024, 1, 31, 0, 0), None)
    >>> during("yesterday") is None
    True
    """
    try:
        return interval(time) if time else None
    except Problem:
        return None


def spellings(text: str) -> tuple[str, ...]:
    """How a text may stand in the data, in lower case: both scripts, with their diacritics.

    >>> spellings("Čačak"), "чешма" in spellings("cesma"), "њива" in spellings("njiva")
    (('čačak', 'чачак'), True, True)
    """
    lower = text.lower()
    if is_cyrillic(lower):
        return tuple(dict.fromkeys((lower, to_latin(lower))))
    latin = _combined(lower, BARE)
    cyrillic = _combined(lower, TO_CYRILLIC)
    return tuple(dict.fromkeys((*latin, *(c for c in cyrillic if is_cyrillic(c)))))


BARE: Mapping[str, tuple[str, ...]] = {
    "dj": ("dj", "đ"),
    "c": ("c", "č", "ć"),
    "s": ("s", "š"),
    "z": ("z", "ž"),
}
_ONE = {TO_LATIN[letter]: (letter,) for letter in AZBUKA}
TO_CYRILLIC: Mapping[str, tuple[str, ...]] = {
    **_ONE,
    "lj": ("љ", "лј"),
    "nj": ("њ", "нј"),
    "dž": ("џ", "дж"),
    "dz": ("џ", "дз"),
    "dj": ("ђ", "дј"),
    "c": ("ц", "ч", "ћ"),
    "s": ("с", "ш"),
    "z": ("з", "ж"),
}
"""What one or two letters of Latin may mean, as people write without diacritics."""


def _combined(text: str, meanings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A text in every reading; where these are too many, in the first reading alone."""
    parts, i = [], 0
    while i < len(text):
        size = 2 if text[i : i + 2] in meanings else 1
        parts.append(meanings.get(text[i : i + size], (text[i : i + size],)))
        i += size
    if math.prod(map(len, parts)) > MOST_SPELLINGS:
        return ("".join(part[0] for part in parts),)
    return tuple(map("".join, itertools.product(*parts)))


def _in_cql2(asked: Condition) -> str:
    name, real = asked.column.name, [v for v in asked.values if v]
    parts = []
    if real:
        parts.append(f"{name} IN ({', '.join(literal(asked.column, v) for v in real)})")
    if "" in asked.values:
        parts.append(f"{name} IS NULL")
        if asked.column.type == "string":
            parts.append(f"{name} = ''")
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _range_cql2(asked: Condition) -> str:
    signs = zip((">=", "<="), asked.values, strict=True)
    name = asked.column.name
    return " AND ".join(f"{name} {sign} {literal(asked.column, v)}" for sign, v in signs if v)


def _has_cql2(asked: Condition) -> str:
    found = [
        f"CASEI({asked.column.name}) LIKE '%{_pattern(spelling)}%'"
        for spelling in spellings(asked.values[0])
    ]
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _pattern(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text).replace("'", "''")


def _in_tiles(asked: Condition) -> Filter:
    none = ["==", ["to-string", ["get", asked.column.name]], ""]
    real = [_typed(asked.column, v) for v in asked.values if v]
    found: Filter = ["in", ["get", asked.column.name], ["literal", real]]
    if "" not in asked.values:
        return found
    return ["any", found, none] if real else none


def _range_tiles(asked: Condition) -> Filter:
    value = ["get", asked.column.name]
    kind = "number" if asked.column.type in NUMBERS else "string"
    signs = zip((">=", "<="), asked.values, strict=True)
    ends = [[sign, [kind, value], _typed(asked.column, v)] for sign, v in signs if v]
    return ["all", ["==", ["typeof", value], kind], *ends]


def _has_tiles(asked: Condition) -> Filter:
    value = ["downcase", ["to-string", ["get", asked.column.name]]]
    return ["any", *(["in", spelling, value] for spelling in spellings(asked.values[0]))]


def _typed(column: Column, text: str) -> str | float | bool:
    if column.type in NUMBERS:
        number = float(text)
        return int(number) if number.is_integer() else number
    return text == "true" if column.type == "boolean" else text


CQL2 = {"in": _in_cql2, "range": _range_cql2, "has": _has_cql2}
TILES = {"in": _in_tiles, "range": _range_tiles, "has": _has_tiles}
