"""A source is harvested again and again: exactly what changed there changes here."""

import json
import time
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from datasets import names
from datasets.config import Organization
from datasets.errors import HarvestError, LeaseLost
from publish.database import reading, writing
from publish.harvests import gather, jobs
from publish.harvests.run import run, run_job
from publish.harvests.tables import CURSORS, ITEMS, JOBS, RECORDS, SOURCES
from publish.harvests.work import Progress
from publish.invariants import violations
from publish.versions import CURRENT, VERSION
from tests.publish.harvests.conftest import count
from tests.upstream import Reply

A_WEEK_AGO = "2020-01-01T00:00:00.000000"
WHOLE = {"cesme", "drvece", "klupe", "mostovi", "putevi"}


def did(receipts):
    receipts = list(receipts)
    found = {receipt.dataset: receipt.action for receipt in receipts}
    assert len(found) == len(receipts), "a dataset was told of twice"
    return found


def public(desk):
    assert list(violations(desk.versions, desk.store)) == []
    shown = {pointer.dataset for pointer in desk.versions.pointers() if pointer.public}
    assert set(desk.catalog.call_action("package_list", {})) == shown
    return shown


def ids(desk):
    """The ids of all packages and of their resources."""
    packages = [desk.catalog.call_action("package_show", {"id": name}) for name in public(desk)]
    return {p["name"]: (p["id"], [r["id"] for r in p["resources"]]) for p in packages}


def written(desk):
    """All that a harvest may change, but its own job."""
    with reading(desk.catalog.engine) as connection:
        return [list(connection.execute(select(t))) for t in (RECORDS, VERSION, CURRENT)]


def test_three_runs_do_exactly_what_changed_at_the_source(town, desk, source, last):
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "created")
    assert (last().state, last().counts, last().full) == ("done", {"created": 5}, True)
    first = ids(desk)

    before = written(desk), desk.versions.revision()
    town.forget()
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")
    assert last().counts == {"unchanged": 5}
    assert (written(desk), desk.versions.revision()) == before, "nothing is written"
    assert town.asked("/files/") == [], "nothing is fetched"
    with reading(desk.catalog.engine) as connection:
        mine = select(ITEMS).where(ITEMS.c.job == last().number)
        assert connection.execute(mine).all() == []

    town.put("cesme", rows=4, modified="2")
    town.put("trotoari")
    town.drop("putevi")
    assert did(run(source, desk)) == {
        "cesme": "updated",
        "drvece": "unchanged",
        "klupe": "unchanged",
        "mostovi": "unchanged",
        "trotoari": "created",
        "putevi": "withdrawn",
    }
    assert last().counts == {"unchanged": 3, "created": 1, "updated": 1, "withdrawn": 1}
    assert public(desk) == WHOLE - {"putevi"} | {"trotoari"}

    town.put("putevi")
    assert did(run(source, desk))["putevi"] == "updated"
    assert {name: both for name, both in ids(desk).items() if name in WHOLE} == first
    assert [version.number for version in desk.versions.history("putevi")] == [1]


def test_what_is_published_says_where_it_comes_from(town, desk, source, last):
    list(run(source, desk))
    package = desk.catalog.call_action("package_show", {"id": "cesme"})
    extras = {extra["key"]: extra["value"] for extra in package["extras"]}
    assert extras.pop("harvest_fetched") > last().created
    assert extras == {
        "harvest_source_id": names.source_id("grad"),
        "harvest_source_title": "grad",
        "harvest_object_id": names.record_id("grad", "cesme"),
        "harvest_source_url": f"{town.upstream.url}/records/cesme",
        "harvest_job_id": last().id,
    }


def test_a_title_that_changes_keeps_id_and_name(town, desk, source):
    list(run(source, desk))
    first = ids(desk)
    town.put("cesme", title="Чесме и бунари", name="cesme-i-bunari", modified="2")
    assert did(run(source, desk))["cesme"] == "updated"
    assert ids(desk) == first
    package = desk.catalog.call_action("package_show", {"id": "cesme"})
    assert package["title"] == "Чесме и бунари"


