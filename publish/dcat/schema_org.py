"""A package as schema.org's Dataset: what search engines read inside its page.

Rule: https://schema.org/Dataset and what Google's dataset search reads of it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from datasets.text import Text
from publish.dcat.coverage import bounds
from publish.dcat.distribution import digest, is_file, media_type
from publish.dcat.issuer import Issuer, dataset_address
from publish.dcat.rights import licence_address
from publish.dcat.terms import clean, date, iri
from publish.dcat.words import extras_of, titles
from publish.package import text_of

LONGEST_DESCRIPTION = 5000
MOST_VARIABLES = 200

type Object = dict[str, Any]


def schema_org(issuer: Issuer, package: Mapping[str, Any], language: str) -> Object:
    """Describe a package in one of the site's languages."""
    extras = extras_of(package)
    title = titles(package)
    names = {title.own, *(title.said(each) for each in ("sr-Cyrl", "sr-Latn", "en"))}
    own = title.said(language)
    said: Object = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": dataset_address(issuer, package),
        "identifier": package["id"],
        "url": issuer.landing(package),
        "name": own,
        "alternateName": sorted(names - {own}),
        "description": _description(package, title, language),
        "keywords": [tag["name"] for tag in package["tags"]],
        "license": licence_address(package.get("license_id")),
        "isAccessibleForFree": True,
        "inLanguage": language,
        "version": package.get("version"),
        "datePublished": _date(package["metadata_created"]),
        "dateModified": _date(package["metadata_modified"]),
        "publisher": _publisher(issuer, package, language),
        "includedInDataCatalog": _catalog(issuer, language),
        "spatialCoverage": _place(extras),
        "temporalCoverage": _period(extras),
        "distribution": [_download(issuer, package, each) for each in package["resources"]],
        "variableMeasured": list(_variables(package))[:MOST_VARIABLES],
    }
    return {key: value for key, value in said.items() if value not in (None, "", [])}


def _description(package: Mapping[str, Any], title: Text, language: str) -> str:
    notes = text_of(package, "notes").said(language).strip()
    return clean(notes or title.said(language))[:LONGEST_DESCRIPTION]


def _date(text: object) -> str | None:
    found = date(text)
    return found.text if found else None


def _publisher(issuer: Issuer, package: Mapping[str, Any], language: str) -> Object:
    organization = issuer.organization(package)
    return {
        "@type": "Organization",
        "@id": issuer.address(f"/organization/{organization['id']}"),
        "name": titles(organization).said(language),
    }


def _catalog(issuer: Issuer, language: str) -> Object:
    return {"@type": "DataCatalog", "name": issuer.title.said(language), "url": issuer.address("/")}


def _place(extras: Mapping[str, str]) -> Object | None:
    """The box as schema.org writes it: latitude first, the lower corner first."""
    box = bounds(extras)
    if box is None:
        return None
    west, south, east, north = box
    shape = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
    return {"@type": "Place", "geo": shape}


def _period(extras: Mapping[str, str]) -> str | None:
    start, end = date(extras.get("temporal_start")), date(extras.get("temporal_end"))
    if start is None and end is None:
        return None
    return f"{start.text if start else '..'}/{end.text if end else '..'}"


def _download(issuer: Issuer, package: Mapping[str, Any], resource: Mapping[str, Any]) -> Object:
    url = iri(resource.get("url"))
    checksum = digest(resource)
    said: Object = {
        "@type": "DataDownload",
        "name": clean(resource.get("name") or resource.get("url") or ""),
        "contentUrl": url if is_file(resource) else None,
        "url": url or dataset_address(issuer, package),
        "encodingFormat": media_type(resource) or resource.get("format"),
        "contentSize": f"{resource['size']} B" if isinstance(resource.get("size"), int) else None,
        "sha256": checksum[1] if checksum and checksum[0] == "sha256" else None,
    }
    return {key: value for key, value in said.items() if value not in (None, "")}


def _variables(package: Mapping[str, Any]) -> Iterator[Object]:
    """The columns of the tables, of the Table Schema of each resource, each name once."""
    seen: set[str] = set()
    for resource in package["resources"]:
        for field in _fields(resource.get("schema")):
            name = field.get("name")
            if isinstance(name, str) and name and name not in seen:
                seen.add(name)
                yield _variable(name, field)


def _variable(name: str, field: Mapping[str, Any]) -> Object:
    told = field.get("description") or field.get("title")
    described = {"description": clean(told)} if isinstance(told, str) and told else {}
    return {"@type": "PropertyValue", "name": clean(name)} | described


def _fields(schema: object) -> list[Mapping[str, Any]]:
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError):
            return []
    listed = schema.get("fields") if isinstance(schema, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
