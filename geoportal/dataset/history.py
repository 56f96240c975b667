"""The versions of a dataset."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import framed, opened

router = APIRouter()


@router.api_route("/data/{name}/history", methods=["GET", "HEAD"])
def history(request: Request, name: str) -> Response:
    """All versions, the newest first."""
    found = opened(request, name)
    versions = found.portal.versions.history(found.name)[::-1]
    return framed(request, found, "history", "dataset/history.html", history=versions)
