"""Files of resources: what a client of CKAN downloads.

    /dataset/{id}/resource/{rid}/download[/{name}]   GET, HEAD; Range, ETag, If-*

A foreign file is never a page of ours: no sniffing, no scripts, and what a browser would run is
handed over as an attachment. Rules: golden/ckan, 06 `download_*`.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from datasets.names import file_name
from geoportal.caching import known
from geoportal.ckan.actions import user_of
from geoportal.portal import Portal
from geoportal.rendering import page
from publish.catalog.documents.uploads import Download
from publish.catalog.errors import NotAuthorized, NotFound

router = APIRouter()
SHOWN = frozenset(  # what a browser may open: text that it does not run, pictures, documents
    {
        "application/geo+json",
        "application/json",
        "application/ld+json",
        "application/pdf",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
    }
)
UNKNOWN_TYPE = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
PART = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")
LINKS = ("http", "https", "ftp")
PATH = "/dataset/{package}/resource/{resource}/download"


@router.api_route(PATH, methods=["GET", "HEAD"], include_in_schema=False)
@router.api_route(PATH + "/{name}", methods=["GET", "HEAD"], include_in_schema=False)
def file(request: Request, package: str, resource: str, name: str = "") -> Response:
    """The bytes of a resource, or the way to them; `name` is what the client calls them."""
    portal: Portal = request.app.state.portal
    catalog = portal.catalog.as_user(user_of(portal.catalog, request))
    try:
        found = catalog.download(package, resource)
    except NotFound:
        return refusal(request, 404)
    except NotAuthorized:
        return refusal(request, 403)
    if not found.sha256:
        return _elsewhere(request, found)
    return _bytes(request, portal, found, name)


def refusal(request: Request, status: int) -> Response:
    """A page that says why there is no file, whatever the client would like to read."""
    words = {403: ("refused_title", "refused_how"), 404: ("not_found_title", "not_found_how")}
    heading, advice = words[status]
    return page(request, "error.html", status, heading=heading, advice=advice, detail="")


def _elsewhere(request: Request, found: Download) -> Response:
    """Send on to the address of a link; one that leads back here leads nowhere."""
    if not _leads_on(found.url, request.scope["path"]):
        return refusal(request, 404)
    there = quote(found.url, safe=":/%#?=@[]!$&'()*+,;~")
    body = f'<!doctype html><title>302</title><a href="{escape(there)}">{escape(there)}</a>'
    return HTMLResponse(body, 302, {"Location": there, "Cache-Control": "no-cache"})


def _leads_on(url: str, path: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # an address like http://[x is nobody's
        return False
    here = path.partition("/download")[0] + "/download"
    return parts.scheme in LINKS and not parts.path.startswith(here)


def _bytes(request: Request, portal: Portal, found: Download, name: str) -> Response:
    headers = _headers(found, name or urlsplit(found.url).path.rpartition("/")[2])
    if _known(request, headers):
        return Response(status_code=304, headers=headers)
    if not _is_range(request.headers.get("range", "")):  # then it does not count
        scope = request.scope
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"range"]
    return FileResponse(portal.store.blob(found.sha256), headers=headers)


def _is_range(asked: str) -> bool:
    """Tell whether a Range header asks for parts of bytes (RFC 9110 §14.1.2)."""
    unit, _, parts = asked.replace(" ", "").partition("=")
    found = [PART.fullmatch(part) for part in parts.split(",")]
    pairs = [part.groups() for part in found if part]
    ordered = all((a or b) and not (a and b and int(a) > int(b)) for a, b in pairs)
    return unit.lower() == "bytes" and len(pairs) == len(found) and ordered


def _headers(found: Download, name: str) -> dict[str, str]:
    kind = found.media_type.strip().lower()
    kind = kind if MEDIA_TYPE.fullmatch(kind) else UNKNOWN_TYPE
    way = "inline" if kind in SHOWN else "attachment"
    plain = file_name(name)
    full = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    modified = datetime.fromisoformat(found.modified).replace(tzinfo=UTC, microsecond=0)
    return {
        "Content-Type": kind,
        "Content-Disposition": f"{way}; filename={plain}{full}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": f"no-cache, {'public' if found.public else 'private'}",
        "Vary": "Authorization, X-CKAN-API-Key",
        "ETag": f'"{found.sha256}"',
        "Last-Modified": format_datetime(modified, usegmt=True),
        **({"Access-Control-Allow-Origin": "*"} if found.public else {}),
    }


def _known(request: Request, headers: dict[str, str]) -> bool:
    """True when the client has these bytes already (RFC 9110 §13.2.2)."""
    if "if-none-match" in request.headers:
        return known(request, headers["ETag"])
    try:
        since = parsedate_to_datetime(request.headers["if-modified-since"])
        return parsedate_to_datetime(headers["Last-Modified"]) <= since
    except (KeyError, ValueError, TypeError):  # none, no date, or one without a zone
        return False


def routes() -> APIRouter:
    """The addresses of files."""
    return router
