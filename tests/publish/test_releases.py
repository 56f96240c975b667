"""Releases of personal data: who may, for how long they hold, and what of the values is left."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from datasets.config import Config
from harvesters.packages.package import upload
from publish import releases
from publish.catalog import User
from publish.desk import Desk, open_desk
from publish.pipeline import again, take
from publish.releasing import release, revoke
from tests.validation import planted
from tests.validation.conftest import Here

ANY = {"resource": None, "field": None, "kind": None}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    config = Config.model_validate({"organizations": [{"name": "nis", "title": "Град Ниш"}]})
    opened = replace(open_desk(config, tmp_path / "var"), sandbox=Here())
    clean = tmp_path / "klupe.csv"
    clean.write_text("id,boja\n1,plava\n2,zelena\n", encoding="utf-8")
    assert send(opened, clean).action == "created"
    for name, role in (("ana", "admin"), ("urednik", "editor"), ("gost", "member")):
        opened.catalog.create_user(name)
        member = {"id": "nis", "username": name, "role": role}
        opened.catalog.call_action("organization_member_create", member)
    yield opened
    opened.versions.close()


def send(desk, path, name=""):
    return take(upload(path, organization="nis", name=name or path.stem, title=None), desk)


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def contacts(path: Path, count: int = 3) -> Path:
    return write(path, "id,kontakt", [f"{i},{planted.email()}" for i in range(count)])


def people(path: Path, count: int = 5) -> Path:
    return write(path, "id,јмбг", [f"{i},{planted.jmbg()}" for i in range(count)])


def checks(desk, name):
    refusal = desk.versions.refusal(name)
    return {finding.check for finding in refusal.report.of("error")} if refusal else set()


def officer(desk, name):
    user = desk.catalog.call_action("user_show", {"id": name})
    return desk.catalog.as_user(User(user["id"], user["name"], user["sysadmin"]))


def test_a_release_publishes_and_the_report_says_by_whom_and_why(desk, tmp_path):
    path = contacts(tmp_path / "skole.csv")
    assert send(desk, path).action == "refused"
    made, receipt = release("skole", desk, by="ana", reason="адресе школа", wanted=ANY)
    assert receipt.action == "created"
    [given] = made
    assert (given["field"], given["kind"], given["released_by"]) == ("kontakt", "email", "ana")
    report = desk.store.version("skole", 1, "report")
    [note] = [f for f in report["findings"] if f["check"] == "personal-released"]
    assert note["severity"] == "note"
    assert (note["values"]["by"], note["values"]["reason"]) == ("ana", "адресе школа")


def test_a_release_of_mailboxes_holds_for_later_deliveries(desk, tmp_path):
    path = tmp_path / "skole.csv"
    send(desk, contacts(path))
    release("skole", desk, by="ana", reason="адресе школа", wanted=ANY)
    assert send(desk, contacts(path, 7)).action == "updated"


def test_a_release_of_personal_numbers_holds_for_the_very_bytes_only(desk, tmp_path):
    path = tmp_path / "zaposleni.csv"
    send(desk, people(path))
    _, receipt = release("zaposleni", desk, by="ana", reason="члан 5", wanted=ANY)
    assert receipt.action == "created"
    assert send(desk, people(path)).action == "refused"
    assert checks(desk, "zaposleni") == {"personal-jmbg"}


def test_one_column_may_be_released_while_another_stops(desk, tmp_path):
    rows = [f"{i},{planted.email()},{planted.mobile()}" for i in range(4)]
    send(desk, write(tmp_path / "skole.csv", "id,kontakt,mobilni", rows))
    wanted = {**ANY, "field": "kontakt"}
    _, receipt = release("skole", desk, by="ana", reason="члан 5", wanted=wanted)
    assert receipt.action == "refused"
    assert checks(desk, "skole") == {"personal-phone"}


def test_what_is_revoked_stops_the_next_delivery(desk, tmp_path):
    path = tmp_path / "skole.csv"
    send(desk, contacts(path))
    release("skole", desk, by="ana", reason="адресе школа", wanted=ANY)
    [gone] = revoke("skole", desk, by="ana", wanted=ANY)
    assert gone["revoked_by"] == "ana"
    assert revoke("skole", desk, by="ana", wanted=ANY) == []
    assert send(desk, contacts(path, 9)).action == "refused"
    assert desk.versions.current("skole").number == 1


@pytest.mark.parametrize("name", ["urednik", "gost"])
def test_only_an_admin_of_the_organization_releases(name, desk, tmp_path):
    send(desk, contacts(tmp_path / "skole.csv"))
    with pytest.raises(NotAuthorized):
        release("skole", desk, by=name, reason="зато", wanted=ANY)
    with pytest.raises(NotAuthorized):
        desk.catalog.as_user(None).call_action(
            "privacy_release_create", {"id": "skole", "reason": "x"}
        )
    assert not desk.versions.current("skole")


def test_editors_see_what_was_released_and_members_do_not(desk, tmp_path):
    send(desk, contacts(tmp_path / "skole.csv"))
    release("skole", desk, by="ana", reason="адресе школа", wanted=ANY)
    [seen] = officer(desk, "urednik").call_action("privacy_release_list", {"id": "skole"})
    assert seen["reason"] == "адресе школа"
    with pytest.raises(NotAuthorized):
        officer(desk, "gost").call_action("privacy_release_list", {"id": "skole"})
    with pytest.raises(NotAuthorized):
        officer(desk, "urednik").call_action("privacy_release_revoke", {"id": seen["id"]})


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "   "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"reason": "пише на ana.anic@gmail.com"}, "reason"),
        ({"reason": "да", "kind": "jmbg"}, "kind"),
        ({"reason": "да", "field": "id"}, "kind"),
        ({"reason": "да", "resource": "друго"}, "kind"),
    ],
)
def test_a_release_needs_a_reason_and_something_to_release(given, field, desk, tmp_path):
    send(desk, contacts(tmp_path / "skole.csv"))
    with pytest.raises(ValidationError) as error:
        desk.catalog.call_action("privacy_release_create", {"id": "skole", **given})
    assert field in error.value.error_dict


@pytest.mark.parametrize("action", ["create", "list", "revoke"])
def test_what_is_not_there_is_not_found(action, desk):
    with pytest.raises(NotFound):
        desk.catalog.call_action(f"privacy_release_{action}", {"id": "nema", "reason": "да"})


def test_a_release_stands_in_the_stream_of_a_dataset_that_is_public(desk, tmp_path):
    path = write(tmp_path / "skole.csv", "id,kontakt", ["1,info@primer.rs"])
    assert send(desk, path).action == "created"
    send(desk, contacts(path))
    release("skole", desk, by="ana", reason="адресе школа", wanted=ANY)
    found = desk.catalog.call_action("package_activity_list", {"id": "skole"})
    told = [(each["activity_type"], each["data"]["actor"]) for each in found]
    assert ("released package", "ana") in told


def test_the_api_judges_the_last_delivery_by_itself(desk, tmp_path):
    send(desk, contacts(tmp_path / "skole.csv"))
    given = {"id": "skole", "reason": "члан 5", "async": False}
    desk.catalog.call_action("privacy_release_create", given)
    assert desk.versions.current("skole").number == 1


def test_a_dataset_without_personal_data_knows_of_no_releases(desk, tmp_path):
    path = tmp_path / "klupe.csv"
    assert releases.applied(desk.checks, desk.store.keep(upload_of(path)), desk.versions) is (
        desk.checks
    )
    assert again("klupe", desk).action == "unchanged"


def upload_of(path):
    return upload(path, organization="nis", name="klupe", title=None)


def kept(state: Path) -> dict[str, bytes]:
    """Give all that a site keeps but the publishers' own files."""
    files = (path for path in state.rglob("*") if path.is_file() and "blobs" not in path.parts)
    return {str(path.relative_to(state)): path.read_bytes() for path in files}


