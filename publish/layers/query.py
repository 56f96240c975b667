"""A question about a layer as SQL over its own tables: known columns only, every value bound."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from datasets.model import BBox, Column
from publish.cql2 import Expression
from publish.layers.geojson import Value
from publish.layers.manifest import Manifest

MAX_CONDITIONS = 50

type Bound = Mapping[str, Value]
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
    the antimeridian. `equal` are column and value as an address says them; `sort` are column names,
    `-` before one for descending. `time` finds features whose time it touches, and those without
    one. Raises ValueError, naming the value, for a bbox that is none, a column that is not there
    and a value that is not of its type.
    """
    if len(equal) + len(sort) > MAX_CONDITIONS:
        raise ValueError(f"more than {MAX_CONDITIONS} conditions in one question")
    boxes = () if bbox is None else split(bbox)
    if len(boxes) == 1 and _holds(boxes[0], manifest.bbox_lonlat):
        boxes = ()  # the question asks for everything
    return Query(
        boxes,
        tuple((manifest.place(name), convert(manifest, name, text)) for name, text in equal),
        tuple((manifest.place(_name(key)), key.startswith("-")) for key in sort),
        time if manifest.times else None,
        filter,
    )


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
    """A value of an address in the type of its column, as layer.sqlite holds it.

    Raises ValueError naming the column, the value and what would be right.
    """
    column: Column = manifest.columns[manifest.place(name)]
    read, example = READERS[column.type]
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:60]!r} is no {column.type}, such as {example}") from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError
    return number


def _boolean(text: str) -> int:
    return ("false", "true").index(text.lower())


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _datetime(text: str) -> str:
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    if moment.tzinfo is not None:
        raise ValueError
    return moment.isoformat()


def _time(text: str) -> str:
    return time.fromisoformat(text).isoformat()


READERS: Mapping[str, tuple[Callable[[str], Value], str]] = {
    "string": (str, "any text"),
    "integer": (_integer, "42"),
    "number": (_number, "4.2"),
    "boolean": (_boolean, "true or false"),
    "date": (_date, "2024-01-31"),
    "datetime": (_datetime, "2024-01-31T10:00:00"),
    "time": (_time, "10:00:00"),
}


def select(query: Query, manifest: Manifest, after: int = 0) -> tuple[str, Bound]:
    """SQL for `pk, feature` in a stable order, with `:limit` and `:offset` still to be bound.

    The order of a box without `sort` rests on `s` staying the outer loop (a test asserts it):
    sorting the keys is cheap, sorting the features would cost five times as much.
    """
    page, bound = _page(query, manifest, after)
    return f"{page} select p.pk, f.feature from p cross join f on f.pk = p.pk", bound


def keys(query: Query, manifest: Manifest, after: int = 0) -> tuple[str, Bound]:
    """SQL for `pk` alone, in the order of `select`."""
    page, bound = _page(query, manifest, after)
    return f"{page} select p.pk from p", bound


def _page(query: Query, manifest: Manifest, after: int) -> tuple[str, Bound]:
    where, bound = _where(query, manifest, after)
    if query.boxes:
        head, source = _candidates(query, manifest, KEYS_IN_ORDER), f"{JOINED} where {where}"
    else:
        head, source = "with", f"a where a.pk > :after and {where}"
    page = f"select a.pk from {source} {_order(query)} limit :limit offset :offset"
    return f"{head} p as ({page})", bound


KEYS_IN_ORDER = "order by pk limit -1"
"""Without a limit SQLite leaves the order of a joined subquery away (seen with 3.40)."""
JOINED = "s cross join a on a.pk = s.pk"


def count(query: Query, manifest: Manifest) -> tuple[str, Bound]:
    """SQL for how many features match: the same conditions, so the same features."""
    where, bound = _where(query, manifest, 0)
    if not query.boxes:
        return f"select count(*) from a where {where}", bound
    head = _candidates(query, manifest, "").rstrip(",")
    return f"{head} select count(*) from {JOINED} where {where}", bound


def _candidates(query: Query, manifest: Manifest, order: str) -> str:
    """Keys whose box may touch; Features, Part 1: no geometry is in every box."""
    parts = [
        f"select pk from rt where xmax >= :w{i} and xmin <= :e{i} and ymax >= :s{i}"
        f" and ymin <= :n{i} and pk > :after"
        for i in range(len(query.boxes))
    ]
    keys = " union ".join(parts)
    if manifest.without_geometry:
        last = int(manifest.with_geometry)
        keys += f" union all select pk from a where pk > {last} and pk > :after"
    return f"with s as materialized (select pk from ({keys}) {order}),"


def _where(query: Query, manifest: Manifest, after: int) -> tuple[str, dict[str, Value]]:
    """Conditions on `a`: the boxes again, since an R*Tree is 32-bit, and the equal columns."""
    conditions, bound = ["true"], dict[str, Value](after=after)
    if query.boxes:
        connected = manifest.geometry_type in {"Point", "LineString", "Polygon"}
        touching = " or ".join(_touches(i, connected) for i in range(len(query.boxes)))
        conditions.append(f"(a.xmin is null or {touching})")
    for i, box in enumerate(query.boxes):
        bound |= zip((f"w{i}", f"s{i}", f"e{i}", f"n{i}"), box, strict=True)
    for i, (column, value) in enumerate(query.equal):
        conditions.append(f"a.c{column} = :v{i}")
        bound[f"v{i}"] = value
    return " and ".join(conditions), bound


def _touches(i: int, connected: bool) -> str:
    """The standard asks for the geometry, not its box: test it where the box does not tell.

    A geometry of one piece that is between the box's west and east, or its south and north, cannot
    leave the box out; one of many pieces can.
    """
    both_or_either = "or" if connected else "and"
    return (
        f"(a.xmax >= :w{i} and a.xmin <= :e{i} and a.ymax >= :s{i} and a.ymin <= :n{i} and"
        f" ((a.xmin >= :w{i} and a.xmax <= :e{i} {both_or_either}"
        f" a.ymin >= :s{i} and a.ymax <= :n{i}) or"
        f" touches((select feature from f where f.pk = a.pk), :w{i}, :s{i}, :e{i}, :n{i})))"
    )


def _order(query: Query) -> str:
    if not query.sort:
        return "" if query.boxes else "order by a.pk"
    keys = [f"a.c{column}{' desc' * descending}" for column, descending in query.sort]
    # the key follows the last column's direction, so that one index gives the whole order
    return f"order by {', '.join(keys)}, a.pk{' desc' * query.sort[-1][1]}"
