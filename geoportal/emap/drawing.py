"""Drawing on the map: a tool of the browser alone, of which the server has the words."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.emap.tools import READ
from geoportal.rendering import page

router = APIRouter()


@router.api_route("/map/draw", methods=READ)
def draw(request: Request) -> Response:
    """The panel of the tool; what is drawn never comes here."""
    return page(request, "map/draw.html")
