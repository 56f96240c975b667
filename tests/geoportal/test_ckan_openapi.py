"""The API as its OpenAPI document says: whole, true to the register, and no 500 by what it says."""

import os

import hypothesis
import jsonschema
import pytest
import schemathesis

from geoportal.ckan.openapi import description
from publish.catalog import ACTIONS

EXAMPLES = 40 if os.environ.get("EMAP_HYPOTHESIS") == "explore" else 4
DOCUMENT = description("http://127.0.0.1")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def address(shared_site):
    """The address of a site with one dataset, and the token of a sysadmin in it."""
    address, portal = shared_site
    portal.catalog.create_user("admin", sysadmin=True)
    token = {"user": "admin", "name": "test"}
    made = portal.catalog.call_action("api_token_create", token)
    portal.catalog.call_action("organization_create", {"name": "grad-nis"})
    portal.catalog.call_action("package_create", {"name": "vazduh", "owner_org": "grad-nis"})
    return address, made["token"]


def test_the_document_is_served_and_names_every_action(client):
    told = client.get("/api/3/openapi.json")
    assert told.headers["content-type"] == "application/json;charset=utf-8"
    paths = told.json()["paths"]
    assert set(paths) == {f"/api/3/action/{name}" for name in ACTIONS}
    for name, action in ACTIONS.items():
        assert ("get" in paths[f"/api/3/action/{name}"]) is not action.writes


def test_what_an_action_takes_is_told():
    get = DOCUMENT["paths"]["/api/3/action/package_show"]["get"]
    assert "id" in {each["name"] for each in get["parameters"]}
    untold = [
        (path, operation["operationId"])
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        if not operation["summary"]
    ]
    assert untold == []


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
def test_no_request_that_the_document_allows_is_a_500(case, address):
    url, token = address
    if case.path.endswith("_revoke"):
        token = ""  # it would end the test's own
    response = case.call(base_url=url, headers={"Authorization": token})
    assert response.status_code < 500, response.text[:300]
    if "json" in response.headers["content-type"] and response.content:
        validate(response)


def validate(response):
    name = "Answer" if response.status_code == 200 else "Failure"
    jsonschema.validate(response.json(), DOCUMENT["components"]["schemas"][name])
