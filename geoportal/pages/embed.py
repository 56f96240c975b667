"""Layers as small maps that stand alone: previews on our pages, files to take away."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from geoportal.emap.layers import public_collection
from geoportal.palette import Symbol
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.small_map import small_map

router = APIRouter()
MOST_FEATURES = 2000  # of a small map
POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
FOR_EVER = "public, max-age=31536000, immutable"


@router.api_route("/embed/folium/{collection}", methods=["GET", "HEAD"])
def folium_map(
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
    made = _map(request, shown, view.symbols(shown)[shown.layer.id], heading=download)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": FOR_EVER if pinned else "no-cache",
    }
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{shown.layer.id}.html"'
    return Response(made, 200, headers, "text/html")


def _map(request: Request, shown: Shown, symbol: Symbol, *, heading: bool) -> str:
    language: str = request.state.language
    publisher = shown.organization_title.said(language) or shown.organization
    fragments = shown.features.features(limit=MOST_FEATURES)
    return small_map(
        [orjson.loads(fragment) for fragment in fragments],
        {column.name: column.title for column in shown.layer.columns},
        symbol=symbol,
        language=language,
        title=shown.title.said(language),
        credit=", ".join(filter(None, (publisher, shown.license_title, shown.modified[:10]))),
        heading=heading,
    )