def test_an_id_that_changes_is_another_dataset_of_another_name(town, desk, source):
    list(run(source, desk))
    town.drop("cesme")
    town.put("c-17", name="cesme")
    own = f"cesme-{names.dataset_id('grad', 'c-17').partition('-')[0]}"
    found = did(run(source, desk))
    assert (found[own], found["cesme"]) == ("created", "withdrawn")
    assert public(desk) == WHOLE - {"cesme"} | {own}
    assert did(run(source, desk))[own] == "unchanged", "and keeps the name that it was given"


def test_what_is_gone_stays_in_its_days_of_grace_and_is_withdrawn_after_them(
    town, desk, source, last
):
    source = source.model_copy(update={"grace_days": 7})
    list(run(source, desk))
    town.drop("klupe")
    for _ in range(2):
        assert did(run(source, desk))["klupe"] == "missing"
        assert last().counts["missing"] == 1
        assert public(desk) == WHOLE
    assert len(town.asked("/records/")) == 1, "asked once"
    with writing(desk.catalog.engine) as connection:
        gone = RECORDS.c.remote_id == "klupe"
        connection.execute(update(RECORDS).where(gone).values(missing_since=A_WEEK_AGO))
    assert did(run(source, desk))["klupe"] == "withdrawn"
    assert public(desk) == WHOLE - {"klupe"}
    assert "klupe" not in did(run(source, desk))


def test_what_returns_in_its_days_of_grace_is_as_it_was(town, desk, source):
    source = source.model_copy(update={"grace_days": 7})
    list(run(source, desk))
    before = ids(desk), desk.versions.revision()
    town.drop("klupe")
    list(run(source, desk))
    town.put("klupe")
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")
    assert (ids(desk), desk.versions.revision()) == before
    with reading(desk.catalog.engine) as connection:
        assert set(connection.scalars(select(RECORDS.c.missing_since))) == {None}


def test_what_is_left_out_of_the_list_and_still_there_is_not_gone(town, desk, source):
    list(run(source, desk))
    del town.entries["klupe"]
    found = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert found["klupe"].action == "unchanged"
    assert "still there" in found["klupe"].reason
    assert public(desk) == WHOLE


@pytest.mark.parametrize(("left", "fault"), [(0, "missing-all"), (2, "missing-many")])
def test_a_source_that_shows_nothing_or_half_changes_nothing_and_says_so(
    town, desk, source, last, left, fault
):
    list(run(source, desk))
    before = ids(desk), desk.versions.revision()
    gone = [name for name in WHOLE if name not in sorted(WHOLE)[:left]]
    for name in gone:
        town.drop(name)
    if left:
        town.put(sorted(WHOLE)[0], rows=9, modified="2")
        town.put("trotoari")
    found = did(run(source, desk))
    assert {name for name, action in found.items() if action == "held"} == set(gone)
    assert not {"updated", "created", "withdrawn", "missing"} & set(found.values())
    assert (ids(desk), desk.versions.revision()) == before
    assert (last().state, last().fault) == ("held", fault)
    assert last().fault_values["missing"] == str(len(gone))
    assert last().counts["held"] == len(gone)
    for name in gone:
        town.put(name)
    again = did(run(source, desk))
    assert public(desk) >= WHOLE
    assert set(again.values()) <= {"unchanged", "updated", "created"}


def test_a_person_lets_go_what_vanished(town, desk, source, last):
    list(run(source, desk))
    for name in ("cesme", "drvece", "klupe"):
        town.drop(name)
    assert list(did(run(source, desk)).values()).count("held") == 3
    found = did(run(source, desk, accept_missing=True))
    assert list(found.values()).count("withdrawn") == 3
    assert (last().state, public(desk)) == ("done", {"mostovi", "putevi"})


def test_a_list_that_is_shorter_than_its_count_lets_nothing_go(town, desk, source, last):
    list(run(source, desk))
    hidden = town.entries.pop("klupe")
    town.upstream.answers["/records/klupe"] = Reply(b"?", 500)
    town.total = False
    entries = list(town.entries.values())
    said = {"records": [*entries], "next": "", "total": 5}
    town.upstream.answers["/list"] = said
    assert did(run(source, desk))["klupe"] == "unchanged"
    assert (last().state, last().fault) == ("done", "paging-counts")
    assert last().fault_values["found"] == "4"
    town.upstream.answers["/list"] = said | {"total": 500}
    assert did(run(source, desk))["klupe"] == "held"
    assert (last().state, last().fault) == ("held", "paging-counts")
    town.upstream.answers["/list"] = said | {"records": [*entries, hidden]}
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")


