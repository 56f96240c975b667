"""Two writers on one package: one after the other, and each sees what the other wrote."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ckanapi.errors import ValidationError

WRITERS = 6


@pytest.fixture
def trees(catalog):
    given = {"name": "drvece", "owner_org": "grad-nis", "version": "0"}
    return catalog.call_action("package_create", given)


def at_once(*calls):
    """The results or ValidationErrors of calls that begin together."""
    start = threading.Barrier(len(calls))

    def called(call):
        start.wait(30)
        try:
            return call()
        except ValidationError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(called, calls))


def test_of_many_that_take_a_name_one_gets_it(catalog):
    given = {"name": "drvece", "owner_org": "grad-nis", "tags": [{"name": "zelenilo"}]}
    done = at_once(*[lambda: catalog.call_action("package_create", given)] * WRITERS)
    refused = [each for each in done if isinstance(each, ValidationError)]
    assert [each.error_dict["name"] for each in refused] == [["That URL is already in use."]] * (
        WRITERS - 1
    )
    assert catalog.call_action("package_list") == ["drvece"]


def test_what_others_wrote_stays(catalog, trees):
    fields = ("title", "notes", "author", "maintainer", "url", "license_id")
    done = at_once(
        *[
            lambda field=field: catalog.call_action("package_patch", {"id": "drvece", field: "x"})
            for field in fields
        ]
    )
    assert not [each for each in done if isinstance(each, ValidationError)]
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert [shown[field] for field in fields] == ["x"] * len(fields)
    assert sorted(each["metadata_modified"] for each in done)[-1] == shown["metadata_modified"]


def test_every_resource_that_is_added_is_there(catalog, trees):
    given = [{"package_id": "drvece", "name": f"r{n}"} for n in range(WRITERS)]
    at_once(*[lambda g=g: catalog.call_action("resource_create", g) for g in given])
    resources = catalog.call_action("package_show", {"id": "drvece"})["resources"]
    assert sorted(resource["name"] for resource in resources) == [g["name"] for g in given]
    assert [resource["position"] for resource in resources] == list(range(WRITERS))


def test_of_many_that_revise_one_state_one_does(catalog, trees):
    def revise(n):
        match = {"name": "drvece", "version": "0"}
        return catalog.call_action(
            "package_revise", {"match": match, "update": {"version": f"{n}", "notes": f"{n}"}}
        )["package"]

    done = at_once(*[lambda n=n: revise(n) for n in range(1, WRITERS + 1)])
    refused = [each for each in done if isinstance(each, ValidationError)]
    assert [each.error_dict["match"] for each in refused] == [["version"]] * (WRITERS - 1)
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert [shown] == [each for each in done if not isinstance(each, ValidationError)]
    assert shown["version"] == shown["notes"]
