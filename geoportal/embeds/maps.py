"""Maps in other pages, and maps to take away.

    /embed/map?<state>               the eMap without the rest of the site
    /embed/folium?<state>            what a map shows as one HTML file, for looking at or keeping
    /embed/folium/<collection>?v=    a layer as one HTML file

`<state>` is that of the eMap (geoportal/emap/state.py).
"""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from geoportal import headers
from geoportal.caching import FOR_EVER
from geoportal.emap.layers import public_collection
from geoportal.emap.page import emap
from geoportal.emap.state import State
from geoportal.emap.tools import visible
from geoportal.figures import day
from geoportal.folium_maps import POLICY, of_layers
from geoportal.folium_maps.of_state import pick
from geoportal.portal import Portal
from geoportal.raster.sight import sight
from geoportal.words import word

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_LAYERS = 10
SIZE_PX = (800, 600)  # of a window, for where an address with a centre looks


@router.api_route("/embed/map", methods=READ)
def embedded(request: Request) -> Response:
    """The eMap for a frame in another page, with a way to the whole of it."""
    portal: Portal = request.app.state.portal
    response = emap(request)
    response.headers["Content-Security-Policy"] = framed(
        headers.policy(portal.config.map.hosts), portal
    )
    return response


@router.api_route("/embed/folium", methods=READ)
def state_map(request: Request, download: bool = False) -> Response:
    """What a map shows as one HTML file, in a sandbox."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    view = portal.registry.view()
    state = State.of(request.query_params, view)
    told = state.labels or language
    today = day(language, datetime.now(UTC).isoformat())
    box = None
    if state.bbox or (state.center and state.zoom is not None):
        west, south, east, north = sight(request, view, state, SIZE_PX).bbox_lonlat
        box = max(west, -180.0), south, min(east, 180.0), north
    layers = visible(view, state)[:MOST_LAYERS]
    made = of_layers(
        [pick(portal, view, state, each, told, box) for each in layers],
        language=told,
        note=word(language, "folium_taken", day=today, site=portal.site_url),
        view=box,
    )
    return _sandboxed(portal, made, "no-cache", "emap" if download else "")


@router.api_route("/embed/folium/{collection}", methods=READ)
def layer_map(
    request: Request,
    collection: str,
    v: Annotated[int | None, Query(ge=1, le=2**31)] = None,
    download: bool = False,
) -> Response:
    """A layer as one HTML file, in a sandbox: to look at, or to take away."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    pinned = portal.registry.pinned(collection, v) if v else None
    shown = pinned or public_collection(view, collection)
    language: str = request.state.language
    one = pick(portal, view, State(), shown, language)
    made = of_layers([one], language=language, heading=download)
    kept = FOR_EVER if pinned else "no-cache"
    return _sandboxed(portal, made, kept, shown.layer.id if download else "")


def framed(policy: str, portal: Portal) -> str:
    """A policy that lets the sites of `embed.frame_ancestors` have a page in a frame."""
    sites = " ".join(portal.config.embed.frame_ancestors)
    return policy.replace("frame-ancestors 'self'", f"frame-ancestors {sites}")


def _sandboxed(portal: Portal, made: str, kept: str, file: str) -> Response:
    """A file whose scripts run as nobody's; with a name it is taken away."""
    said = {"Content-Security-Policy": framed(POLICY, portal), "Cache-Control": kept}
    if file:
        said["Content-Disposition"] = f'attachment; filename="{file}.html"'
    return Response(made, 200, said, "text/html")
