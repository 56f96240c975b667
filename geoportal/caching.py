"""What caches are told of answers, and whether a client has one already."""

from fastapi import Request

FOR_EVER = "public, max-age=31536000, immutable"


def known(request: Request, etag: str) -> bool:
    """True when the client already has what bears this validator (RFC 9110 §13.1.2)."""
    given = request.headers.get("if-none-match", "").split(",")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in given)
