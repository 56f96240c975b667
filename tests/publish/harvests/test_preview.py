"""A dry run tells what a harvest then does, and changes nothing."""

import json

import pytest
from sqlalchemy import select

from datasets.errors import HarvestError
from datasets.model import Column
from publish.database import metadata, reading
from publish.harvests.preview import Difference, Drift, drift, preview
from publish.harvests.run import run
from tests.upstream import Reply


def all_rows(desk):
    with reading(desk.catalog.engine) as connection:
        return {t.name: connection.execute(select(t)).all() for t in metadata.sorted_tables}


def files(desk):
    return sorted(path for path in (desk.store.root / "blobs").rglob("*") if path.is_file())


def told(changes):
    return {change.dataset: change.action for change in changes}


def done(receipts):
    return {receipt.dataset: receipt.action for receipt in receipts}


def test_a_dry_run_tells_what_the_harvest_then_does_and_writes_nothing(town, desk, source):
    before = all_rows(desk)
    first = told(preview(source, desk))
    assert (all_rows(desk), files(desk)) == (before, [])
    assert first == done(run(source, desk)) == dict.fromkeys(town.entries, "created")

    town.put("cesme", rows=5, modified="2")
    town.put("trotoari")
    town.put("klupe", title="Клупе у парку", modified="2")
    town.drop("putevi")
    before = all_rows(desk), files(desk)
    second = told(preview(source, desk))
    assert (all_rows(desk), files(desk)) == before
    assert second == done(run(source, desk))
    assert second == {
        "cesme": "updated",
        "drvece": "unchanged",
        "klupe": "updated",
        "mostovi": "unchanged",
        "trotoari": "created",
        "putevi": "withdrawn",
    }


def test_a_dry_run_tells_the_fields_that_differ(town, desk, source):
    list(run(source, desk))
    town.put("klupe", title="Клупе у парку", modified="2")
    [change] = [change for change in preview(source, desk) if change.dataset == "klupe"]
    assert change.fields == (Difference("title", "Скуп klupe", "Клупе у парку"),)
    assert change.title == "Клупе у парку"
    town.put("klupe", rows=7, modified="3")
    [change] = [change for change in preview(source, desk) if change.dataset == "klupe"]
    assert [difference.field for difference in change.fields] == ["resource rows: hash"]


def test_a_dry_run_tells_columns_that_come_go_and_change_their_type(town, desk, source):
    def write(text):
        town.put("cesme", modified=str(len(text)), judged=True)
        town.upstream.answers["/files/cesme.csv"] = Reply(text.encode(), type="text/csv")

    write("Спрат,Износ,Назив\n1,10,а\n2,20,б\n3,30,в\n")
    list(run(source, desk))
    write("Спрат,Назив,Износ (РСД)\nа1,а,10.5\nб2,б,20.5\nв3,в,30.5\n")
    [change] = [change for change in preview(source, desk) if change.dataset == "cesme"]
    assert set(change.columns) == {
        Drift("rows", "Спрат", "retyped", "integer", "string"),
        Drift("rows", "Износ", "lost", before="integer"),
        Drift("rows", "Износ (РСД)", "added", after="number"),
    }


def test_columns_are_compared_by_name_and_their_order_says_nothing():
    then = [Column("a", "А", "integer"), Column("b", "Б", "string")]
    assert list(drift("r", then, then[::-1])) == []


@pytest.mark.parametrize("left", [0, 2])
def test_a_dry_run_tells_that_a_harvest_would_be_held(town, desk, source, left):
    list(run(source, desk))
    for name in list(town.entries)[left:]:
        town.drop(name)
    changes = list(preview(source, desk))
    held = [change for change in changes if change.action == "held"]
    assert len(held) == 5 - left
    assert "are gone at the source at once" in held[0].reason
    assert told(changes) == done(run(source, desk))


def test_a_dry_run_tells_what_would_be_refused_or_cannot_be_had(town, desk, source):
    list(run(source, desk))
    town.put("cesme", judged=True, modified="2")
    town.upstream.answers["/files/cesme.csv"] = b"sifra,naziv\n1,a,b,c\n2\n"
    town.put("klupe", modified="2")
    town.broken = lambda asked: Reply(b"?", 500) if asked.path.endswith("klupe.csv") else None
    found = {change.dataset: change for change in preview(source, desk)}
    assert (found["cesme"].action, found["klupe"].action) == ("refused", "failed")
    assert found["cesme"].reason
    assert "klupe.csv" in found["klupe"].reason


def test_a_dry_run_of_a_source_that_fails_says_why(town, desk, source):
    town.upstream.answers["/list"] = Reply(json.dumps({}).encode(), 403)
    with pytest.raises(HarvestError) as raised:
        list(preview(source, desk))
    assert raised.value.fault == "forbidden"
