"""What an OGC client gets when we cannot answer: a problem document with a code."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is an error; the detail names the parameter, its value and what is allowed.

    The document is a problem of RFC 9457 with the `code` and `description` that the exception
    schema of OGC API Features 1.0 asks for. `kind` is the URI of a kind of problem that a standard
    has named, `headers` go with the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        code: str = "",
        kind: str = "about:blank",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail, self.kind = detail, kind
        self.headers = {"Cache-Control": "no-store", **(headers or {})}
        self.code = code or ("NotFound" if status == 404 else "InvalidParameterValue")

    def document(self) -> dict[str, object]:
        """The problem as JSON members."""
        return {
            "type": self.kind,
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "description": self.detail,
        }

    def response(self) -> Response:
        """The problem as an HTTP answer that nobody keeps."""
        return Response(
            orjson.dumps(self.document()),
            self.status,
            {"Access-Control-Allow-Origin": "*", **self.headers},
            MEDIA_TYPE,
        )


def bad(name: str, value: object, allowed: str) -> Problem:
    """A 400 that says which parameter had which value, and what is allowed.

    >>> bad("limit", "many", "a whole number from 1").detail
    "limit: 'many' is not a whole number from 1"
    """
    return Problem(400, f"{name}: {str(value)[:80]!r} is not {allowed}")
