"""Features as people speak of them: by a name, with the titles of their columns, in a view."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import shapely

from datasets.errors import NotFound
from datasets.model import BBox, Column, Layer
from datasets.serbian import sort_key, to_latin
from datasets.text import CYRILLIC
from geoportal.dataset.cells import said
from geoportal.emap import selection
from geoportal.emap.state import State
from geoportal.figures import day
from geoportal.registry import Shown
from publish.layers.labels import label, latin_label, shortened
from publish.layers.query import Query

LISTED = 12
POLE: BBox = (0.0, -90.0, 0.0, -90.0)  # a box in which nothing is
LONGEST = 200  # letters of a name: whoever put a book into the column is read in the table
SORTED = 200  # so many are read to be put in order by name; of more, any are shown


@dataclass(frozen=True, slots=True)
class Place:
    """A feature with a name, and its id as it stands in an address; the name may be empty."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class InView:
    """What of a layer is in a view: how many features, and the first of them by name."""

    shown: Shown
    count: int
    places: Sequence[Place]
    late: bool = False

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.places)


@dataclass(frozen=True, slots=True)
class Facts:
    """All about one feature: its name, its values by column, and its box in degrees."""

    shown: Shown
    place: Place
    values: Sequence[tuple[Column, Any]]
    bbox_lonlat: BBox | None
    point: tuple[float, float] | None


def name(layer: Layer, properties: Mapping[str, Any], language: str) -> str:
    """A feature's name in the script of a language; empty where it has none."""
    own, latin = (
        shortened(str(properties.get(column.name) or ""), LONGEST) if column else ""
        for column in (label(layer.columns), latin_label(layer.columns))
    )
    return own or latin if language == CYRILLIC else latin or to_latin(own)


def in_view(shown: Shown, state: State, language: str) -> InView:
    """The features of a layer that a state chooses and that have a place in its box.

    Without a box they are all that have a place. `late` is told where the answer took too long.
    """
    query = chosen(shown, state, state.bbox)
    try:
        count = shown.features.count(query) - _nowhere(shown, state, query)
        limit = SORTED if count <= SORTED else LISTED
        fragments = shown.features.features(query, limit=limit)
    except TimeoutError:
        return InView(shown, 0, (), late=True)
    found = sorted(_places(shown.layer, fragments, language), key=lambda place: place[2])
    names = Counter(place.name for place, _, _ in found)
    places = [_told_apart(*each, names) for each in found[:LISTED]]
    return InView(shown, count, places)


def chosen(shown: Shown, state: State, bbox: BBox | None) -> Query:
    """The question for what of a layer a state shows in a box."""
    return selection.query(shown, state.where.get(shown.layer.id, ""), state.time, bbox)


def _nowhere(shown: Shown, state: State, query: Query) -> int:
    """How many of those that match have no place: a box finds them wherever it is."""
    if not shown.layer.without_geometry:
        return 0
    if query.filter is None and query.time is None:
        return shown.layer.without_geometry
    return shown.features.count(chosen(shown, state, POLE))


type Key = tuple[Any, ...]
"""What a list is sorted by."""


def _places(
    layer: Layer, fragments: Sequence[bytes], language: str
) -> Iterator[tuple[Place, str, Key]]:
    """The features that have a place, when they were as a person writes it, and their order."""
    for fragment in fragments:
        feature = orjson.loads(fragment)
        if feature["geometry"]:
            properties = feature["properties"]
            place = Place(str(feature["id"]), name(layer, properties, language))
            moment = str(properties.get(layer.times[0]) or "") if len(layer.times) == 1 else ""
            yield place, day(language, moment), (sort_key(place.name), moment)


def _told_apart(place: Place, when: str, _key: Key, names: Mapping[str, int]) -> Place:
    """A place; one whose name others of the list have too is told apart by when it was."""
    if not when or names[place.name] == 1:
        return place
    return replace(place, name=f"{place.name} · {when}" if place.name else when)


def facts(shown: Shown, fid: str, language: str) -> Facts:
    """All about one feature; raises NotFound."""
    fragment = shown.features.feature(fid)
    if fragment is None:
        raise NotFound(f"collection {shown.layer.id!r} has no feature {fid[:80]!r}")
    feature = orjson.loads(fragment)
    properties = feature["properties"]
    return Facts(
        shown=shown,
        place=Place(str(feature["id"]), name(shown.layer, properties, language)),
        values=[
            (column, _in_line(properties.get(column.name), language))
            for column in shown.layer.columns
        ],
        bbox_lonlat=_bbox(fragment) if feature["geometry"] else None,
        point=_point(feature["geometry"], properties),
    )


def _bbox(fragment: bytes) -> BBox:
    west, south, east, north = shapely.from_geojson(fragment).bounds
    return (west, south, east, north)


def _point(
    geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]
) -> tuple[float, float] | None:
    """Latitude and longitude of a point, if no column says them already."""
    if geometry is None or geometry["type"] != "Point":
        return None
    longitude, latitude = geometry["coordinates"][:2]
    known = [*properties.values()]
    return None if latitude in known and longitude in known else (latitude, longitude)


def _in_line(value: Any, language: str) -> Any:
    """A list in one line, as people read it; any other value as it is."""
    return said(language, value) if isinstance(value, list) else value
