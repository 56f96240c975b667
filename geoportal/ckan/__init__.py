"""CKAN's Action API over HTTP: it only translates; what an action does is in publish/catalog.

    /api/3/action/NAME   GET for actions that read, POST for all, HEAD, OPTIONS
    /api/action/NAME     the same; ckanapi asks here

Rules: golden/ckan, an answer of a real CKAN for each. See docs/ckan-api.md for where we differ.
"""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from geoportal.ckan.errors import BadRequest
from geoportal.ckan.request import (
    MOST_BYTES,
    MULTIPART,
    Sent,
    Values,
    in_address,
    in_body,
    in_form,
    kind_of,
)
from publish.catalog import Embedded, User
from publish.catalog.errors import (
    CKANAPIError,
    IntegrityError,
    NotAuthorized,
    NotFound,
    SearchError,
    SearchQueryError,
    UnknownAction,
    ValidationError,
)
from publish.catalog.registry import Action, find

JSON_TYPE = "application/json;charset=utf-8"
SCRIPT_TYPE = "application/javascript;charset=utf-8"


def _not_found(error: NotFound) -> Values:
    words = str(error)
    message = words if words == "Not found" else f"Not found: {words}"
    return {"__type": "Not Found Error", "message": message}


def _message(kind: str, start: str) -> Callable[[CKANAPIError], Values]:
    return lambda error: {"__type": kind, "message": f"{start}: {str(error)!r}"}


ERRORS: tuple[tuple[type[CKANAPIError], int, Callable[[Any], Values]], ...] = (
    (ValidationError, 409, lambda error: dict(error.error_dict)),
    (NotAuthorized, 403, lambda error: dict(error.extra_msg)),
    (NotFound, 404, _not_found),
    (SearchQueryError, 400, _message("Search Query Error", "Search Query is invalid")),
    (SearchError, 409, _message("Search Error", "Search error")),
    (
        IntegrityError,
        400,
        lambda error: {"__type": "Integrity Error", "message": str(error), "data": error.data},
    ),
)
"""From error to status and `error` object: the whole table."""


async def act(request: Request) -> Response:
    """Answer one call of an action."""
    try:
        called = find(request.path_params["name"])
        if request.method == "OPTIONS":
            return _response(request, b"", called=called)
        return await _read_and_answer(request, request.app.state.portal.catalog, called)
    except UnknownAction as error:
        return _response(request, orjson.dumps(f"Bad request: {error}"), status=400)
    except BadRequest as error:
        return _response(request, orjson.dumps(str(error)), status=error.status)


async def _read_and_answer(request: Request, catalog: Embedded, called: Action) -> Response:
    sent = in_address(request, called)
    if sent is None and kind_of(request) == MULTIPART:
        user = await run_in_threadpool(_user, catalog, request.headers)
        most = catalog.outside.config.catalog.max_upload_bytes if user else MOST_BYTES
        async with contextmanager_in_threadpool(catalog.outside.store.desk("upload")) as folder:
            sent = await in_form(request, folder, most)
            return await run_in_threadpool(_answer, request, catalog, called, sent)
    if sent is None:
        sent = await in_body(request)
    return await run_in_threadpool(_answer, request, catalog, called, sent)


def _answer(request: Request, catalog: Embedded, called: Action, sent: Sent) -> Response:
    """Call the action and put its result, or its error, into CKAN's envelope."""
    user = None if sent.callback else _user(catalog, request.headers)
    body: Values = {"help": f"{catalog.site_url}/api/3/action/help_show?name={called.name}"}
    status = 200
    try:
        answer = catalog.as_user(user).answer(called.name, sent.given, sent.files)
        body |= {"success": True, "result": answer.result}
        if called.name == "package_update" and answer.changed:
            body["changed_entities"] = {"packages": list(answer.changed)}
    except CKANAPIError as error:
        status, told = _told(error)
        body |= {"error": told, "success": False}
    content = orjson.dumps(body)
    if sent.callback and status == 200:
        content = b"%s(%s);" % (sent.callback.encode(), content)
        return _response(request, content, called=called, kind=SCRIPT_TYPE)
    return _response(request, content, status=status, called=called, private=user is not None)


def _told(error: CKANAPIError) -> tuple[int, Values]:
    for kind, status, tell in ERRORS:
        if isinstance(error, kind):
            return status, tell(error)
    raise error


def _user(catalog: Embedded, headers: Headers) -> User | None:
    """The caller: a token alone, after `Bearer`, or in the header of older clients."""
    for name in ("authorization", "x-ckan-api-key"):
        user = catalog.user_of(headers.get(name, "").removeprefix("Bearer ").strip())
        if user is not None:
            return user
    return None


def _response(
    request: Request,
    content: bytes,
    *,
    status: int = 200,
    called: Action | None = None,
    private: bool = False,
    kind: str = JSON_TYPE,
) -> Response:
    headers = {
        "Cache-Control": "private, no-store" if private else "public, max-age=0, must-revalidate",
        "Vary": "Authorization, X-CKAN-API-Key, Origin",
        "X-Content-Type-Options": "nosniff",
    }
    if "origin" in request.headers and not (called and called.writes):
        headers |= {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
            "Access-Control-Allow-Headers": "Authorization, X-CKAN-API-Key, Content-Type",
        }
    if request.method == "OPTIONS":
        headers["Allow"] = "HEAD, GET, OPTIONS, POST"
    return Response(content, status, headers, media_type=kind)


def _version(number: int) -> Callable[[Request], Response]:
    body = orjson.dumps({"version": number})
    return lambda request: _response(request, body)


def routes() -> APIRouter:
    """The addresses of the API."""
    router = APIRouter()
    for path in ("/api/3/action/{name}", "/api/action/{name}"):
        router.add_route(path, act, ["GET", "HEAD", "POST", "OPTIONS"], include_in_schema=False)
    for path, number in (("/api", 1), ("/api/1", 1), ("/api/3", 3)):
        router.add_route(path, _version(number), ["GET"], include_in_schema=False)
    return router
