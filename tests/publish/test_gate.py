"""Personal data that come by the API: refused before anybody can read them, or released."""

import io
import json

import openpyxl
import pytest
from ckanapi.errors import NotAuthorized, ValidationError

from publish.catalog import User, sources
from publish.catalog.call import Upload
from tests.validation import planted
from tests.validation.conftest import Here
from validation.privacy.gate import form_of

REASON = {"privacy_reason": "Закон о јавној својини, члан 79"}


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    monkeypatch.setattr(sources, "Sandbox", lambda limits: Here())


@pytest.fixture
def officers(catalog):
    """The catalog as an admin and as an editor of the organization of `drvece`."""
    catalog.call_action("package_create", {"name": "drvece", "owner_org": "grad-nis"})
    found = {}
    for name, role in (("ana", "admin"), ("urednik", "editor")):
        user = catalog.create_user(name)
        member = {"id": "grad-nis", "username": name, "role": role}
        catalog.call_action("organization_member_create", member)
        found[role] = catalog.as_user(User(user.id, user.name))
    return found


@pytest.fixture
def send(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sent")

    def send(caller, content, name="podaci.csv", action="resource_create", **given):
        path = folder / "part"
        path.write_bytes(content)
        files = {"upload": Upload(name, path, len(content))}
        return caller.call_action(action, {"package_id": "drvece", **given}, files=files)

    return send


def people(count=6):
    """Personal numbers, and a table of them."""
    secrets = [planted.jmbg() for _ in range(count)]
    return secrets, [["id", "јмбг"], *([str(i), secret] for i, secret in enumerate(secrets))]


def as_csv(rows):
    return "".join(",".join(row) + "\n" for row in rows).encode()


def as_xlsx(rows):
    """The table in a hidden sheet behind a clean one."""
    book = openpyxl.Workbook()
    book.active.append(["naziv", "boja"])
    book.active.append(["klupa", "plava"])
    sheet = book.create_sheet("списак")
    sheet.sheet_state = "hidden"
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_geojson(rows):
    head, *rest = rows
    point = {"type": "Point", "coordinates": [21.9, 43.3]}
    features = [
        {"type": "Feature", "properties": dict(zip(head, row, strict=True)), "geometry": point}
        for row in rest
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def assert_nothing_kept(catalog, secrets):
    """Look for values in the files of the state folder: blobs, drafts, and SQLite's catalog."""
    kept = [p.read_bytes() for p in catalog.outside.store.root.rglob("*") if p.is_file()]
    assert not any(secret.encode() in content for secret in secrets for content in kept)
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert shown["resources"] == []
    ask = {"id": "drvece", "include_hidden_activity": True}
    said = catalog.call_action("package_activity_list", ask)
    assert [each["activity_type"] for each in said] == ["new package"]


@pytest.mark.parametrize(
    ("name", "write"),
    [("podaci.csv", as_csv), ("podaci.xlsx", as_xlsx), ("mesta.geojson", as_geojson)],
)
def test_a_file_with_personal_data_is_refused_and_nothing_of_it_is_kept(
    catalog, officers, send, name, write
):
    secrets, rows = people()
    with pytest.raises(ValidationError) as refused:
        send(officers["editor"], write(rows), name)
    told = refused.value.error_dict["upload"]
    assert told[0] == "Column јмбг: there are unique personal numbers (JMBG)"
    assert "privacy_reason" in told[-1]
    assert not any(secret in str(refused.value) for secret in secrets)
    assert_nothing_kept(catalog, secrets)


def test_a_workbook_that_is_called_csv_is_read_as_what_it_is(officers, send):
    with pytest.raises(ValidationError) as refused:
        send(officers["editor"], as_xlsx(people()[1]), "podaci.csv")
    assert "Column јмбг" in refused.value.error_dict["upload"][0]


def test_a_header_and_a_name_are_told_without_the_value_and_nobody_releases_them(officers, send):
    number = planted.jmbg()
    for content, name in ((f"1,{number}\n2,x\n".encode(), "a.csv"), (b"a\n1\n", f"{number}.csv")):
        with pytest.raises(ValidationError) as refused:
            send(officers["admin"], content, name, **REASON)
        assert number not in str(refused.value)
        assert "nobody can release" in refused.value.error_dict["upload"][-1]


def test_an_admin_releases_with_a_reason_and_it_is_written_down(catalog, officers, send):
    secrets, rows = people()
    made = send(officers["admin"], as_csv(rows), **REASON)
    assert "privacy_reason" not in made
    [release] = officers["admin"].call_action("privacy_release_list", {"id": "drvece"})
    assert [release[key] for key in ("field", "kind", "released_by")] == ["јмбг", "jmbg", "ana"]
    assert (release["reason"], release["resource"]) == (REASON["privacy_reason"], made["id"])
    newest, *_ = catalog.call_action("package_activity_list", {"id": "drvece"})
    assert newest["activity_type"] == "released package"
    assert not any(secret in str(newest) for secret in secrets)
    other = people()[1]
    with pytest.raises(ValidationError, match="JMBG"):
        send(officers["admin"], as_csv(other), action="resource_update", id=made["id"])


def test_a_release_of_another_kind_holds_for_the_next_file_of_an_editor(officers, send):
    contacts = [["id", "kontakt"], *([str(i), planted.email()] for i in range(4))]
    made = send(officers["admin"], as_csv(contacts), **REASON)
    contacts += [["9", planted.email()]]
    changed = send(officers["editor"], as_csv(contacts), action="resource_update", id=made["id"])
    assert changed["size"] == len(as_csv(contacts))
    [release] = officers["admin"].call_action("privacy_release_list", {"id": "drvece"})
    officers["admin"].call_action("privacy_release_revoke", {"id": release["id"]})
    contacts += [["10", planted.email()]]
    with pytest.raises(ValidationError, match="mail addresses"):
        send(officers["editor"], as_csv(contacts), action="resource_update", id=made["id"])


def test_an_editor_may_give_no_reason_and_a_reason_holds_no_secret(catalog, officers, send):
    secrets, rows = people()
    with pytest.raises(NotAuthorized):
        send(officers["editor"], as_csv(rows), **REASON)
    for reason in ("", secrets[0], 7):
        with pytest.raises(ValidationError) as refused:
            send(officers["admin"], as_csv(rows), privacy_reason=reason)
        assert list(refused.value.error_dict) == ["privacy_reason", "__type"]
    assert_nothing_kept(catalog, secrets)


def test_a_stranger_is_refused_before_anything_is_looked_at(catalog, officers, send, monkeypatch):
    monkeypatch.setattr(sources, "Sandbox", None)
    with pytest.raises(NotAuthorized):
        send(catalog.as_user(None), as_csv(people()[1]))
    user = catalog.create_user("gost")
    with pytest.raises(NotAuthorized):
        send(catalog.as_user(User(user.id, user.name)), as_csv(people()[1]))


@pytest.mark.parametrize("how", ["package_patch", "package_update", "bulk_update_public"])
def test_a_private_dataset_takes_it_and_cannot_become_public_with_it(catalog, officers, send, how):
    catalog.call_action("package_patch", {"id": "drvece", "private": True})
    _, rows = people()
    made = send(officers["editor"], as_csv(rows))
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    given = {"resource": {"package_id": "drvece", "name": "redovi"}, "records": records}
    officers["editor"].call_action("datastore_create", given)
    ask = {"id": "drvece", "private": False}
    if how == "bulk_update_public":
        ask = {"datasets": ["drvece"], "org_id": "grad-nis"}
    with pytest.raises(ValidationError) as refused:
        officers["admin"].call_action(how, ask)
    file, table = refused.value.error_dict["resources"]
    assert "Column јмбг" in file["upload"][0]
    assert "Column јмбг" in table["records"][0]
    assert catalog.call_action("package_show", {"id": "drvece"})["private"]
    officers["admin"].call_action(how, {**ask, **REASON})
    assert catalog.as_user(None).download("drvece", made["id"]).public
    assert len(officers["admin"].call_action("privacy_release_list", {"id": "drvece"})) == 2


def test_a_deleted_dataset_comes_back_only_through_the_gate(officers, send):
    officers["admin"].call_action("package_patch", {"id": "drvece", "private": True})
    send(officers["admin"], as_csv(people()[1]))
    officers["admin"].call_action("package_delete", {"id": "drvece"})
    with pytest.raises(ValidationError, match="JMBG"):
        ask = {"id": "drvece", "state": "active", "private": False}
        officers["admin"].call_action("package_patch", ask)


def test_rows_of_a_public_table_are_seen_before_they_are_written(catalog, officers):
    secrets, rows = people()
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    given = {"resource": {"package_id": "drvece", "name": "redovi"}, "records": records}
    with pytest.raises(ValidationError) as refused:
        officers["editor"].call_action("datastore_create", given)
    assert "Column јмбг" in refused.value.error_dict["records"][0]
    assert_nothing_kept(catalog, secrets)
    clean = {**given, "records": [{"id": "1", "јмбг": ""}]}
    made = officers["editor"].call_action("datastore_create", clean)
    ask = {"resource_id": made["resource_id"], "method": "insert", "records": records}
    with pytest.raises(ValidationError, match="JMBG"):
        officers["editor"].call_action("datastore_upsert", ask)
    with pytest.raises(NotAuthorized):
        officers["editor"].call_action("datastore_upsert", {**ask, **REASON})
    officers["admin"].call_action("datastore_upsert", {**ask, **REASON})
    found = catalog.call_action("datastore_search", {"resource_id": made["resource_id"]})
    assert found["total"] == 7


def test_a_number_that_is_no_text_is_seen_too(officers):
    records = [{"a": {"licno": planted.jmbg()}}, {"a": None}]
    given = {"resource": {"package_id": "drvece"}, "records": records}
    with pytest.raises(ValidationError, match="JMBG"):
        officers["editor"].call_action("datastore_create", given)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("slika.png", b"\x89PNG" + planted.jmbg().encode()),
        ("ostecena.xlsx", b"PK\x03\x04 no workbook"),
        ("prazna.csv", b""),
        ("lista.json", b'{"a": 1}'),
        ("cista.csv", b"id,boja\n1,plava\n"),
    ],
)
def test_what_is_clean_or_not_read_is_kept_as_before(officers, send, name, content):
    assert send(officers["editor"], content, name)["size"] == len(content)


