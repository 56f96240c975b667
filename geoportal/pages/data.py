"""The list of datasets: search, narrow down, sort, page by page."""

from typing import Annotated

from ckanapi.errors import SearchError, SearchQueryError, ValidationError
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.rendering import linker, page

router = APIRouter()
ROWS = 20
SORTS = {
    "relevance": "score desc, metadata_modified desc",
    "newest": "metadata_modified desc",
    "title": "title_string asc",
}
Word = Annotated[str, Query(max_length=200)]


@router.api_route("/data", methods=["GET", "HEAD"])
def data(
    request: Request,
    q: Word = "",
    organization: Word = "",
    res_format: Word = "",
    sort: Word = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """Datasets by words, publisher and format."""
    portal: Portal = request.app.state.portal
    sort = sort if sort in SORTS else "relevance" if q else "newest"
    filters = {"organization": organization, "res_format": res_format}
    found = _search(portal, q, filters, sort, number)
    link = linker(portal, request.state.language)
    asked = {"q": q, **filters, "sort": sort}
    pages = -(-found.count // ROWS)
    known = portal.publishers.titles()
    return page(
        request,
        "data.html",
        found=found,
        asked=asked,
        publishers=known,
        sorts=[name for name in SORTS if q or name != "relevance"],
        without={name: link("/data", **{**asked, name: ""}) for name, v in filters.items() if v},
        pages=pages,
        turn={
            "page": number,
            "previous": link("/data", **asked, page=number - 1) if number > 1 else "",
            "next": link("/data", **asked, page=number + 1) if number < pages else "",
        },
    )


def _search(
    portal: Portal, q: str, filters: dict[str, str], sort: str, number: int
) -> listing.Found:
    """Find; a question that is no search expression (`naziv: "x`) is taken as bare words."""
    start = (number - 1) * ROWS
    filters = {key: value.replace("\0", "") for key, value in filters.items()}
    try:
        return listing.search(portal, q, filters, SORTS[sort], start, ROWS)
    except (SearchError, SearchQueryError, ValidationError):
        bare = "".join(letter if letter.isalnum() else " " for letter in q)
        return listing.search(portal, bare, filters, SORTS[sort], start, ROWS)


@router.api_route("/dataset", methods=["GET", "HEAD"])
def ckan_list(request: Request) -> Response:
    """CKAN's address of the list."""
    return _moved(request, "/data")


@router.api_route("/dataset/{name}", methods=["GET", "HEAD"])
def ckan_dataset(request: Request, name: str) -> Response:
    """CKAN's address of a dataset."""
    return _moved(request, f"/data/{name}")


@router.api_route("/organization/{name}", methods=["GET", "HEAD"])
def ckan_organization(request: Request, name: str) -> Response:
    """CKAN's address of an organization."""
    return _moved(request, "/data", organization=name)


def _moved(request: Request, path: str, **query: str) -> Response:
    """Go to our own address in the same language; a name cannot lead to another host."""
    link = linker(request.app.state.portal, request.state.language)
    return RedirectResponse(link(path, **query), status_code=302)
