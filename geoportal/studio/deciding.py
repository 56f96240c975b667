"""What a clerk decides about a delivery: repairs, a large change, personal data."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Report
from geoportal.portal import Portal
from geoportal.studio import doing
from geoportal.studio.answers import Private, Refused
from geoportal.studio.clerk import Clerk, Standing, editable
from geoportal.studio.posted import Form
from publish import errands
from publish.catalog.errors import ValidationError
from publish.releases import Secret, secrets
from validation.repairing import SAFE

router = APIRouter(route_class=Private, include_in_schema=False)
STEP = re.compile(rf"[0-9a-f]{{8}}|{SAFE}")
MOST = 100  # repairs at once


@router.post("/studio/data/{name}/accept")
def accept(request: Request, name: str, form: Form) -> Response:
    """Accept a repair, or all that lose nothing; the delivery is judged again."""
    return _errand(request, form.clerk, name, "accept", _steps(form.words.get("repair", [])))


@router.post("/studio/data/{name}/undo")
def undo(request: Request, name: str, form: Form) -> Response:
    """Take repairs back; the delivery is judged again without them."""
    return _errand(request, form.clerk, name, "undo", _steps(form.words.get("repair", [])))


@router.post("/studio/data/{name}/confirm")
def confirm(request: Request, name: str, form: Form) -> Response:
    """Let a change be as large as it is: a person has looked at it."""
    found = editable(request, form.clerk, name)
    if found.refusal is None or found.refusal.action != "held":
        raise Refused(409, "studio_not_held")
    return _errand(request, form.clerk, name, "confirm")


@router.post("/studio/data/{name}/again")
def again(request: Request, name: str, form: Form) -> Response:
    """Judge the last delivery again."""
    return _errand(request, form.clerk, name, "again")


@router.post("/studio/data/{name}/release")
def release(request: Request, name: str, form: Form) -> Response:
    """Let personal data be public, with a reason that everybody sees."""
    found = editable(request, form.clerk, name)
    if not form.clerk.leads(found.organizations):
        raise Refused(403, "studio_not_admin")
    wanted = _secret(found.refusal.report if found.refusal else None, form.word("secret"))
    portal: Portal = request.app.state.portal
    asked = {"id": name, "reason": form.word("reason"), "judge": False}
    one = {"resource": wanted.resource, "field": wanted.field, "kind": wanted.kind}
    try:
        portal.catalog.as_user(form.clerk.user).call_action("privacy_release_create", asked | one)
    except ValidationError:
        raise Refused(400, "studio_reason_wrong") from None
    return _errand(request, form.clerk, name, "again")


@router.post("/studio/errand/{errand_id}/again")
def errand_again(request: Request, errand_id: str, form: Form) -> Response:
    """Do an errand again that broke off or failed."""
    portal: Portal = request.app.state.portal
    old = errands.find(portal.catalog.engine, errand_id)
    if not form.clerk.may_edit(frozenset({old.organization})):
        raise Refused(403, "studio_others")
    if not old.broke_off and old.action != "failed":
        raise Refused(409, "studio_done_already")
    return doing.begin(request, form.clerk, old.dataset, old.organization, old.kind, old.given)


def marked(secret: Secret) -> str:
    """Give what names a secret in a form."""
    return f"{secret.kind}|{secret.resource}|{secret.field}"


def _secret(report: Report | None, wanted: str) -> Secret:
    """The secret that a form names, if it stops the delivery still."""
    waiting = secrets(report) if report else []
    found = next((secret for secret in waiting if marked(secret) == wanted), None)
    if found is None:
        raise Refused(409, "studio_done_already")
    return found


def _steps(ids: list[str]) -> list[str]:
    if not 0 < len(ids) <= MOST or not all(map(STEP.fullmatch, ids)):
        raise Refused(400, "studio_broken")
    return ids


def _errand(
    request: Request, clerk: Clerk, name: str, kind: str, given: list[str] | None = None
) -> Response:
    found: Standing = editable(request, clerk, name)
    if found.delivery is None:
        raise Refused(409, "studio_send_again")
    return doing.begin(request, clerk, name, found.delivery.organization, kind, given)
