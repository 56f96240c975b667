"""Recipes: which repairs people accepted for the files of a dataset, who, when, and for how long.

An exact repair goes on to be done at every later delivery. One that needed a person's word holds
for the file that the person saw; at the next it is offered again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from datasets.model import Dataset, Finding, Offer, Report, Resource, Step
from publish.database import metadata
from publish.versions import Versions

RECIPE = Table(
    "recipe",
    metadata,
    Column("dataset", Text, primary_key=True),  # its id
    Column("resource", Text, primary_key=True),
    Column("step", Text, primary_key=True),  # the step's id
    Column("number", Integer, nullable=False),  # steps are done in this order
    Column("body", Text, nullable=False),
    Column("always", Boolean, nullable=False),
    Column("delivery", Text, nullable=False),  # sha256 of the file for which it was accepted
    Column("user_name", Text, nullable=False),
    Column("time", Text, nullable=False),
)
_STEP = TypeAdapter(Step)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A step that a person accepted for a resource: for `always`, or for one delivery's file."""

    resource: str
    step: Step
    always: bool
    delivery: str
    user_name: str
    time: str

    def holds(self, resource: Resource) -> bool:
        """Tell whether it is done to a resource as it came."""
        return self.resource == resource.name and (self.always or self.delivery == resource.sha256)


def accepted(connection: Connection, dataset_id: str) -> list[Accepted]:
    """Give all that was accepted for a dataset, in the order in which it is done."""
    query = select(RECIPE).where(RECIPE.c.dataset == dataset_id).order_by(RECIPE.c.number)
    return [
        Accepted(
            row.resource,
            _STEP.validate_json(row.body),
            row.always,
            row.delivery,
            row.user_name,
            row.time,
        )
        for row in connection.execute(query)
    ]


def accept(
    connection: Connection,
    dataset: Dataset,
    resource: str,
    offers: Sequence[Offer],
    *,
    user_name: str,
    time: str,
    always: bool | None = None,
) -> None:
    """Write that offers were accepted for a resource of a delivery.

    Without `always`, those that are exact are done to every later delivery, the others to this
    file only. A step that was accepted before is taken anew, in its old place.
    """
    c = RECIPE.c
    [of] = [each for each in dataset.resources if each.name == resource]
    highest = select(func.max(RECIPE.c.number)).where(RECIPE.c.dataset == dataset.id)
    number = connection.scalar(highest) or 0
    for offer in offers:
        where = (c.dataset == dataset.id) & (c.resource == resource) & (c.step == offer.step.id)
        before = connection.scalar(select(RECIPE.c.number).where(where))
        connection.execute(delete(RECIPE).where(where))
        number += before is None
        values = {
            "dataset": dataset.id,
            "resource": resource,
            "step": offer.step.id,
            "number": number if before is None else before,
            "body": _STEP.dump_json(offer.step).decode(),
            "always": offer.exact if always is None else always,
            "delivery": of.sha256,
            "user_name": user_name,
            "time": time,
        }
        connection.execute(insert(RECIPE).values(values))


def undo(connection: Connection, dataset_id: str, steps: Collection[str]) -> None:
    """Forget steps of a dataset, by their ids."""
    c = RECIPE.c
    gone = (c.dataset == dataset_id) & c.step.in_(list(steps))
    connection.execute(delete(RECIPE).where(gone))


def applied(dataset: Dataset, versions: Versions) -> Dataset:
    """Give a kept dataset with the recipe of each file: what holds for it, then what it brings."""
    with versions.reading() as connection:
        every = accepted(connection, dataset.id)
    if not every:
        return dataset
    return replace(dataset, resources=tuple(_with(each, every) for each in dataset.resources))


def _with(resource: Resource, every: Sequence[Accepted]) -> Resource:
    steps = [each.step for each in every if each.holds(resource)]
    known = {step.id for step in steps}
    own = (step for step in resource.recipe if step.id not in known)
    return replace(resource, recipe=(*steps, *own))


def offered_again(report: Report, dataset: Dataset, versions: Versions) -> Report:
    """Add a note for each repair that a person accepted for a former file and is offered now."""
    with versions.reading() as connection:
        every = accepted(connection, dataset.id)
    if not every:
        return report
    return replace(report, findings=(*report.findings, *_again(report, dataset, every)))


def _again(report: Report, dataset: Dataset, every: Sequence[Accepted]) -> Iterator[Finding]:
    files = {resource.name: resource for resource in dataset.resources}
    offers = {(f.resource, o.step.id): o for f in report.findings for o in f.offers}
    for each in every:
        offer = offers.get((each.resource, each.step.id))
        if offer is not None and each.resource in files and not each.holds(files[each.resource]):
            yield _note(each, offer)


def _note(each: Accepted, offer: Offer) -> Finding:
    step, when = each.step, each.time[:10]
    return Finding(
        "repair-offered-again",
        "note",
        each.resource,
        field=step.field,
        note=f"{each.user_name} accepted the repair {step.repair} on {when}, for another file",
        values={**step.values, "repair": step.repair, "user": each.user_name, "when": when},
        offers=(offer,),
    )
