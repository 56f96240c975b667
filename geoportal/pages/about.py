"""What this site is, how it may be used by everybody, and whether it works."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.rendering import page

router = APIRouter()
READ = ["GET", "HEAD"]
NOW = {"Cache-Control": "no-store"}


@router.api_route("/about", methods=READ)
def about(request: Request) -> Response:
    """What this site is, and what it measures and keeps."""
    return page(request, "about.html", canonical="/about")


@router.api_route("/accessibility", methods=READ)
def accessibility(request: Request) -> Response:
    """The accessibility statement."""
    return page(request, "accessibility.html", canonical="/accessibility")


@router.api_route("/status", methods=READ)
def status(request: Request) -> Response:
    """What /health says, for people."""
    portal: Portal = request.app.state.portal
    newest = listing.search(portal, rows=1)
    response = page(
        request,
        "status.html",
        collections=len(portal.registry.view().collections),
        datasets=newest.count,
        changed=newest.cards[0].modified if newest.cards else "",
        refused=len(portal.versions.refusals()),
        alarms=portal.alarms(),
    )
    response.headers.update(NOW)
    return response


@router.api_route("/offline", methods=READ)
def offline(request: Request) -> Response:
    """The page that a browser keeps for when there is no network."""
    return page(request, "offline.html")
