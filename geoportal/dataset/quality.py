"""How good a dataset is."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import framed, opened
from geoportal.judged import judged
from publish.reports import report_of

router = APIRouter()


@router.api_route("/data/{name}/quality", methods=["GET", "HEAD"])
def quality(request: Request, name: str) -> Response:
    """What the validation of a dataset found."""
    found = opened(request, name)
    report = report_of(found.portal.store, found.version) if found.version else None
    return framed(
        request,
        found,
        "quality",
        "dataset/quality.html",
        judged=judged(report, request.state.language, 0) if report else None,
    )
