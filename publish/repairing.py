"""Repairs of datasets of the site: what is offered, accepted and undone.

Each time the last delivery is judged again and published, or refused with its report.
"""

from collections.abc import Collection
from dataclasses import replace

from datasets.errors import ConfigError
from datasets.model import Dataset, Receipt, Report, Version
from publish import deliveries, recipes
from publish.catalog.call import now
from publish.desk import Desk
from publish.pipeline import again, judged, rollback, take, withdraw
from publish.recipes import Accepted
from publish.reports import last_report
from validation.reading import read
from validation.repairing import Offered, Recipes, accepting, offers


def offered(name: str, desk: Desk) -> list[Offered]:
    """Give what the report on the last delivery of a dataset offers. Raises NotFound."""
    return offers(last_report(desk.versions, desk.store, name))


def accepted(name: str, desk: Desk) -> list[Accepted]:
    """Give what was accepted for a dataset. Raises NotFound where nothing was delivered."""
    dataset = deliveries.last(desk.versions.engine, name, desk.store)
    with desk.versions.reading() as connection:
        return recipes.accepted(connection, dataset.id)


def accept(
    name: str, wanted: Collection[str], desk: Desk, *, user_name: str, always: bool | None = None
) -> Receipt:
    """Accept repairs of the last delivery, by ids or `safe`; it is published if all is well now.

    Raises NotFound where nothing was delivered, ConfigError for an id that is not offered.
    """
    dataset = deliveries.last(desk.versions.engine, name, desk.store)
    return publish(dataset, wanted, desk, user_name=user_name, always=always)


def publish(
    dataset: Dataset,
    wanted: Collection[str],
    desk: Desk,
    *,
    user_name: str,
    always: bool | None = None,
) -> Receipt:
    """Publish a dataset with repairs accepted, as `accept` does."""
    kept = recipes.applied(desk.store.keep(dataset), desk.versions)
    before = {resource.name: resource.recipe for resource in kept.resources}

    def looked(tried: Recipes) -> Report:
        return _look(_with(kept, tried), desk)

    settled = accepting(wanted, looked, before)
    with desk.catalog.transaction() as catalog:
        for each in settled.accepted:
            recipes.accept(
                catalog.connection,
                kept,
                each.resource,
                [each.offer],
                user_name=user_name,
                time=now(),
                always=always,
            )
    return take(dataset, desk, by_hand=True)


def _look(kept: Dataset, desk: Desk) -> Report:
    """Read and judge a dataset; nothing of it is published."""
    previous = desk.versions.current(kept.name)
    with desk.store.desk("reading") as into:
        readings = read(kept, desk.sandbox, into, previous.schemas if previous else {})
        return judged(kept, readings, previous, desk)


def _with(kept: Dataset, tried: Recipes) -> Dataset:
    resources = (replace(each, recipe=tried.get(each.name, ())) for each in kept.resources)
    return replace(kept, resources=tuple(resources))


def undo(name: str, steps: Collection[str], desk: Desk) -> Receipt:
    """Undo repairs by the ids of their steps, and judge the last delivery again.

    Where it does not pass without them, the last version that was made without them is public
    again; where there is none, the dataset is withdrawn. Raises NotFound where nothing was
    delivered, ConfigError for a step that was not accepted.
    """
    dataset = deliveries.last(desk.versions.engine, name, desk.store)
    known = accepted(name, desk)
    wrong = set(steps) - {each.step.id for each in known}
    if wrong:
        there = ", ".join(each.step.id for each in known) or "none"
        raise ConfigError(f"{name}: no repair {', '.join(sorted(wrong))} accepted; {there} were")
    with desk.catalog.transaction() as catalog:
        recipes.undo(catalog.connection, dataset.id, steps)
    return without(name, steps, desk)


def without(name: str, steps: Collection[str], desk: Desk) -> Receipt:
    """Judge the last delivery of a dataset whose recipe lost some steps, as `undo` does."""
    receipt = again(name, desk)
    public = desk.versions.current(name)
    if receipt.action in ("refused", "held") and public and _uses(public, steps):
        return _go_back(public, steps, desk, receipt)
    return receipt


def _uses(version: Version, steps: Collection[str]) -> bool:
    return any(step.id in steps for resource in version.resources for step in resource.recipe)


def _go_back(public: Version, steps: Collection[str], desk: Desk, receipt: Receipt) -> Receipt:
    """Make the last version without the steps public, or none; the report of the refusal stays."""
    history = desk.versions.history(public.dataset)
    former = [v for v in history if v.number < public.number and not _uses(v, steps)]
    refusal = desk.versions.refusal(public.dataset)
    with desk.transaction() as lent:
        if former:
            rollback(public.dataset, lent, former[-1].number)
        else:
            withdraw(public.dataset, lent)
        if refusal:
            lent.versions.refuse(lent.catalog.connection, refusal)
    return replace(receipt, version=former[-1].number if former else None)
