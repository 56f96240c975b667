"""Validation on demand: what is judged, what is kept of it, and what a killed process leaves."""

import json
import os
import threading

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError
from sqlalchemy import update

from publish.catalog import User
from publish.catalog.call import Upload
from publish.catalog.datasets import validations
from publish.catalog.tables import validations as table
from publish.database import writing

SCHEMA = {"fields": [{"name": "n", "type": "integer"}, {"name": "ime", "type": "string"}]}


@pytest.fixture
def sent(catalog, tmp_path):
    """Send a file as a resource of `vazduh`, judge it now, and give its id."""
    catalog.call_action("package_create", {"name": "vazduh", "owner_org": "grad-nis"})

    def send(text="n,ime\n1,Bor\n", name="podaci.csv", run=True, **given):
        path = tmp_path / "part"
        path.write_text(text)
        files = {"upload": Upload(name, path, len(text.encode()))}
        made = catalog.call_action(
            "resource_create", {"package_id": "vazduh", **given}, files=files
        )
        if run:
            asked = {"resource_id": made["id"], "async": False}
            assert catalog.call_action("resource_validation_run", asked) is None
        return made["id"]

    return send


def shown(catalog, resource):
    return catalog.call_action("resource_validation_show", {"resource_id": resource})


def settled():
    """Wait for the threads that judge."""
    for thread in threading.enumerate():
        if thread.name == "validation":
            thread.join()


def test_a_file_that_holds_is_a_success_with_its_report(catalog, sent):
    resource = sent(schema=SCHEMA)
    settled()
    told = shown(catalog, resource)
    assert (told["status"], told["error"], told["resource_id"]) == ("success", None, resource)
    assert told["report"]["valid"] is True
    assert told["report"]["tasks"][0]["stats"]["rows"] == 1
    assert told["created"] <= told["finished"]
    marked = catalog.call_action("resource_show", {"id": resource})
    assert marked["validation_status"] == "success"
    assert told["created"] <= marked["validation_timestamp"]


def test_a_file_that_does_not_hold_is_a_failure_with_row_and_field(catalog, sent):
    resource = sent("n,ime\n1,Bor\nx,Niš\n", schema=json.dumps(SCHEMA))
    settled()
    told = shown(catalog, resource)
    assert told["status"] == "failure"
    (error,) = told["report"]["tasks"][0]["errors"]
    assert (error["type"], error["rowNumber"], error["fieldName"]) == ("type-error", 3, "n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"schema": "{"}, "the schema is not JSON"),
        ({"schema": "[1]"}, "the schema is not an object with `fields`"),
        ({"schema": "http://127.0.0.1/schema.json"}, "127.0.0.1"),
    ],
)
def test_what_cannot_be_judged_is_an_error_that_says_why(catalog, sent, given, said):
    resource = sent(**given)
    settled()
    told = shown(catalog, resource)
    assert (told["status"], told["report"]) == ("error", None)
    assert said in told["error"]["message"]


def test_a_link_into_our_own_network_is_not_followed(catalog, sent):
    sent()
    link = {"package_id": "vazduh", "url": "http://127.0.0.1:1/x.csv"}
    made = catalog.call_action("resource_create", link)
    catalog.call_action("resource_validation_run", {"resource_id": made["id"], "async": False})
    assert "127.0.0.1" in shown(catalog, made["id"])["error"]["message"]


@pytest.mark.parametrize(
    "given",
    [
        {"url": "https://example.com/x.pdf"},
        {"url": ""},
        {"url": "/etc/passwd", "format": "CSV"},
        {"url": "file:///etc/passwd", "format": "CSV"},
        {"url": "x.csv", "url_type": "emap", "hash": "0" * 64, "format": "CSV"},
    ],
)
def test_what_has_no_file_of_a_known_format_is_refused(catalog, sent, given):
    sent()
    made = catalog.call_action("resource_create", {"package_id": "vazduh", **given})
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("resource_validation_run", {"resource_id": made["id"]})
    assert "format" in raised.value.error_dict


