"""The catalog as one JSON file of DCAT-US 1.1, which portals of the United States' kind read.

Rule: https://resources.data.gov/resources/dcat-us/ (Project Open Data 1.1). Codes of federal
bureaus and programs are left out: there are none here. `hasEmail` is there where one is known.
"""

from collections.abc import Mapping
from typing import Any

from publish.dcat.coverage import bounds
from publish.dcat.distribution import distribution_address, is_file, media_type
from publish.dcat.issuer import Issuer, dataset_address
from publish.dcat.rights import licence_address
from publish.dcat.terms import clean, date, iri, mail
from publish.dcat.vocabularies import FREQUENCY, THEME
from publish.dcat.words import extras_of, listed, titles
from publish.package import text_of

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
HEAD: Mapping[str, str] = {
    "@context": f"{SCHEMA}/catalog.jsonld",
    "@type": "dcat:Catalog",
    "conformsTo": SCHEMA,
    "describedBy": f"{SCHEMA}/catalog.json",
}
"""What stands before the list `dataset`."""

type Object = dict[str, Any]


def data_json(issuer: Issuer, package: Mapping[str, Any]) -> Object:
    """Describe a package as a `dataset` of the file."""
    extras = extras_of(package)
    title = str(titles(package))
    said: Object = {
        "@type": "dcat:Dataset",
        "identifier": package["id"],
        "title": title,
        "description": str(text_of(package, "notes")) or title,
        "keyword": [tag["name"] for tag in package["tags"]] or [package["name"]],
        "issued": _date(package["metadata_created"]),
        "modified": _date(package["metadata_modified"]),
        "publisher": {"@type": "org:Organization", "name": package["organization"]["title"]},
        "contactPoint": _contact(package),
        "accessLevel": "public",
        "license": licence_address(package.get("license_id")),
        "landingPage": issuer.landing(package),
        "spatial": ",".join(map(str, box)) if (box := bounds(extras)) else None,
        "temporal": _period(extras),
        "theme": [found.labels["en"] for found in map(THEME.find, _themes(extras)) if found],
        "accrualPeriodicity": _interval(extras),
        "distribution": [_distribution(issuer, package, each) for each in package["resources"]],
    }
    return {key: value for key, value in said.items() if value not in (None, [])}


def _themes(extras: Mapping[str, str]) -> list[str]:
    return listed(extras.get("theme")) or listed(extras.get("themes"))


def _date(text: object) -> str | None:
    found = date(text)
    return found.text if found else None


def _contact(package: Mapping[str, Any]) -> Object:
    for role in ("maintainer", "author"):
        if address := mail(package.get(f"{role}_email")):
            name = clean(package.get(role) or package["organization"]["title"])
            return {"@type": "vcard:Contact", "fn": name, "hasEmail": address}
    return {"@type": "vcard:Contact", "fn": package["organization"]["title"]}


def _period(extras: Mapping[str, str]) -> str | None:
    start, end = date(extras.get("temporal_start")), date(extras.get("temporal_end"))
    return f"{start.text}/{end.text}" if start and end else None


def _interval(extras: Mapping[str, str]) -> str | None:
    """How often, as a repeating interval of ISO 8601."""
    entry = FREQUENCY.find(extras.get("frequency"))
    return entry.interval or None if entry else None


def _distribution(
    issuer: Issuer, package: Mapping[str, Any], resource: Mapping[str, Any]
) -> Object:
    url = iri(resource.get("url"))
    said: Object = {
        "@type": "dcat:Distribution",
        "@id": distribution_address(issuer, resource),
        "title": resource.get("name"),
        "description": resource.get("description"),
        "format": resource.get("format"),
        "mediaType": media_type(resource),
    }
    key = "downloadURL" if url and is_file(resource) else "accessURL"
    said[key] = url or dataset_address(issuer, package)
    return {key: value for key, value in said.items() if value}
