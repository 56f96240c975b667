"""The page of a dataset: what it is, its files, map, table, addresses, checks and history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Column, Resource, Version
from datasets.text import Text
from geoportal.pages import listing
from geoportal.pages.judged import judged, report_of
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import page
from geoportal.small_map import MOST_FEATURES
from publish import tables
from publish.layers.read import manifest
from publish.package import MEDIA_TYPES, PARQUET, text_of

router = APIRouter()
SAMPLE_ROWS = 10
NUMERIC = ("integer", "number")


@dataclass(frozen=True, slots=True)
class Download:
    """Something to take away: `about` is the key of a sentence, `size_bytes` 0 if unknown."""

    title: Text
    about: str
    href: str
    format: str
    size_bytes: int = 0
    sha256: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a table."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: int


@router.api_route("/data/{name}", methods=["GET", "HEAD"])
def dataset(request: Request, name: str) -> Response:
    """All about one dataset on one page."""
    portal: Portal = request.app.state.portal
    package = listing.public_package(portal, name)
    version = portal.versions.current(package["name"])
    view = portal.registry.view().collections
    layers = [each for each in view.values() if each.layer.dataset == package["name"]]
    return page(
        request,
        "dataset.html",
        package=package,
        title=text_of(package, "title") or Text(package["name"]),
        notes=text_of(package, "notes"),
        publisher=listing.publisher_of(package, portal.publishers.titles()),
        homepage=_address(package.get("url")),
        version=version,
        layers=layers,
        most_features=MOST_FEATURES,
        downloads=[*_files(package, version), *map(_parquet, layers)],
        samples=[_sample(portal, version, r) for r in _tables(version)] if version else [],
        numeric=NUMERIC,
        judged=judged(report_of(portal, version), request.state.language, 0) if version else None,
        refusal=portal.versions.refusal(package["name"]),
        history=portal.versions.history(package["name"])[::-1],
    )


def _address(url: str | None) -> str:
    """A foreign address that may be a link, else nothing.

    >>> _address("https://example.rs"), _address("javascript:alert(1)"), _address(None)
    ('https://example.rs', '', '')
    """
    return url if url and url.startswith(("https://", "http://")) else ""


def _files(package: Mapping[str, Any], version: Version | None) -> list[Download]:
    """The publisher's own files; of a dataset that is in the catalog only, its addresses."""
    if version:
        return [_file(version, resource) for resource in version.resources]
    return [
        Download(
            title=Text(resource.get("name") or resource["url"]),
            about="other_file",
            href=resource["url"],
            format=resource.get("format") or "",
            size_bytes=resource.get("size") or 0,
        )
        for resource in package["resources"]
        if _address(resource["url"])
    ]


def _file(version: Version, resource: Resource) -> Download:
    return Download(
        title=resource.title or Text(resource.filename),
        about="original_file",
        href=f"/data/{version.dataset}/files/{resource.filename}?v={version.number}",
        format=MEDIA_TYPES.get(resource.format, (resource.format.upper(), ""))[0],
        size_bytes=resource.size_bytes,
        sha256=resource.sha256,
        rows=version.rows.get(resource.name),
    )


def _parquet(shown: Shown) -> Download:
    layer = shown.layer
    file = "layer.parquet"
    return Download(
        title=Text(f"{layer.id}.parquet"),
        about="layer_file",
        href=f"/data/{layer.dataset}/layers/{layer.id}.parquet?v={shown.version}",
        format=PARQUET[0],
        size_bytes=(shown.folder / file).stat().st_size,
        sha256=manifest(shown.folder).files[file],
        rows=layer.features,
    )


def _tables(version: Version) -> list[Resource]:
    return [resource for resource in version.resources if resource.name in version.tables]


def _sample(portal: Portal, version: Version, resource: Resource) -> Sample:
    path = portal.store.blob(version.tables[resource.name])
    columns, rows, total = tables.page(path, SAMPLE_ROWS)
    return Sample(resource.title or Text(resource.filename), columns, rows, total)
