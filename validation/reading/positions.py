"""The coordinates of GeoJSON: many geometries at once where all are plain, and what is wrong.

RFC 7946, section 3.1: how deep positions lie in each type, rings closed and of four or more.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from validation.reading.geometries import Geometries

DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
RING_POSITIONS = 4
LINE_POSITIONS = 2
OPEN = "a ring is not closed: its last position must be its first"
SOUND = "its geometry cannot be read"
"""What is said where nothing of the above is wrong."""
NUMBERS = frozenset({int, float})


def all_at_once(batch: Sequence[Any]) -> Geometries | None:
    """Build geometries of one plain type without a look at each; None where any is odd.

    Odd is another type or a missing geometry among them, another number of coordinates, what is
    no number, an empty part, a ring that is open or short.
    """
    kinds = {str(g.get("type")) if isinstance(g, dict) else "" for g in batch}
    kind = kinds.pop()
    if kinds or kind not in DEPTH:
        return None
    level: list[Any] = [g.get("coordinates") for g in batch]
    offsets = []
    for _ in range(DEPTH[kind]):
        if not _are_lists(level):
            return None
        offsets.append(np.cumsum([0, *map(len, level)]))
        level = list(chain.from_iterable(level))
    positions = _numbers(level)
    if positions is None or not _sound(kind, positions, offsets):
        return None
    built: Geometries = shapely.from_ragged_array(
        GeometryType[kind.upper()], positions, tuple(reversed(offsets)) or None
    )
    return built


def _are_lists(level: Sequence[Any]) -> bool:
    return set(map(type, level)) == {list} and min(map(len, level)) > 0


def _numbers(level: Sequence[Any]) -> NDArray[np.float64] | None:
    """Give positions as an array of two or three columns; None unless all are alike."""
    if not _are_lists(level):
        return None
    widths = set(map(len, level))
    if widths not in ({2}, {3}) or not NUMBERS.issuperset(map(type, chain.from_iterable(level))):
        return None
    flat = np.fromiter(chain.from_iterable(level), dtype=np.float64)
    return flat.reshape(len(level), -1)


def _sound(kind: str, positions: NDArray[np.float64], offsets: Sequence[NDArray[Any]]) -> bool:
    if "Polygon" in kind:  # shapely would close an open ring without a word
        starts, ends = offsets[-1][:-1], offsets[-1][1:] - 1
        closed = (positions[starts] == positions[ends]).all()
        return bool(closed and (ends - starts + 1 >= RING_POSITIONS).all())
    if "Line" in kind:
        return bool((np.diff(offsets[-1]) >= LINE_POSITIONS).all())
    return True


def with_three_numbers(geometry: Any) -> Any:
    """Cut positions to their first three numbers; RFC 7946 lets a reader ignore what follows."""
    if isinstance(geometry, dict):
        return {key: with_three_numbers(value) for key, value in geometry.items()}
    if isinstance(geometry, list):
        deep = geometry and isinstance(geometry[0], list | dict)
        return [with_three_numbers(g) for g in geometry] if deep else geometry[:3]
    return geometry


def fault(geometry: Any) -> tuple[str, str]:
    """Say what is wrong with a geometry that cannot be read, and where in it.

    >>> fault({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]})
    ('a ring is not closed: its last position must be its first', 'coordinates[0]')
    """
    if not isinstance(geometry, dict):
        return "its geometry is not an object", ""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection":
        return _collection_fault(geometry.get("geometries"))
    depth = DEPTH.get(str(kind), -1)
    if depth < 0:
        return f"there is no geometry type {str(kind)[:40]!r}", "type"
    if not isinstance(coordinates, list):
        return "its coordinates are missing", "coordinates"
    for path, position in _at(coordinates, depth):
        if not _is_position(position):
            return "its coordinates are not numbers, or nested too deep or too shallow", path
    return _line_fault(str(kind), coordinates, depth)


def _collection_fault(members: Any) -> tuple[str, str]:
    if not isinstance(members, list) or not members:
        return "it has no geometries", "geometries"
    for i, member in enumerate(members):
        reason, path = fault(member)
        if reason != SOUND:
            return reason, f"geometries[{i}].{path}".rstrip(".")
    return SOUND, ""


def _line_fault(kind: str, coordinates: list[Any], depth: int) -> tuple[str, str]:
    lines = list(_at(coordinates, depth - 1)) if depth else []
    if "Polygon" in kind:
        for path, ring in lines:
            if len(ring) and ring[0] != ring[-1]:
                return OPEN, path
            if len(ring) < RING_POSITIONS:
                return f"a ring has {len(ring)} positions; it needs four or more", path
    if "Line" in kind:
        for path, line in lines:
            if len(line) == 1:
                return "a line has one position; it needs two or more", path
    return SOUND, ""


def closed(geometry: Any) -> Any:
    """Close the rings of an area that are open; anything else stays as it is.

    >>> closed({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]})["coordinates"]
    [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        return {**geometry, "geometries": [closed(member) for member in geometry["geometries"]]}
    if kind not in ("Polygon", "MultiPolygon"):
        return geometry
    return {**geometry, "coordinates": _closed(geometry.get("coordinates"), DEPTH[kind] - 1)}


def open_ends(geometry: Any) -> tuple[Any, Any]:
    """Give the first and the last position of the first ring that is open."""
    if geometry.get("type") == "GeometryCollection":
        inner = (open_ends(member) for member in geometry["geometries"])
        return next((ends for ends in inner if ends[0] != ends[1]), (None, None))
    if "Polygon" not in str(geometry.get("type")):
        return None, None
    rings = _at(geometry.get("coordinates"), DEPTH[geometry["type"]] - 1)
    ends = ((ring[0], ring[-1]) for _, ring in rings if ring)
    return next(((first, last) for first, last in ends if first != last), (None, None))


def _closed(level: Any, depth: int) -> Any:
    if not isinstance(level, list):
        return level
    if depth:
        return [_closed(inner, depth - 1) for inner in level]
    is_open = len(level) >= RING_POSITIONS - 1 and level[0] != level[-1]
    return [*level, level[0]] if is_open else level


def _at(coordinates: Any, depth: int, path: str = "coordinates") -> Iterator[tuple[str, Any]]:
    """Yield what lies at a depth of nested lists; what is no list before is yielded as None."""
    if depth <= 0:
        yield path, coordinates
    elif isinstance(coordinates, list):
        for i, inner in enumerate(coordinates):
            yield from _at(inner, depth - 1, f"{path}[{i}]")
    else:
        yield path, None


def _is_position(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in value
    )
