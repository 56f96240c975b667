"""TopoJSON: the arcs of one of its objects put together into features, as GeoJSON has them.

Borders that areas share are stored once, as arcs; a number is an arc, -1 - n that one backwards.
Rule: TopoJSON 1.0, sections 2.1.2 (transforms) and 2.1.4 (arcs).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.reading import choice
from validation.reading.cells import Cells, Unreadable, empty
from validation.reading.choice import Held
from validation.reading.geojson import cells_of

MOST_SHARED = 4
"""So many times the positions of all arcs may come out of it; a border is shared by two areas, and
by their groups, but a bomb names one arc a million times."""
FEW_POSITIONS = 100_000
DEPTH = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
MOST_NESTED = 50

type Document = Mapping[str, Any]
type Positions = NDArray[np.float64]


def read_topology(document: Document, arguments: Mapping[str, Any]) -> Cells:
    """Read one object of a topology that is parsed already: the first or the chosen one."""
    objects = document.get("objects")
    if not isinstance(objects, dict) or not all(isinstance(o, dict) for o in objects.values()):
        raise _wrong("it has no objects")
    held = [Held(name, len(list(_members(one, 0)))) for name, one in objects.items()]
    if not held:
        raise empty()
    name, told = choice.chosen(held, arguments)
    topology = _Topology(document)
    features = [topology.feature(member) for member in _members(objects[name], 0)]
    if not features:
        raise empty()
    cells = cells_of(features, arguments)
    return replace(cells, sheet=name, findings=(*told, *cells.findings))


def _members(one: Document, nested: int) -> Iterator[Document]:
    """Yield the features of an object: those of its collections, or the object itself."""
    if one.get("type") != "GeometryCollection":
        yield one
        return
    geometries = one.get("geometries")
    if not isinstance(geometries, list) or nested > MOST_NESTED:
        raise _wrong("a collection has no list of geometries")
    for member in geometries:
        if isinstance(member, dict):
            yield from _members(member, nested + 1)


class _Topology:
    """The arcs of a topology, its numbers turned back into coordinates."""

    def __init__(self, document: Document) -> None:
        self._scale, self._shift, self._delta = _transform(document.get("transform"))
        arcs = document.get("arcs")
        if not isinstance(arcs, list):
            raise _wrong("it has no arcs")
        self._arcs = [self._placed(arc, delta=self._delta) for arc in arcs]
        self._left = MOST_SHARED * sum(map(len, self._arcs)) + FEW_POSITIONS

    def feature(self, member: Document) -> Document:
        """Make a GeoJSON feature of a geometry."""
        made: dict[str, Any] = {"type": "Feature", "properties": member.get("properties") or {}}
        if "id" in member:
            made["id"] = member["id"]
        return {**made, "geometry": self._geometry(member)}

    def _geometry(self, member: Document) -> Any:
        kind = member.get("type")
        if kind is None:
            return None
        if kind in ("Point", "MultiPoint"):
            return {"type": kind, "coordinates": self._points(member.get("coordinates"))}
        depth = DEPTH.get(str(kind), 0)
        return {"type": kind, "coordinates": self._lines(member.get("arcs"), depth)}

    def _points(self, coordinates: Any) -> Any:
        single = isinstance(coordinates, list) and bool(coordinates)
        if not single or isinstance(coordinates[0], list) and not coordinates[0]:
            return coordinates
        flat = not isinstance(coordinates[0], list)
        placed = self._placed([coordinates] if flat else coordinates, delta=False)
        return placed[0].tolist() if flat else placed.tolist()

    def _lines(self, arcs: Any, depth: int) -> Any:
        """Put arcs together, line by line, as deep as they lie."""
        if not isinstance(arcs, list) or not depth:
            return None
        if depth > 1:
            return [self._lines(inner, depth - 1) for inner in arcs]
        return self._line(arcs)

    def _line(self, numbers: Sequence[Any]) -> list[Any]:
        """Join arcs; each begins where the one before it ended."""
        line: list[Any] = []
        for number in numbers:
            arc = self._arc(number)
            self._left -= len(arc)
            if self._left < 0:
                raise Unreadable("file-too-large", "put together, its arcs are too many positions")
            line += arc[1:].tolist() if line else arc.tolist()
        return line

    def _arc(self, number: Any) -> Positions:
        index = number if isinstance(number, int) and number >= 0 else None
        if index is None and isinstance(number, int):
            index = ~number
        if index is None or isinstance(number, bool) or index >= len(self._arcs):
            raise _wrong(f"there is no arc {str(number)[:20]}")
        return self._arcs[index] if number >= 0 else self._arcs[index][::-1]

    def _placed(self, positions: Any, *, delta: bool) -> Positions:
        """Give positions as an array of x and y; quantised ones are steps from each other."""
        try:
            found = np.array([position[:2] for position in positions], dtype=np.float64)
            found = found.reshape(-1, 2)
        except (TypeError, ValueError, OverflowError):
            raise _wrong("an arc is no list of positions") from None
        if delta:
            found = np.cumsum(found, axis=0)
        return found * self._scale + self._shift


def _transform(said: Any) -> tuple[Positions, Positions, bool]:
    """Give scale and shift, and whether arcs are written as steps; that is so with a transform."""
    if said is None:
        return np.ones(2), np.zeros(2), False
    try:
        scale = np.array(said["scale"], dtype=np.float64).reshape(2)
        return scale, np.array(said["translate"], dtype=np.float64).reshape(2), True
    except (KeyError, TypeError, ValueError):
        raise _wrong("its transform has no scale and translate of two numbers") from None


def _wrong(reason: str) -> Unreadable:
    return Unreadable(
        "file-damaged",
        f"the TopoJSON cannot be read ({reason}); export it again",
        format="topojson",
        detail=reason,
    )
