"""What a request for an action holds: its arguments, from the query string or the body.

GET, HEAD            the query string; without one a JSON body, as some clients send it
POST that reads      the query string if there is one, else the body
POST that writes     the body: JSON, a form, JSON that calls itself a form (`curl -d`), or a
                     multipart form, which alone may have files
"""

import html
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from geoportal.ckan.errors import BadRequest
from geoportal.ckan.multipart import read_form
from publish.catalog.call import Upload
from publish.catalog.registry import Action

MOST_BYTES = 10_000_000
MOST_FIELDS = 10_000
MULTIPART = "multipart/form-data"
FORM = "application/x-www-form-urlencoded"
READING = frozenset({"GET", "HEAD"})
WRITE_BY_GET = "JSON Error: Invalid request. Please use POST method for your request"
NO_JSON = (  # as recorded, with what CKAN's framework says of itself
    "JSON Error: Error decoding JSON data. Error: <BadRequest '400: Bad Request'> "
    "JSON data extracted from the request: {}"
)

type Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request holds: the arguments, its files, the JSONP function (safe to print)."""

    given: Values
    files: Mapping[str, Upload] = MappingProxyType({})
    callback: str = ""


def in_address(request: Request, called: Action) -> Sent | None:
    """What the query string says; None where the body counts. Raises BadRequest."""
    by_get = request.method in READING
    if by_get and called.writes:
        raise BadRequest(WRITE_BY_GET)
    if called.writes or not request.scope["query_string"]:
        return None
    query = merged(request.query_params.multi_items())
    if not by_get:
        query.pop("callback", None)
        return Sent(query) if query else None
    callback = str(query.pop("callback", ""))
    return Sent(query, callback=html.escape(callback)) if query or callback else None


def kind_of(request: Request) -> str:
    """The media type that the body claims to have."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request) -> bytes:
    """The whole body; raises BadRequest when it is too long."""
    return b"".join([piece async for piece in pieces(request, MOST_BYTES)])


def in_body(body: bytes, kind: str) -> Sent:
    """What a JSON object or a form says. Raises BadRequest."""
    return Sent(_form(body) if kind == FORM else _json(body))


async def in_form(request: Request, folder: Path, most_bytes: int) -> Sent:
    """What a multipart form says; its files, each of at most so many bytes, go to the folder."""
    stream = pieces(request, most_bytes + MOST_BYTES)
    form = await read_form(stream, request.headers["content-type"], folder, most_bytes)
    return Sent(merged(form.texts), form.files)


async def pieces(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes; raises BadRequest as soon as it is too long, or when it is cut."""
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > most_bytes:
                raise BadRequest(f"The body is longer than {most_bytes} bytes", 413)
            yield piece
    except ClientDisconnect:
        raise BadRequest("The body ended too early") from None


def _json(body: bytes) -> Values:
    """An object; nothing is an empty one."""
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return {}
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest(NO_JSON) from None
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
    return merged(pairs)


def merged(pairs: Iterable[tuple[str, str]]) -> Values:
    """Keys and values as an object: a key that comes again has a list.

    >>> merged([("fq", "a"), ("q", "b"), ("fq", "c")])
    {'fq': ['a', 'c'], 'q': 'b'}
    """
    values: Values = {}
    for key, value in pairs:
        if key not in values:
            values[key] = value
        elif isinstance(values[key], list):
            values[key].append(value)
        else:
            values[key] = [values[key], value]
    return values
