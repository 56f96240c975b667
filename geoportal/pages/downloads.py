"""Files of a dataset: the publisher's own bytes, the layers as GeoParquet, the report as JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from datasets.errors import NotFound
from datasets.model import Version
from geoportal.caching import FOR_EVER, known
from geoportal.portal import Portal
from publish.layers import integrity
from publish.package import MEDIA_TYPES, PARQUET

router = APIRouter()
Pinned = Annotated[int | None, Query(ge=1, le=2**31)]


@router.api_route("/data/{name}/files/{filename}", methods=["GET", "HEAD"])
def file(request: Request, name: str, filename: str, v: Pinned = None) -> Response:
    """A file as its publisher gave it, byte for byte."""
    portal, version = _version(request, name, v)
    for resource in version.resources:
        if resource.filename == filename:
            media_type = MEDIA_TYPES.get(resource.format, ("", "application/octet-stream"))[1]
            path = portal.store.blob(resource.sha256)
            return _attachment(request, path, filename, media_type, resource.sha256, v)
    there = ", ".join(resource.filename for resource in version.resources)
    raise NotFound(f"dataset {name!r} has no file {filename!r}; there are: {there}")


@router.api_route("/data/{name}/layers/{layer}.parquet", methods=["GET", "HEAD"])
def parquet(request: Request, name: str, layer: str, v: Pinned = None) -> Response:
    """A layer as GeoParquet, Hilbert-sorted, in CRS84."""
    portal, version = _version(request, name, v)
    for each in version.layers:
        if each.id == layer:
            folder = portal.store.layer(each.id, each.sha)
            if not folder.is_dir():
                raise NotFound(
                    f"layer {layer!r}: its files of version {version.number} are not kept any more"
                )
            path = integrity.parquet(folder)
            return _attachment(request, path, f"{layer}.parquet", PARQUET[1], each.sha, v)
    there = ", ".join(each.id for each in version.layers) or "none"
    raise NotFound(f"dataset {name!r} has no layer {layer!r}; there are: {there}")


@router.api_route("/data/{name}/report.json", methods=["GET", "HEAD"])
def report(request: Request, name: str, v: Pinned = None) -> Response:
    """The validation report that came with a version: findings, and Frictionless' own report."""
    portal, version = _version(request, name, v)
    headers = _caching(f"{version.fingerprint}-report", v)
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return JSONResponse(portal.store.version(name, version.number, "report"), headers=headers)


def _version(request: Request, name: str, number: int | None) -> tuple[Portal, Version]:
    """The public version of a dataset, or a former one by its number while it is public."""
    portal: Portal = request.app.state.portal
    current = portal.public_version(name)
    if current is None:
        raise NotFound(f"there is no public dataset {name!r}")
    return portal, current if number is None else portal.versions.get(name, number)


def _attachment(
    request: Request, path: Path, filename: str, media_type: str, etag: str, number: int | None
) -> Response:
    """A foreign file is handed over, never shown: no sniffing, no scripts, no page of ours."""
    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(filename)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Access-Control-Allow-Origin": "*",
        **_caching(etag, number),
    }
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=media_type or None, headers=headers)


def _caching(etag: str, number: int | None) -> Mapping[str, str]:
    return {"ETag": f'"{etag}"', "Cache-Control": FOR_EVER if number else "no-cache"}
