"""A question about a layer as SQL of PostGIS: known columns only, every value bound.

A layer is one table. Its features are found by a GiST index over their boxes, which are exact (the
index of a geometry rounds them). Where a place holds few, their rows are read at once: neighbours
lie in the same blocks. Where it may hold many, their keys are, which the index itself holds.
"""

import math
from collections.abc import Sequence
from typing import Any

import shapely

from datasets.model import BBox
from publish.cql2.dialects import Postgis
from publish.cql2.spatial import reach
from publish.layers.manifest import Manifest
from publish.layers.query import Query, conditions

EAST, NORTH = "(a.area[0])[0]", "(a.area[0])[1]"
WEST, SOUTH = "(a.area[1])[0]", "(a.area[1])[1]"
EVERYTHING = "true"
FEW = 5000
"""Features whose rows are read before the page is known: sorting so many costs about 5 ms."""
DIALECT = Postgis()

Bound = dict[str, Any]


def select(
    query: Query, manifest: Manifest, table: str, after: int, offset: int, limit: int
) -> tuple[str, Bound]:
    """SQL for `pk, feature` in a stable order.

    What is sorted, or left out before the page, is keys alone: features are much wider.
    """
    if not (query.sort or (offset and not query.boxes)):
        source, bound = _matching(query, manifest, table, after, offset + limit)
        page = f"select a.pk, a.feature from {source} order by a.pk"
        return f"{page} limit {limit:d} offset {offset:d}", bound
    page, bound = keys(query, manifest, table, after)
    order = ", ".join(f"p.{by}" for by in _order(query))
    joined = f"({page} limit {limit:d} offset {offset:d}) p join {table} f on f.pk = p.pk"
    return f"select f.pk, f.feature from {joined} order by {order}", bound


def keys(query: Query, manifest: Manifest, table: str, after: int = 0) -> tuple[str, Bound]:
    """SQL for `pk`, and the columns it is sorted by, in the order of `select`.

    A limit behind it is said, not bound: a planner that knows it plans once for all.
    """
    source, bound = _matching(query, manifest, table, after)
    sorted_by = "".join(f", a.c{i}" for i, _ in query.sort)
    order = ", ".join(f"a.{by}" for by in _order(query))
    return f"select a.pk{sorted_by} from {source} order by {order}", bound


def count(query: Query, manifest: Manifest, table: str) -> tuple[str, Bound]:
    """SQL for how many features match: the same conditions, so the same features.

    Where only the place is asked, the index tells without the rows, but for what is at the edge.
    """
    where, bound = _conditions(query, manifest)
    if where != EVERYTHING or not query.boxes:
        source, bound = _matching(query, manifest, table, 0)
        return f"select count(*) from {source}", bound
    near = _near(query, manifest, table, len(query.boxes))
    geometry = f"(select t.geom from {table} t where t.pk = a.pk)"
    matching = f"({near} offset 0) a where {_touching(query, manifest, geometry)}"
    return f"select count(*) from {matching}", bound | corners(query.boxes) | {"after": 0}


def _expected(boxes: Sequence[BBox], manifest: Manifest) -> float:
    """How many features touch boxes, if they lie evenly over the layer's: for what it will cost."""
    whole = manifest.bbox_lonlat
    return manifest.features * sum(_share(each, whole) for each in boxes) if whole else 0.0


def _share(box: BBox, whole: BBox) -> float:
    sides = (
        max(0.0, min(box[i + 2], whole[i + 2]) - max(box[i], whole[i])) / (whole[i + 2] - whole[i])
        for i in (0, 1)
        if whole[i + 2] > whole[i]
    )
    return math.prod(sides)


def _places(query: Query) -> tuple[BBox, ...]:
    """The boxes that every match has to touch: those asked for, as far as the filter's goes."""
    meeting = reach(query.filter)
    if meeting is None or not query.boxes:
        return query.boxes if meeting is None else (meeting,)
    west, south, east, north = meeting
    return tuple(
        (max(w, west), max(s, south), min(e, east), min(n, north)) for w, s, e, n in query.boxes
    )


def boxed(columns: str, table: str, limit: int) -> str:
    """SQL for columns of the features whose box touches w0, s0, e0, n0, in the order of keys."""
    near = _fenced(f"select pk, area from {table} where area && {box(0)}")
    return (
        f"select {columns} from {near} s join {table} a on a.pk = s.pk"
        f" where {overlaps(0)} order by s.pk limit {limit:d}"
    )


def corners(boxes: Sequence[BBox]) -> Bound:
    """Boxes as they are bound: the corners w0, s0, e0, n0, w1 and so on, and each as a whole."""
    named = (
        (f"{side}{i}", float(number))
        for i, each in enumerate(boxes)
        for side, number in zip("wsen", each, strict=True)
    )
    return dict(named) | _boxes(boxes)


def _boxes(boxes: Sequence[BBox]) -> Bound:
    """Boxes as PostgreSQL writes them: b0, b1 and so on."""
    return {f"b{i}": f"({e}, {n}), ({w}, {s})" for i, (w, s, e, n) in enumerate(boxes)}


