"""The first page of a dataset: what it is, whose it is, and what can be taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Resource, Version
from datasets.text import Text
from geoportal.dataset.facts import citation, facts, web_address
from geoportal.dataset.frame import framed, opened
from geoportal.dataset.schema import schemas
from geoportal.markdown import plain
from geoportal.ogc.downloads import choices
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import data_block
from publish.dcat import SYNTAXES, schema_org
from publish.package import MEDIA_TYPES, PARQUET, text_of

router = APIRouter()
LONGEST_SUMMARY = 300  # letters, of what others show beside a link


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


@router.api_route("/data/{name}", methods=["GET", "HEAD"])
def overview(request: Request, name: str) -> Response:
    """What a dataset is."""
    found = opened(request, name)
    language: str = request.state.language
    notes = text_of(found.package, "notes")
    statements = _statements(found.portal, found.package)
    response = framed(
        request,
        found,
        "",
        "dataset/overview.html",
        notes=notes,
        plain_notes=plain(notes.said(language))[:LONGEST_SUMMARY],
        homepage=web_address(found.package.get("url")),
        downloads=[*_files(found.package, found.version), *map(_parquet, found.layers)],
        files=[choices(each, language) for each in found.layers],
        facts=facts(found),
        citation=citation(found, language),
        schemas=schemas(found.version, language),
        described=data_block(schema_org(found.portal.issuer(), found.package, language)),
        statements=statements,
    )
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Link"] = ", ".join(
        f'<{href}>; rel="alternate"; type="{media_type}"' for media_type, href in statements.items()
    )
    return response


def _statements(portal: Portal, package: Mapping[str, Any]) -> dict[str, str]:
    """The addresses of what is said here for machines, by media type."""
    place = f"{portal.site_url}/dataset/{package['id']}"
    return {each.media_type: f"{place}.{ending}" for ending, each in SYNTAXES.items()}


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
