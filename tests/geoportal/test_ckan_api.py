"""CKAN's API over HTTP: recorded answers of a real CKAN, ckanapi's library and command line."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, SearchQueryError
from fastapi import FastAPI
from sqlalchemy import insert

from datasets.config import Site
from datasets.stores.folder import Folder
from geoportal import ckan
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.catalog.registry import ACTIONS
from publish.catalog.tables import groups, members
from publish.database import open_database

SITE = "http://127.0.0.1:5055"  # where the recorded CKAN was


@pytest.fixture
def catalog(tmp_path):
    engine = open_database("", tmp_path)
    catalog = Embedded(engine, Site(title="CKAN", language="en"), SITE, Outside(Folder(tmp_path)))
    catalog.create_tables()
    yield catalog
    engine.dispose()


@pytest.fixture
def app(catalog):
    app = FastAPI(redirect_slashes=False)
    app.state.portal = SimpleNamespace(catalog=catalog)
    app.include_router(ckan.routes())
    return app


@pytest.fixture
def server(app):
    """The address of a real server, on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server) as client:
        yield client


@pytest.fixture
def admin(catalog):
    """The token of a sysadmin."""
    return token_of(catalog, "admin", sysadmin=True)


def token_of(catalog, name, *, sysadmin=False):
    catalog.create_user(name, sysadmin=sysadmin)
    return catalog.call_action("api_token_create", {"user": name, "name": "test"})["token"]


@pytest.fixture
def nis(catalog):
    return catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})


def dataset(catalog, name="vazduh", **fields):
    package = {"name": name, "owner_org": "grad-nis", **fields}
    return catalog.call_action("package_create", package)


# Recorded answers

REPLAYED = (
    "01_site",
    "02_users_tokens",
    "03_organizations",
    "05_packages",
    "06_resources",
    "07_tags_vocabularies",
    "08_package_search",
    "11_protocol_and_errors",
)
DIFFERENT = {
    "site_read": "ours answers true: old monitors ask it",
    "json_body_without_ct": "ours takes JSON whatever it is called",
    "get_repeated_param": "ours applies every fq",
    "auth_header_x_ckan_api_key": "ours takes the header of older clients",
    "auth_bearer": "ours takes the word Bearer",
    "lang_sr": "messages are in English only so far",
    "lang_sr_latn": "messages are in English only so far",
    "organization_list_all_fields": "ours keeps organizations without datasets",
    "ps_fq_date": "ranges are refused so far",
    "ps_syntax_error": "our own words after `Search error`",
    "bad_json": "our own words after `Error decoding JSON data`",
    "resource_create_upload": "files are published with emap",
    "resource_create_upload_geojson": "files are published with emap",
    "resource_patch_upload_replace": "files are published with emap",
    "resource_show": "shows the uploaded file",
    "_rs": "shows the uploaded file",
    "package_show_purged": "nothing is purged so far",
    "resource_delete_403": "deletes the uploaded file",
    "tag_list_vocab": "there are no vocabularies",
}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|api-token-id-\d+")
ROOTS = {"/api", "/api/1", "/api/3", "/api/4"}
GROUP = {
    "id": "60e3219b-d857-4ad5-a5e3-a1ae23901f9e",
    "name": "ekologija",
    "title": "Eko",
    "display_name": "Eko",
    "description": "opis",
    "image_display_url": "",
}