def box(i: int) -> str:
    """A box of PostgreSQL; `&&` lets it be a millionth wider, so look at the corners again."""
    return f"%(b{i})s::box"


def overlaps(i: int) -> str:
    """Whether a feature's box touches a box, to the last decimal."""
    across = f"{EAST} >= %(w{i})s and {WEST} <= %(e{i})s"
    return f"({across} and {NORTH} >= %(s{i})s and {SOUTH} <= %(n{i})s)"


def _matching(
    query: Query, manifest: Manifest, table: str, after: int, limit: int = FEW
) -> tuple[str, Bound]:
    """What follows `from`: the rows as `a`, and all that is asked of them.

    Where only the place is asked, rows that are not on a page need not be read.
    """
    where, bound = _conditions(query, manifest)
    bound["after"] = after
    boxes = _places(query)
    if not boxes:
        return f"{table} a where a.pk > %(after)s and {where}", bound
    most = FEW if where != EVERYTHING else min(FEW, 2 * limit)
    if _expected(boxes, manifest) <= most:
        source = f"({_near(query, manifest, table, len(boxes), '*')} offset 0) a"
    else:
        near = _near(query, manifest, table, len(boxes))
        source = f"{_fenced(near)} s join {table} a on a.pk = s.pk"
    touching = _touching(query, manifest, "a.geom")
    return f"{source} where {where} and {touching}", bound | corners(query.boxes) | _boxes(boxes)


def _near(
    query: Query, manifest: Manifest, table: str, boxes: int, columns: str = "pk, area"
) -> str:
    """Columns of features whose box may touch one of so many; no geometry is in every bbox.

    Rule: Features, Part 1. Of those the predicate of a filter is not true.
    """
    # + 0: a planner that does not know the key would take it for a third of the layer
    near = f"select {columns} from {table} where pk + 0 > %(after)s and "
    found = [f"{near}area && {box(0)}"]
    found += (f"{near}area && {box(i)} and not area && {box(i - 1)}" for i in range(1, boxes))
    if query.boxes and manifest.without_geometry:
        found.append(f"{near}pk > {manifest.with_geometry:d}")
    return " union all ".join(found)


def _fenced(near: str) -> str:
    """Keys in order.

    `offset 0` keeps the planner from taking it apart: it does not know where on the curve the
    features of a box lie, and would at times go through all keys to find the first hundred.
    """
    return f"(select pk from ({near}) k order by pk offset 0)"


def _conditions(query: Query, manifest: Manifest) -> tuple[str, Bound]:
    """What is asked of the columns, and the values bound there and in `_touching`."""
    said, values = conditions(query, manifest, DIALECT)
    where, bound = [] if said == EVERYTHING else [said], Bound(values)
    for i, (column, value) in enumerate(query.equal):
        where.append(f"a.c{column} = %(v{i})s")
        is_boolean = manifest.columns[column].type == "boolean"
        bound[f"v{i}"] = bool(value) if is_boolean else value
    bound |= {f"g{i}": rectangle(each) for i, each in enumerate(query.boxes)}
    return " and ".join(where) or EVERYTHING, bound


def _touching(query: Query, manifest: Manifest, geometry: str) -> str:
    """Whether a feature touches one of the boxes; Features, Part 1: one without geometry does."""
    if not query.boxes:
        return EVERYTHING
    touching = " or ".join(_touches(i, manifest, geometry) for i in range(len(query.boxes)))
    return f"(a.area is null or {touching})"


def _touches(i: int, manifest: Manifest, geometry: str) -> str:
    """The standard asks for the geometry, not its box: test it where the box does not tell.

    A geometry of one piece that is between the box's west and east, or its south and north, cannot
    leave the box out; one of many pieces can.
    """
    if manifest.geometry_type == "Point":
        return overlaps(i)
    both_or_either = "or" if manifest.geometry_type in {"LineString", "Polygon"} else "and"
    within = (
        f"{WEST} >= %(w{i})s and {EAST} <= %(e{i})s {both_or_either}"
        f" {SOUTH} >= %(s{i})s and {NORTH} <= %(n{i})s"
    )
    return f"({overlaps(i)} and ({within} or ST_Intersects({geometry}, %(g{i})s::geometry)))"


def rectangle(bbox: BBox) -> str:
    """A box as EWKB; without width or height it is a line or a point, else GEOS 3.11 misses it."""
    west, south, east, north = bbox
    shape: shapely.Geometry = shapely.box(west, south, east, north)
    if west == east or south == north:
        shape = shapely.LineString([(west, south), (east, north)])
    if west == east and south == north:
        shape = shapely.Point(west, south)
    wkb: str = shapely.to_wkb(shapely.set_srid(shape, 4326), hex=True, include_srid=True)
    return wkb


def _order(query: Query) -> list[str]:
    """As SQLite has it: what is missing comes first, and last when descending.

    The key follows the last column's direction, so that one index gives the whole order.
    """
    by = [f"c{i} {'desc nulls last' if down else 'nulls first'}" for i, down in query.sort]
    down = bool(query.sort) and query.sort[-1][1]
    return [*by, "pk desc" if down else "pk"]
