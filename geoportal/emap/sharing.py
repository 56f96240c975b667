"""Sharing a map: its address, a frame for another site, and a QR code."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from geoportal.emap import qr
from geoportal.emap.tools import READ, asked, panel
from geoportal.portal import Portal
from geoportal.rendering import linker

router = APIRouter()
SIZES = {
    "small": ("400", "300"),
    "medium": ("600", "450"),
    "large": ("800", "600"),
    "wide": ("100%", "500"),
}
Size = Annotated[str, Query(max_length=20)]


@router.api_route("/map/share", methods=READ)
def share(request: Request, size: Size = "medium") -> Response:
    """How to pass on what a map shows; `size` is that of the frame to embed."""
    portal: Portal = request.app.state.portal
    _, state = asked(request)
    link = linker(portal, request.state.language)
    chosen = size if size in SIZES else "medium"
    width, height = SIZES[chosen]
    path = f"{link('/map')}?{state.query()}"
    fits = len(portal.site_url + path) <= qr.MOST_LETTERS
    return panel(
        request,
        "share",
        state,
        permalink=portal.site_url + path,
        frame_address=f"{portal.site_url}{link('/embed/map')}?{state.query()}",
        sizes=SIZES,
        size=chosen,
        width=width,
        height=height,
        code=f"/qr.svg?to={quote(path, safe='/')}" if fits else "",
    )
