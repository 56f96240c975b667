"""A dataset of the catalog as a record.

Rule: OGC API Records, Part 1 (20-004r1), Record Core and its GeoJSON.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import shapely

from datasets.text import LANGUAGES
from geoportal.ogc.asked import Asked
from geoportal.words import word
from publish.dcat import coverage
from publish.dcat.rights import licence_address
from publish.dcat.terms import clean, date, iri, mail
from publish.dcat.vocabularies import THEME
from publish.dcat.words import extras_of, listed, titles
from publish.package import text_of

RECORDS = "metadata:main"
"""The id of the one collection of records: a colon is in no dataset's name, so in no layer's id;
and it is what pycsw calls its own, so that clients of Records have met it."""

CORE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
THEMES = "http://publications.europa.eu/resource/authority/data-theme"
EXTERNAL = ("identifier", "doi", "guid", "inspire_id", "harvest_source_url")
"""Extras that hold an identifier that somebody else gave; their names are its scheme."""

DESCRIPTION = "application/json"
"""What the address of a collection of ours answers, whose features are GeoJSON."""
RELATIONS = {"file": "enclosure", "api": "service", "documentation": "describedby"}
SPDX = {
    "cc-by": "CC-BY-4.0",
    "cc-by-sa": "CC-BY-SA-4.0",
    "cc-zero": "CC0-1.0",
    "odc-odbl": "ODbL-1.0",
}
"""Licences that CKAN calls otherwise than SPDX does."""

type Package = Mapping[str, Any]
type Object = dict[str, Any]


def record(asked: Asked, package: Package) -> Object:
    """A package as a GeoJSON Feature, its words in the language of the request.

    Its id is the package's UUID, which stays when the dataset gets another name.
    """
    extras = extras_of(package)
    return {
        "id": package["id"],
        "type": "Feature",
        "conformsTo": [CORE],
        "geometry": geometry(extras),
        "time": time(extras),
        "properties": properties(asked, package, extras),
        "links": list(links(asked, package)),
    }


def geometry(extras: Mapping[str, str]) -> Object | None:
    """Where a dataset is; of a large geometry its box."""
    box = coverage.bounds(extras)
    if box is None:
        return None
    if len(extras["spatial"]) > coverage.LONGEST_GEOMETRY:
        return coverage.polygon(box)
    shape: Object = shapely.force_2d(shapely.from_geojson(extras["spatial"])).__geo_interface__
    return shape


def time(extras: Mapping[str, str]) -> Object | None:
    """From when to when, as dates or times in UTC; `..` where it goes on."""
    begin = instant(extras.get("temporal_start"), "-01-01")
    end = instant(extras.get("temporal_end"), "-12-31")
    if begin is None and end is None:
        return None
    return {"interval": [begin or "..", end or ".."]}


def instant(text: str | None, rest: str) -> str | None:
    """A date or time as the standard takes it; a year or month becomes the day that `rest` says.

    >>> instant("2024", "-12-31"), instant("2024-02", "-12-31"), instant("soon", "-01-01")
    ('2024-12-31', '2024-02-28', None)
    """
    known = date(text)
    if known is None:
        return None
    last = "-28" if rest == "-12-31" else "-01"  # a month that is not said to the day
    return known.text + {4: rest, 7: last}.get(len(known.text), "")


def properties(asked: Asked, package: Package, extras: Mapping[str, str]) -> Object:
    """What a record says of its dataset; what is not known is left out."""
    language = asked.language
    said: Object = {
        "type": package["type"],
        "title": titles(package).said(language),
        "description": text_of(package, "notes").said(language),
        "keywords": [tag["name"] for tag in package["tags"]],
        "language": {"code": language},
        "languages": [{"code": other} for other in LANGUAGES if other != language],
        "created": moment(package["metadata_created"]),
        "updated": moment(package["metadata_modified"]),
        "externalIds": list(external_ids(package, extras)),
        "themes": themes(extras),
        "formats": formats(package),
        "contacts": list(contacts(asked, package)),
        "license": license_code(package.get("license_id") or ""),
        "rights": clean(extras.get("rights", "")),
        "name": package["name"],
        "version": package.get("version") or "",
    }
    return {key: value for key, value in said.items() if value not in ("", None, [])}


def moment(text: str) -> str | None:
    """A time of the catalog, with the Z that CKAN leaves out."""
    known = date(text)
    return known.text if known else None


def external_ids(package: Package, extras: Mapping[str, str]) -> Iterator[Object]:
    """Identifiers that others gave, and the name that the dataset has here."""
    yield {"scheme": "name", "value": package["name"]}
    for scheme in EXTERNAL:
        if value := clean(extras.get(scheme, "")).strip():
            yield {"scheme": scheme, "value": value}


def themes(extras: Mapping[str, str]) -> list[Object]:
    """What it is about, by the EU's list of themes."""
    found = [entry for said in listed(extras.get("theme")) if (entry := THEME.find(said))]
    concepts = [{"id": e.address.rpartition("/")[2], "url": e.address} for e in found]
    return [{"scheme": THEMES, "concepts": concepts}] if concepts else []


