"""Logos of organizations and groups and pictures of users, as they were uploaded.

    /uploads/{folder}/{name}   GET, HEAD; folder: group, user

A name is dated and its bytes never change, so it may be kept for ever.
"""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from geoportal.caching import FOR_EVER
from geoportal.files import refusal
from geoportal.portal import Portal
from publish.catalog.errors import NotFound

router = APIRouter()


@router.api_route("/uploads/{folder}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
def image(request: Request, folder: str, name: str) -> Response:
    """Serve an uploaded image; it is one by its bytes, and runs nothing."""
    portal: Portal = request.app.state.portal
    if "\0" in name:
        return refusal(request, 404)
    try:
        found = portal.catalog.image(folder, name)
    except NotFound:
        return refusal(request, 404)
    headers = {
        "Cache-Control": FOR_EVER,
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "ETag": f'"{found.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(
        portal.store.blob(found.sha256), headers=headers, media_type=found.media_type
    )


def routes() -> APIRouter:
    """The addresses of uploaded images."""
    return router