class Replay:
    """Asks ours what CKAN was asked; the ids that CKAN gave are replaced by ours."""

    def __init__(self, catalog, client):
        self.catalog, self.client = catalog, client
        self.ids = {}
        self.tokens = {
            "sysadmin token": token_of(catalog, "admin", sysadmin=True),
            "editor1 token": token_of(catalog, "editor1"),
            "member1 token": token_of(catalog, "member1"),
            "other token": "garbage",
        }
        row = {key: GROUP[key] for key in ("id", "name")}
        row |= {"type": "group", "state": "active", "title_key": ""}
        with catalog.engine.begin() as connection:
            connection.execute(insert(groups).values(**row, document=json.dumps(GROUP)))

    def ask(self, entry):
        request = json.loads(self.ours(json.dumps(entry["request"])))
        form = request.get("form")
        headers = dict(request.get("headers") or {})
        if request["auth"] in self.tokens:
            headers["Authorization"] = self.tokens[request["auth"]]
        response = self.client.request(
            request["method"],
            request["path"],
            params=request.get("params"),
            json=request.get("json"),
            data=form if isinstance(form, dict) else None,
            content=form if isinstance(form, str) else None,
            headers=headers,
        )
        is_json = "json" in response.headers["content-type"] and response.content
        return response.status_code, response.json() if is_json else response.text

    def ours(self, text):
        return UUID.sub(lambda match: self.ids.get(match[0], match[0]), text)

    def learn(self, golden, ours):
        """Remember which of our ids stands where CKAN had one of its own."""
        if isinstance(golden, dict) and isinstance(ours, dict):
            for key in golden.keys() & ours.keys():
                self.learn(golden[key], ours[key])
        elif isinstance(golden, list) and isinstance(ours, list):
            for a, b in zip(golden, ours, strict=False):
                self.learn(a, b)
        elif isinstance(golden, str) and UUID.fullmatch(golden):
            self.ids.setdefault(golden, ours)

    def give_roles(self):
        """What organization_member_create did, which is not answered yet."""
        found = [
            self.catalog.call_action("organization_show", {"id": "grad-nis"})["id"],
            self.catalog.create_user("editor1").id,
            self.catalog.create_user("member1").id,
        ]
        rows = [
            {"group_id": found[0], "user_id": found[1], "capacity": "editor"},
            {"group_id": found[0], "user_id": found[2], "capacity": "member"},
        ]
        with self.catalog.engine.begin() as connection:
            connection.execute(insert(members), rows)


def differences(golden, ours, place=""):
    """Say where our answer lacks a key or has another type than CKAN's."""
    if isinstance(golden, dict) and isinstance(ours, dict):
        for key in golden:
            if key not in ours:
                yield f"{place}.{key} is missing"
            else:
                yield from differences(golden[key], ours[key], f"{place}.{key}")
    elif isinstance(golden, list) and isinstance(ours, list):
        for a, b in zip(golden, ours, strict=False):
            yield from differences(a, b, f"{place}[]")
    elif None not in (golden, ours) and type(golden) is not type(ours):
        yield f"{place}: {golden!r} is {ours!r}"


def answered(entry):
    path = entry["request"]["path"]
    action = re.fullmatch(r"/api/(?:3/)?action/(\w+)(?:\?.*)?", path)
    known = action and action[1] in {*ACTIONS, "nope"}
    return bool(known or path in ROOTS) and entry["name"] not in DIFFERENT


def has_body(entry):
    return "html" not in entry["response"]["headers"]["content-type"]


def tight(words):
    return words.replace(", ", ",").replace(": ", ":") if isinstance(words, str) else words


def test_recorded_answers_of_ckan_are_ours(shared, catalog, client):
    replay = Replay(catalog, client)
    wrong, compared = [], 0
    for file in REPLAYED:
        for entry in json.loads((shared / f"golden/ckan/{file}.json").read_text()):
            if entry["name"] == "organization_member_create":
                replay.give_roles()
            if not answered(entry):
                continue
            status, body = replay.ask(entry)
            golden = entry["response"]["body"]
            replay.learn(golden, body)
            compared += 1
            found = [f"status {status}"] if status != entry["response"]["status"] else []
            if isinstance(golden, dict):
                found += differences(golden, body)
                if "error" in golden and json.loads(replay.ours(json.dumps(golden))) != body:
                    found.append(f"{golden['error']} is {body}")
            elif has_body(entry) and tight(golden) != tight(body):
                found.append(f"{golden!r} is {body!r}")
            wrong += [f"{file} {entry['name']}: {what}" for what in found]
    assert not wrong, "\n".join(wrong)
    assert compared > 150


# Requests and answers


@pytest.mark.usefixtures("nis")
def test_a_body_of_more_than_ten_megabytes_is_refused(client, admin):
    body = b'{"name": "x' + b"x" * ckan.MOST_BYTES + b'"}'
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


@pytest.mark.usefixtures("nis")
def test_a_file_is_refused_with_the_way_out(client, catalog, admin):
    dataset(catalog)
    answer = client.post(
        "/api/action/resource_create",
        data={"package_id": "vazduh"},
        files={"upload": ("a.csv", b"a,b\n")},
        headers={"Authorization": admin},
    )
    assert answer.status_code == 409
    assert "publish them with emap" in answer.json()["error"]["upload"][0]
    broken = client.post(
        "/api/action/resource_create",
        content=b"x",
        headers={"Content-Type": "multipart/form-data", "Authorization": admin},
    )
    assert broken.status_code == 400


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
    assert [name for name in ACTIONS if f"| `{name}` |" not in page] == []


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