def test_a_file_that_came_with_a_schema_is_judged_by_itself(catalog, sent):
    resource = sent(schema=SCHEMA, run=False)
    settled()
    assert shown(catalog, resource)["status"] == "success"
    stricter = {"fields": [{"name": "n", "type": "date"}, {"name": "ime", "type": "string"}]}
    catalog.call_action("resource_patch", {"id": resource, "schema": stricter})
    settled()
    assert shown(catalog, resource)["status"] == "failure"


def test_a_run_in_the_background_ends_by_itself(catalog, sent):
    resource = sent(run=False)
    catalog.call_action("resource_validation_run", {"resource_id": resource})
    assert shown(catalog, resource)["status"] in {"created", "running", "success"}
    settled()
    assert shown(catalog, resource)["status"] == "success"


def test_a_run_that_is_rolled_back_never_began(catalog, sent):
    resource = sent(run=False)
    with pytest.raises(ZeroDivisionError), catalog.transaction() as within:
        within.call_action("resource_validation_run", {"resource_id": resource})
        raise ZeroDivisionError
    settled()
    with pytest.raises(NotFound):
        shown(catalog, resource)


def test_all_files_of_datasets_are_judged_at_once_by_a_sysadmin(catalog, sent):
    resources = [sent(run=False), sent(run=False, name="drugi.tsv", text="a\tb\n1\t2\n")]
    asked = {"dataset_ids": ["vazduh"]}
    told = catalog.call_action("resource_validation_run_batch", asked)
    assert told == {"output": "Validation of 2 resources in 1 datasets has begun"}
    settled()
    assert [shown(catalog, each)["status"] for each in resources] == ["success", "success"]
    editor = catalog.call_action("user_show", {"id": "urednica"})
    with pytest.raises(NotAuthorized):
        catalog.as_user(User(editor["id"], "urednica")).call_action(
            "resource_validation_run_batch", asked
        )


def test_a_report_is_deleted_by_an_editor(catalog, sent):
    resource = sent()
    asked = {"resource_id": resource}
    for action in ("resource_validation_run", "resource_validation_delete"):
        with pytest.raises(NotAuthorized):
            catalog.as_user(None).call_action(action, asked)
    assert shown(catalog.as_user(None), resource)["status"] == "success"
    catalog.call_action("resource_validation_delete", asked)
    for action in ("resource_validation_show", "resource_validation_delete"):
        with pytest.raises(NotFound):
            catalog.call_action(action, asked)
    assert catalog.call_action("resource_show", {"id": resource})["validation_status"] == ""


def test_a_report_of_a_private_dataset_is_private(catalog, sent):
    resource = sent()
    catalog.call_action("package_patch", {"id": "vazduh", "private": True})
    with pytest.raises(NotAuthorized):
        shown(catalog.as_user(None), resource)


@pytest.mark.parametrize("status", ["created", "running"])
def test_a_run_whose_process_is_gone_is_an_error_after_the_next_start(catalog, sent, status):
    resource = sent()
    with writing(catalog.engine) as connection:
        connection.execute(update(table).values(status=status, report=None))
    catalog.recover()
    told = shown(catalog, resource)
    assert (told["status"], told["error"]) == ("error", {"message": validations.BROKEN_OFF})
    assert catalog.call_action("resource_show", {"id": resource})["validation_status"] == "error"


def test_a_run_of_a_living_process_is_left_alone(catalog, sent):
    resource = sent()
    alive = f"{os.uname().nodename}:{os.getppid()}"
    with writing(catalog.engine) as connection:
        connection.execute(update(table).values(status="running", worker=alive))
    catalog.recover()
    assert shown(catalog, resource)["status"] == "running"


@pytest.mark.parametrize("wanted", [None, "", "nema", "\0", "\ud800", {"a": 1}, "x" * 5000])
def test_what_is_no_resource_is_told(catalog, wanted):
    with pytest.raises((NotFound, ValidationError)):
        shown(catalog, wanted)
