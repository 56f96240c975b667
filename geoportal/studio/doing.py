"""Doing what a clerk asked for, in a thread, while the page waits."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from datasets.errors import EmapError
from datasets.model import Dataset, Receipt
from geoportal.portal import Portal
from geoportal.studio.answers import go
from geoportal.studio.clerk import Clerk
from harvesters.fetching.http import Http
from publish import deliveries, errands, repairing
from publish.desk import Desk, desk_of
from publish.errands import Errand
from publish.pipeline import again, lenient, take
from validation.privacy.masking import masked_text

BROKE = "a fault of this program stopped it"
_DATASET = TypeAdapter(Dataset)
_turn = threading.Lock()  # one at a time in a process: each may take all of a core


def desk(portal: Portal) -> Desk:
    """The desk of the serving process: what is done there is done by the portal itself."""
    return desk_of(portal.catalog, Http(portal.config.http))


def begin(
    request: Request, clerk: Clerk, dataset: str, organization: str, kind: str, given: Any = None
) -> Response:
    """Begin an errand, and go to the page that waits for it. Raises Busy."""
    portal: Portal = request.app.state.portal
    errand = Errand(dataset, organization, kind, given, clerk.user.name)
    errands.begin(portal.catalog.engine, errand)
    threading.Thread(target=run, args=(errand, desk(portal)), name="errand", daemon=True).start()
    return go(request, f"/studio/errand/{errand.id}")


def given_of(dataset: Dataset) -> Any:
    """A dataset whose files the store keeps, as the errand `take` is given it."""
    return _DATASET.dump_python(dataset, mode="json")


def run(errand: Errand, of: Desk) -> None:
    """Do an errand when its turn comes, and write what became of it."""
    receipt = Receipt(errand.dataset, "failed", reason=BROKE)
    try:
        with _turn:
            receipt = KINDS[errand.kind](errand, of)
    except EmapError as error:
        receipt = Receipt(errand.dataset, "failed", reason=masked_text(str(error)))
    finally:
        errands.end(of.versions.engine, errand, receipt)


def _take(errand: Errand, of: Desk) -> Receipt:
    return take(_DATASET.validate_python(errand.given), of, by_hand=True)


def _accept(errand: Errand, of: Desk) -> Receipt:
    return repairing.accept(errand.dataset, errand.given, of, user_name=errand.user_name)


def _undo(errand: Errand, of: Desk) -> Receipt:
    return repairing.undo(errand.dataset, errand.given, of)


def _again(errand: Errand, of: Desk) -> Receipt:
    return again(errand.dataset, of)


def _confirm(errand: Errand, of: Desk) -> Receipt:
    dataset = deliveries.last(of.versions.engine, errand.dataset, of.store)
    return take(dataset, lenient(of), by_hand=True)


KINDS: Mapping[str, Callable[[Errand, Desk], Receipt]] = {
    "take": _take,
    "accept": _accept,
    "undo": _undo,
    "again": _again,
    "confirm": _confirm,
}
