"""The first page for developers: quick starts on data that are really here, limits, status."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.snippets import by_purpose, snippets
from geoportal.ogc.parameters import MAX_ITEMS
from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.rendering import page

router = APIRouter()


@router.api_route("/developers", methods=["GET", "HEAD"])
def developers(request: Request) -> Response:
    """Where the APIs are and how to begin."""
    portal: Portal = request.app.state.portal
    collections = portal.registry.view().collections
    layer = next(iter(collections.values()), None)
    found = listing.search(portal, rows=1)
    dataset = layer.layer.dataset if layer else next((each.name for each in found.cards), "")
    return page(
        request,
        "developers/index.html",
        calls=by_purpose(snippets(portal.site_url, dataset, layer.layer.id if layer else "")),
        dataset=dataset,
        most_features=MAX_ITEMS,
        limits=portal.config.processes,
        canonical="/developers",
    )