def formats(package: Package) -> list[Object]:
    """The formats in which it can be had, each once."""
    said = [(r["format"] or "", r.get("mimetype") or "") for r in package["resources"]]
    return [
        {"name": name} | ({"mediaType": media} if media else {})
        for name, media in dict.fromkeys(said)
        if name
    ]


def contacts(asked: Asked, package: Package) -> Iterator[Object]:
    """The publisher, and who else is named with an address."""
    owner = package["organization"]
    title = text_of(owner, "title").said(asked.language) or owner["name"]
    page = f"{asked.base_url.removesuffix('/ogc')}/organization/{owner['name']}"
    about = {"rel": "about", "type": "text/html", "href": page}
    yield {"organization": title, "roles": ["publisher"], "links": [about]}
    for role, meaning in (("maintainer", "pointOfContact"), ("author", "author")):
        name = clean(package.get(role) or "").strip()
        address = mail(package.get(f"{role}_email"))
        if name or address:
            found: Object = {"name": name or title, "roles": [meaning]}
            yield found | (
                {"emails": [{"value": address.removeprefix("mailto:")}]} if address else {}
            )


def license_code(license_id: str) -> str:
    """A licence as SPDX calls it, else `other`; nothing where none is given.

    >>> license_code("cc-by"), license_code("CC0-1.0"), license_code("uslovi-grada")
    ('CC-BY-4.0', 'CC0-1.0', 'other')
    """
    if license_id in ("", "notspecified"):
        return ""
    if license_id in SPDX:
        return SPDX[license_id]
    return (
        license_id
        if re.fullmatch(r"[A-Z][A-Za-z]*[0-9A-Za-z]*(-[0-9A-Za-z.]+)+", license_id)
        else "other"
    )


def links(asked: Asked, package: Package) -> Iterator[Object]:
    """To itself, the catalog, its page, its licence, and all that it consists of."""
    catalog = f"{asked.base_url}/collections/{RECORDS}"
    title = titles(package).said(asked.language)
    page = f"{asked.base_url.removesuffix('/ogc')}/data/{package['name']}"
    own = f"{catalog}/items/{package['id']}"
    yield {"rel": "self", "type": "application/geo+json", "title": title, "href": own}
    name = word(asked.language, "ogc_records")
    yield {"rel": "collection", "type": "application/json", "title": name, "href": catalog}
    yield {"rel": "canonical", "type": "text/html", "title": title, "href": page}
    if licence := licence_address(package.get("license_id")):
        name = package.get("license_title") or package["license_id"]
        yield {"rel": "license", "type": "text/html", "title": name, "href": licence}
    for resource in package["resources"]:
        yield from distribution(resource)


def distribution(resource: Mapping[str, Any]) -> Iterator[Object]:
    """A resource as a link; none for one that has no address of the web."""
    href = iri(resource["url"])
    if href is None:
        return
    ours = resource.get("url_type") == "emap" and resource.get("resource_type") == "api"
    found: Object = {
        "rel": RELATIONS.get(resource.get("resource_type") or "", "related"),
        "type": DESCRIPTION if ours else resource.get("mimetype"),
        "title": resource["name"] or resource["format"],
        "href": href,
        "length": resource.get("size"),
        "updated": moment(resource.get("last_modified") or resource["created"]),
    }
    yield {key: value for key, value in found.items() if value}