def fails_at(page, status=500):
    return lambda asked: Reply(b"?", status) if asked.query.get("page") == page else None


def test_a_job_that_breaks_at_page_3_goes_on_at_page_3(town, desk, source, last):
    town.broken = fails_at("3")
    with pytest.raises(HarvestError):
        list(run(source, desk))
    assert (last().state, last().fault, last().attempt) == ("queued", "server-error", 1)
    assert public(desk) == set()
    assert town.asked("/list") == ["1", "2", "3"]
    assert town.asked("/files/") == []
    first, town.broken = last().id, lambda asked: None
    town.forget()
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "created")
    assert town.asked("/list") == ["3"]
    assert (last().id, last().state, last().counts) == (first, "done", {"created": 5})


def test_a_busy_server_is_asked_again_when_it_said(town, desk, source, last):
    town.broken = lambda asked: Reply(b"?", 503, headers={"Retry-After": "7200"})
    before = time.time()
    with pytest.raises(HarvestError):
        list(run(source, desk))
    assert last().state == "queued"
    assert 7000 < last().run_at - before < 7400


def test_a_source_that_fails_again_and_again_fails_and_then_is_paused(town, desk, source, last):
    list(run(source, desk))
    before = ids(desk), desk.versions.revision()
    town.broken = fails_at("2", 503)
    for number in range(9):
        with pytest.raises(HarvestError) as raised:
            list(run(source, desk))
        assert raised.value.fault == "busy"
        assert last().state == ("failed" if number % 3 == 2 else "queued")
    with reading(desk.catalog.engine) as connection:
        row = connection.execute(select(SOURCES)).one()
    assert (row.failures, row.fault) == (3, "busy")
    assert row.paused
    assert (ids(desk), desk.versions.revision()) == before
    town.broken = lambda asked: None
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")
    with reading(desk.catalog.engine) as connection:
        row = connection.execute(select(SOURCES)).one()
    assert (row.failures, row.paused, row.fault, row.reason) == (0, None, "", "")


def test_a_fault_that_does_not_pass_fails_at_once(town, desk, source, last):
    town.upstream.answers["/list"] = Reply(b"?", 403)
    with pytest.raises(HarvestError) as raised:
        list(run(source, desk))
    assert raised.value.fault == "forbidden"
    assert (last().state, last().fault, last().counts) == ("failed", "forbidden", {})


@pytest.mark.parametrize("following", ["1", "2"])
def test_a_list_that_leads_back_is_a_loop_and_changes_nothing(town, desk, source, last, following):
    def page(asked):
        ids = {"1": ["cesme", "drvece"], "2": ["klupe", "mostovi"]}[asked.query["page"]]
        told = "2" if asked.query["page"] == "1" else following
        return {"records": [town.entries[each] for each in ids], "next": told}

    town.upstream.answers["/list"] = page
    with pytest.raises(HarvestError) as raised:
        list(run(source, desk))
    assert raised.value.fault == "paging-loop"
    assert (last().state, public(desk)) == ("failed", set())


def test_pages_of_always_other_places_and_no_new_record_are_a_loop(town, desk, source):
    def page(asked):
        return {"records": [town.entries["cesme"]], "next": str(int(asked.query["page"]) + 1)}

    town.upstream.answers["/list"] = page
    with pytest.raises(HarvestError, match="only records that came before"):
        list(run(source, desk))
    assert town.asked("/list") == ["1", "2", "3", "4"]


def test_pages_without_a_record_that_never_end_are_a_loop(town, desk, source, monkeypatch):
    monkeypatch.setattr(gather, "MOST_EMPTY", 5)
    town.upstream.answers["/list"] = lambda asked: {
        "records": [], "next": str(int(asked.query["page"]) + 1),
    }  # fmt: skip
    with pytest.raises(HarvestError, match="go on and on"):
        list(run(source, desk))
    assert len(town.asked("/list")) < 10


