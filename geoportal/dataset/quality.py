"""How good a dataset is to use, what would raise it, and what its validation found."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.facts import facts
from geoportal.dataset.frame import framed, opened
from geoportal.judged import judged
from publish.reports import report_of

router = APIRouter()
STARS = 5


@router.api_route("/data/{name}/quality", methods=["GET", "HEAD"])
def quality(request: Request, name: str) -> Response:
    """The points and stars of a dataset with what would bring more, and the report in short."""
    found = opened(request, name)
    report = report_of(found.portal.store, found.version) if found.version else None
    known = facts(found)
    stars = known.quality.stars
    return framed(
        request,
        found,
        "quality",
        "dataset/quality.html",
        judged=judged(report, request.state.language, 0) if report else None,
        next_star=f"stars_{stars + 1}" if stars < STARS else "",
        promised=known.promised,
        made=known.made,
    )
