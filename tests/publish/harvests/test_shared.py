"""Datasets of which no file is got share a transaction, and each stands for itself in it."""

import pytest
from sqlalchemy import update

from datasets import names
from datasets.errors import LeaseLost, PublishError
from publish.database import writing
from publish.harvests import items
from publish.harvests.run import run
from publish.harvests.tables import JOBS
from publish.harvests.work import Progress
from publish.invariants import violations
from publish.pipeline import take

WHOLE = {"cesme", "drvece", "klupe", "mostovi", "putevi"}


@pytest.fixture
def links(source):
    """The town, of which only links are published."""
    return source.model_copy(update={"files": "none"})


@pytest.fixture
def taken(desk):
    """A dataset of a person, with the id that a resource of `klupe` would have."""
    desk.catalog.call_action("organization_create", {"name": "nis"})
    own = names.resource_id(names.dataset_id("grad", "klupe"), "rows")
    resource = {"id": own, "url": "https://example.org/a"}
    package = {"name": "tudje", "owner_org": "nis", "resources": [resource]}
    return desk.catalog.call_action("package_create", package)


def did(receipts):
    return {receipt.dataset: receipt.action for receipt in receipts}


def test_all_of_a_list_are_published_at_once(town, desk, links, last):
    told = []
    assert did(run(links, desk, tell=told.append)) == dict.fromkeys(WHOLE, "created")
    assert told[-1] == Progress("items", 5, 5)
    assert (last().done, last().counts) == (5, {"created": 5})
    assert list(violations(desk.versions, desk.store)) == []
    assert desk.store.version("cesme", 1, "package")["resources"][0]["format"] == "csv"
    town.put("cesme", title="Бунари", modified="2")
    assert did(run(links, desk)) == dict.fromkeys(WHOLE, "unchanged") | {"cesme": "updated"}
    assert desk.store.version("cesme", 2, "package")["title"] == "Бунари"
    assert list(desk.store.staging.iterdir()) == []


def test_one_that_the_catalog_refuses_takes_no_other_along(desk, links, last, taken):
    assert did(run(links, desk)) == dict.fromkeys(WHOLE, "created") | {"klupe": "refused"}
    assert last().counts == {"created": 4, "refused": 1}
    assert set(desk.catalog.call_action("package_list", {})) == WHOLE - {"klupe"} | {"tudje"}
    assert "the catalog does not take" in desk.versions.refusal("klupe").reason
    assert desk.versions.history("klupe") == []
    desk.catalog.call_action("dataset_purge", {"id": taken["id"]})
    assert did(run(links, desk, full=True))["klupe"] == "created"


def test_after_a_fault_of_the_machine_each_has_a_transaction_of_its_own(
    desk, links, last, monkeypatch
):
    def broken(dataset, desk, **more):
        if dataset.name == "mostovi":
            raise PublishError("the disk is full")
        return take(dataset, desk, **more)

    monkeypatch.setattr(items, "take", broken)
    assert did(run(links, desk)) == dict.fromkeys(WHOLE, "created") | {"mostovi": "failed"}
    assert (last().done, last().counts) == (5, {"created": 4, "failed": 1})
    assert list(violations(desk.versions, desk.store)) == []


def test_half_a_second_ends_a_transaction(desk, links, last, monkeypatch):
    monkeypatch.setattr(items, "LONGEST_S", 0)
    receipts = run(links, desk)
    assert next(receipts).action == "created"
    assert last().done == 1
    with writing(desk.catalog.engine) as connection:
        connection.execute(update(JOBS).values(token=JOBS.c.token + 1))
    with pytest.raises(LeaseLost):
        list(receipts)
    assert desk.catalog.call_action("package_list", {}) == ["cesme"]
