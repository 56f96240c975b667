"""OGC API Records: each record of a catalogue is a dataset, its links the files and services."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from datasets.errors import HarvestError
from datasets.model import Finding
from datasets.record import Distribution, Page, Record
from datasets.text import Text
from harvesters.catalogs.catalog import CatalogSource, Pages
from harvesters.catalogs.online import online
from harvesters.features import ogc_api, paging
from harvesters.fetching.address import without_secrets
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http
from harvesters.sources.collecting import MAX_DISTRIBUTIONS
from harvesters.values import extent, mapping
from harvesters.values.licenses import license_id
from harvesters.values.mailbox import role_mailbox
from harvesters.values.mapping import NOTES, at, entries, listed, text

GEOJSON = "application/geo+json"
WANTED = "OGC API Records in JSON, with a collection of records"
# Links of a record that lead to itself, to its catalogue, or to other pages of it.
_NOT_DATA = frozenset(
    "alternate canonical collection describedby first last license next parent prev previous"
    " queryables root self up".split()
)
_FILES = ("enclosure", "download", "data")


class OgcRecords(CatalogSource):
    """`url` is a landing page, its `/collections`, or one collection of records.

    `catalogs` are the ids of the collections that are wanted; without it all of records are.
    `page_size` is how many records are asked for at once.
    """

    catalogs: tuple[str, ...] = ()
    page_size: int = Field(default=100, ge=1, le=10_000)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the records of one collection after the other, by the server's own links."""
        collections = self._collections(http)
        place = next((n for n, url in enumerate(collections) if at and _is_of(at, url)), 0)
        address, following = at or collections[0], collections[place + 1 :]
        pages, seen = Pages(self.url), set[str]()
        while address:
            seen.add(address)
            document = ogc_api.asked(http, address, WANTED, GEOJSON)
            page, onward = self._page(document, address)
            if onward in seen:
                raise paging.loop(onward)
            pages.fresh([record.remote_id for record in page.records])
            address = onward or next(iter(following), "")
            following = following if onward else following[1:]
            total = page.total if len(collections) == 1 else None
            yield Page(page.records, next=address, total=total, skipped=page.skipped)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask every collection for the record."""
        for url in self._collections(http):
            try:
                ogc_api.asked(http, ogc_api.below(url, remote_id), WANTED, GEOJSON)
            except HarvestError as error:
                if error.fault not in ("gone", "removed"):
                    raise
            else:
                return True
        return False

    def _collections(self, http: Http) -> list[str]:
        """Give the addresses of the records of all collections that are wanted."""
        address, document = ogc_api.start(http, self.url, WANTED)
        above, collections = address, entries(document.get("collections"))
        if "collections" not in document:
            collections = [document]
            above = address.partition("?")[0].rstrip("/").rpartition("/")[0]
        found = [
            self._items(each, address, above)
            for each in collections
            if _is_of_records(each) and self._is_wanted(each)
        ]
        if not found:
            raise wrong_answer(self.url, WANTED)
        return found

    def _is_wanted(self, collection: Mapping[str, Any]) -> bool:
        return not self.catalogs or text(collection.get("id")) in self.catalogs

    def _items(self, collection: Mapping[str, Any], address: str, above: str) -> str:
        """Give the first page of a collection; `address` is where it is described."""
        plain = ogc_api.below(above, text(collection.get("id")), "items")
        links = [li for rel in ogc_api.ITEMS for li in ogc_api.links(collection, rel, address)]
        found = next((url for url, kind in links if "geo+json" in kind.lower()), plain)
        whole = found if paging.same_host(found, address) else plain
        return paging.with_query(whole, limit=self.page_size)

    def _page(self, document: Mapping[str, Any], address: str) -> tuple[Page, str]:
        if not isinstance(document.get("features"), list):
            raise wrong_answer(address, "a page of records as GeoJSON")
        features = document["features"]
        here = address.partition("?")[0]
        found = [record(each, here, self.organization_here) for each in entries(features)]
        kept = [each for each in found if each and not self._is_back(each)]
        onward = ogc_api.next_page(document, address) if features else ""
        total = document.get("numberMatched")
        total = total if isinstance(total, int) and not isinstance(total, bool) else None
        return Page(tuple(kept), total=total, skipped=len(features) - len(kept)), onward

    def _is_back(self, found: Record) -> bool:
        return self.is_ours_back((found.remote_id, found.url), found.distributions)


def _is_of_records(collection: Mapping[str, Any]) -> bool:
    kinds = [text(each).lower() for each in listed(collection.get("itemType"))]
    return "record" in kinds


def _is_of(page: str, items: str) -> bool:
    return urlsplit(page).path == urlsplit(items).path


def record(
    said: Mapping[str, Any], items: str, organization_here: Any = mapping.slug
) -> Record | None:
    """Give a record; None for one without an id and a title. `items` is the address of all."""
    properties = mapping.table(said.get("properties"))
    remote_id = text(said.get("id") or _external(properties), 500)
    title = mapping.words(properties.get("title"))
    if not remote_id:
        return None
    publisher, others = _organizations(properties)
    area, fault = _area(said, properties)
    own = ogc_api.below(items, remote_id)
    return Record(
        remote_id=remote_id,
        title=title if title else Text(remote_id),
        name=mapping.slug(title.own),
        organization=organization_here(publisher),
        organization_title=publisher,
        notes=mapping.words(properties.get("description"), longest=NOTES),
        license_id=_license(said, properties, items),
        tags=_tags(properties),
        url=_page(said, items) or own,
        address=own,
        contributors=others,
        modified=text(properties.get("updated") or properties.get("recordUpdated"), 100),
        extras=_extras(said, properties, area),
        distributions=tuple(islice(_distributions(said, properties, items), MAX_DISTRIBUTIONS)),
        findings=(*(() if title else (_untitled(),)), *extent.odd(fault)),
    )


def _untitled() -> Finding:
    return Finding(
        "record-broken",
        note="the record has no title",
        values={"wanted": "title"},
        remedy="give the record a title at the source",
    )


def _external(properties: Mapping[str, Any]) -> str:
    ids = (text(each.get("value")) for each in entries(properties.get("externalIds")))
    return next(filter(None, ids), "")


def _organizations(properties: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Give the publisher and the other organizations; a contact that has none is a person."""
    contacts = entries(properties.get("contacts"))
    ranked = sorted(contacts, key=lambda each: "publisher" not in _roles(each))
    names = [text(each.get("organization")) for each in ranked]
    providers = listed(properties.get("providers"))
    names += [text(each) for each in providers if isinstance(each, str | Mapping)]
    kept = dict.fromkeys(name for name in names if name and "@" not in name)
    first, *others = kept or ("",)
    return first, tuple(others)


