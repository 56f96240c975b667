"""The pages of the studio: what needs attention, an errand that is waited for, a delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets.errors import NotFound
from datasets.model import Finding, Offer, Report, Version
from datasets.template import templates
from datasets.text import Text
from geoportal.judged import Judged, judged, positions
from geoportal.portal import Portal
from geoportal.rendering import page
from geoportal.studio.answers import Private, Refused, go
from geoportal.studio.clerk import Clerk, Signed, Standing, editable, standing
from geoportal.studio.deciding import marked
from publish import errands, recipes
from publish.errands import Errand
from publish.package import text_of
from publish.recipes import Accepted
from publish.releases import Secret, secrets
from publish.reports import last_report, report_of
from publish.versions import Refusal
from validation.messages import said
from validation.repairing import offers
from validation.report.words import offer_said

router = APIRouter(route_class=Private, include_in_schema=False)
READ = ["GET", "HEAD"]
MOST_SHOWN = 20
REMARKS_SHOWN = 3
WAIT_S = 2
Id = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A delivery that is not public, as the list shows it."""

    refusal: Refusal
    judged: Judged
    repairs: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """A dataset that is public, as the list shows it; `repairs` are offered for it all the same."""

    name: str
    title: Text
    organization: str
    version: Version
    repairs: int


@dataclass(frozen=True, slots=True)
class Held:
    """A kind of personal data in a column that an admin may release; `mark` names it in forms."""

    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class Done:
    """A repair that was accepted, in words."""

    id: str
    resource: str
    words: str
    accepted: Accepted


@router.api_route("/studio", methods=READ)
def home(request: Request, clerk: Signed) -> Response:
    """What needs attention, and a form to send a file."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    refusals = [
        each
        for each in portal.versions.refusals()
        if clerk.may_edit(frozenset({each.organization}))
    ]
    return page(
        request,
        "studio/home.html",
        clerk=clerk,
        stopped=[_stopped(refusal, language) for refusal in refusals[:MOST_SHOWN]],
        more_stopped=max(0, len(refusals) - MOST_SHOWN),
        at_work=[e for e in _at_work(portal) if clerk.may_edit(frozenset({e.organization}))],
        delivered=_delivered(portal, clerk),
        templates=templates().values(),
        most_bytes=portal.config.catalog.max_upload_bytes,
    )


def _at_work(portal: Portal) -> Sequence[Errand]:
    return errands.at_work(portal.catalog.engine)


def _stopped(refusal: Refusal, language: str) -> Stopped:
    told = judged(refusal.report, language, REMARKS_SHOWN)
    return Stopped(refusal, told, len(offers(refusal.report)))


def _delivered(portal: Portal, clerk: Clerk) -> list[Delivered]:
    """The datasets of these organizations that are public, the newest first."""
    _, versions = portal.versions.public()
    mine = [v for v in versions if clerk.may_edit(frozenset({v.package["owner_org"]}))]
    newest = sorted(mine, key=lambda version: version.created, reverse=True)
    return [
        Delivered(
            version.dataset,
            text_of(version.package, "title") or Text(version.dataset),
            version.package["owner_org"],
            version,
            len(offers(report_of(portal.store, version))),
        )
        for version in newest[:MOST_SHOWN]
    ]


@router.api_route("/studio/errand/{errand_id}", methods=READ)
def errand(request: Request, clerk: Signed, errand_id: str) -> Response:
    """An errand that is being done; when it is, the way to what became of the dataset."""
    portal: Portal = request.app.state.portal
    found = errands.find(portal.catalog.engine, errand_id)
    if not clerk.may_edit(frozenset({found.organization})):
        raise Refused(403, "studio_others")
    if found.ended and found.action != "failed" and standing(portal, found.dataset):
        return go(request, f"/studio/data/{found.dataset}", errand=found.id)
    waits = not found.ended and not found.broke_off
    response = page(request, "studio/errand.html", clerk=clerk, errand=found, waits=waits)
    if waits:
        response.headers["Refresh"] = str(WAIT_S)
    return response


@router.api_route("/studio/data/{name}", methods=READ)
def dataset(request: Request, clerk: Signed, name: str, errand: Id = "") -> Response:
    """The whole report on the last delivery, and all that can be decided about it."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    found = editable(request, clerk, name)
    if found.refusal is None and found.current is None:
        raise NotFound(f"nothing of {name!r} was delivered here")
    report = last_report(portal.versions, portal.store, name)
    safe = {each.offer.step.id for each in offers(report) if each.is_safe}
    return page(
        request,
        "studio/dataset.html",
        clerk=clerk,
        found=found,
        done=_errand_of(portal, name, errand),
        judged=judged(report, language),
        safe=len(safe),
        posting={"action": f"/studio/data/{name}/accept", "csrf": clerk.csrf},
        held=_held(report, language) if found.refusal else [],
        is_admin=clerk.leads(found.organizations),
        accepted=_accepted(portal, found, language),
        placed=_placed(report),
        files=found.delivery.resources if found.delivery else (),
        layers=[layer.id for layer in found.current.layers] if found.current else [],
        most_bytes=portal.config.catalog.max_upload_bytes,
    )


def _errand_of(portal: Portal, name: str, errand_id: str) -> Errand | None:
    """The errand that an address names, if it is done and of this dataset."""
    if not errand_id:
        return None
    found = errands.find(portal.catalog.engine, errand_id)
    return found if found.dataset == name and found.ended else None


def _held(report: Report, language: str) -> list[Held]:
    """What an admin may release, each with the sentence of the report."""
    waiting = secrets(report)
    return [Held(marked(secret), _sentence(report, secret, language)) for secret in waiting]


def _sentence(report: Report, secret: Secret, language: str) -> str:
    found: Finding = next(
        each
        for each in report.of("error")
        if (each.resource, each.field, each.check.partition("-")[2])
        == (secret.resource, secret.field, secret.kind)
    )
    return said(found, language).what


def _accepted(portal: Portal, found: Standing, language: str) -> list[Done]:
    if found.delivery is None:
        return []
    with portal.versions.reading() as connection:
        every = recipes.accepted(connection, found.delivery.id)
    return [
        Done(each.step.id, each.resource, offer_said(Offer(each.step), language), each)
        for each in every
    ]


def _placed(report: Report) -> Mapping[str, list[tuple[int, str]]]:
    return {n: positions(report, n) for n, excerpt in report.excerpts.items() if excerpt.places}