def test_others_write_while_a_file_is_looked_through(catalog, officers, send, monkeypatch):
    class Meanwhile(Here):
        def run(self, *asked, **given):
            catalog.call_action("package_patch", {"id": "drvece", "notes": "у међувремену"})
            return super().run(*asked, **given)

    monkeypatch.setattr(sources, "Sandbox", lambda limits: Meanwhile())
    send(officers["editor"], b"id,boja\n1,plava\n")
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert (shown["notes"], len(shown["resources"])) == ("у међувремену", 1)


def test_the_gate_can_be_switched_off(catalog, officers, send):
    said = catalog.outside.config.model_validate({"validation": {"privacy": {"uploads": "off"}}})
    object.__setattr__(catalog.outside, "config", said)
    assert send(officers["editor"], as_csv(people()[1]))["format"] == "CSV"


def test_the_site_s_own_mailboxes_stop_nothing_here_or_on_demand(catalog, officers, send):
    own = {"validation": {"privacy": {"domains": ["primer.rs"]}}}
    object.__setattr__(catalog.outside, "config", catalog.outside.config.model_validate(own))
    made = send(officers["editor"], b"id,kontakt\n1,pera@primer.rs\n2,mika@primer.rs\n")
    catalog.call_action("resource_validation_run", {"resource_id": made["id"], "async": False})
    report = catalog.call_action("resource_validation_show", {"resource_id": made["id"]})
    assert report["status"] == "success"


def test_a_format_is_told_by_the_ending_then_by_the_label():
    asked = [("a.zip", ""), ("a.CSV", "PDF"), ("a", "Excel"), ("a.bin", "XLSX"), ("a.pdf", "")]
    assert [form_of(*each) for each in asked] == ["shp", "csv", "", "xlsx", ""]