def test_a_list_that_is_read_again_while_it_changes_is_no_loop(town, desk, source, last):
    def page(asked):
        place, reading = map(int, (asked.query["page"] + ".1").split(".")[:2])
        ids = [["cesme", "drvece"], ["klupe", "mostovi"]][place - 1]
        following = f"{place + 1}.{reading}" if place == 1 else f"1.{reading + 1}"
        ended = (place, reading) == (2, 3)
        return {
            "records": [town.entries[each] for each in ids],
            "next": "" if ended else following,
            "total": 4,
        }

    town.upstream.answers["/list"] = page
    assert did(run(source, desk)) == dict.fromkeys(WHOLE - {"putevi"}, "created")
    assert (last().pages, last().repeats, last().fault) == (6, 4, "")


def test_a_second_record_of_one_id_is_refused_and_the_same_again_is_left_out(
    town, desk, source, last
):
    entries = list(town.entries.values())
    other = entries[0] | {"title": "Друге чесме"}
    town.upstream.answers["/list"] = {"records": [*entries, other, entries[1]], "next": ""}
    found = [(receipt.dataset, receipt.action) for receipt in run(source, desk)]
    assert sorted(found) == sorted([*((name, "created") for name in WHOLE), ("cesme", "refused")])
    assert last().counts == {"created": 5, "refused": 1}
    with reading(desk.catalog.engine) as connection:
        [item] = jobs.items(connection, last(), "refused")
    assert (item.fault, json.loads(item.fault_values)) == ("identity-twice", {"id": "cesme"})
    package = desk.catalog.call_action("package_show", {"id": "cesme"})
    assert package["title"] == "Скуп cesme"


def test_hostile_text_is_harvested_too(town, desk, source):
    town.entries.clear()
    town.put("cesme", title="Пола \ud83d и нула \0", id="x" * 5000)
    town.upstream.answers["/files/" + "x" * 5000 + ".csv"] = town.upstream.answers[
        "/files/cesme.csv"
    ]
    [receipt] = run(source, desk)
    assert receipt.action == "created"
    [receipt] = run(source, desk)
    assert receipt.action == "unchanged"


def test_a_file_that_cannot_be_had_for_once_leaves_what_is_public(town, desk, source, last):
    list(run(source, desk))
    town.put("cesme", rows=4, modified="2")
    town.broken = lambda asked: Reply(b"?", 500) if asked.path.endswith("cesme.csv") else None
    found = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert (found["cesme"].action, found["cesme"].version) == ("failed", 1)
    assert last().counts == {"unchanged": 4, "failed": 1}
    with reading(desk.catalog.engine) as connection:
        [item] = jobs.items(connection, last(), "failed")
    assert item.fault == "server-error"
    town.broken = lambda asked: None
    assert did(run(source, desk))["cesme"] == "updated"


def test_a_public_file_that_is_gone_is_not_lost_and_a_new_one_becomes_a_link(town, desk, source):
    list(run(source, desk))
    town.put("cesme", rows=4, modified="2")
    town.put("trotoari")
    gone = ("cesme.csv", "trotoari.csv")
    town.broken = lambda asked: Reply(b"?", 404) if asked.path.endswith(gone) else None
    found = did(run(source, desk))
    assert found["cesme"] == "failed"
    assert found["trotoari"] == "created"
    version = desk.versions.current("trotoari")
    assert (version.resources, len(version.package["resources"])) == ((), 1)
    assert len(desk.versions.current("cesme").resources) == 1


def test_a_refused_record_is_judged_again_only_when_it_changed(town, desk, source, last):
    town.put("cesme", judged=True)
    town.upstream.answers["/files/cesme.csv"] = b"sifra,naziv\n1,a,b,c\n2\n"
    assert did(run(source, desk))["cesme"] == "refused"
    report = desk.versions.refusal("cesme")
    town.forget()
    found = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert (found["cesme"].action, found["cesme"].reason) == ("refused", report.reason)
    assert town.asked("/files/") == []
    assert desk.versions.refusal("cesme") == report
    assert did(run(source, desk, full=True))["cesme"] == "refused"
    assert town.asked("/files/") != []
    town.put("cesme", modified="2", judged=True)
    assert did(run(source, desk))["cesme"] == "created"
    assert desk.versions.refusal("cesme") is None


