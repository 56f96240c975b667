"""The first page: what is here."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.rendering import page

router = APIRouter()
NEWEST = 6


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request) -> Response:
    """Search, figures, publishers, the newest datasets and the way to the map."""
    portal: Portal = request.app.state.portal
    found = listing.search(portal, rows=NEWEST)
    known = portal.publishers.titles()
    counts = found.facets["organization"]
    return page(
        request,
        "home.html",
        found=found,
        collections=portal.registry.view().collections,
        publishers=[(name, known[name], counts[name]) for name in known if name in counts],
        refused=len(portal.versions.refusals()),
    )
