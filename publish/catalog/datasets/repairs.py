"""Repairs of datasets: what is offered, accepting it, taking it back. For editors.

Names of our own: CKAN has nothing of the kind.
"""

from dataclasses import asdict
from functools import partial
from typing import Any

from datasets.errors import NotFound
from datasets.model import Dataset
from publish import deliveries, recipes
from publish.catalog import activities, authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets import packages
from publish.catalog.datasets.later import do_after, judge_again
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, Field, boolean, json_list, text
from publish.reports import last_report
from publish.versions import Versions
from validation.repairing import SAFE, Offered, offers

NEEDED = Field((text,), required=MISSING, blank=False)
STEPS = Field((json_list,), required=MISSING, blank=False)
ASYNC = Field((boolean,), default=True)
MOST = 100  # repairs at once


@action(takes={"id": NEEDED})
def dataset_repair_list(call: Call, given: Given) -> Document:
    """List the repairs that the report on a dataset's last delivery offers, and those accepted.

    Editors of its organization only. Each has the id by which it is accepted or undone.

    :param id: name or id of the dataset
    """
    dataset = _delivered(call, given["id"])
    return {
        "offered": [_offered(each) for each in _offers(call, dataset)],
        "accepted": [
            {"id": each.step.id, **asdict(each)}
            for each in recipes.accepted(call.connection, dataset.id)
        ],
    }


@action(
    writes=True,
    takes={"id": NEEDED, "repairs": STEPS, "always": Field((boolean,)), "async": ASYNC},
)
def dataset_repair_apply(call: Call, given: Given) -> list[Document]:
    """Accept repairs of a dataset's last delivery, and judge it again; all well, it is published.

    Editors of its organization only. Exact repairs are done to later deliveries too, others to
    this one only, unless `always` says so. The file itself stays as it came.

    :param id: name or id of the dataset
    :param repairs: ids of repairs that are offered; `safe` is all that is exact
    :param always: true for every later delivery, false for this one only
    :param async: false to wait until it is judged
    """
    dataset = _delivered(call, given["id"])
    chosen = _chosen(_offers(call, dataset), given["repairs"])
    for each in chosen:
        recipes.accept(
            call.connection,
            dataset,
            each.resource,
            [each.offer],
            user_name=call.user_name,
            time=call.time,
            always=given["always"],
        )
    _told(call, dataset)
    do_after(call, dataset.name, judge_again, wait=not given["async"])
    return [_offered(each) for each in chosen]


@action(writes=True, takes={"id": NEEDED, "repairs": STEPS, "async": ASYNC})
def dataset_repair_undo(call: Call, given: Given) -> None:
    """Take repairs of a dataset back, and judge its last delivery again without them.

    Where it does not pass then, the last version that was made without them is public again, or
    none. Editors of its organization only.

    :param id: name or id of the dataset
    :param repairs: ids of repairs that were accepted
    :param async: false to wait until it is judged
    """
    dataset, steps = _delivered(call, given["id"]), _ids(given["repairs"])
    known = {each.step.id for each in recipes.accepted(call.connection, dataset.id)}
    if wrong := [step for step in steps if step not in known]:
        raise invalid({"repairs": [f"Not accepted: {', '.join(wrong)}"]})
    recipes.undo(call.connection, dataset.id, steps)
    _told(call, dataset)
    do_after(call, dataset.name, partial(_undone, steps), wait=not given["async"])


def _delivered(call: Call, name_or_id: str) -> Dataset:
    """The last delivery of a dataset that the caller may change; raises NotFound, NotAuthorized."""
    row = storage.find_package(call, name_or_id)
    name = row.name if row else name_or_id
    try:
        dataset = deliveries.within(call.connection, name, call.outside.store)
    except NotFound:
        raise missing(f'Dataset "{name_or_id}" was not found.') from None
    if row is not None and row.id == dataset.id:
        authorization.edit_package(call, row)
    else:
        owner = storage.find_group(call, dataset.organization, "organization")
        authorization.own_package(call, owner["id"] if owner else "")
    return dataset


def _offers(call: Call, dataset: Dataset) -> list[Offered]:
    versions = Versions(call.connection.engine, call.connection)
    return offers(last_report(versions, call.outside.store, dataset.name))


def _chosen(offered: list[Offered], repairs: list[Any]) -> list[Offered]:
    """What is accepted; raises ValidationError that names the ids there are."""
    ids = _ids(repairs)
    known = {each.offer.step.id for each in offered} | {SAFE}
    if wrong := [step for step in ids if step not in known]:
        there = ", ".join(each.offer.step.id for each in offered) or "none"
        raise invalid({"repairs": [f"Not offered: {', '.join(wrong)}; there are {there}"]})
    return [o for o in offered if o.offer.step.id in ids or (SAFE in ids and o.is_safe)]


def _ids(repairs: list[Any]) -> list[str]:
    if not 0 < len(repairs) <= MOST or not all(isinstance(each, str) for each in repairs):
        raise invalid({"repairs": [f"Give ids of repairs as a list of 1 to {MOST} texts"]})
    return [each[:100] for each in repairs]


def _offered(each: Offered) -> Document:
    return {
        "id": each.offer.step.id,
        "resource": each.resource,
        "check": each.finding.check,
        "question": each.is_question,
        **asdict(each.offer),
    }


def _told(call: Call, dataset: Dataset) -> None:
    """Write into the stream of a dataset that it changed; one that was never public has none."""
    row = storage.find_package(call, dataset.id)
    if row is not None:
        activities.record(call, "changed package", packages.package_show(call, {"id": row.id}))


def _undone(steps: list[str], name: str, desk: Any) -> None:
    from publish.repairing import without  # noqa: PLC0415 - it imports the catalog

    without(name, steps, desk)
