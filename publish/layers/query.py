"""A question about a layer as SQL over its own tables: known columns only, every value bound."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from datasets.model import BBox, Column
from publish.cql2 import Call, Expression, Literal, Property
from publish.cql2.dialects import Bound as BoundValue
from publish.cql2.dialects import Dialect, Sqlite
from publish.cql2.expressions import GEOMETRY, conjuncts
from publish.cql2.spatial import reach
from publish.cql2.sql import condition
from publish.cql2.temporal import TEMPORAL
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


SQLITE = Sqlite()


def select(query: Query, manifest: Manifest, after: int = 0) -> tuple[str, Bound]:
    """SQL for `pk, feature` in a stable order, with `:limit` and `:offset` still to be bound.

    The order of candidates rests on `s` staying the outer loop (a test asserts it): sorting the
    keys is cheap, sorting the features would cost five times as much.
    """
    found, bound = _found(query, manifest, after)
    return f"{found}{LIMITED} select p.pk, f.feature{OF_PAGE}", bound


def joined(query: Query, manifest: Manifest, after: int, *, every: bool) -> tuple[str, Bound]:
    """SQL for one row `found, returned, last, features`: a page with commas between its features.

    `:most` and `:start` say which of the features that match are looked for, and `found` how many
    of them there are; `:limit` and `:offset` say which of those make the page. With `every` all
    are looked for, so an index is worth more than keys that come in order. To join the bytes here
    costs half of what it does to hand over a thousand pieces.
    """
    found, bound = _found(query, manifest, after, every=every)
    found = found.replace(" p as (", " every as materialized (")
    return (
        f"{found} limit :most offset :start), p as (select pk from every{LIMITED}"
        " select (select count(*) from every), count(*), max(p.pk),"
        f" cast(group_concat(f.feature) as blob){OF_PAGE}"
    ), bound


def _by_index(part: Expression) -> bool:
    """Whether an index of a column may find what an expression asks for."""
    names = [arg.name for arg in getattr(part, "args", ()) if isinstance(arg, Property)]
    return isinstance(part, Call) and part.op in INDEXED and names not in ([], [GEOMETRY])


INDEXED = frozenset({"=", "<", ">", "<=", ">=", "between", "in", "like", *TEMPORAL})


def keys(query: Query, manifest: Manifest, after: int = 0) -> tuple[str, Bound]:
    """SQL for `pk` alone, in the order of `select`."""
    found, bound = _found(query, manifest, after)
    return f"{found}{LIMITED} select p.pk from p", bound


def _found(
    query: Query, manifest: Manifest, after: int, *, every: bool = False
) -> tuple[str, Bound]:
    """SQL up to the keys `p` in order, which end neither with a limit nor with their bracket."""
    where, bound = _where(query, manifest, after)
    if _is_box(query):
        return f"with p as (select pk from ({_in_boxes(query, manifest)}) order by pk", bound
    candidates = _candidates(query, manifest, "" if every else KEYS_IN_ORDER, bound)
    if candidates:
        order = _order(query) or "order by a.pk" * every
        return f"{candidates} p as (select a.pk from {JOINED} where {where} {order}", bound
    parts = conjuncts(wanted(query, manifest))
    key = "+a.pk" if every and (query.equal or any(map(_by_index, parts))) else "a.pk"
    order = _order(query) or f"order by {key}"
    return f"with p as (select a.pk from a where {key} > :after and {where} {order}", bound


LIMITED = " limit :limit offset :offset)"
OF_PAGE = " from p cross join f on f.pk = p.pk"
KEYS_IN_ORDER = "order by pk limit -1"
"""Without a limit SQLite leaves the order of a joined subquery away (seen with 3.40)."""
JOINED = "s cross join a on a.pk = s.pk"


def count(query: Query, manifest: Manifest) -> tuple[str, Bound]:
    """SQL for how many features match: the same conditions, so the same features."""
    where, bound = _where(query, manifest, 0)
    if _is_box(query):
        return f"select count(*) from ({_in_boxes(query, manifest)})", bound
    candidates = _candidates(query, manifest, "", bound)
    if not candidates:
        return f"select count(*) from a where {where}", bound
    return f"{candidates.rstrip(',')} select count(*) from {JOINED} where {where}", bound


def _is_box(query: Query) -> bool:
    """Whether a place is all that is asked for."""
    return bool(query.boxes) and query == Query(query.boxes)


def _in_boxes(query: Query, manifest: Manifest) -> str:
    """Keys of what touches a box: the R*Tree tells what lies inside, the layer what is at its edge.

    Its own boxes are larger by a rounding, so that what they leave inside is.
    """
    found = " union ".join(
        f"select pk from rt where {TOUCHING.format(i)} and pk > :after and ({INSIDE.format(i)} or"
        f" exists (select 1 from a where a.pk = rt.pk and {_touches(i, manifest)}))"
        for i in range(len(query.boxes))
    )
    return found + _placeless(manifest)


TOUCHING = "xmax >= :w{0} and xmin <= :e{0} and ymax >= :s{0} and ymin <= :n{0}"
INSIDE = "xmin >= :w{0} and xmax <= :e{0} and ymin >= :s{0} and ymax <= :n{0}"
LARGE = 0.3
"""Of the layer's box: a filter's box that holds so much of it finds nothing quicker."""


def _candidates(query: Query, manifest: Manifest, order: str, bound: dict[str, BoundValue]) -> str:
    """Keys whose box may touch; nothing where the R*Tree is not asked.

    A filter's predicate is never satisfied by no geometry.
    """
    place = reach(query.filter)
    if place is not None and _covers(place, manifest.bbox_lonlat):
        place = None
    if place is None and not query.boxes:
        return ""
    touching = [TOUCHING.format(i) for i in range(len(query.boxes))]
    if place is not None:
        bound |= _corners("f", place)
        also = TOUCHING.format("f")
        touching = [f"{box} and {also}" for box in touching] or [also]
    keys = " union ".join(f"select pk from rt where {box} and pk > :after" for box in touching)
    if place is None:
        keys += _placeless(manifest)
    kept = "materialized" if order else "not materialized"
    return f"with s as {kept} (select pk from ({keys}) {order}),"


def _placeless(manifest: Manifest) -> str:
    """More keys: those of no geometry, which is in every bbox (Features, Part 1)."""
    if not manifest.without_geometry:
        return ""
    last = int(manifest.with_geometry)
    return f" union all select pk from a where pk > {last} and pk > :after"


def _covers(place: BBox, whole: BBox | None) -> bool:
    """Whether a filter's box is large, or lies where the R*Tree tells nothing."""
    if whole is None:
        return True
    sizes = [
        max(0.0, min(place[i + 2], whole[i + 2]) - max(place[i], whole[i]))
        / (whole[i + 2] - whole[i] or 1.0)
        for i in (0, 1)
    ]
    return sizes[0] * sizes[1] > LARGE