def test_no_value_is_kept_in_the_state_folder_or_told(emap, tmp_path):
    secrets, rows = [], []
    for i in range(30):
        values = [planted.jmbg(), planted.mobile(), planted.account(), planted.email()]
        secrets += values
        rows.append(f"{i},{planted.LAST[i % 8]},{','.join(values)},{planted.LAST[0]}")
    path = write(tmp_path / "p.csv", "id,презиме,a,b,c,d,износ", rows)
    labels = "id презиме a b c d износ".split()
    schema = {"fields": [{"name": label, "type": "integer"} for label in labels]}
    folder = tmp_path / "paket"
    folder.mkdir()
    path.rename(folder / "p.csv")
    resource = {"name": "p", "path": "p.csv", "schema": schema}
    descriptor = {"name": "p", "title": "П", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    state = tmp_path / "var"
    done = emap("--state", state, "publish", folder, "--organization", "nis", "--json")
    report = emap("--state", state, "report", "p")
    assert done.returncode == 1
    said = {**kept(state), "output": (done.stdout + done.stderr).encode()}
    said["report"] = (report.stdout + report.stderr).encode()
    leaks = [
        (where, secret)
        for where, content in said.items()
        for secret in [*secrets, *planted.LAST]
        if secret.encode() in content
    ]
    assert leaks == []


def test_an_officer_releases_from_the_command_line(emap, tmp_path):
    state, path = tmp_path / "var", contacts(tmp_path / "skole.csv")
    emap("--state", state, "token", "create", "--user", "ana", "--sysadmin")
    assert emap("--state", state, "publish", path, "--organization", "nis").returncode == 1
    done = emap("--state", state, "release", "skole", "--by", "ana", "--reason", "члан 5")
    assert done.returncode == 0, done.stderr
    assert "kontakt: email released" in done.stdout
    assert "created version 1" in done.stdout
