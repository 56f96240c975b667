"""How two geometries lie to each other, for SQLite, and which boxes may hold an answer."""

import functools
import math
import threading
from collections.abc import Callable
from typing import Any

import shapely

from datasets.model import BBox
from publish.cql2.expressions import GEOMETRY, Call, Expression, Literal, Property, conjuncts

type Predicate = Callable[..., Any]

PREDICATES: dict[str, tuple[Predicate, Predicate]] = {
    "s_intersects": (shapely.intersects, shapely.intersects),
    "s_equals": (shapely.equals, shapely.equals),
    "s_disjoint": (shapely.disjoint, shapely.disjoint),
    "s_touches": (shapely.touches, shapely.touches),
    "s_within": (shapely.within, shapely.contains),
    "s_contains": (shapely.contains, shapely.within),
    "s_overlaps": (shapely.overlaps, shapely.overlaps),
    "s_crosses": (shapely.crosses, shapely.crosses),
}
"""Each as it is asked, and with its two sides changed over."""
POLYGONS = (3, 6)
"""The numbers that shapely has for a Polygon and a MultiPolygon."""
MEMBER, NEXT = b'"geometry":', b',"properties":'
"""What stands before and after the geometry in a feature; quotes in a value have a backslash."""
MEETING = frozenset(PREDICATES) - {"s_disjoint"}
"""Those that are true only where the two geometries, and so their boxes, have a point in common."""


def holds(op: str, one: bytes | None, other: bytes | None) -> bool | None:
    """Whether a predicate of CQL2 holds of two geometries; None where one is missing.

    Each is WKB or a GeoJSON Feature as layer.sqlite keeps it. What comes as WKB is of the question
    and is prepared once, for it is asked of every feature.
    """
    if one is None or other is None:
        return None
    left, right = _shape(one), _shape(other)
    if left is None or right is None:
        return None
    straight, turned = PREDICATES[op]
    if _ready(other):  # the prepared one comes first: shapely looks there
        return _told(turned, right, left)
    return _told(straight, left, right)


def _told(predicate: Predicate, one: shapely.Geometry, other: shapely.Geometry) -> bool:
    try:
        return bool(predicate(one, other))
    except shapely.errors.GEOSException:  # a feature's rings may cross themselves
        return bool(predicate(shapely.make_valid(one), shapely.make_valid(other)))


def _ready(geometry: bytes) -> bool:
    return not geometry.startswith(b"{")


def _shape(geometry: bytes) -> shapely.Geometry | None:
    if _ready(geometry):
        return _prepared(geometry, threading.get_ident())
    begin = geometry.index(MEMBER) + len(MEMBER)
    end = geometry.index(NEXT, begin)
    if geometry.startswith(b"null", begin):
        return None
    return shapely.from_geojson(geometry[begin:end])  # a third quicker than of the feature


@functools.lru_cache(64)
def _prepared(wkb: bytes, _thread: int) -> shapely.Geometry:
    """The geometry with an index of its own; GEOS builds it when asked, so not for two threads."""
    shape = shapely.from_wkb(wkb)
    shapely.prepare(shape)
    return shape


def place(call: Call) -> shapely.Geometry | None:
    """The geometry which a spatial predicate holds against the features' own, if it is that."""
    if call.op in PREDICATES and Property(GEOMETRY) in call.args:
        for arg in call.args:
            if isinstance(arg, Literal) and isinstance(arg.value, bytes):
                return _prepared(arg.value, threading.get_ident())
    return None


def reach(expression: Expression | None) -> BBox | None:
    """What every match has a box for that satisfies xmax ≥ w, ymax ≥ s, xmin ≤ e, ymin ≤ n.

    Only what must hold says so: a predicate under OR or NOT, or `s_disjoint`, says nothing. Where
    a feature must meet two places that lie apart, w is beyond e: it has to span them.
    """
    boxes = [
        shapely.bounds(shape).tolist()
        for call in conjuncts(expression)
        if isinstance(call, Call) and call.op in MEETING and (shape := place(call)) is not None
    ]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return max(west), max(south), min(east), min(north)


def is_area(shape: shapely.Geometry) -> bool:
    """Whether the geometry is of polygons alone."""
    return bool(shapely.get_type_id(shape) in POLYGONS)


def is_box(shape: shapely.Geometry) -> bool:
    """Whether the geometry fills its own box."""
    west, south, east, north = shapely.bounds(shape).tolist()
    size = (east - west) * (north - south)
    return size > 0 and math.isclose(shapely.area(shape), size)