def _roles(contact: Mapping[str, Any]) -> list[str]:
    return [text(each) for each in listed(contact.get("roles"))]


def _license(said: Mapping[str, Any], properties: Mapping[str, Any], base: str) -> str:
    linked = [url for url, _ in ogc_api.links(said, "license", base)]
    return license_id(properties.get("license"), *linked, properties.get("rights"))


def _tags(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keywords, else the concepts of the themes."""
    if found := mapping.tags(listed(properties.get("keywords"))):
        return found
    themes = entries(properties.get("themes"))
    concepts = [each for theme in themes for each in listed(theme.get("concepts"))]
    return mapping.tags([_concept(each) for each in concepts])


def _concept(said: Any) -> str:
    fields = mapping.table(said)
    return text(fields.get("title") or fields.get("id") if fields else said)


def _page(said: Mapping[str, Any], base: str) -> str:
    found = [link for rel in ("alternate", "canonical") for link in ogc_api.links(said, rel, base)]
    return next((url for url, kind in found if kind.startswith("text/html")), "")


def _area(said: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[str, str]:
    """Give the area of the geometry, else of the extent, and what is odd about it."""
    geometry = mapping.table(said.get("geometry"))
    if geometry:
        try:
            return extent.written(json.dumps(geometry))
        except RecursionError:
            return "", ""
    boxes = listed(at(properties, "extent", "spatial", "bbox"))
    box = listed(boxes[0]) if boxes else []
    corners = {4: box, 6: [*box[:2], *box[3:5]]}.get(len(box))
    return extent.sides(*corners) if corners else ("", "")


def _extras(said: Mapping[str, Any], properties: Mapping[str, Any], area: str) -> dict[str, str]:
    interval = listed(at(said, "time", "interval"))
    if not interval:
        intervals = listed(at(properties, "extent", "temporal", "interval"))
        interval = listed(intervals[0]) if intervals else []
    start, end = (mapping.date(each) for each in (*interval, "", "")[:2])
    themes = [text(each.get("scheme")) for each in entries(properties.get("themes"))]
    mails = [
        role_mailbox(text(mail.get("value"), 200))
        for contact in entries(properties.get("contacts"))
        for mail in entries(contact.get("emails"))
    ]
    return mapping.extras(
        spatial=area,
        temporal_start=start,
        temporal_end=end,
        issued=mapping.date(properties.get("created")),
        language=text(at(properties, "language", "code") or properties.get("language"), 20),
        resource_type=text(properties.get("type"), 100),
        theme_schemes="\n".join(dict.fromkeys(filter(None, themes))),
        rights=text(properties.get("rights"), 5_000),
        contact_email=next(filter(None, mails), ""),
    )


def _distributions(
    said: Mapping[str, Any], properties: Mapping[str, Any], base: str
) -> Iterator[Distribution]:
    for link in (*entries(said.get("links")), *entries(properties.get("associations"))):
        if text(link.get("rel")) in _NOT_DATA:
            continue
        if found := _distribution(link, base):
            yield found


def _distribution(link: Mapping[str, Any], base: str) -> Distribution | None:
    """Give what a link leads to; None for one that is no address of the web."""
    url = mapping.address(link.get("href"), base)
    if not url:
        return None
    kind, title = text(link.get("type"), 200), mapping.words(link.get("title") or link.get("name"))
    media_type = kind.partition(";")[0].strip().lower() if "/" in kind else ""
    protocol = "" if media_type else kind
    found = online(
        url,
        text(link.get("protocol")) or protocol,
        title.own,
        media_type=media_type,
        download=text(link.get("rel")) in _FILES or protocol.lower() == "download",
    )
    key = without_secrets(url)
    return Distribution(
        key=f"{key}#{title.own}" if found.type == "api" and title else key,
        name=mapping.slug(title.own) or found.format.replace(" ", "-"),
        url=url,
        format=found.format,
        title=title,
        description=mapping.words(link.get("description"), longest=NOTES),
        media_type=media_type,
        size_bytes=mapping.size(link.get("length")),
        link=found.link,
        type=found.type,
    )
