"""The catalog as pages read it: the anonymous reader's datasets and their publishers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanapi.errors import NotAuthorized, ValidationError
from ckanapi.errors import NotFound as UnknownPackage

from datasets.errors import NotFound
from datasets.model import BBox
from datasets.text import Text
from geoportal.markdown import plain
from geoportal.portal import Portal
from publish.catalog import Embedded
from publish.package import text_of
from publish.quality import Quality, assess

EITHER = ("organization", "eu_theme", "license_id", "eu_frequency", "mqa_rating")
"""Fields of which a dataset has one value as a rule: any of those that are asked for will do."""


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset in a list."""

    name: str
    title: Text
    notes: Text
    publisher: Text
    modified: str
    formats: tuple[str, ...]
    layers: int
    quality: Quality


@dataclass(frozen=True, slots=True)
class Found:
    """A page of datasets, how many there are in all, and by what they can be narrowed down."""

    count: int
    cards: tuple[Card, ...]
    facets: Mapping[str, Mapping[str, int]]


def search(
    portal: Portal,
    q: str = "",
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "metadata_modified desc",
    start: int = 0,
    rows: int = 20,
    *,
    bbox_lonlat: BBox | None = None,
    facets: Sequence[str] = ("organization",),
) -> Found:
    """Datasets that anybody may see; `filters` are values by field, all fields count.

    `bbox_lonlat` is an area that they touch, `facets` are the fields whose values are counted.
    """
    given = _asked(q, filters or {}, bbox_lonlat)
    given |= {"sort": sort, "start": start, "rows": rows}
    given |= {"facet.field": list(facets), "facet.limit": -1}
    found = anonymous(portal).call_action("package_search", given)
    return Found(found["count"], _cards(portal, found["results"]), found["facets"])


def counts(
    portal: Portal,
    q: str,
    filters: Mapping[str, Sequence[str]],
    bbox_lonlat: BBox | None,
    field: str,
) -> Mapping[str, int]:
    """How many of the datasets that are found have each value of a field."""
    given = _asked(q, filters, bbox_lonlat)
    given |= {"rows": 0, "facet.field": [field], "facet.limit": -1}
    facets: Mapping[str, Mapping[str, int]]
    facets = anonymous(portal).call_action("package_search", given)["facets"]
    return facets[field]


def _asked(
    q: str, filters: Mapping[str, Sequence[str]], bbox_lonlat: BBox | None
) -> dict[str, Any]:
    given: dict[str, Any] = {"q": q, "fq_list": conditions(filters)}
    if bbox_lonlat:
        given["ext_bbox"] = ",".join(map(str, bbox_lonlat))
    return given


def conditions(filters: Mapping[str, Sequence[str]]) -> list[str]:
    """Filters in the language of package_search.

    >>> conditions({"mqa_rating": ["good", "bad"], "tags": ["a", "b"]})
    ['mqa_rating:("good" OR "bad")', 'tags:"a"', 'tags:"b"']
    """
    said = []
    for field, values in filters.items():
        quoted = list(map(_quoted, values))
        if field in EITHER and len(quoted) > 1:
            quoted = [f"({' OR '.join(quoted)})"]
        said += [f"{field}:{each}" for each in quoted]
    return said


def _quoted(value: str) -> str:
    """A value as a phrase of the search language.

    >>> _quoted('OGC "API"')
    '"OGC API"'
    """
    plain = value.replace("\0", "").replace("\\", " ").replace('"', "")
    plain = plain.replace("{!", "{")  # refused in quotes too
    return f'"{plain}"'


def _cards(portal: Portal, packages: Sequence[Mapping[str, Any]]) -> tuple[Card, ...]:
    known, owners = portal.publishers.titles(), portal.publishers.by_id()
    versions = portal.versions.currents([package["name"] for package in packages])
    on_map = Counter(each.layer.dataset for each in portal.registry.view().collections.values())
    return tuple(
        _card(
            package,
            publisher_of(package, known),
            on_map[package["name"]],
            assess(package, versions.get(package["name"]), owners.get(package["owner_org"])),
        )
        for package in packages
    )


def _card(package: Mapping[str, Any], publisher: Text, layers: int, quality: Quality) -> Card:
    notes = text_of(package, "notes")
    formats = dict.fromkeys(resource["format"] for resource in package["resources"])
    return Card(
        name=package["name"],
        title=text_of(package, "title") or Text(package["name"]),
        notes=Text(plain(notes.own), {k: plain(v) for k, v in notes.translated.items()}),
        publisher=publisher,
        modified=package["metadata_modified"],
        formats=tuple(format_ for format_ in formats if format_),
        layers=layers,
        quality=quality,
    )


def anonymous(portal: Portal) -> Embedded:
    """The catalog as somebody without a token sees it."""
    return portal.catalog.as_user(None)


def public_package(portal: Portal, name: str) -> Mapping[str, Any]:
    """The package of a name or id, as far as anybody may see it; raises NotFound."""
    try:
        found: Mapping[str, Any] = anonymous(portal).call_action("package_show", {"id": name})
    except (UnknownPackage, NotAuthorized, ValidationError):  # a private one is not even told of
        raise NotFound(f"there is no public dataset {name!r}") from None
    if found["state"] != "active":
        raise NotFound(f"there is no public dataset {name!r}")
    return found


def publisher_of(package: Mapping[str, Any], known: Mapping[str, Text]) -> Text:
    """The title of a package's organization."""
    organization = package.get("organization") or {}
    name = organization.get("name", "")
    return known.get(name) or Text(organization.get("title") or name)
