"""The layers of the eMap: what the browser must know of each to draw it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from datasets.errors import NotFound
from datasets.model import BBox, Layer
from datasets.text import CYRILLIC
from geoportal.caching import known
from geoportal.ogc.tilesets import zooms
from geoportal.overview import overview
from geoportal.palette import Symbol
from geoportal.registry import Shown, View
from geoportal.rendering import asset
from publish.layers.labels import label, latin_label, twin

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_DRAWN = 10  # layers in a picture
MOST_ASKED = 200
HEIGHTS: Mapping[str, float] = {
    "visina": 1,
    "visina_m": 1,
    "height": 1,
    "height_m": 1,
    "spratnost": 3,  # metres a storey
    "spratova": 3,
    "building_levels": 3,
}
"""Columns that say how high a building is, and how many metres one of their unit is."""


@router.api_route("/map/layers.json", methods=READ)
def layers_json(request: Request, ids: Annotated[str, Query(max_length=20_000)] = "") -> Response:
    """What the map draws: collections (those asked for, or all), where their tiles are."""
    view = request.app.state.portal.registry.view()
    headers = {"ETag": f'"{view.revision}-{view.lost}"', "Cache-Control": "no-cache"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    asked = [name for name in ids.split(",")[:MOST_ASKED] if name in view.collections]
    collections = described(view, asked if ids else view.collections, request.state.language)
    return JSONResponse({"collections": collections}, headers=headers)


@router.api_route("/map/overview.svg", methods=READ)
def overview_svg(request: Request, layers: Annotated[str, Query(max_length=8000)] = "") -> Response:
    """A small picture of the layers that are on: for the first page and without JavaScript."""
    view = request.app.state.portal.registry.view()
    on = [name for name in layers.split(",") if name in view.collections][:MOST_DRAWN]
    headers = {"ETag": f'"{view.revision}-{",".join(on)}"', "Cache-Control": "no-cache"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    shown = [view.collections[name] for name in on]
    return Response(overview(shown, view.symbols()), 200, headers, "image/svg+xml")


def public_collection(view: View, name: str) -> Shown:
    """A collection of the view; raises NotFound."""
    if name not in view.collections:
        raise NotFound(f"there is no public collection {name[:80]!r}")
    return view.collections[name]


def described(view: View, names: Iterable[str], language: str) -> list[dict[str, Any]]:
    """Collections as the scripts of the map read them (`Collection` of drawing.mjs)."""
    symbols = view.symbols()
    return [_described(view.collections[name], symbols[name], language) for name in names]


def _described(shown: Shown, symbol: Symbol, language: str) -> dict[str, Any]:
    layer = shown.layer
    lowest, highest = zooms(shown)
    return {
        "id": layer.id,
        "title": shown.title.said(language),
        "dataset": layer.dataset,
        "version": shown.version,
        "organization": shown.organization,
        "credit": shown.organization_title.said(language),
        "geometry": layer.geometry_type,
        "features": layer.features,
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt?v={shown.version}",
        "bounds": layer.bbox_lonlat,
        "minzoom": lowest,
        "maxzoom": highest,
        "labels": {"own": labels(layer, CYRILLIC), "latin": labels(layer, language="")},
        "height": height(layer),
        "times": layer.times,
        "interval": layer.interval,
        "colour": symbol.colour,
        "shape": symbol.shape,
        "columns": [
            {"name": column.name, "title": column.title, "type": column.type}
            for column in layer.columns
        ],
    }


def labels(layer: Layer, language: str) -> Sequence[str]:
    """The attributes of a feature in a tile that name it: the first that is there is written."""
    own = label(layer.columns)
    latin = latin_label(layer.columns) or twin(layer.columns)
    order = (own, latin) if language == CYRILLIC else (latin, own)
    return [column.name for column in order if column]


def height(layer: Layer) -> dict[str, Any] | None:
    """The column that says how high a polygon stands, and the metres of its unit."""
    if "Polygon" not in layer.geometry_type:
        return None
    names = [c.name for c in layer.columns if c.type in ("integer", "number")]
    found = next((name for name in names if name.lower() in HEIGHTS), None)
    return {"column": found, "metres": HEIGHTS[found.lower()]} if found else None


def mercator(box: BBox) -> BBox:
    """The part of a box that a Web Mercator map can show: where to look when no layer is on."""
    west, south, east, north = box
    return west, max(south, -85.0), east, min(north, 85.0)


def fonts() -> Mapping[str, Any]:
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
    return {"Noto Sans": faces}
