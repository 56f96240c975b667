"""Drawing on the map: a tool of the browser alone, of which the server has the words."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.emap.tools import READ, asked, panel

router = APIRouter()


@router.api_route("/map/draw", methods=READ)
def draw(request: Request) -> Response:
    """The panel of the tool, or the way to it; what is drawn never comes here."""
    _, state = asked(request)
    return panel(request, "draw", state)