def test_the_report_on_a_refused_record_goes_with_the_record(town, desk, source):
    town.put("cesme", judged=True)
    town.upstream.answers["/files/cesme.csv"] = b"sifra,naziv\n1,a,b,c\n2\n"
    list(run(source, desk))
    town.drop("cesme")
    assert "cesme" not in did(run(source, desk))
    assert desk.versions.refusal("cesme") is None


def test_every_so_many_runs_all_files_are_looked_at(town, desk, source, last):
    source = source.model_copy(update={"verify_every": 3})
    looked = []
    for _ in range(7):
        town.forget()
        list(run(source, desk))
        looked.append((last().full, bool(town.asked("/files/"))))
    assert looked == [(number % 3 == 0, number % 3 == 0) for number in range(7)]


def test_a_file_that_changed_though_its_date_did_not_is_found_by_a_full_run(town, desk, source):
    list(run(source, desk))
    town.put("cesme", rows=4)
    assert did(run(source, desk))["cesme"] == "unchanged"
    assert did(run(source, desk, full=True))["cesme"] == "updated"


def test_without_a_date_at_the_source_each_file_is_looked_at(town, desk, source):
    for name in WHOLE:
        town.put(name, modified="")
    list(run(source, desk))
    before = written(desk)
    town.forget()
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")
    assert len(town.asked("/files/")) == 5
    assert written(desk) == before
    town.put("cesme", rows=4, modified="")
    assert did(run(source, desk))["cesme"] == "updated"


def test_another_setting_of_the_source_makes_all_be_looked_at(town, desk, source):
    list(run(source, desk))
    town.forget()
    list(run(source.model_copy(update={"every": None, "grace_days": 3}), desk))
    assert town.asked("/files/") == [], "its rhythm is no part of what a record is made of"
    list(run(source.model_copy(update={"files": "all"}), desk))
    assert len(town.asked("/files/")) == 5


def test_loss_of_rows_is_held_and_accepted_by_name(town, desk, source):
    town.put("cesme", rows=100, judged=True)
    list(run(source, desk))
    town.put("cesme", rows=10, modified="2", judged=True)
    assert did(run(source, desk))["cesme"] == "held"
    assert did(run(source, desk))["cesme"] == "held"
    assert did(run(source, desk, frozenset({"cesme"})))["cesme"] == "updated"
    assert desk.versions.current("cesme").rows == {"rows": 10}


def test_what_a_person_deleted_here_stays_so_until_its_source_changes_it(town, desk, source):
    list(run(source, desk))
    desk.catalog.call_action("package_delete", {"id": "cesme"})
    found = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert found["cesme"].action == "unchanged"
    assert "deleted here by a person" in found["cesme"].reason
    assert "cesme" not in desk.catalog.call_action("package_list", {})


def test_forgotten_jobs_change_no_id_and_fetch_nothing_again(town, desk, source):
    list(run(source, desk))
    before = ids(desk), desk.versions.revision()
    with writing(desk.catalog.engine) as connection:
        for table in (ITEMS, CURSORS, JOBS, SOURCES):
            connection.execute(delete(table))
        connection.execute(SOURCES.insert().values(name="grad"))
    town.forget()
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "unchanged")
    assert (ids(desk), desk.versions.revision()) == before
    assert town.asked("/files/") == []


def test_a_worker_that_lost_its_lease_publishes_nothing_more(town, desk, source, last):
    receipts = run(source, desk)
    assert next(receipts).action == "created"
    mine = last()
    with writing(desk.catalog.engine) as connection:
        taken = {"token": mine.token + 1, "worker": "drugde:7", "lease_until": 9e12}
        connection.execute(update(JOBS).values(**taken))
    with pytest.raises(LeaseLost):
        list(receipts)
    assert len(public(desk)) == 1
    assert (last().worker, last().state) == ("drugde:7", "running")
    with pytest.raises(HarvestError, match="is being harvested by drugde:7"):
        list(run(source, desk))
    with writing(desk.catalog.engine) as connection:
        connection.execute(update(JOBS).values(lease_until=1.0))
    assert did(run_job(mine.id, desk, [source])) == dict.fromkeys(WHOLE, "created")
    assert last().counts == {"created": 5}


