"""The first page for developers: quick starts on data that are really here, limits, status."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.snippets import by_purpose, snippets
from geoportal.ogc.parameters import MAX_ITEMS
from geoportal.pages import listing
from geoportal.palette import COLOURS, SHAPES, Symbol
from geoportal.portal import Portal
from geoportal.rendering import HERE, page

router = APIRouter()
SITE = HERE / "static" / "css" / "site.css"
TOKENS = re.compile(r"--([a-z-]+):\s*#")


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


@router.api_route("/developers/design", methods=["GET", "HEAD"])
def design(request: Request) -> Response:
    """Every component of the pages, as they are drawn now."""
    portal: Portal = request.app.state.portal
    return page(
        request,
        "developers/design.html",
        tokens=TOKENS.findall(SITE.read_text(encoding="utf-8").partition("}")[0]),
        cards=listing.search(portal, rows=2).cards,
        symbols=[
            (Symbol(colour, shape), "Point")
            for colour, shape in zip(COLOURS, SHAPES * 2, strict=True)
        ]
        + [(Symbol(COLOURS[0], ""), "LineString"), (Symbol(COLOURS[2], ""), "Polygon")],
    )
