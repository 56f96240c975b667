"""Sensors by OGC SensorThings 1.1: where they are, and the last that each of them measured."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from datasets.errors import HarvestError
from datasets.record import Distribution, Known, Page, Record
from datasets.text import ENGLISH, Text
from harvesters.features.geojson import first_place, written
from harvesters.features.made import feature_file, table_file
from harvesters.features.paging import loop, made, new_file, with_query
from harvesters.fetching.address import shown, without_secrets
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http
from harvesters.sources.source import Name, NameOrNothing, WebSource
from harvesters.values.mapping import at as inside
from harvesters.values.mapping import entries, table, text

MAX_ENTITIES = 100_000
MAX_PAGES = 20_000
ROOT = "the root of a SensorThings service"

type Query = Mapping[str, str | int]
type Entity = Mapping[str, Any]

THINGS: Query = {"$expand": "Locations", "$top": 500}
DATASTREAMS: Query = {
    "$expand": "Thing($expand=Locations),ObservedProperty,"
    "Observations($orderby=phenomenonTime desc;$top=1)",
    "$top": 100,
}
COLUMNS = (
    "thing_id",
    "thing",
    "datastream_id",
    "datastream",
    "observed_property",
    "unit",
    "phenomenon_time",
    "result",
    "lon",
    "lat",
)
_SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


class SensorThings(WebSource):
    """A service is one dataset: `things` as a layer, and `latest`, a row for each datastream.

    `url` ends with the version of the service, as in `…/v1.1`. The dataset is named `dataset`,
    else like the source.
    """

    organization: Name
    title_en: str = ""
    dataset: NameOrNothing = ""
    license: str = ""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the one dataset; raises HarvestError when no service of this kind answers."""
        root = table(http.get(self.url, accept="application/json").json())
        named = {text(each.get("name")) for each in entries(root.get("value"))}
        if not {"Things", "Datastreams"} <= named:
            raise wrong_answer(self.url, ROOT)
        name = self.dataset or self.name
        translated = {ENGLISH: self.title_en} if self.title_en else {}
        record = Record(
            remote_id=name,
            title=Text(self.title or name, translated),
            name=name,
            license_id=self.license,
            address=without_secrets(self.url),
            distributions=self._distributions(),
        )
        yield Page((record,), total=1)

    def _distributions(self) -> tuple[Distribution, ...]:
        return (
            Distribution(
                key="things",
                name="things",
                url=self._collection("Things"),
                format="geojson",
                title=Text("Мерна места", {ENGLISH: "Things"}),
            ),
            Distribution(
                key="latest",
                name="latest",
                url=self._collection("Datastreams"),
                format="csv",
                title=Text("Последња мерења", {ENGLISH: "Latest observations"}),
            ),
            Distribution(
                key="service",
                name="service",
                url=self.url,
                title=Text("Сервис SensorThings", {ENGLISH: "SensorThings service"}),
                link=True,
                type="api",
            ),
        )

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Read all pages of a collection into one file, in the order of ids."""
        if distribution.key == "things":
            return self._things(http, into)
        return self._latest(http, into)

    def _things(self, http: Http, into: Path) -> Fetched:
        address = self._collection("Things")
        features = {identity(e): _feature(e) for e in self._entities(http, address, THINGS)}
        with new_file(into, "things.geojson") as path:
            with feature_file(path, address, http.max_bytes) as add:
                for _, (geometry, properties) in sorted(features.items()):
                    add(written(geometry), properties)
            return made(path, address, "application/geo+json")

    def _latest(self, http: Http, into: Path) -> Fetched:
        address = self._collection("Datastreams")
        rows = {identity(e): observation(e) for e in self._entities(http, address, DATASTREAMS)}
        with new_file(into, "latest.csv") as path:
            with table_file(path, address, http.max_bytes, COLUMNS) as add:
                for _, row in sorted(rows.items()):
                    add(row)
            return made(path, address, "text/csv")

    def _collection(self, name: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))

    def _entities(self, http: Http, address: str, query: Query) -> Iterator[Entity]:
        """Yield the entities of all pages, each id once; raises HarvestError."""
        url, asked, seen = with_query(address, **query), set[str](), set[tuple[int, int, str]]()
        while url:
            asked.add(url)
            if len(asked) > MAX_PAGES:
                raise _too_many(f"more than {MAX_PAGES} pages")
            answer = table(http.get(url, accept="application/json").json())
            if not isinstance(answer.get("value"), list):
                raise wrong_answer(url, "a page of SensorThings")
            page = {identity(entity): entity for entity in entries(answer["value"])}
            new = {key: entity for key, entity in page.items() if key not in seen}
            url = self._next(answer.get("@iot.nextLink"), url)
            if url in asked or (page and not new):
                raise loop(address)
            seen.update(new)
            if len(seen) > MAX_ENTITIES:
                raise _too_many(f"more than {MAX_ENTITIES} of them")
            yield from new.values()

    def _next(self, said: Any, here: str) -> str:
        """The address of the next page, on our server: behind a proxy a service names itself.

        Raises HarvestError for one on another host.
        """
        link = said.strip() if isinstance(said, str) else ""
        if not link:
            return ""
        try:
            parts, home = urlsplit(urljoin(here, link)), urlsplit(self.url)
            same = parts.hostname == home.hostname
        except ValueError:
            same = False
        if not same:
            raise HarvestError(
                f"the next page is said to be at {shown(link)!r}, on another host: tell the owner"
                " of the service to set its own public address",
                "wrong-answer",
                wanted="@iot.nextLink",
            )
        return urlunsplit((home.scheme, home.netloc, parts.path, parts.query, ""))


def _too_many(what: str) -> HarvestError:
    return HarvestError(f"{what}: give the address of a smaller service", "too-many")


def identity(entity: Entity) -> tuple[int, int, str]:
    """What sorts entities by `@iot.id`: numbers first; one without an id is known by its name."""
    said = entity.get("@iot.id")
    if isinstance(said, int) and not isinstance(said, bool):
        return 0, said, ""
    return (1, 0, text(said)) if text(said) else (2, 0, text(entity.get("name")))


def _feature(thing: Entity) -> tuple[Any, Mapping[str, Any]]:
    """A thing as a feature, at the first of its locations that is GeoJSON."""
    place = _location(thing)
    return place and place.get("location"), {
        "thing_id": text(thing.get("@iot.id")) or None,
        "thing": text(thing.get("name")) or None,
        "description": text(thing.get("description"), 10_000) or None,
        "location": text(place.get("name")) or None if place else None,
    }


def _location(thing: Entity) -> Mapping[str, Any] | None:
    """The first location with a geometry, which stands in `location`."""
    for each in entries(thing.get("Locations")):
        said = table(each.get("location"))
        geometry = table(said.get("geometry")) if said.get("type") == "Feature" else said
        if geometry.get("type") in _SHAPES and first_place(dict(geometry)):
            bare = {key: geometry[key] for key in ("type", "coordinates")}
            return {"name": each.get("name"), "location": bare}
    return None


def observation(stream: Entity) -> tuple[Any, ...]:
    """A datastream as a row of COLUMNS, with the last observation that came with it."""
    thing, unit = table(stream.get("Thing")), table(stream.get("unitOfMeasurement"))
    place = _location(thing)
    last: Entity = next(iter(entries(stream.get("Observations"))), {})
    is_point = inside(place, "location", "type") == "Point"
    lon, lat = (
        first_place(place["location"]) or (None, None) if place and is_point else (None, None)
    )
    return (
        text(thing.get("@iot.id")) or None,
        text(thing.get("name")) or None,
        text(stream.get("@iot.id")) or None,
        text(stream.get("name")) or None,
        text(inside(stream, "ObservedProperty", "name")) or None,
        text(unit.get("symbol")) or text(unit.get("name")) or None,
        text(last.get("phenomenonTime"), 100) or None,
        _result(last.get("result")),
        lon,
        lat,
    )


def _result(said: Any) -> Any:
    """What was measured: a number as it is, anything else as text."""
    if isinstance(said, bool):
        return str(said).lower()
    if isinstance(said, int | float):
        return said if math.isfinite(said) else None
    return (text(said, 10_000) or None) if isinstance(said, str) else _document(said)


def _document(said: Any) -> str | None:
    return written(said).decode()[:10_000] if said is not None else None
