"""A question about a layer: known columns only, each value of its column's kind."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from datasets.model import BBox, Column
from publish.cql2 import Call, Expression, Literal, Property
from publish.cql2.dialects import Bound as BoundValue
from publish.cql2.dialects import Dialect
from publish.cql2.expressions import conjuncts
from publish.cql2.sql import condition
from publish.layers.geojson import Value
from publish.layers.manifest import Manifest

MAX_CONDITIONS = 50

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
"""A number as addresses write it."""

type Bound = Mapping[str, BoundValue]
type Interval = tuple[datetime | None, datetime | None]
"""From, to: times in UTC without an offset, None for open; a moment is both."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which features, and in which order; hashable, so that its count can be remembered.

    `boxes` are none (everything), one, or two where a bbox crosses the antimeridian. `equal` and
    `sort` speak of columns by number; `sort` says True for descending.
    """

    boxes: tuple[BBox, ...] = ()
    equal: tuple[tuple[int, Value], ...] = ()
    sort: tuple[tuple[int, bool], ...] = ()
    time: Interval | None = None
    filter: Expression | None = None

    @property
    def digest(self) -> bytes:
        """What is asked, in 16 bytes: the place in a filter may have as many thousand."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).digest()

    @property
    def matches_all(self) -> bool:
        """True when no feature is left out."""
        return self == Query(sort=self.sort)


def ask(
    manifest: Manifest,
    *,
    bbox: BBox | None = None,
    equal: Sequence[tuple[str, str]] = (),
    sort: Sequence[str] = (),
    time: Interval | None = None,
    filter: Expression | None = None,
) -> Query:
    """Understand a question as it stands in an address.

    A `bbox` finds what its geometry touches, and features without geometry; west > east crosses
    the antimeridian. `equal` are column and value as an address says them, of a list one item that
    is in it; `sort` are column names, `-` before one for descending. `time` finds features whose
    time it touches, and those without one. Raises ValueError, naming the value, for a bbox that is
    none, a column that is not there and a value that is not of its type.
    """
    if len(equal) + len(sort) > MAX_CONDITIONS:
        raise ValueError(f"more than {MAX_CONDITIONS} conditions in one question")
    boxes = () if bbox is None else split(bbox)
    if len(boxes) == 1 and _holds(boxes[0], manifest.bbox_lonlat):
        boxes = ()  # the question asks for everything
    held = [_held(manifest, *each) for each in equal if _is_list(manifest, each[0])]
    parts = (*conjuncts(filter), *held)
    return Query(
        boxes,
        tuple(
            (manifest.place(name), convert(manifest, name, text))
            for name, text in equal
            if not _is_list(manifest, name)
        ),
        tuple((_sorting(manifest, key), key.startswith("-")) for key in sort),
        time if manifest.times else None,
        Call("and", parts) if len(parts) > 1 else next(iter(parts), None),
    )


def _is_list(manifest: Manifest, name: str) -> bool:
    return bool(manifest.columns[manifest.place(name)].items)


def _held(manifest: Manifest, name: str, text: str) -> Expression:
    """That a list has an item: what an address means by the name of a column of lists."""
    value = convert(manifest, name, text)
    kind = OF_ITEMS[manifest.columns[manifest.place(name)].items]
    item = Literal(kind, bool(value) if kind == "boolean" else value)
    return Call("a_contains", (Property(name), Call("array", (item,))))


OF_ITEMS = {"string": "text", "integer": "number", "number": "number", "boolean": "boolean"}


def _sorting(manifest: Manifest, key: str) -> int:
    place = manifest.place(_name(key))
    if manifest.columns[place].items:
        raise ValueError(f"{_name(key)}: is a list, by which nothing is sorted")
    return place


def _name(key: str) -> str:
    return key[1:] if key.startswith(("+", "-")) else key


def split(bbox: BBox) -> tuple[BBox, ...]:
    """The box, or the two boxes of one that crosses the antimeridian (west > east).

    >>> split((170.0, -10.0, -170.0, 10.0))
    ((170.0, -10.0, 180.0, 10.0), (-180.0, -10.0, -170.0, 10.0))
    """
    west, south, east, north = bbox
    if not all(math.isfinite(number) for number in bbox):
        raise ValueError(f"bbox {bbox}: every number must be finite")
    if south > north:
        raise ValueError(f"bbox {bbox}: south is above north")
    if west > east:
        return (west, south, 180.0, north), (-180.0, south, east, north)
    return (bbox,)


def _holds(box: BBox, whole: BBox | None) -> bool:
    if whole is None:
        return True
    return box[0] <= whole[0] and box[1] <= whole[1] and box[2] >= whole[2] and box[3] >= whole[3]


def convert(manifest: Manifest, name: str, text: str) -> Value:
    """A value of an address in the type of its column, or of its lists' items, as SQLite has it.

    Raises ValueError naming the column, the value and what would be right.
    """
    column: Column = manifest.columns[manifest.place(name)]
    kind = column.items or column.type
    read, example = READERS[kind]
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:60]!r} is no {kind}, such as {example}") from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    # float() alone would take 1_0, the digits of other scripts and blanks.
    if not re.fullmatch(NUMBER, text) or not math.isfinite(number := float(text)):
        raise ValueError
    return number


def _boolean(text: str) -> int:
    return ("false", "true").index(text.lower())


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _datetime(text: str) -> str:
    """A moment without an offset is UTC, as layers hold it."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.isoformat()
    try:
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:  # in the first or the last year of all
        raise ValueError from None


def _time(text: str) -> str:
    return time.fromisoformat(text).isoformat()


READERS: Mapping[str, tuple[Callable[[str], Value], str]] = {
    "string": (str, "any text"),
    "integer": (_integer, "42"),
    "number": (_number, "4.2"),
    "boolean": (_boolean, "true or false"),
    "date": (_date, "2024-01-31"),
    "datetime": (_datetime, "2024-01-31T10:00:00Z"),
    "time": (_time, "10:00:00"),
}


def wanted(query: Query, manifest: Manifest) -> Expression | None:
    """What a query says of time and filter, as one expression; None where it says nothing."""
    said = [part for part in (_timely(query.time, manifest), query.filter) if part is not None]
    return Call("and", tuple(said)) if len(said) > 1 else next(iter(said), None)


def _timely(interval: Interval | None, manifest: Manifest) -> Expression | None:
    """Features whose time touches an interval, and those of which no time is known.

    Where there are two columns, a missing one is an end that is open.
    """
    if interval is None or not manifest.times:
        return None
    first, last = Property(manifest.times[0]), Property(manifest.times[-1])
    begin, end = (
        None if moment is None else Literal("timestamp", moment.isoformat()) for moment in interval
    )
    parts = [
        *([] if end is None else [(first, Call("<=", (first, end)))]),
        *([] if begin is None else [(last, Call(">=", (last, begin)))]),
    ]
    if not parts:
        return None
    if first == last:
        near = tuple(compared for _, compared in parts)
        return Call("or", (Call("and", near), Call("isNull", (first,))))
    return Call("and", tuple(Call("or", (c, Call("isNull", (p,)))) for p, c in parts))


def conditions(query: Query, manifest: Manifest, dialect: Dialect) -> tuple[str, Bound]:
    """SQL of a row of `a` for what time and filter say, `true` where nothing."""
    expression = wanted(query, manifest)
    return ("true", {}) if expression is None else condition(expression, manifest, dialect)
