"""The addresses of a dataset for programs."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import framed, opened

router = APIRouter()


@router.api_route("/data/{name}/api", methods=["GET", "HEAD"])
def api(request: Request, name: str) -> Response:
    """Where a program finds a dataset."""
    return framed(request, opened(request, name), "api", "dataset/api.html")
