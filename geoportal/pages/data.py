"""The list of datasets: search, narrow down, sort, page by page; CKAN's /dataset is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from ckanapi.errors import SearchError, SearchQueryError, ValidationError
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from datasets.model import BBox
from geoportal.pages import listing
from geoportal.pages.area import Area, area
from geoportal.pages.facets import SHOWN, facets, label_of
from geoportal.pages.question import FIELDS, Question
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
    theme: Words = [],  # noqa: B006
    res_format: Words = [],  # noqa: B006
    license_id: Words = [],  # noqa: B006
    frequency: Words = [],  # noqa: B006
    quality: Words = [],  # noqa: B006
    tags: Words = [],  # noqa: B006
    groups: Words = [],  # noqa: B006
    ext_bbox: Annotated[Word, Query()] = "",
    west: Annotated[Word, Query()] = "",
    south: Annotated[Word, Query()] = "",
    east: Annotated[Word, Query()] = "",
    north: Annotated[Word, Query()] = "",
    sort: Annotated[Word, Query()] = "",
    number: Number = 1,
) -> Response:
    """Datasets by words, theme, publisher, format, licence, frequency, quality and area."""
    values = (organization, theme, res_format, license_id, frequency, quality, tags, groups)
    chosen = {
        name: list(dict.fromkeys(filter(None, each)))
        for name, each in zip(FIELDS, values, strict=True)
    }
    there = area(request.app.state.portal, ext_bbox, (west, south, east, north))
    order = sort_of(sort, q)
    asked = Question(q, chosen, there.bbox_lonlat, "" if order == sort_of("", q) else order)
    return _page(request, asked, number, there)


def _page(request: Request, asked: Question, number: int, there: Area) -> Response:
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    link = linker(portal, language)
    sort = sort_of(asked.sort, asked.q)
    counted = tuple(FIELDS[name] for name in SHOWN)
    box = asked.bbox_lonlat
    found = find(portal, asked.q, asked.filters, sort, number, bbox_lonlat=box, facets=counted)
    return page(
        request,
        "data.html",
        found=found,
        asked=asked,
        facets=facets(portal, asked, found, language),
        area=there,
        sorts=[
            (name, link("/data", **asked.query(sort=name)), name == sort)
            for name in SORTS
            if asked.q or name != "relevance"
        ],
        without=[
            (label_of(portal, name, value), link("/data", **asked.turned(name, value)))
            for name, values in asked.chosen.items()
            for value in values
        ],
        everywhere=link("/data", **asked.query(ext_bbox="")),
        anything=link("/data", q=asked.q, sort=asked.sort),
        canonical=link("/data", **asked.query(page=number if number > 1 else None)),
        feed=portal.site_url + link("/feeds/custom.atom", **asked.feed()),
        **turning(portal, language, "/data", asked.query(), number, found.count),
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
    portal: Portal,
    q: str,
    filters: Mapping[str, Sequence[str]],
    sort: str,
    number: int,
    *,
    bbox_lonlat: BBox | None = None,
    facets: Sequence[str] = (),
) -> listing.Found:
    """Find; a question that is no search expression (`naziv: "x`) is taken as bare words."""
    more: dict[str, Any] = {"bbox_lonlat": bbox_lonlat, "facets": facets}
    start = (number - 1) * ROWS
    try:
        return listing.search(portal, q, filters, SORTS[sort], start, ROWS, **more)
    except (SearchError, SearchQueryError, ValidationError):
        bare = "".join(letter if letter.isalnum() else " " for letter in q).strip()
        found = listing.search(portal, bare, filters, SORTS[sort], start, ROWS, **more)
        return found if bare else replace(found, count=0, cards=())  # no word at all: nothing