def _corners(name: object, box: BBox) -> dict[str, BoundValue]:
    return dict(zip((f"w{name}", f"s{name}", f"e{name}", f"n{name}"), box, strict=True))


def _where(query: Query, manifest: Manifest, after: int) -> tuple[str, dict[str, BoundValue]]:
    """Conditions on `a`: the boxes again, since an R*Tree is 32-bit, and all that is cheaper."""
    parts, bound = ["true"], dict[str, BoundValue](after=after)
    for i, (column, value) in enumerate(query.equal):
        parts.append(f"a.c{column} = :v{i}")
        bound[f"v{i}"] = value
    if query.boxes:
        touching = " or ".join(_touches(i, manifest) for i in range(len(query.boxes)))
        parts.append(f"(a.xmin is null or {touching})")
    for i, box in enumerate(query.boxes):
        bound |= _corners(i, box)
    said, more = conditions(query, manifest, SQLITE)
    return " and ".join([*parts, said]), {**bound, **more}


def _touches(i: int, manifest: Manifest) -> str:
    """The standard asks for the geometry, not its box: test it where the box does not tell.

    A geometry of one piece that is between the box's west and east, or its south and north, cannot
    leave the box out; one of many pieces can.
    """
    connected = manifest.geometry_type in {"Point", "LineString", "Polygon"}
    both_or_either = "or" if connected else "and"
    return (
        f"(a.xmax >= :w{i} and a.xmin <= :e{i} and a.ymax >= :s{i} and a.ymin <= :n{i} and"
        f" ((a.xmin >= :w{i} and a.xmax <= :e{i} {both_or_either}"
        f" a.ymin >= :s{i} and a.ymax <= :n{i}) or"
        f" touches((select feature from f where f.pk = a.pk), :w{i}, :s{i}, :e{i}, :n{i})))"
    )


def _order(query: Query) -> str:
    if not query.sort:
        return ""
    keys = [f"a.c{column}{' desc' * descending}" for column, descending in query.sort]
    # the key follows the last column's direction, so that one index gives the whole order
    return f"order by {', '.join(keys)}, a.pk{' desc' * query.sort[-1][1]}"
