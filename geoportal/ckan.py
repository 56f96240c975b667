"""CKAN's Action API over HTTP: it only translates; what an action does is in publish/catalog.

    /api/3/action/NAME   GET for actions that read, POST for all, HEAD, OPTIONS
    /api/action/NAME     the same; ckanapi asks here

Rules: golden/ckan, an answer of a real CKAN for each. See docs/ckan-api.md for where we differ.
"""

import html
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from publish.catalog import Embedded, User
from publish.catalog.call import Upload
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

MOST_BYTES = 10_000_000
MOST_FIELDS = 10_000
JSON_TYPE = "application/json;charset=utf-8"
SCRIPT_TYPE = "application/javascript;charset=utf-8"
WRITE_BY_GET = "JSON Error: Invalid request. Please use POST method for your request"

type Values = dict[str, Any]


class BadRequest(Exception):
    """The request cannot be read; the answer is one JSON string."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(f"Bad request: {sentence}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request holds: the arguments, the names of files, the JSONP function."""

    given: Values
    files: Mapping[str, Upload] = MappingProxyType({})
    callback: str = ""


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
    name = request.path_params["name"]
    try:
        called = find(name)
        if request.method == "OPTIONS":
            return _response(request, b"", called=called)
        sent = await _sent(request, called)
    except UnknownAction as error:
        return _response(request, orjson.dumps(f"Bad request: {error}"), status=400)
    except BadRequest as error:
        return _response(request, orjson.dumps(str(error)), status=error.status)
    catalog: Embedded = request.app.state.portal.catalog
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
        content = b"%s(%s);" % (html.escape(sent.callback).encode(), content)
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


async def _sent(request: Request, called: Action) -> Sent:
    """Read the arguments: the query string of a reading action, else the body."""
    read = request.method in {"GET", "HEAD"}
    if read and called.writes:
        raise BadRequest(WRITE_BY_GET)
    query = _merged(request.query_params.multi_items())
    callback = str(query.pop("callback", "")) if read else ""
    if not called.writes and (query or callback):
        return Sent(query, callback=callback)
    body = await _body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _multipart(request.headers, body)
    if kind == "application/x-www-form-urlencoded":
        return Sent(_form(body))
    return Sent(_json(body))


async def _body(request: Request) -> bytes:
    """The whole body; raises BadRequest with 413 as soon as it is too long."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise BadRequest(f"The body is longer than {MOST_BYTES} bytes", 413)
            parts.append(part)
    except ClientDisconnect:
        raise BadRequest("The body ended too early") from None
    return b"".join(parts)


def _json(body: bytes) -> Values:
    """An object; nothing is an empty one."""
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return {}
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"JSON Error: Error decoding JSON data. Error: {error}") from None
    if not isinstance(values, dict):
        told = f"JSON Error: Request data JSON decoded to {repr(values)[:100]}"
        raise BadRequest(f"{told} but it needs to be a dictionary.")
    return values


def _form(body: bytes) -> Values:
    """A form; or JSON that calls itself one, as `curl -d` sends it."""
    if body.lstrip().startswith(b"{"):
        return _json(body)
    try:
        words = body.decode("utf-8", "replace")
        pairs = parse_qsl(words, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequest(f"A form of more than {MOST_FIELDS} fields") from None
    return _merged(pairs)


async def _multipart(headers: Headers, body: bytes) -> Sent:
    """A form with files: every other part is text."""
    parser = MultiPartParser(headers, _once(body), max_part_size=MOST_BYTES)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary is given
        raise BadRequest(f"The multipart form cannot be read: {error}") from None
    items = form.multi_items()
    await form.close()
    return Sent(_merged((key, value) for key, value in items if isinstance(value, str)))


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _merged(pairs: Iterable[tuple[str, str]]) -> Values:
    """Keys and values as an object: a key that comes again has a list."""
    values: Values = {}
    for key, value in pairs:
        if key not in values:
            values[key] = value
        elif isinstance(values[key], list):
            values[key].append(value)
        else:
            values[key] = [values[key], value]
    return values


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
