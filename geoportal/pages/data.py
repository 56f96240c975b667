"""The list of datasets: search, narrow down, sort, page by page; CKAN's /dataset is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from ckanapi.errors import SearchError, SearchQueryError, ValidationError
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.rendering import linker, page

router = APIRouter()
ROWS = 20
SORTS = {
    "relevance": "score desc, metadata_modified desc",
    "newest": "metadata_modified desc",
    "title": "title_string asc",
    "title_back": "title_string desc",
}
CKAN_SORTS = {
    **{theirs: ours for ours, theirs in SORTS.items()},
    "name asc": "title",
    "name desc": "title_back",
}
Word = Annotated[str, StringConstraints(max_length=200)]
Words = Annotated[list[Word], Query(max_length=20)]
Number = Annotated[int, Query(alias="page", ge=1, le=10_000)]


@router.api_route("/data", methods=["GET", "HEAD"])
@router.api_route("/dataset", methods=["GET", "HEAD"])
@router.api_route("/dataset/", methods=["GET", "HEAD"])
def data(
    request: Request,
    q: Annotated[Word, Query()] = "",
    organization: Words = [],  # noqa: B006  # FastAPI copies it
    res_format: Words = [],  # noqa: B006
    tags: Words = [],  # noqa: B006
    groups: Words = [],  # noqa: B006
    license_id: Words = [],  # noqa: B006
    sort: Annotated[Word, Query()] = "",
    number: Number = 1,
) -> Response:
    """Datasets by words, publisher, format, keyword, group and licence."""
    filters = {
        "organization": organization,
        "res_format": res_format,
        "tags": tags,
        "groups": groups,
        "license_id": license_id,
    }
    filters = {name: [each for each in values if each] for name, values in filters.items()}
    portal: Portal = request.app.state.portal
    sort = sort_of(sort, q)
    found = find(portal, q, filters, sort, number)
    link = linker(portal, request.state.language)
    asked: dict[str, Any] = {"q": q, **filters, "sort": sort}
    return page(
        request,
        "data.html",
        found=found,
        asked=asked,
        publishers=portal.publishers.titles(),
        sorts=[name for name in SORTS if q or name != "relevance"],
        without=[
            (value, link("/data", **{**asked, name: [each for each in values if each != value]}))
            for name, values in filters.items()
            for value in values
        ],
        canonical=link("/data", **asked, page=number if number > 1 else None),
        **turning(portal, request.state.language, "/data", asked, number, found.count),
    )


def sort_of(asked: str, q: str) -> str:
    """One of SORTS: its name, or the same in CKAN's words; else what suits the question."""
    name = CKAN_SORTS.get(asked, asked)
    return name if name in SORTS else "relevance" if q else "newest"


def turning(
    portal: Portal, language: str, path: str, asked: Mapping[str, Any], number: int, count: int
) -> dict[str, Any]:
    """How many pages there are, and the addresses of the one before and the one after."""
    link, pages = linker(portal, language), -(-count // ROWS)
    return {
        "pages": pages,
        "turn": {
            "page": number,
            "previous": link(path, **asked, page=number - 1) if number > 1 else "",
            "next": link(path, **asked, page=number + 1) if number < pages else "",
        },
    }


def find(
    portal: Portal, q: str, filters: Mapping[str, Sequence[str]], sort: str, number: int
) -> listing.Found:
    """Find; a question that is no search expression (`naziv: "x`) is taken as bare words."""
    start = (number - 1) * ROWS
    clean = {key: [each.replace("\0", "") for each in values] for key, values in filters.items()}
    try:
        return listing.search(portal, q, clean, SORTS[sort], start, ROWS)
    except (SearchError, SearchQueryError, ValidationError):
        bare = "".join(letter if letter.isalnum() else " " for letter in q).strip()
        found = listing.search(portal, bare, clean, SORTS[sort], start, ROWS)
        return found if bare else replace(found, count=0, cards=())  # no word at all: nothing
