"""Validation reports: of one dataset, and the list of those that were not published."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.errors import NotFound
from datasets.model import Report, Version
from datasets.text import Text
from geoportal.ckan.actions import user_of
from geoportal.folium_maps import POLICY
from geoportal.judged import judged, positions
from geoportal.portal import Portal
from geoportal.rendering import page
from geoportal.report_file import places_map, report_file
from publish.package import text_of
from publish.reports import report_of
from publish.versions import Refusal

router = APIRouter()
PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Encoding, Authorization"}


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The last delivery of a dataset: its report, why it is not public, what is.

    `withheld` says that the reader may not see what stands in the data.
    """

    title: Text
    report: Report
    refusal: Refusal | None
    current: Version | None
    withheld: bool


@router.api_route("/reports", methods=["GET", "HEAD"])
def reports(request: Request) -> Response:
    """Datasets whose last delivery was refused or is held, and the gravest remarks on each."""
    portal: Portal = request.app.state.portal
    language = request.state.language
    refusals = portal.versions.refusals()
    return page(
        request,
        "reports.html",
        refusals=[(each, judged(each.report, language, 3, withheld=True)) for each in refusals],
        publishers=portal.publishers.titles(),
    )


@router.api_route("/data/{name}/report", methods=["GET", "HEAD"])
def report(request: Request, name: str) -> Response:
    """The report on the last delivery of a dataset."""
    found = _delivery(request, name)
    names = _placed(found.report)
    response = page(
        request,
        "report.html",
        name=name,
        title=found.title,
        refusal=found.refusal,
        current=found.current,
        withheld=found.withheld,
        placed=[] if found.refusal else [(r, positions(found.report, r)) for r in names],
        judged=judged(found.report, request.state.language, withheld=found.withheld),
    )
    response.headers.update(PRIVATE if found.refusal else {})
    return response


@router.api_route("/data/{name}/report.html", methods=["GET", "HEAD"])
def file(request: Request, name: str) -> Response:
    """The same as one file that needs nothing else, to keep or to send on."""
    found = _delivery(request, name)
    if found.withheld:
        raise NotFound(f"there is no public report on a dataset {name!r}")
    language: str = request.state.language
    made = report_file(found.report, language, found.title.said(language))
    disposition = f'attachment; filename="{name}-report.html"'
    headers = {**PRIVATE, "Content-Disposition": disposition, "Content-Security-Policy": POLICY}
    return Response(made, 200, headers, "text/html")


@router.api_route("/embed/report/{name}/{resource}", methods=["GET", "HEAD"])
def places(request: Request, name: str, resource: str) -> Response:
    """The faulty places of what is public, on a small map in a sandbox."""
    found = _delivery(request, name)
    if found.refusal or resource not in _placed(found.report):
        raise NotFound(f"there is no public map of the remarks on {resource!r} of {name!r}")
    made = places_map(found.report, resource, request.state.language)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return Response(made, 200, headers, "text/html")


def _delivery(request: Request, name: str) -> _Delivery:
    """Raises NotFound when nothing of that name was ever delivered."""
    portal: Portal = request.app.state.portal
    refusal = portal.versions.refusal(name)
    current = portal.public_version(name)
    if refusal is not None:
        found = refusal.report
    elif current is not None:
        found = report_of(portal.store, current)
    else:
        raise NotFound(f"there is no report on a dataset {name!r}")
    title = text_of(current.package, "title") if current else Text(refusal.title if refusal else "")
    withheld = refusal is not None and not _works_for(request, refusal.organization)
    return _Delivery(title or Text(name), found, refusal, current, withheld)


def _works_for(request: Request, organization: str) -> bool:
    """Tell whether the bearer of the token may change datasets of an organization."""
    portal: Portal = request.app.state.portal
    user = user_of(portal.catalog, request)
    if user is None:
        return False
    wanted = {"id": user.name, "permission": "update_dataset"}
    own = portal.catalog.as_user(user).call_action("organization_list_for_user", wanted)
    return user.sysadmin or organization in {each["name"] for each in own}


def _placed(report: Report) -> list[str]:
    """The resources of which some faulty place is known."""
    return [name for name, excerpt in report.excerpts.items() if excerpt.places]
