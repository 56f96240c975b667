"""What an answer of the API is: CKAN's envelope, its errors, its headers."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from starlette.responses import Response

from geoportal.ckan.errors import BadRequest
from publish.catalog.errors import (
    CKANAPIError,
    IntegrityError,
    NotAuthorized,
    NotFound,
    SearchError,
    SearchQueryError,
    ValidationError,
)

type Values = dict[str, Any]
type Header = tuple[bytes, bytes]

JSON_TYPE = b"application/json;charset=utf-8"
PAGE_TYPE = b"text/html; charset=utf-8"
SCRIPT_TYPE = b"application/javascript;charset=utf-8"
EVERY: tuple[Header, ...] = (
    (b"vary", b"Accept-Encoding, Authorization, X-CKAN-API-Key, Origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'"),
)
OPEN: Header = (b"cache-control", b"public, max-age=0, must-revalidate")
PRIVATE: Header = (b"cache-control", b"private, no-store")
CROSS_ORIGIN: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, X-CKAN-API-Key, Content-Type"),
)
ALLOW: Header = (b"allow", b"HEAD, GET, OPTIONS, POST")
WORTH_PACKING_BYTES = 1000
PACKED_HOW_FAR = 4  # of 9; more costs time and saves little


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and the headers that are its own; `private` is for who asked alone."""

    content: bytes
    status: int = 200
    headers: tuple[Header, ...] = ()
    kind: bytes = JSON_TYPE
    private: bool = False

    def packed(self) -> "Answer":
        """The same in gzip, where that is worth it."""
        if len(self.content) < WORTH_PACKING_BYTES:
            return self
        content = gzip.compress(self.content, PACKED_HOW_FAR, mtime=0)
        headers = (*self.headers, (b"content-encoding", b"gzip"))
        return replace(self, content=content, headers=headers)

    def all_headers(self, more: tuple[Header, ...] = ()) -> list[Header]:
        """Its headers, those of every answer, and some more."""
        return [
            (b"content-type", self.kind),
            (b"content-length", b"%d" % len(self.content)),
            PRIVATE if self.private else OPEN,
            *EVERY,
            *self.headers,
            *more,
        ]

    async def send(self, send: Any, more: tuple[Header, ...] = ()) -> None:
        """Send it, with some headers more."""
        headers = self.all_headers(more)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content})

    def response(self) -> Response:
        """The same for the framework."""
        headers = {name.decode(): value.decode() for name, value in self.all_headers()}
        return Response(self.content, self.status, headers)


def refusal(error: BadRequest) -> Answer:
    """What a request gets that cannot be read."""
    return Answer(orjson.dumps(str(error)), error.status)


def _not_found(error: NotFound) -> Values:
    words = str(error)
    message = words if words == "Not found" else f"Not found: {words}"
    return {"__type": "Not Found Error", "message": message}


def _message(kind: str, start: str) -> Callable[[CKANAPIError], Values]:
    return lambda error: {"__type": kind, "message": f"{start}: {str(error)!r}"}


ERRORS: tuple[tuple[type[CKANAPIError], int, Callable[[Any], Mapping[str, Any]]], ...] = (
    (ValidationError, 409, lambda error: error.error_dict),
    (NotAuthorized, 403, lambda error: error.extra_msg),
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


def told(error: CKANAPIError) -> tuple[int, Values]:
    """The status and the `error` object of an error; one that is not in the table is raised."""
    for kind, status, tell in ERRORS:
        if isinstance(error, kind):
            return status, dict(tell(error))
    raise error
