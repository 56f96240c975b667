"""The page of the eMap: layers to choose, the map, and as text all that is in view."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from datasets.errors import NotFound
from datasets.serbian import is_cyrillic, to_latin
from datasets.text import CYRILLIC, LATIN
from geoportal.emap.form import pressed
from geoportal.emap.layers import described, fonts, height, mercator, public_collection
from geoportal.emap.looks import looks
from geoportal.emap.places import Facts, InView, facts, in_view
from geoportal.emap.state import State
from geoportal.emap.tree import nearest, tree
from geoportal.portal import Portal
from geoportal.raster.basemaps import choices as base_choices
from geoportal.raster.basemaps import described as described_basemaps
from geoportal.registry import View
from geoportal.rendering import asset, linker, page, vendored
from geoportal.words import Said, words

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_GONE = 5  # layers that are not there any more for which another is offered
Find = Annotated[str, Query(max_length=200)]
SCRIPTED = "js_"  # what the keys begin with whose words go to the scripts


@router.api_route("/map", methods=READ)
def emap(request: Request, find: Find = "", branch: Find = "") -> Response:
    """The eMap; without JavaScript its form and its lists do all that the map does."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    view = portal.registry.view()
    state = State.of(request.query_params, view)
    if after := pressed(request.query_params, state, view):
        return _to(linker(portal, language)("/map"), after, find)
    found = _facts(view, state, language)
    return page(
        request,
        "map.html",
        **_choice(view, state, language, find, branch),
        adding=bool(find or branch or "tree" in request.query_params or not state.layers),
        gone_layers=[(name, nearest(view, name)) for name in state.gone[:MOST_GONE]],
        has_heights=any(height(view.collections[name].layer) for name in state.layers),
        found=list(_in_view(view, state, language)),
        facts=found,
        gone=state.feature is not None and found is None,
        basemaps=base_choices(portal),
        base=state.base or portal.config.map.first,
        settings=_settings(portal, view, state, language),
        **_written(state, language),
    )


@router.api_route("/map/tree", methods=READ)
def layers_tree(request: Request, find: Find = "", branch: Find = "") -> Response:
    """The layers to choose from, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    state = State.of(request.query_params, view)
    choice = _choice(view, state, request.state.language, find, branch)
    return page(request, "map/tree.html", **choice)


@router.api_route("/map/cards", methods=READ)
def layer_cards(request: Request) -> Response:
    """The layers that are on with what can be done with each, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    state = State.of(request.query_params, view)
    on = [view.collections[name] for name in state.layers]
    return page(request, "map/cards.html", on=on, state=state, symbols=view.symbols())


@router.api_route("/map/list", methods=READ)
def in_view_list(request: Request) -> Response:
    """What is in view, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    state = State.of(request.query_params, view)
    found = list(_in_view(view, state, request.state.language))
    return page(request, "map/list.html", found=found, state=state, symbols=view.symbols())


@router.api_route("/map/feature/{collection}/{fid:path}", methods=READ)
def feature_facts(request: Request, collection: str, fid: str) -> Response:
    """All about one feature, as a piece of the page."""
    view = request.app.state.portal.registry.view()
    state = State.of(request.query_params, view)
    language = state.labels or request.state.language
    found = facts(public_collection(view, collection), fid, language)
    return page(
        request,
        "map/feature.html",
        facts=found,
        symbols=view.symbols(),
        state=state,
        **_written(state, request.state.language),
    )


def _in_view(view: View, state: State, language: str) -> Iterator[InView]:
    for name in state.layers:
        yield in_view(view.collections[name], state, state.labels or language)


def _facts(view: View, state: State, language: str) -> Facts | None:
    """The feature that is chosen; None when there is none."""
    if state.feature is None:
        return None
    collection, fid = state.feature
    try:
        return facts(public_collection(view, collection), fid, state.labels or language)
    except NotFound:
        return None


def _choice(view: View, state: State, language: str, find: str, branch: str) -> dict[str, Any]:
    """What the templates of the layers ask for."""
    return {
        "on": [view.collections[name] for name in state.layers],
        "tree": tree(view, state, language, find, branch),
        "state": state,
        "symbols": view.symbols(),
    }


def _written(state: State, language: str) -> dict[str, Any]:
    """How templates write values where another script was chosen than that of the page."""
    if state.labels in ("", language):
        return {}

    def value(text: str) -> Markup:
        words = to_latin(text) if state.labels == LATIN else text
        if is_cyrillic(words) != (state.labels == CYRILLIC):
            return Markup.escape(words)
        return Markup('<span lang="{}">{}</span>').format(state.labels, words)

    return {"data": value}


def _to(path: str, state: State, find: str) -> Response:
    """Send a browser to the address of a state, which the form's own is not."""
    query = state.query() + (f"&{urlencode({'find': find})}" if find else "")
    return RedirectResponse(f"{path}?{query}", 303, {"Cache-Control": "no-store"})


def _settings(portal: Portal, view: View, state: State, language: str) -> dict[str, Any]:
    """What the scripts of the page must know (`Settings` of app.mjs)."""
    chosen = [state.feature[0]] if state.feature and state.feature[0] in view.collections else []
    compared = [state.compare.partition("@")[0]] if state.compare else []
    needed = dict.fromkeys([*state.layers, *chosen, *compared])
    basemaps = described_basemaps(portal, view, language)
    return {
        "library": asset("maplibre-gl", "maplibre-gl.mjs"),
        "library_css": asset("maplibre-gl", "maplibre-gl.css"),
        "library_worker": worker(),
        "collections": described(view, needed, language),
        "looks": looks(portal, view, state, language),
        "words": script_words(language),
        "layers": state.layers,
        "prefix": linker(portal, language)(""),
        "leaflet": asset("leaflet", "leaflet.js"),
        "leaflet_css": asset("leaflet", "leaflet.css"),
        "basemaps": {"list": basemaps, "first": portal.config.map.first},
        "fonts": fonts(),
        "extent": mercator(portal.config.validation.extent),
    }


def worker() -> str:
    """The address at which MapLibre asks for its worker: it adds its version itself."""
    version = vendored().get("maplibre-gl", {}).get("version", "")
    return f"{asset('maplibre-gl', 'maplibre-gl-worker.mjs')}?v={version}"


def script_words(language: str) -> dict[str, Said]:
    """The words of the scripts by their keys without `js_`; forms of one that counts in a list."""
    every = words(language).items()
    return {key.removeprefix(SCRIPTED): said for key, said in every if key.startswith(SCRIPTED)}
