"""Validation reports: of one dataset, and the list of those that were not published."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.text import Text
from geoportal.pages.judged import judged, latest
from geoportal.portal import Portal
from geoportal.rendering import page
from publish.package import text_of

router = APIRouter()


@router.api_route("/reports", methods=["GET", "HEAD"])
def reports(request: Request) -> Response:
    """Datasets whose last delivery was refused or is held, and the gravest remarks on each."""
    portal: Portal = request.app.state.portal
    language = request.state.language
    refusals = portal.versions.refusals()
    return page(
        request,
        "reports.html",
        refusals=[(each, judged(each.report, language, most=3)) for each in refusals],
        publishers=portal.publishers.titles(),
    )


@router.api_route("/data/{name}/report", methods=["GET", "HEAD"])
def report(request: Request, name: str) -> Response:
    """The report on the last delivery of a dataset."""
    portal: Portal = request.app.state.portal
    found = latest(portal, name)
    refusal = portal.versions.refusal(name)
    current = portal.public_version(name)
    title = text_of(current.package, "title") if current else Text(refusal.title if refusal else "")
    return page(
        request,
        "report.html",
        name=name,
        title=title or Text(name),
        refusal=refusal,
        current=current,
        judged=judged(found, request.state.language),
    )
