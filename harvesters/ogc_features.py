"""OGC API Features: each collection of a server is a dataset, its items one GeoJSON file."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from datasets.errors import HarvestError
from datasets.model import BBox
from datasets.record import Distribution, Known, Page, Record
from datasets.text import Text
from harvesters.features import geojson, ogc_api, paging
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http
from harvesters.fetching.reply import Reply
from harvesters.sources.source import Name, WebSource
from harvesters.values import mapping
from harvesters.values.licenses import license_id

GEOJSON_TYPES = ("application/geo+json", "application/vnd.geo+json", "application/json")
LATLON = re.compile(r"EPSG/[\d.]*/(4326|4258)>?$", re.IGNORECASE)
WANTED = "OGC API Features in JSON, with its collections"


class OgcFeatures(WebSource):
    """`url` is a landing page, its `/collections`, or one collection.

    `layers` are the ids of the collections that are wanted; without it all that have features
    are. `page_size` is how many features are asked for at once.
    """

    organization: Name
    layers: tuple[str, ...] = ()
    license: str = ""
    page_size: int = Field(default=1000, ge=1, le=10_000)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the collections, a page for each answer that lists some."""
        seen: set[str] = set()
        address = at
        document = ogc_api.asked(http, at, WANTED) if at else {}
        if not at:
            address, document = ogc_api.start(http, self.url, WANTED)
        while True:
            seen.add(address)
            onward = ogc_api.next_page(document, address)
            if onward in seen:
                raise paging.loop(onward)
            yield self._page(document, address, onward)
            if not onward:
                return
            address, document = onward, ogc_api.asked(http, onward, WANTED)

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Read all items, in the order of the server, following its links to the next page."""
        box = geojson.bbox(distribution.hints.get("bbox"))
        with paging.new_file(into, f"{distribution.name}.geojson") as path:
            with geojson.collection(path, distribution.url, http.max_bytes) as features:
                total = _read(http, distribution.url, self.page_size, features, box)
            features.seen.check(total)
            return paging.made(path, distribution.url, geojson.MEDIA_TYPE)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for the collection itself."""
        address, document = ogc_api.start(http, self.url, WANTED)
        if "collections" not in document:
            return mapping.text(document.get("id")) == remote_id
        try:
            ogc_api.asked(http, ogc_api.below(address, remote_id), WANTED)
        except HarvestError as error:
            if error.fault in ("gone", "removed"):
                return False
            raise
        return True

    def _page(self, document: Mapping[str, Any], address: str, onward: str) -> Page:
        if "collections" not in document:
            base = urlsplit(address).path.rstrip("/").rpartition("/")[0]
            record = self._record(document, urljoin(address, base or "/"))
            if record is None:
                raise wrong_answer(address, "a collection of features that is wanted")
            return Page((record,), total=1)
        listed = mapping.entries(document["collections"])
        found = [self._record(each, address) for each in listed]
        records = tuple(record for record in found if record)
        said = mapping.listed(document["collections"])
        return Page(records, next=onward, skipped=len(said) - len(records))

    def _record(self, said: Mapping[str, Any], address: str) -> Record | None:
        """Give a collection as a record; None for one without features, or not wanted."""
        remote_id = mapping.text(said.get("id", said.get("name")))
        items = _items(said, address, remote_id)
        if not remote_id or not items or (self.layers and remote_id not in self.layers):
            return None
        title = mapping.words(said.get("title")) or Text(remote_id)
        boxes = mapping.listed(mapping.at(said, "extent", "spatial", "bbox"))
        distribution = Distribution(
            key=remote_id,
            name=mapping.slug(remote_id) or mapping.slug(title.own) or "layer",
            url=items,
            format="geojson",
            title=title,
            media_type=geojson.MEDIA_TYPE,
            hints={"bbox": boxes[0]} if boxes and geojson.bbox(boxes[0]) else {},
        )
        pages = [
            url for url, kind in ogc_api.links(said, "alternate", address) if kind == "text/html"
        ]
        terms = [url for url, _ in ogc_api.links(said, "license", address)]
        return Record(
            remote_id=remote_id,
            title=title,
            name=mapping.slug(remote_id) or mapping.slug(title.own),
            notes=mapping.words(said.get("description"), longest=mapping.NOTES),
            license_id=self.license or license_id(said.get("license"), *terms),
            tags=mapping.tags(said.get("keywords")),
            url=pages[0] if pages else ogc_api.below(address, remote_id),
            address=ogc_api.below(address, remote_id),
            distributions=(distribution,),
        )


def _items(said: Mapping[str, Any], address: str, remote_id: str) -> str:
    """Give the address of a collection's items as GeoJSON; empty when it has no features."""
    if said.get("itemType", "feature") != "feature":
        return ""
    links = [link for rel in ogc_api.ITEMS for link in ogc_api.links(said, rel, address)]
    plain = ogc_api.below(address, remote_id, "items")
    if not links:
        return "" if mapping.listed(said.get("links")) else plain
    by_type = {kind.partition(";")[0].strip().lower(): url for url, kind in reversed(links)}
    found = next((by_type[kind] for kind in (*GEOJSON_TYPES, "") if kind in by_type), plain)
    return found if paging.same_host(found, address) else plain


def _read(
    http: Http, url: str, page_size: int, features: geojson.Features, box: BBox | None
) -> int | None:
    """Read all pages; give how many features the server says there are, if it says so."""
    address, seen = paging.with_query(url, limit=page_size), set[str]()
    total = None
    while address:
        if address in seen:
            raise paging.loop(address)
        seen.add(address)
        reply = http.get(address, accept=geojson.MEDIA_TYPE)
        document = reply.json()
        if not isinstance(document, dict) or not isinstance(document.get("features"), list):
            raise wrong_answer(address, "a page of GeoJSON features")
        said = document.get("numberMatched", reply.headers.get("ogc-numbermatched"))
        total = paging.count(said) if said is not None else total
        page = _placed(document["features"], reply)
        if not features.add(page, box):
            break
        address = ogc_api.next_page(document, address)
    return total


def _placed(page: list[Any], reply: Reply) -> list[Any]:
    """Give features in longitude and latitude; raises HarvestError for another system."""
    system = reply.headers.get("content-crs", "")
    if not system or "CRS84" in system.upper():
        return page
    if not LATLON.search(system):
        raise wrong_answer(reply.url, f"in longitude and latitude (CRS84), but in {system[:100]}")
    return [geojson.turned(geojson.feature(each)) for each in page if isinstance(each, Mapping)]
