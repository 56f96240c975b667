"""The eMap: layers to choose, the map, and as text all that is in view."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from datasets.errors import NotFound
from datasets.model import BBox, Layer
from datasets.text import CYRILLIC
from geoportal.ogc.tilesets import zooms
from geoportal.overview import overview
from geoportal.pages.downloads import known
from geoportal.pages.places import Facts, InView, facts, in_view
from geoportal.palette import Symbol
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import asset, page
from geoportal.words import word
from publish.layers.labels import label, latin_label, twin

router = APIRouter()
READ = ["GET", "HEAD"]
FIRST_ON = 3
MOST_DRAWN = 10  # layers in a picture
JS_WORDS = (
    "zoom_in zoom_out two_fingers ctrl_scroll cmd_scroll no_webgl list_failed tiles_failed copied"
).split()
Layers = Annotated[list[str] | None, Query(max_length=200)]
Box = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which layers are on, and which of those asked for are not there (any more)."""

    on: tuple[str, ...]
    gone: tuple[str, ...]


@router.api_route("/map", methods=READ)
def emap(request: Request, layers: Layers = None, bbox: Box = "", feature: Box = "") -> Response:
    """The eMap; without JavaScript its form and its lists do all that the map does."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    view = portal.registry.view()
    chosen = choose(view, layers)
    box = parse_box(bbox)
    found = _facts(view, feature, language)
    return page(
        request,
        "map.html",
        organizations=_by_organization(view),
        symbols=view.symbols(),
        chosen=chosen,
        bbox=bbox if box else "",
        found=list(_in_view(view, chosen, box, language)),
        facts=found,
        gone=bool(feature) and found is None,
        words=json.dumps({key: word(language, key) for key in JS_WORDS}, ensure_ascii=False),
        fonts=_fonts(),
        extent=list(_mercator(portal.config.validation.extent)),
    )


@router.api_route("/map/list", methods=READ)
def in_view_list(request: Request, layers: Layers = None, bbox: Box = "") -> Response:
    """What is in view, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    chosen = choose(view, layers)
    found = list(_in_view(view, chosen, parse_box(bbox), request.state.language))
    return page(
        request,
        "map/list.html",
        found=found,
        chosen=chosen,
        symbols=view.symbols(),
        bbox=bbox,
    )


@router.api_route("/map/feature/{collection}/{fid:path}", methods=READ)
def feature_facts(request: Request, collection: str, fid: str) -> Response:
    """All about one feature, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    found = facts(public_collection(view, collection), fid, request.state.language)
    return page(request, "map/feature.html", facts=found, symbols=view.symbols(), chosen=None)


@router.api_route("/map/layers.json", methods=READ)
def layers_json(request: Request) -> Response:
    """What the map draws: every collection, where its tiles are and how it looks."""
    view = request.app.state.portal.registry.view()
    language: str = request.state.language
    headers = {"ETag": f'"{view.revision}-{language}"', "Cache-Control": "no-cache"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    look = view.symbols()
    collections = [
        _described(shown, look[name], language) for name, shown in view.collections.items()
    ]
    return JSONResponse({"collections": collections}, headers=headers)


@router.api_route("/map/overview.svg", methods=READ)
def overview_svg(request: Request, layers: Layers = None) -> Response:
    """A small picture of the layers that are on: for the first page and without JavaScript."""
    view = request.app.state.portal.registry.view()
    on = choose(view, layers).on[:MOST_DRAWN]
    headers = {"ETag": f'"{view.revision}-{",".join(on)}"', "Cache-Control": "no-cache"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    shown = [view.collections[name] for name in on]
    return Response(overview(shown, view.symbols()), 200, headers, "image/svg+xml")


def choose(view: View, layers: list[str] | None) -> Chosen:
    """The layers that an address names, each in a parameter of its own or with commas between.

    None at all (not even an empty one) means the first few, so that the map is not empty.
    """
    if layers is None:
        return Chosen(tuple(view.collections)[:FIRST_ON], ())
    asked = dict.fromkeys(name for part in layers for name in part.split(",") if name)
    on = tuple(name for name in asked if name in view.collections)
    return Chosen(on, tuple(name[:80] for name in asked if name not in view.collections))


def parse_box(text: str) -> BBox | None:
    """West, south, east, north in degrees; None for what is no box.

    >>> parse_box("19,42,23,46.2"), parse_box("19,42,nan,46"), parse_box("")
    ((19.0, 42.0, 23.0, 46.2), None, None)
    """
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"-?\d{1,4}(\.\d{1,15})?", part) for part in parts):
        return None
    west, south, east, north = (float(part) for part in parts)
    return (west, south, east, north) if south <= north else None


def _in_view(view: View, chosen: Chosen, box: BBox | None, language: str) -> Iterator[InView]:
    for name in chosen.on:
        yield in_view(view.collections[name], box, language)


def _facts(view: View, feature: str, language: str) -> Facts | None:
    """The feature of `collection/id`; None when there is none."""
    collection, _, fid = feature.partition("/")
    try:
        return facts(public_collection(view, collection), fid, language) if fid else None
    except NotFound:
        return None


def public_collection(view: View, name: str) -> Shown:
    """A collection of the view; raises NotFound."""
    if name not in view.collections:
        raise NotFound(f"there is no public collection {name[:80]!r}")
    return view.collections[name]


def _by_organization(view: View) -> list[tuple[str, list[Shown]]]:
    """Layers under their publishers, both in order of names."""
    found: dict[str, list[Shown]] = {}
    for shown in view.collections.values():
        found.setdefault(shown.organization, []).append(shown)
    return sorted(found.items())


def _described(shown: Shown, symbol: Symbol, language: str) -> dict[str, Any]:
    layer = shown.layer
    lowest, highest = zooms(shown)
    return {
        "id": layer.id,
        "title": shown.title.said(language),
        "organization": shown.organization,
        "geometry": layer.geometry_type,
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt?v={shown.version}",
        "bounds": layer.bbox_lonlat,
        "minzoom": lowest,
        "maxzoom": highest,
        "labels": _labels(layer, language),
        "colour": symbol.colour,
        "shape": symbol.shape,
        "columns": [
            {"name": column.name, "title": column.title, "type": column.type}
            for column in layer.columns
        ],
    }


def _labels(layer: Layer, language: str) -> list[str]:
    """The attributes of a feature in a tile that name it: the first that is there is written."""
    own = label(layer.columns)
    latin = latin_label(layer.columns) or twin(layer.columns)
    order = (own, latin) if language == CYRILLIC else (latin, own)
    return [column.name for column in order if column]


def _mercator(box: BBox) -> BBox:
    """The part of a box that a Web Mercator map can show: where to look when no layer is on."""
    west, south, east, north = box
    return west, max(south, -85.0), east, min(north, 85.0)


def _fonts() -> str:
    """The files of the labels, in the form of a style's `font-faces`."""
    scripts = {
        "cyrillic": ["U+0301", "U+0400-045F", "U+2116"],
        "latin-ext": ["U+0100-0130", "U+0132-0151", "U+0154-02BA"],
        "latin": ["U+0000-00FF", "U+0131", "U+0152-0153", "U+2000-206F"],
    }
    faces = [
        {"url": asset("noto-sans", f"noto-sans-{script}-400-normal.woff2"), "unicode-range": ranges}
        for script, ranges in scripts.items()
    ]
    return json.dumps({"Noto Sans": faces})
