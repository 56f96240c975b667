"""CKAN's API over HTTP: requests in every form, ckanapi's library and command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, SearchQueryError

from geoportal.ckan.request import MOST_BYTES
from publish.catalog.registry import ACTIONS


@pytest.fixture
def nis(catalog):
    return catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})


def dataset(catalog, name="vazduh", **fields):
    package = {"name": name, "owner_org": "grad-nis", **fields}
    return catalog.call_action("package_create", package)


# Requests and answers


@pytest.mark.usefixtures("nis")
def test_a_body_of_more_than_ten_megabytes_is_refused(client, admin):
    body = b'{"name": "x' + b"x" * MOST_BYTES + b'"}'
    answer = client.post(
        "/api/action/package_create", content=body, headers={"Authorization": admin}
    )
    assert answer.status_code == 413
    assert answer.json() == "Bad request: The body is longer than 10000000 bytes"


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"id": NaN}', b'{"id": "\\ud800"}', b'{"id": 1', b"\xff"],
    ids=["200,000 deep", "NaN", "half a surrogate", "cut", "no UTF-8"],
)
def test_json_that_is_none_is_refused(client, body):
    answer = client.post("/api/3/action/package_show", content=body)
    assert answer.status_code == 400
    assert answer.json().startswith("Bad request: JSON Error: Error decoding JSON data.")


@pytest.mark.parametrize("value", ["a\0b", ["x"], {"x": 1}])
def test_an_id_that_is_no_text_is_a_fault_of_that_field(client, value):
    answer = client.post("/api/3/action/package_show", json={"id": value})
    assert answer.status_code == 409
    assert list(answer.json()["error"]) == ["id", "__type"]


@pytest.mark.parametrize(
    "headers",
    [
        lambda token: {"Authorization": token},
        lambda token: {"Authorization": f"Bearer {token}"},
        lambda token: {"X-CKAN-API-Key": token},
        lambda token: {"Authorization": "Basic c3R1", "X-CKAN-API-Key": token},
    ],
    ids=["alone", "Bearer", "older", "behind a proxy"],
)
@pytest.mark.usefixtures("nis")
def test_a_token_is_read_from_every_header_that_clients_use(client, catalog, admin, headers):
    dataset(catalog, "tajni-skup", private=True)
    answer = client.get("/api/3/action/package_show?id=tajni-skup", headers=headers(admin))
    assert answer.json()["result"]["private"] is True
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.usefixtures("nis")
def test_a_revoked_token_is_anonymous(client, catalog, admin):
    tokens = catalog.call_action("api_token_list", {"user_id": "admin"})
    catalog.call_action("api_token_revoke", {"jti": tokens[0]["id"]})
    signed = {"Authorization": admin}
    assert client.get("/api/action/package_list", headers=signed).status_code == 200
    created = client.post(
        "/api/action/package_create", json={"name": "zz", "owner_org": "grad-nis"}, headers=signed
    )
    assert created.status_code == 403


@pytest.mark.usefixtures("nis")
def test_a_form_and_a_repeated_filter_are_read(client, catalog):
    dataset(catalog, tags=[{"name": "pm10"}])
    dataset(catalog, "parking")
    answer = client.get("/api/action/package_search?fq=organization:grad-nis&fq=tags:pm10&rows=0")
    assert answer.json()["result"]["count"] == 1
    form = client.post("/api/action/package_search", data={"q": "vazduh", "rows": "1"})
    assert form.json()["result"]["results"][0]["name"] == "vazduh"


def test_other_sites_may_read_and_not_write(client):
    origin = {"Origin": "https://app.example.rs"}
    reading = client.get("/api/3/action/package_list", headers=origin)
    assert reading.headers["access-control-allow-origin"] == "*"
    preflight = client.options("/api/3/action/package_search", headers=origin)
    assert (preflight.status_code, preflight.content) == (200, b"")
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    writing = client.options("/api/3/action/package_create", headers=origin)
    assert "access-control-allow-origin" not in writing.headers
    assert "access-control-allow-origin" not in client.get("/api/3/action/package_list").headers


@pytest.mark.parametrize("path", ["/api/4", "/api/2/action/package_list", "/api/rest/dataset"])
def test_removed_addresses_are_not_found(client, path):
    assert client.get(path).status_code == 404


def test_other_methods_are_not_allowed(client):
    assert client.put("/api/3/action/package_show", json={}).status_code == 405
    assert client.get("/api/3/action/package_list/").status_code == 404
    head = client.head("/api/3/action/package_list")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


@pytest.mark.usefixtures("nis")
def test_an_update_tells_what_it_changed(client, catalog, admin):
    package = dataset(catalog)
    sent = {"id": "vazduh", "title": "Ваздух"}

    def update():
        return client.post(
            "/api/action/package_update", json=sent, headers={"Authorization": admin}
        ).json()

    assert update()["changed_entities"] == {"packages": [package["id"]]}
    assert "changed_entities" not in update()


def test_every_action_is_documented(project):
    page = (project / "docs/ckan-api.md").read_text(encoding="utf-8")
    assert [name for name in ACTIONS if f"`{name}`" not in page] == []


# ckanapi, unchanged


@pytest.fixture
def remote(server, admin):
    with RemoteCKAN(server, apikey=admin) as remote:
        yield remote


def test_ckanapi_keeps_a_catalog(remote):
    remote.action.organization_create(name="grad-nis", title="Град Ниш")
    made = remote.action.package_create(
        name="vrtici", title="Вртићи", owner_org="grad-nis", tags=[{"name": "deca"}]
    )
    remote.action.resource_create(package_id=made["id"], url="https://nis.rs/vrtici.csv")
    remote.action.package_patch(id="vrtici", notes="Списак вртића")
    found = remote.action.package_search(q="vrtić", fq="organization:grad-nis")
    assert [package["notes"] for package in found["results"]] == ["Списак вртића"]
    assert found["results"][0]["resources"][0]["format"] == "CSV"
    remote.action.package_delete(id="vrtici")
    assert remote.action.package_list() == []


def test_ckanapi_gets_the_errors_it_knows(server, remote):
    remote.action.organization_create(name="grad-nis")
    with pytest.raises(NotFound):
        remote.action.package_show(id="nema")
    with pytest.raises(ValidationError) as raised:
        remote.action.package_create(name="a", owner_org="grad-nis")
    assert len(raised.value.error_dict["name"]) == 2
    with pytest.raises(SearchQueryError):
        remote.action.package_search(sort="name")
    with pytest.raises(CKANAPIError):
        remote.action.datastore_search(resource_id="x")
    with RemoteCKAN(server) as anonymous, pytest.raises(NotAuthorized):
        anonymous.action.package_create(name="vazduh", owner_org="grad-nis")


def test_ckanapi_makes_lists_and_revokes_tokens(server, catalog, remote):
    catalog.create_user("urednica")
    made = remote.action.api_token_create(user="urednica", name="skripta")
    with RemoteCKAN(server, apikey=made["token"]) as own:
        assert [t["name"] for t in own.action.api_token_list(user_id="urednica")] == ["skripta"]
        with pytest.raises(NotAuthorized):
            own.action.api_token_list(user_id="admin")
    remote.action.api_token_revoke(jti=made["id"])
    assert remote.action.api_token_list(user_id="urednica") == []


def run_ckanapi(*words, lines=""):
    scripts = Path(sys.executable).parent  # it calls itself by name for each worker
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    done = subprocess.run(
        [str(scripts / "ckanapi"), *words],
        env={**os.environ, "PATH": path},
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.serving
@pytest.mark.usefixtures("nis")
def test_the_command_line_of_ckanapi_searches(server, catalog):
    dataset(catalog, title="Квалитет ваздуха")
    found = json.loads(run_ckanapi("action", "package_search", "-r", server, "q=vazduh"))
    assert [package["name"] for package in found["results"]] == ["vazduh"]


@pytest.mark.serving
@pytest.mark.usefixtures("nis")
def test_a_dump_loaded_again_changes_nothing(server, catalog, admin, tmp_path):
    before = dataset(
        catalog,
        extras=[{"key": "frequency", "value": "daily"}],
        resources=[{"url": "/data/vazduh/files/a.csv", "name": "a", "own_field": "x"}],
    )
    lines = run_ckanapi("dump", "datasets", "--all", "-r", server)
    log = tmp_path / "log"
    run_ckanapi("load", "datasets", "-r", server, "-a", admin, "-l", str(log), lines=lines)
    assert json.loads(log.read_text())[-3:] == ["update", None, "vazduh"]
    assert catalog.call_action("package_show", {"id": "vazduh"}) == before
