"""SQL by which layer.sqlite is searched: a question over its own tables, every value bound."""

from datasets.model import BBox
from publish.cql2 import Call, Expression, Property
from publish.cql2.dialects import Bound as BoundValue
from publish.cql2.dialects import Sqlite
from publish.cql2.expressions import GEOMETRY, conjuncts
from publish.cql2.spatial import reach
from publish.cql2.temporal import TEMPORAL
from publish.layers.manifest import Manifest
from publish.layers.query import Bound, Query, conditions, wanted

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
