"""Where stops are, and where routes run: places and lines of a GTFS feed.

Rule: gtfs.org/documentation/schedule/reference.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping

from datasets.errors import HarvestError
from harvesters.features.gtfs_feed import Feed

MAX_STOPS = 500_000
MAX_ROUTES = 50_000
MAX_TRIPS = 2_000_000
MAX_POINTS = 3_000_000  # of all lines: three numbers each

type Place = tuple[float, float]
"""Longitude and latitude."""
type Line = list[Place]


class Lines:
    """The lines of routes: shapes where the feed has them, else sequences of stops."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._shapes_of = _shapes_of(feed)
        wanted = {shape for shapes in self._shapes_of.values() for shape in shapes}
        self._shapes = _shapes(feed, wanted)
        bare = {r for r, shapes in self._shapes_of.items() if not shapes & self._shapes.keys()}
        self._stops = _by_stops(feed, bare) if bare else {}

    def of(self, route_id: str) -> list[Line]:
        """Give the lines of a route, each once; none when it has no two places in a row."""
        shapes = sorted(self._shapes_of.get(route_id, set()) & self._shapes.keys())
        found = [self._shapes[shape] for shape in shapes] or self._stops.get(route_id, [])
        return _distinct(line for line in map(_drawn, found) if len(line) > 1)


def _shapes_of(feed: Feed) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number, (route_id, shape_id) in enumerate(feed.rows("trips", "route_id", "shape_id"), 1):
        refuse_many(number, MAX_TRIPS, "trips")
        found.setdefault(route_id, set()).update([shape_id] if shape_id else [])
    return found


def _shapes(feed: Feed, wanted: set[str]) -> dict[str, "array[float]"]:
    """Give the numbers of each shape: place in the line, longitude, latitude, again and again."""
    found: dict[str, array[float]] = {}
    asked = ("shape_id", "shape_pt_sequence", "shape_pt_lon", "shape_pt_lat")
    points = 0
    for shape_id, number, lon, lat in feed.rows("shapes", *asked) if wanted else ():
        at, order = place(lon, lat), finite(number)
        if shape_id in wanted and at and order is not None:
            points += 1
            refuse_many(points, MAX_POINTS, "points of shapes")
            found.setdefault(shape_id, array("d")).extend((order, *at))
    return found


def _by_stops(feed: Feed, routes: set[str]) -> dict[str, list["array[float]"]]:
    """Give the stops of the longest trip of each direction, as `_shapes` gives its points."""
    trips = _trips(feed, routes)
    longest = _longest(feed, trips)
    places = _places(feed)
    runs: dict[str, array[float]] = {trip: array("d") for trip in longest.values()}
    points = 0
    for trip_id, stop_id, number in feed.rows("stop_times", "trip_id", "stop_id", "stop_sequence"):
        at, order = places.get(stop_id), finite(number)
        if trip_id in runs and at and order is not None:
            points += 1
            refuse_many(points, MAX_POINTS, "stops of trips")
            runs[trip_id].extend((order, *at))
    found: dict[str, list[array[float]]] = {}
    for (route_id, _), trip_id in sorted(longest.items()):
        found.setdefault(route_id, []).append(runs[trip_id])
    return found


def _trips(feed: Feed, routes: set[str]) -> dict[str, tuple[str, str]]:
    """Give route and direction of the trips of some routes."""
    found: dict[str, tuple[str, str]] = {}
    for route_id, trip_id, direction in feed.rows("trips", "route_id", "trip_id", "direction_id"):
        if route_id in routes:
            found[trip_id] = (route_id, direction)
    return found


def _longest(feed: Feed, trips: Mapping[str, tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give the trip with the most stops of each route and direction; of equals the first by id."""
    stops = Counter(trip for (trip,) in feed.rows("stop_times", "trip_id") if trip in trips)
    found: dict[tuple[str, str], str] = {}
    for trip, count in stops.items():
        way = trips[trip]
        other = found.get(way)
        if other is None or (-count, trip) < (-stops[other], other):
            found[way] = trip
    return found


def _places(feed: Feed) -> dict[str, Place]:
    """Give the places of stops; a platform without one is where its station is."""
    found: dict[str, Place] = {}
    parents: dict[str, str] = {}
    asked = ("stop_id", "stop_lon", "stop_lat", "parent_station")
    for stop_id, lon, lat, parent in feed.rows("stops", *asked):
        refuse_many(len(found), MAX_STOPS, "stops")
        if at := place(lon, lat):
            found[stop_id] = at
        elif parent:
            parents[stop_id] = parent
    return {s: found[p] for s, p in parents.items() if p in found} | found


def _drawn(numbers: "array[float]") -> Line:
    """Give the places in order, none twice in a row."""
    line: Line = []
    for _, lon, lat in sorted(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)):
        if not line or line[-1] != (lon, lat):
            line.append((lon, lat))
    return line


def _distinct(lines: Iterable[Line]) -> list[Line]:
    found: dict[tuple[Place, ...], Line] = {}
    for line in lines:
        found.setdefault(tuple(line), line)
    return list(found.values())


def place(lon: str, lat: str) -> Place | None:
    """Give a place on the earth; None for what is none, and for 0, 0, which means unknown.

    >>> place("20.9", "44.01"), place("0", "0"), place("44,01", "20"), place("200", "1")
    ((20.9, 44.01), None, None, None)
    """
    x, y = finite(lon), finite(lat)
    if x is None or y is None or abs(x) > 180 or abs(y) > 90 or (x, y) == (0, 0):
        return None
    return x, y


def finite(text: str) -> float | None:
    """Give a number as GTFS writes it, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def refuse_many(count: int, most: int, what: str) -> None:
    """Raise HarvestError `too-many` above a limit."""
    if count > most:
        raise HarvestError(
            f"more than {most} {what}: no layer is made of so many; ask its owner for the feed of"
            " your city alone",
            "too-many",
        )
