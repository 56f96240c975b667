"""The catalog as pages read it: the anonymous reader's datasets and their publishers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanapi.errors import NotAuthorized, ValidationError
from ckanapi.errors import NotFound as UnknownPackage

from datasets.errors import NotFound
from datasets.text import Text
from geoportal.markdown import plain
from geoportal.portal import Portal
from publish.catalog import Embedded
from publish.package import text_of


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
) -> Found:
    """Datasets that anybody may see; `filters` are values by field, all of which count."""
    given: dict[str, Any] = {
        "q": q,
        "fq_list": [f"{f}:{_quoted(v)}" for f, each in (filters or {}).items() for v in each],
        "sort": sort,
        "start": start,
        "rows": rows,
        "facet.field": ["organization", "res_format"],
        "facet.limit": -1,
    }
    found = anonymous(portal).call_action("package_search", given)
    known = portal.publishers.titles()
    on_map: dict[str, int] = {}
    for shown in portal.registry.view().collections.values():
        on_map[shown.layer.dataset] = on_map.get(shown.layer.dataset, 0) + 1
    cards = tuple(_card(package, known, on_map) for package in found["results"])
    return Found(found["count"], cards, found["facets"])


def _quoted(value: str) -> str:
    """A value as a phrase of the search language.

    >>> _quoted('OGC "API"')
    '"OGC API"'
    """
    plain = value.replace("\\", " ").replace('"', "").replace("{!", "{")  # refused in quotes too
    return f'"{plain}"'


def _card(package: Mapping[str, Any], known: Mapping[str, Text], on_map: Mapping[str, int]) -> Card:
    notes = text_of(package, "notes")
    formats = dict.fromkeys(resource["format"] for resource in package["resources"])
    return Card(
        name=package["name"],
        title=text_of(package, "title") or Text(package["name"]),
        notes=Text(plain(notes.own), {k: plain(v) for k, v in notes.translated.items()}),
        publisher=publisher_of(package, known),
        modified=package["metadata_modified"],
        formats=tuple(format_ for format_ in formats if format_),
        layers=on_map.get(package["name"], 0),
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
