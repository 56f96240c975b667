"""The catalog and its datasets as DCAT-AP 3, for harvesters of other catalogs.

    /catalog.{ttl,rdf,xml,n3,jsonld}     a page of 100 datasets; page, q, fq, modified_since
    /dataset/ID.{ttl,…}                  one dataset, by name or id
    /dataset/ID, /data/NAME              the same, when Accept asks for it rather than for a page
    /dcat.json                           a page as a plain list

A page bears the addresses of the others (hydra). The order never changes by a change of a dataset,
so that nothing is missed while somebody reads page after page. Only what is public is shown.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from geoportal.dcat.asked import (
    Asked,
    asked,
    headers_of,
    last_page,
    search,
    tag_of,
    unchanged,
)
from geoportal.pages import listing
from geoportal.portal import Portal
from publish.dcat import SYNTAXES, Page, Syntax, catalog_graph, data_json, single_graph
from publish.dcat.terms import IRI

PAGE = 100
READ = ["GET", "HEAD"]
PAGE_TYPES = ("text/html", "application/xhtml+xml")


def catalog(request: Request) -> Response:
    """A page of the catalog in a syntax."""
    portal: Portal = request.app.state.portal
    syntax = _syntax(request.path_params["ending"])
    wanted = asked(request)
    headers = headers_of(tag_of(portal, syntax.ending))
    if same := unchanged(request, headers):
        return same
    found = search(portal, wanted, PAGE)
    pages = last_page(wanted, found["count"], PAGE)
    path = f"{portal.site_url}/catalog.{syntax.ending}"
    addresses = dict(_addresses(path, wanted, pages))
    page = Page(found["count"], PAGE, addresses, _last_change(portal))
    graph = catalog_graph(portal.issuer(), found["results"], page)
    return _written(syntax, syntax.write(graph), headers)


def _syntax(ending: str) -> Syntax:
    syntax = SYNTAXES.get(ending)
    if syntax is None:
        raise HTTPException(
            404, f"there is no format {ending[:20]!r}; there are {', '.join(SYNTAXES)}"
        )
    return syntax


def _addresses(path: str, wanted: Asked, pages: int) -> Iterator[tuple[str, IRI]]:
    numbers = {
        "this": wanted.page,
        "first": 1,
        "previous": wanted.page - 1,
        "next": wanted.page + 1,
        "last": pages,
    }
    for relation, number in numbers.items():
        if 1 <= number <= pages:
            yield relation, IRI(path + wanted.query(number))


def _last_change(portal: Portal) -> str:
    newest = search(portal, Asked(1), 1, "metadata_modified desc")["results"]
    return newest[0]["metadata_modified"] if newest else ""


def _written(syntax: Syntax, text: str, headers: Mapping[str, str]) -> Response:
    # Without a charset some clients read text as Latin-1 (RFC 2616), or guess.
    return Response(text.encode(), 200, dict(headers), f"{syntax.media_type}; charset=utf-8")


def dataset(request: Request) -> Response:
    """One dataset in the syntax of its address."""
    return _dataset(request, _syntax(request.path_params["ending"]))


def _dataset(request: Request, syntax: Syntax, **more: str) -> Response:
    portal: Portal = request.app.state.portal
    package = listing.public_package(portal, request.path_params["name"])
    canonical = f'<{portal.site_url}/data/{package["name"]}>; rel="describes"; type="text/html"'
    headers = headers_of(tag_of(portal, syntax.ending), Link=canonical, **more)
    if same := unchanged(request, headers):
        return same
    return _written(syntax, syntax.write(single_graph(portal.issuer(), package)), headers)


def negotiated(request: Request) -> Response:
    """One dataset at the address of its page, for who would rather have statements than a page."""
    syntax = preferred(request.headers.get("accept", ""))
    assert syntax is not None  # Negotiated has looked
    place = f"/dataset/{request.path_params['name']}.{syntax.ending}"
    return _dataset(request, syntax, Vary="Accept", **{"Content-Location": place})


def preferred(accept: str) -> Syntax | None:
    """The syntax that an Accept header likes better than a page; None where a page will do.

    >>> preferred("text/turtle").ending, preferred("application/rdf+xml, */*;q=0.1").ending
    ('ttl', 'rdf')
    >>> preferred("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), preferred("")
    (None, None)
    """
    weights = dict(_weights(accept))
    page = max((weights[media] for media in PAGE_TYPES if media in weights), default=None)
    best, found = 0.0, None
    for syntax in SYNTAXES.values():
        if weights.get(syntax.media_type, 0.0) > best:
            best, found = weights[syntax.media_type], syntax
    rival = page if page is not None else weights.get("*/*", 0.0)
    return found if best > rival or (page is None and best == rival) else None


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(",")[:50]:
        media, *options = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for option in options:
            if option.startswith("q="):
                weight = _weight(option[2:])
        yield media, weight


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


class Negotiated(Route):
    """A route for those only who would rather have statements than a page."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path, and the header Accept."""
        match, child = super().matches(scope)
        if match is Match.NONE or preferred(Headers(scope=scope).get("accept", "")) is None:
            return Match.NONE, {}
        return match, child


def dcat_json(request: Request) -> Response:
    """A page of datasets as a list of plain objects, each with its identifier and distributions."""
    portal: Portal = request.app.state.portal
    wanted = asked(request)
    headers = headers_of(tag_of(portal, "list"))
    if same := unchanged(request, headers):
        return same
    found = search(portal, wanted, PAGE)
    last_page(wanted, found["count"], PAGE)
    issuer = portal.issuer()
    listed: list[dict[str, Any]] = [data_json(issuer, each) for each in found["results"]]
    return Response(orjson.dumps(listed), 200, headers, "application/json")


def routes() -> list[BaseRoute]:
    """The addresses of the documents."""
    return [
        Route("/catalog.{ending}", catalog, methods=READ),
        Route("/dcat.json", dcat_json, methods=READ),
        Route("/dataset/{name}.{ending}", dataset, methods=READ),
        Negotiated("/dataset/{name}", negotiated, methods=READ),
        Negotiated("/data/{name}", negotiated, methods=READ),
    ]
