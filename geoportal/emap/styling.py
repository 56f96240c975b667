"""The tools that choose how layers are drawn and which of their features: forms, and what they do.

Each form is a page of its own and a piece of the map's; sent without JavaScript it leads back to
the map with what was chosen in its address.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import shapely
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import QueryParams

from datasets.errors import NotFound
from geoportal.caching import FOR_EVER
from geoportal.emap import widgets
from geoportal.emap.classes import Style, drawn, is_points, options
from geoportal.emap.first_styles import crowded
from geoportal.emap.layers import public_collection
from geoportal.emap.looks import can_cluster, counted, figure, look, looks
from geoportal.emap.palettes import DIVERGING, SEQUENTIAL, ramp
from geoportal.emap.selection import NUMBERS, query, written
from geoportal.emap.state import State
from geoportal.emap.tools import panel
from geoportal.palette import COLOURS
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import linker
from publish.layers.classing import FEWEST, METHODS, MOST
from publish.layers.spread import spread

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_POINTS = 20_000
POINT_DECIMALS = 5  # of a degree: a metre
STYLE_FIELDS = ("kind", "colour", "kinds", "amount", "method", "k", "ramp")


@router.api_route("/map/looks.json", methods=READ)
def looks_json(request: Request) -> Response:
    """How the layers of an address are drawn, by their ids."""
    portal, view, state = _asked(request)
    found = looks(portal, view, state, request.state.language)
    return JSONResponse(found, headers={"Cache-Control": "no-cache"})


@router.api_route("/map/points/{collection}.json", methods=READ)
def points_json(request: Request, collection: str) -> Response:
    """The points of a layer that an address chooses, as GeoJSON with ids alone."""
    _, view, state = _asked(request)
    shown = public_collection(view, collection)
    if not can_cluster(shown):
        raise NotFound(f"collection {collection!r} has no points, or too many to be sent at once")
    asked = query(shown, state.where.get(collection, ""), state.time)
    features = [_point(fragment) for fragment in shown.features.features(asked, limit=MOST_POINTS)]
    body = orjson.dumps({"type": "FeatureCollection", "features": [f for f in features if f]})
    kept = request.query_params.get("v") == str(shown.version)
    headers = {"Cache-Control": FOR_EVER if kept else "no-cache"}
    return Response(body, 200, headers, "application/geo+json")


def _point(fragment: bytes) -> Mapping[str, Any] | None:
    """A feature without all but its id and its first point."""
    feature = orjson.loads(fragment)
    if not feature["geometry"]:
        return None
    lonlat = shapely.get_coordinates(shapely.from_geojson(fragment))[0].round(POINT_DECIMALS)
    place = {"type": "Point", "coordinates": lonlat.tolist()}
    return {"type": "Feature", "properties": {"id": feature["id"]}, "geometry": place}


@router.api_route("/map/styling", methods=READ)
def styling(request: Request) -> Response:
    """The form that chooses how a layer is drawn: the one that `of` names, else the top one."""
    portal, view, state = _asked(request)
    shown = _chosen(request, view, state)
    if shown is None:
        return panel(request, "styling", state, shown=None, layers=[])
    symbol = view.symbols()[shown.layer.id]
    style = drawn(portal, shown, state, symbol)
    return panel(
        request,
        "styling",
        state,
        shown=shown,
        layers=_layers(view, state),
        style=style,
        look=look(shown, style, state, request.state.language),
        symbol=symbol,
        colours=dict.fromkeys((symbol.colour, *COLOURS)),
        colour=style.entries[0].colour if style.kind == "single" else symbol.colour,
        counts=counted(shown, style, State(), None),
        others=_others(state.style, shown),
        usual=options((style.method, str(style.k), style.ramp), symbol),
        **choices(shown, style),
    )


def choices(shown: Shown, style: Style) -> dict[str, Any]:
    """What of a layer may be chosen: columns, methods and ramps, with those that are chosen."""
    few = [
        c
        for c in shown.layer.columns
        if c.type in ("string", "boolean", "integer")
        and 1 < spread(shown.features.folder, c.name).distinct <= max(shown.layer.features // 2, 8)
    ]
    amounts = [
        c
        for c in shown.layer.columns
        if c.type in NUMBERS and spread(shown.features.folder, c.name).distinct > 1
    ]
    points = [crowded(shown) or "heat", "heat", *(["cluster"] if can_cluster(shown) else [])]
    return {
        "few": few,
        "amounts": amounts,
        "crowds": sorted(set(points)) if is_points(shown) else [],
        "methods": METHODS,
        "numbers": range(FEWEST, MOST + 1),
        "ramps": [(name, ramp(name, 5)) for name in (*SEQUENTIAL, *DIVERGING)],
        "by": style.column.name if style.column else "",
    }


@router.api_route("/map/styling/done", methods=READ)
def styling_done(request: Request) -> Response:
    """Back to the map with the style that the form says."""
    _, view, state = _asked(request)
    shown = _chosen(request, view, state)
    if shown is None:
        return _to_map(request, state)
    said = written_style(request.query_params)
    return _to_map(request, state, style={**state.style, shown.layer.id: said})


def written_style(asked: QueryParams) -> str:
    """The style of a form as an address says it.

    >>> written_style(QueryParams("kind=graduated&amount=n&method=equal&k=4&ramp=green"))
    'graduated:n:equal:4:green'
    """
    kind, colour, kinds, amount, *rest = (asked.get(name, "")[:200] for name in STYLE_FIELDS)
    match kind:
        case "categories":
            return f"categories:{kinds}"
        case "graduated":
            return ":".join(("graduated", amount, *rest))
        case "heat" | "cluster":
            return kind
    return f"single:{colour.lstrip('#')}" if colour else "single"


@router.api_route("/map/filters", methods=READ)
def filters(request: Request) -> Response:
    """The form that chooses features by their values, for the layer that `of` names."""
    portal, view, state = _asked(request)
    shown = _chosen(request, view, state)
    if shown is None:
        return panel(request, "filters", state, shown=None, layers=[])
    where = state.where.get(shown.layer.id, "")
    style = drawn(portal, shown, state, view.symbols()[shown.layer.id])
    said = look(shown, style, state, request.state.language)
    return panel(
        request,
        "filters",
        state,
        shown=shown,
        layers=_layers(view, state),
        look=said,
        found=said.get("chosen", shown.layer.features),
        others=_others(state.where, shown),
        figure=lambda text: figure(request.state.language, float(text)),
        **widgets.form(shown, where),
    )


@router.api_route("/map/filters/done", methods=READ)
def filters_done(request: Request) -> Response:
    """Back to the map with the conditions that the form says."""
    _, view, state = _asked(request)
    shown = _chosen(request, view, state)
    if shown is None:
        return _to_map(request, state)
    said = written(widgets.answered(request.query_params, shown.layer.columns))
    others = _others(state.where, shown)
    return _to_map(request, state, where={**others, **({shown.layer.id: said} if said else {})})


def _asked(request: Request) -> tuple[Portal, View, State]:
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    return portal, view, State.of(request.query_params, view)


def _chosen(request: Request, view: View, state: State) -> Shown | None:
    """The layer that a form is about; None where no layer is on and none is named."""
    named = request.query_params.get("of", "")
    if named:
        return public_collection(view, named)
    return next((view.collections[name] for name in state.layers), None)


def _others(said: Mapping[str, str], shown: Shown) -> Mapping[str, str]:
    """What an address says of the other layers."""
    return {name: value for name, value in said.items() if name != shown.layer.id}


def _layers(view: View, state: State) -> list[Shown]:
    return [view.collections[name] for name in state.layers]


def _to_map(request: Request, state: State, **changes: Any) -> Response:
    portal: Portal = request.app.state.portal
    link = linker(portal, request.state.language)
    return RedirectResponse(f"{link('/map')}?{state.query(**changes)}", 303)