def test_a_job_that_was_ended_by_a_person_publishes_nothing_more(town, desk, source, last):
    receipts = run(source, desk)
    next(receipts)
    with writing(desk.catalog.engine) as connection:
        jobs.abort(connection, last().id)
    with pytest.raises(LeaseLost):
        list(receipts)
    assert (last().state, last().counts) == ("aborted", {"created": 1})
    assert did(run(source, desk)) == dict.fromkeys(WHOLE, "created") | {"cesme": "unchanged"}


def test_a_run_that_is_left_in_its_middle_goes_on_with_the_next(town, desk, source, last):
    receipts = run(source, desk)
    first = [next(receipts), next(receipts)]
    receipts.close()
    assert last().state == "queued"
    town.forget()
    found = list(run(source, desk))
    assert found[:2] == first
    assert did(found) == dict.fromkeys(WHOLE, "created")
    assert town.asked("/list") == []
    assert len(town.asked("/files/")) == 3
    assert desk.versions.history("cesme")[-1].number == 1


def test_a_run_with_other_wishes_begins_anew(town, desk, source, last):
    receipts = run(source, desk)
    next(receipts)
    receipts.close()
    first = last().id
    list(run(source, desk, full=True))
    assert last().id != first
    with reading(desk.catalog.engine) as connection:
        assert jobs.find(connection, first).state == "aborted"


def test_a_record_at_which_workers_die_is_left_out_and_the_others_go_on(town, desk, source, last):
    receipts = run(source, desk)
    next(receipts)
    receipts.close()
    with writing(desk.catalog.engine) as connection:
        second = (ITEMS.c.number == 2) & (ITEMS.c.state == "waiting")
        connection.execute(update(ITEMS).where(second).values(state="working"))
        connection.execute(update(JOBS).values(attempt=3))
    found = did(run_job(last().id, desk, [source]))
    assert found == dict.fromkeys(WHOLE, "created") | {"drvece": "failed"}
    with reading(desk.catalog.engine) as connection:
        assert [item.fault for item in jobs.items(connection, last(), "failed")] == ["broke-off"]
    assert did(run(source, desk))["drvece"] == "created"


def test_a_job_whose_workers_die_before_anything_is_done_fails(town, desk, source, last):
    with writing(desk.catalog.engine) as connection:
        job = jobs.create(connection, "grad")
        connection.execute(update(JOBS).values(attempt=3))
    assert list(run_job(job.id, desk, [source])) == []
    assert (last().state, last().fault) == ("failed", "broke-off")


def test_a_job_of_a_source_that_is_no_longer_configured_fails(desk, last):
    with writing(desk.catalog.engine) as connection:
        job = jobs.create(connection, "grad")
    assert list(run_job(job.id, desk, [])) == []
    assert last().state == "failed"
    assert "no source 'grad'" in last().reason


def test_a_finished_job_does_nothing_again(town, desk, source, last):
    list(run(source, desk))
    town.forget()
    assert list(run_job(last().id, desk, [source])) == []
    assert town.upstream.asked == []


def test_progress_is_told_in_records_done(town, desk, source):
    told = []
    list(run(source, desk, tell=told.append))
    assert told[:3] == [Progress("gather", n, 5) for n in (2, 4, 5)]
    assert told[3:] == [Progress("items", n, 5) for n in range(1, 6)]


def test_an_organization_says_what_config_says_of_it(town, desk, source):
    list(run(source, desk))
    known = (Organization(name="nis", title="Град Ниш"),)
    desk = replace(desk, config=desk.config.model_copy(update={"organizations": known}))
    list(run(source, desk))
    shown = desk.catalog.call_action("organization_show", {"id": "nis"})
    assert shown["title"] == "Град Ниш"


def test_nothing_is_left_of_the_pages_of_a_finished_job(town, desk, source):
    list(run(source, desk))
    with reading(desk.catalog.engine) as connection:
        assert count(connection, CURSORS) == 0
        assert set(connection.scalars(select(ITEMS.c.record))) == {None}
