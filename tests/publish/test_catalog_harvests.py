"""What harvests did, under the names that CKAN's operators know."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError
from sqlalchemy import insert

from datasets import names
from datasets.config import Config
from datasets.model import Receipt
from publish.catalog import User
from publish.database import writing
from publish.harvests import jobs
from publish.harvests.tables import ITEMS, RECORDS, SOURCES

CONFIGURED = (
    {
        "name": "nis-otvoreni",
        "kind": "ckan",
        "organization": "grad-nis",
        "url": "https://korisnik:lozinka@example.com/x?token=tajna&a=1",
        "api_key": "tajna",
    },
    {"name": "sabac", "kind": "folder", "organization": "opstina-sabac", "path": "/srv/podaci"},
)


@pytest.fixture
def site(catalog):
    """The catalog with two sources, and somebody by name."""
    catalog = replace(catalog, outside=replace(catalog.outside, config=Config(sources=CONFIGURED)))

    def somebody(name):
        found = catalog.call_action("user_show", {"id": name})
        return catalog.as_user(User(found["id"], name))

    return SimpleNamespace(catalog=catalog, somebody=somebody, call=catalog.call_action)


def began(site, source):
    with writing(site.catalog.engine) as connection:
        job = jobs.create(connection, source)
    return jobs.claim(site.catalog.engine, job_id=job.id)


def noted(site, job, *receipts):
    rows = [
        {
            "job": job.number,
            "number": number,
            "remote_id": receipt.dataset,
            "dataset": receipt.dataset,
            "state": "done",
            "action": receipt.action,
            "reason": receipt.reason,
        }
        for number, receipt in enumerate(receipts)
    ]
    with writing(site.catalog.engine) as connection:
        connection.execute(insert(ITEMS), rows)


def ended(site, job, state="done", **told):
    with writing(site.catalog.engine) as connection:
        jobs.finish(connection, job, state, **told)


def harvested(site, source):
    ended(site, began(site, source))


def test_sources_are_told_without_their_secrets(site):
    first, second = site.call("harvest_source_list")
    assert (first["name"], first["type"], first["frequency"]) == ("nis-otvoreni", "ckan", "MANUAL")
    assert first["url"] == "https://example.com/x?a=1"
    assert first["publisher_title"] == "Град Ниш"
    assert second["url"] == ""
    assert "tajna" not in str(first)
    assert "lozinka" not in str(first)
    assert "/srv" not in str(second)
    for wanted in (first["id"], "nis-otvoreni"):
        assert site.call("harvest_source_show", {"id": wanted}) == first
    assert first["status"] == {
        "job_count": 0,
        "last_job": None,
        "next_run": None,
        "total_datasets": 0,
        "missing": 0,
        "paused": None,
        "reason": "",
    }


def test_a_paused_source_is_not_active_and_says_why(site):
    values = {"failures": 3, "paused": "2026-01-02T03:04:05", "reason": "ne odgovara"}
    with writing(site.catalog.engine) as connection:
        connection.execute(insert(SOURCES).values(name="sabac", next_run=1_800_000_000.0, **values))
    source = site.call("harvest_source_show", {"id": "sabac"})
    assert source["active"] is False
    assert source["status"]["reason"] == "ne odgovara"
    assert source["status"]["next_run"] == "2027-01-15T08:00:00"


def test_a_run_is_there_while_it_runs_and_has_its_counts_in_the_end(site):
    running = began(site, "sabac")
    (job,) = site.call("harvest_job_list")
    assert (job["status"], job["finished"]) == ("Running", None)
    noted(
        site,
        running,
        Receipt("a", "created", 1),
        Receipt("b", "unchanged", 1),
        Receipt("c", "refused", None, "red 3 ne valja"),
        Receipt("d", "refused", None, "red 3 ne valja"),
        Receipt("e", "failed", None, "nije stiglo"),
    )
    ended(site, running)
    (job,) = site.call("harvest_job_list", {"source_id": "sabac", "status": "Finished"})
    assert job["stats"] == {
        "added": 1,
        "updated": 0,
        "not modified": 1,
        "deleted": 0,
        "errored": 3,
        "held": 0,
        "missing": 0,
    }
    assert job["object_error_summary"] == [
        {"message": "red 3 ne valja", "error_count": 2},
        {"message": "nije stiglo", "error_count": 1},
    ]
    assert site.call("harvest_job_show", {"id": job["id"]}) == job
    report = site.call("harvest_job_report", {"id": job["id"]})
    assert report["gather_errors"] == []
    assert report["object_errors"]["c"]["errors"][0]["message"] == "red 3 ne valja"
    assert site.call("harvest_source_show", {"id": "sabac"})["status"]["last_job"] == job


def test_a_source_that_failed_says_why(site):
    ended(site, began(site, "sabac"), "failed", fault="gone", reason="server ne odgovara")
    (failed,) = site.call("harvest_job_list")
    assert failed["gather_error_summary"][0]["message"] == "server ne odgovara"
    report = site.call("harvest_job_report", {"id": failed["id"]})
    assert report["gather_errors"] == [{"message": "server ne odgovara", "type": "gone"}]


def test_a_harvest_is_asked_for_once_and_can_be_ended(site):
    made = site.call("harvest_job_create", {"source_id": "sabac", "accept_missing": True})
    assert (made["status"], made["source"]) == ("New", "sabac")
    waiting = jobs.claim(site.catalog.engine, job_id=made["id"])
    assert waiting.options.accept_missing
    with pytest.raises(ValidationError) as raised:
        site.call("harvest_job_create", {"source_id": "sabac"})
    assert made["id"] in raised.value.error_dict["source_id"][0]
    assert site.call("harvest_job_abort", {"id": made["id"]})["status"] == "Aborted"
    assert site.call("harvest_job_create", {"source_id": "sabac"})["id"] != made["id"]


def test_editors_harvest_the_sources_of_their_organization_alone(site):
    editor = site.somebody("urednica")
    assert editor.call_action("harvest_job_create", {"source_id": "nis-otvoreni"})["id"]
    other = site.call("harvest_job_create", {"source_id": "sabac"})
    with pytest.raises(NotFound):
        editor.call_action("harvest_job_create", {"source_id": "sabac"})
    with pytest.raises(NotFound):
        editor.call_action("harvest_job_abort", {"id": other["id"]})


def test_a_record_is_shown_with_what_is_known_of_it(site):
    known = {
        "source": "sabac", "remote_id": "a/1", "id": names.record_id("sabac", "a/1"),
        "dataset_id": names.dataset_id("sabac", "a/1"), "dataset": "putevi", "state": "created",
        "files": json.dumps([{"key": "k", "url": "http://x.rs/a", "sha256": "ab", "path": "/srv"}]),
    }  # fmt: skip
    with writing(site.catalog.engine) as connection:
        connection.execute(insert(RECORDS).values(**known))
    assert site.call("harvest_object_list", {"source_id": "sabac"}) == [known["id"]]
    assert site.call("harvest_object_list", {"source_id": "nis-otvoreni"}) == []
    shown = site.call("harvest_object_show", {"id": known["id"]})
    assert (shown["guid"], shown["package_name"], shown["current"]) == ("a/1", "putevi", True)
    assert "/srv" not in str(shown)
    assert site.call("harvest_object_show", {"dataset_id": "putevi"}) == shown
    editor = site.somebody("urednica")
    assert editor.call_action("harvest_object_list") == []
    with pytest.raises(NotFound):
        editor.call_action("harvest_object_show", {"id": known["id"]})


def test_editors_see_the_sources_of_their_organization(site):
    harvested(site, "nis-otvoreni")
    harvested(site, "sabac")
    editor = site.somebody("urednica")
    assert [s["name"] for s in editor.call_action("harvest_source_list")] == ["nis-otvoreni"]
    (job,) = editor.call_action("harvest_job_list")
    assert job["source"] == "nis-otvoreni"
    other = site.call("harvest_job_list", {"source_id": "sabac"})[0]["id"]
    for action, wanted in (("harvest_source_show", "sabac"), ("harvest_job_show", other)):
        with pytest.raises(NotFound):
            editor.call_action(action, {"id": wanted})


@pytest.mark.parametrize(
    "action",
    [
        "harvest_source_list",
        "harvest_source_show",
        "harvest_job_list",
        "harvest_job_show",
        "harvest_job_report",
        "harvest_source_create",
        "harvest_job_create",
        "harvest_job_abort",
        "harvest_object_list",
        "harvest_object_show",
    ],
)
def test_others_see_and_change_nothing(site, action):
    for somebody in (site.catalog.as_user(None), site.somebody("gost")):
        with pytest.raises(NotAuthorized):
            somebody.call_action(action, {"id": "sabac", "source_id": "sabac"})


@pytest.mark.parametrize(
    ("action", "word"),
    [
        ("harvest_source_create", "config.yml"),
        ("harvest_source_update", "config.yml"),
        ("harvest_source_patch", "config.yml"),
        ("harvest_source_delete", "config.yml"),
        ("harvest_source_clear", "harvest it"),
        ("harvest_jobs_run", "emap worker"),
    ],
)
def test_what_is_done_elsewhere_says_where(site, action, word):
    with pytest.raises(ValidationError) as raised:
        site.call(action, {"id": "sabac"})
    assert word in raised.value.error_dict["message"]
