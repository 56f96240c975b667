"""The search of the map: as a page, as a piece of one, as JSON for the search field."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from geoportal.emap.question import Answer, Place, answer, in_script
from geoportal.emap.state import State
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import linker, page, said, tongue

router = APIRouter()
READ = ["GET", "HEAD"]


@router.api_route("/map/search", methods=READ)
def search(
    request: Request,
    q: Annotated[str, Query(max_length=2000)] = "",
    f: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Places, layers and datasets by their names; `f=json` is for programs."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    state = State.of(request.query_params, view)
    found = answer(portal, view, q, state.layers)
    if f == "json":
        told = _told(found, linker(portal, request.state.language), request.state.language)
        return JSONResponse(told, headers={"Cache-Control": "no-cache"})
    return page(
        request,
        "map/search_page.html",
        found=found,
        state=state,
        symbols=view.symbols(),
        map_of=lambda place: map_of(state, place),
    )


def map_of(state: State, place: Place) -> str:
    """The query of a map that shows a place, its layer among those that are on."""
    layers = dict.fromkeys([place.shown.layer.id, *state.layers])
    return State(
        layers=tuple(layers),
        center=place.lonlat,
        zoom=place.zoom,
        feature=(place.shown.layer.id, place.id),
    ).query()


def _told(found: Answer, link: Any, language: str) -> dict[str, Any]:
    """What was found as the search field reads it (`Found` of search.mjs)."""
    return {
        "q": found.text,
        "position": found.position,
        "places": [_place(place, link, language) for place in found.places],
        "layers": [_layer(shown, link, language) for shown in found.layers],
        "datasets": [
            {
                "name": card.name,
                "title": said(language, card.title),
                "lang": tongue(language, card.title),
                "href": link(f"/data/{card.name}"),
            }
            for card in found.datasets
        ],
        "whole": found.is_whole,
    }


def _place(place: Place, link: Any, language: str) -> dict[str, Any]:
    id = place.shown.layer.id
    name = in_script(language, place.name)
    return {
        "collection": id,
        "id": place.id,
        "name": name,
        "lang": tongue(language, name),
        "where": in_script(language, place.where),
        "layer": said(language, place.shown.title),
        "lonlat": place.lonlat,
        "bbox": place.bbox_lonlat,
        "guess": place.is_guess,
        "others": place.others,
        "zoom": place.zoom,
        "href": link(f"/place/{id}/{place.id}"),
    }


def _layer(shown: Shown, link: Any, language: str) -> dict[str, Any]:
    return {
        "collection": shown.layer.id,
        "title": said(language, shown.title),
        "lang": tongue(language, shown.title),
        "features": shown.layer.features,
        "bbox": shown.layer.bbox_lonlat,
        "href": link(f"/data/{shown.layer.dataset}"),
    }
