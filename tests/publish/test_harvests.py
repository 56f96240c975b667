"""What harvests did, under the names that CKAN's operators know."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError
from sqlalchemy import insert

from datasets.config import Config
from datasets.model import Receipt
from publish.catalog import User
from publish.database import writing
from publish.harvests import jobs
from publish.harvests.tables import ITEMS

SOURCES = (
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
    catalog = replace(catalog, outside=replace(catalog.outside, config=Config(sources=SOURCES)))

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
    assert first["status"] == {"job_count": 0, "last_job": None, "next_run": None}


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
    )
    ended(site, running)
    (job,) = site.call("harvest_job_list", {"source_id": "sabac", "status": "Finished"})
    assert job["stats"] == {
        "added": 1,
        "updated": 0,
        "not modified": 1,
        "deleted": 0,
        "errored": 2,
        "held": 0,
    }
    assert job["object_error_summary"] == [{"message": "red 3 ne valja", "error_count": 2}]
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
    assert report["gather_errors"] == [{"message": "server ne odgovara"}]


def test_a_run_that_a_person_ended_is_aborted(site):
    job = began(site, "sabac")
    with writing(site.catalog.engine) as connection:
        jobs.abort(connection, job.id)
    assert site.call("harvest_job_list")[0]["status"] == "Aborted"


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
    ],
)
def test_others_see_and_change_nothing(site, action):
    for somebody in (site.catalog.as_user(None), site.somebody("gost")):
        with pytest.raises(NotAuthorized):
            somebody.call_action(action, {"id": "sabac"})


@pytest.mark.parametrize(
    ("action", "word"),
    [
        ("harvest_source_create", "config.yml"),
        ("harvest_source_update", "config.yml"),
        ("harvest_source_patch", "config.yml"),
        ("harvest_source_delete", "config.yml"),
        ("harvest_source_clear", "harvest it"),
        ("harvest_job_create", "emap harvest"),
        ("harvest_jobs_run", "emap harvest"),
        ("harvest_job_abort", "stop that command"),
    ],
)
def test_what_is_done_elsewhere_says_where(site, action, word):
    with pytest.raises(ValidationError) as raised:
        site.call(action, {"id": "sabac"})
    assert word in raised.value.error_dict["message"]
