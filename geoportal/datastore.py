"""Tables as files.

    /datastore/dump/{id}?format=csv|tsv|json|xml&bom=true&limit=&offset=&fields=&filters=&q=&sort=
    /dataset/{dataset}/dictionary/{id}    the fields of a table, for those who may change them

`id` is a resource or an alias. Rows are sent as they are read, always as an attachment; who may
not read gets the same 404 as for what is not there. Rules: golden/ckan, 09 `datastore_dump_*`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from datasets.errors import NotFound as Gone
from geoportal.ckan.actions import user_of
from geoportal.files import refusal
from geoportal.pages.problems import problem
from geoportal.portal import Portal
from publish.catalog import Embedded
from publish.catalog.datastore.asking import Readable, read_json, understood
from publish.catalog.errors import NotAuthorized, NotFound, ValidationError
from publish.datastore import table
from publish.datastore.dump import FORMATS, dump
from publish.datastore.filters import BadQuestion
from publish.datastore.search import Question

router = APIRouter()
MOST = 2**62
Words = Annotated[str, Query(max_length=20_000)]
Count = Annotated[int | None, Query(ge=0, le=MOST)]


@router.api_route("/datastore/dump/{name}", methods=["GET", "HEAD"], include_in_schema=False)
def dump_file(
    request: Request,
    name: str,
    format_: Annotated[str, Query(alias="format")] = "csv",
    bom: bool = False,
    limit: Count = None,
    offset: Count = None,
    fields: Words = "",
    filters: Words = "",
    q: Words = "",
    sort: Words = "",
) -> Response:
    """The rows of a table, or those that a question finds."""
    if format_ not in FORMATS:
        return problem(request, 400, f"format: {format_[:20]!r} is none of {', '.join(FORMATS)}")
    try:
        found = _catalog(request).table(name)
        asked = {"fields": fields, "filters": filters, "q": q, "sort": sort}
        question = _question(found, {key: text for key, text in asked.items() if text})
    except (NotFound, NotAuthorized, ValidationError, Gone):
        return refusal(request, 404)
    except BadQuestion as error:
        return problem(request, 400, f"{error.key}: {error}")
    headers = _headers(found, format_)
    if request.method == "HEAD":
        return _head(headers)
    most = MOST if limit is None else limit
    rows = dump(found.place, question, format_, most, offset or 0, bom=bom)
    return StreamingResponse(rows, headers=headers, media_type="application/octet-stream")


def _catalog(request: Request) -> Embedded:
    portal: Portal = request.app.state.portal
    return portal.catalog.as_user(user_of(portal.catalog, request))


def _question(found: Readable, asked: dict[str, str]) -> Question:
    """Understand the query string as datastore_search does its arguments."""
    faults: dict[str, list[str]] = {}
    values: dict[str, object] = dict(asked)
    for key in ("filters", "q", "fields"):
        values |= read_json(key, asked, faults)
    if faults:
        raise BadQuestion(*next((key, told[0]) for key, told in faults.items()))
    with table.reading(found.place) as connection:
        return understood(table.about(connection), values, ranked=False)


def _headers(found: Readable, kind: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{found.resource_id}.{kind}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache" if found.public else "private, no-store",
        "Vary": "Authorization, X-CKAN-API-Key",
        **({"Access-Control-Allow-Origin": "*"} if found.public else {}),
    }


def _head(headers: dict[str, str]) -> Response:
    """The headers alone: how long the file would be is known only when it is written."""
    response = Response(headers=headers, media_type="application/octet-stream")
    del response.headers["content-length"]
    return response


@router.api_route(
    "/dataset/{dataset}/dictionary/{name}", methods=["GET", "HEAD"], include_in_schema=False
)
def dictionary(request: Request, dataset: str, name: str) -> Response:
    """The fields of a table with what people wrote about them."""
    catalog = _catalog(request)
    try:
        package = catalog.call_action("package_show", {"id": dataset})
        there = any(resource["id"] == name for resource in package["resources"])
        if not there or not catalog.may_write(name):
            return refusal(request, 404)
        described = catalog.call_action("datastore_info", {"id": name})
    except (NotFound, NotAuthorized, ValidationError):
        return refusal(request, 404)
    return JSONResponse({"fields": described["fields"]}, headers={"Cache-Control": "no-store"})


def routes() -> APIRouter:
    """The addresses of tables."""
    return router
