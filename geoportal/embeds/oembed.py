"""How another site shows a page of ours in a frame: what an editor makes of a pasted address.

Rule: oEmbed 1.0, https://oembed.com. For /map, /data/NAME and /place/COLLECTION/ID in any language.
"""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup
from starlette.datastructures import QueryParams

from datasets.errors import NotFound
from datasets.text import Text
from geoportal.emap.layers import public_collection
from geoportal.emap.places import facts
from geoportal.emap.state import State
from geoportal.language import PREFIXES
from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.registry import View
from geoportal.rendering import linker, said
from publish.package import text_of

router = APIRouter()
WIDTH, HEIGHT = 800, 600
LEAST = 200
AGE_S = 3600
Pixels = Annotated[int, Query(ge=1, le=10_000)]
FRAME = Markup(
    '<iframe src="{src}" width="{width}" height="{height}" title="{title}" loading="lazy" '
    'style="border:0;max-width:100%" allow="geolocation; fullscreen"></iframe>'
)


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A page that can be shown elsewhere: its title, whose it is, and the map that is shown."""

    title: str
    author: str = ""
    map: State | None = None


@router.api_route("/oembed", methods=["GET", "HEAD"])
def oembed(
    request: Request,
    url: Annotated[str, Query(max_length=8000)] = "",
    maxwidth: Pixels = WIDTH,
    maxheight: Pixels = HEIGHT,
    format: Annotated[str, Query(max_length=10)] = "json",
) -> Response:
    """A page of this site as a frame; 404 for any other page, 501 for a format we do not write."""
    if format not in ("json", "xml"):
        return JSONResponse({"error": f"format {format!r}; there are json, xml"}, 501)
    portal: Portal = request.app.state.portal
    language, path, query = _here(portal, url)
    found = _shown(portal, language, path, query)
    size = max(min(maxwidth, WIDTH), LEAST), max(min(maxheight, HEIGHT), LEAST)
    answer = _answer(portal, language, found, size)
    headers = {"Cache-Control": f"public, max-age={AGE_S}", "Access-Control-Allow-Origin": "*"}
    if format == "xml":
        return Response(_xml(answer), 200, headers, "text/xml")
    return JSONResponse(answer, headers=headers)


def _here(portal: Portal, url: str) -> tuple[str, str, str]:
    """Language, path and query of an address of ours; raises NotFound for one that is not."""
    try:
        asked, ours = urlsplit(url), urlsplit(portal.site_url)
    except ValueError:
        raise NotFound(f"{url[:200]!r} is no address") from None
    path = asked.path.removeprefix(ours.path)
    if asked.netloc.lower() != ours.netloc.lower() or asked.scheme not in ("http", "https"):
        raise NotFound(f"{url[:200]!r} is not an address of {portal.site_url}")
    first, _, rest = path.lstrip("/").partition("/")
    language = PREFIXES.get(first, portal.config.site.language)
    return language, f"/{rest}" if first in PREFIXES else path, asked.query


def _shown(portal: Portal, language: str, path: str, query: str) -> Shown:
    """What an address shows; raises NotFound where nothing is, or nothing that fits a frame."""
    view = portal.registry.view()
    match path.strip("/").split("/", 2):
        case ["map"]:
            state = State.of(QueryParams(query), view)
            titles = [said(language, view.collections[name].title) for name in state.layers]
            return Shown(" · ".join(titles), map=state)
        case ["data", name, *_] if name:
            return _dataset(portal, view, language, unquote(name))
        case ["place", collection, fid]:
            return _place(view, language, unquote(collection), unquote(fid))
    raise NotFound(f"{path[:200]!r} cannot be shown in a frame; /map, /data/… and /place/… can")


def _dataset(portal: Portal, view: View, language: str, name: str) -> Shown:
    package = listing.public_package(portal, name)
    layers = [n for n, each in view.collections.items() if each.layer.dataset == package["name"]]
    title = text_of(package, "title") or Text(package["name"])
    publisher = listing.publisher_of(package, portal.publishers.titles())
    state = State(layers=tuple(layers)) if layers else None
    return Shown(said(language, title), said(language, publisher), state)


def _place(view: View, language: str, collection: str, fid: str) -> Shown:
    shown = public_collection(view, collection)
    found = facts(shown, fid, language)
    state = State(layers=(collection,), feature=(collection, fid), bbox=found.bbox_lonlat)
    name = found.place.name or said(language, shown.title)
    return Shown(name, said(language, shown.organization_title), state)


def _answer(
    portal: Portal, language: str, found: Shown, size: tuple[int, int]
) -> Mapping[str, Any]:
    site = portal.config.site
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "rich" if found.map else "link",
        "title": found.title or said(language, Text(site.title)),
        "provider_name": said(language, Text(site.title, {"en": site.title_en})),
        "provider_url": f"{portal.site_url}/",
        "cache_age": AGE_S,
    }
    if found.author:
        answer["author_name"] = found.author
    if found.map:
        src = f"{portal.site_url}{linker(portal, language)('/embed/map')}?{found.map.query()}"
        width, height = size
        frame = FRAME.format(src=src, width=width, height=height, title=answer["title"])
        answer |= {"html": str(frame), "width": width, "height": height}
    return answer


def _xml(answer: Mapping[str, Any]) -> str:
    parts = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in answer.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}<oembed>{parts}</oembed>"
