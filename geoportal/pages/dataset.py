"""The page of a dataset: what it is, its files, map, table, addresses, checks and history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Column, Resource, Version
from datasets.text import Text
from geoportal.judged import judged
from geoportal.ogc.downloads import choices
from geoportal.pages import listing
from geoportal.pages.embed import MOST_FEATURES
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import data_block, linker, page
from publish.dcat import SYNTAXES, schema_org
from publish.package import MEDIA_TYPES, PARQUET, text_of
from publish.reports import report_of

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
    response = page(
        request,
        "dataset.html",
        canonical=linker(portal, request.state.language)(f"/data/{package['name']}"),
        package=package,
        title=text_of(package, "title") or Text(package["name"]),
        notes=text_of(package, "notes"),
        publisher=listing.publisher_of(package, portal.publishers.titles()),
        homepage=web_address(package.get("url")),
        version=version,
        layers=layers,
        most_features=MOST_FEATURES,
        downloads=[*_files(package, version), *map(_parquet, layers)],
        files=[choices(each, request.state.language) for each in layers],
        samples=[_sample(portal, version, r) for r in _tables(version)] if version else [],
        numeric=NUMERIC,
        judged=judged(report_of(portal.store, version), request.state.language, 0)
        if version
        else None,
        refusal=portal.versions.refusal(package["name"]),
        history=portal.versions.history(package["name"])[::-1],
        described=data_block(schema_org(portal.issuer(), package, request.state.language)),
        statements=_statements(portal, package),
    )
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Link"] = ", ".join(_linked(portal, package))
    return response


def _statements(portal: Portal, package: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of what is said here for machines, by media type."""
    place = f"{portal.site_url}/dataset/{package['id']}"
    return {each.media_type: f"{place}.{ending}" for ending, each in SYNTAXES.items()}


def _linked(portal: Portal, package: Mapping[str, Any]) -> Iterator[str]:
    for media_type, href in _statements(portal, package).items():
        yield f'<{href}>; rel="alternate"; type="{media_type}"'


def web_address(url: str | None) -> str:
    """A foreign address that may be a link, else nothing.

    >>> web_address("https://example.rs"), web_address("javascript:alert(1)"), web_address(None)
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
        if web_address(resource["url"])
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
        size_bytes=(shown.features.folder / file).stat().st_size,
        sha256=shown.features.manifest.files[file],
        rows=layer.features,
    )


def _tables(version: Version) -> list[Resource]:
    return [resource for resource in version.resources if resource.name in version.tables]


def _sample(portal: Portal, version: Version, resource: Resource) -> Sample:
    path = portal.store.blob(version.tables[resource.name])
    from publish import tables  # noqa: PLC0415  # pyarrow takes 40 MB

    columns, rows, total = tables.page(path, SAMPLE_ROWS)
    return Sample(resource.title or Text(resource.filename), columns, rows, total)
