"""Who may do what, tokens, organizations, and the small lists."""

import dataclasses
import hashlib

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError
from sqlalchemy import select

from datasets.config import Catalog, Config
from publish.catalog import ACTIONS
from publish.catalog.tables import users
from publish.database import metadata

PRIVATE = {"name": "tajni-skup", "title": "Тајни скуп", "owner_org": "grad-nis", "private": True}


def caller(catalog, name):
    return catalog.as_user(catalog.create_user(name) if name else None)


def token(catalog, user="urednica"):
    return catalog.call_action("api_token_create", {"user": user, "name": "skripta"})


def test_only_the_hash_of_a_token_is_kept(catalog):
    made = token(catalog)["token"]
    with catalog.engine.connect() as connection:
        dump = str([connection.execute(select(table)).all() for table in metadata.sorted_tables])
    assert made not in dump
    assert hashlib.sha256(made.encode()).hexdigest() in dump


def test_a_token_is_its_user_until_it_is_revoked(catalog):
    made = token(catalog)
    assert catalog.user_of(made["token"]).name == "urednica"
    for wrong in (None, "", "garbage", "emap_", made["token"][:-1], made["token"] + "x"):
        assert catalog.user_of(wrong) is None
    catalog.call_action("api_token_revoke", {"jti": made["id"]})
    catalog.call_action("api_token_revoke", {"jti": "nema"})  # is revoked already
    assert catalog.user_of(made["token"]) is None


def test_tokens_belong_to_their_user(catalog):
    made = token(catalog)
    own, other = caller(catalog, "urednica"), caller(catalog, "gost")
    listed = own.call_action("api_token_list", {"user_id": "urednica"})
    assert [(t["id"], t["name"]) for t in listed] == [(made["id"], "skripta")]
    for action, given in {
        "api_token_list": {"user_id": "urednica"},
        "api_token_create": {"user": "urednica", "name": "x"},
        "api_token_revoke": {"jti": made["id"]},
    }.items():
        for stranger in (other, caller(catalog, None)):
            with pytest.raises(NotAuthorized):
                stranger.call_action(action, given)
    with pytest.raises(NotAuthorized):  # and not whether there is such a user
        other.call_action("api_token_list", {"user_id": "nema"})


def test_a_user_is_made_once_and_may_be_raised(catalog):
    first = catalog.create_user("milica")
    assert not first.sysadmin
    raised = catalog.create_user("milica", sysadmin=True)
    assert (raised.id, raised.sysadmin) == (first.id, True)
    assert catalog.create_user("milica").sysadmin
    with pytest.raises(ValidationError):
        catalog.create_user("Милица")


@pytest.mark.parametrize("name", ["", "urednica", "gost"])
def test_a_private_package_is_for_its_organization(catalog, name):
    catalog.call_action("package_create", PRIVATE)
    reader = caller(catalog, name)
    assert reader.call_action("package_list") == []
    assert reader.call_action("package_search")["count"] == 0
    private = {"include_private": True}
    if not name:
        with pytest.raises(NotAuthorized):
            reader.call_action("package_show", {"id": "tajni-skup"})
        assert reader.call_action("package_search", private)["count"] == 0
        assert reader.call_action("tag_list") == []
    else:
        assert reader.call_action("package_show", {"id": "tajni-skup"})["private"]
        assert reader.call_action("package_search", private)["count"] == 1
        assert reader.call_action("package_list", private) == ["tajni-skup"]


def test_a_private_package_of_another_organization_stays_hidden(catalog):
    made = catalog.call_action("package_create", PRIVATE | {"owner_org": "opstina-sabac"})
    editor = caller(catalog, "urednica")
    with pytest.raises(NotAuthorized, match=made["id"]):
        editor.call_action("package_show", {"id": "tajni-skup"})
    with pytest.raises(NotAuthorized):
        editor.call_action("package_patch", {"id": "tajni-skup", "private": False})
    assert editor.call_action("package_search", {"include_private": True})["count"] == 0


def test_editors_write_in_their_own_organization_only(catalog):
    editor, member = caller(catalog, "urednica"), caller(catalog, "gost")
    package = {"name": "parking", "owner_org": "grad-nis"}
    made = editor.call_action("package_create", package)
    assert made["creator_user_id"] == editor.user.id
    with pytest.raises(NotAuthorized, match="not authorized to create packages"):
        member.call_action("package_create", package | {"name": "drugi"})
    with pytest.raises(NotAuthorized, match="to this organization"):
        editor.call_action("package_create", {"name": "x2", "owner_org": "opstina-sabac"})
    with pytest.raises(ValidationError, match="cannot add a dataset to this organization"):
        editor.call_action("package_patch", {"id": "parking", "owner_org": "opstina-sabac"})
    with pytest.raises(NotAuthorized, match="to edit package"):
        member.call_action("package_delete", {"id": "parking"})
    resource = editor.call_action("resource_create", {"package_id": "parking", "url": "x"})
    with pytest.raises(NotAuthorized, match="to delete resource"):
        member.call_action("resource_delete", {"id": resource["id"]})


def test_only_a_sysadmin_gives_ids(catalog):
    editor = caller(catalog, "urednica")
    given = {"name": "parking", "owner_org": "grad-nis"}
    with pytest.raises(ValidationError) as raised:
        editor.call_action("package_create", given | {"id": "11111111-2222-4333-8444-555555555555"})
    assert raised.value.error_dict["id"] == ["The input field id was not expected."]


def test_an_editors_date_does_not_stand(catalog):
    editor = caller(catalog, "urednica")
    editor.call_action("package_create", {"name": "parking", "owner_org": "grad-nis"})
    dated = {"id": "parking", "title": "П", "metadata_modified": "2020-01-01T00:00:00"}
    assert editor.call_action("package_update", dated)["metadata_modified"] > "2026"


PERSON = {"name": "milica", "email": "Milica@primer.rs", "password": "dovoljno-duga"}


def test_a_user_is_made_by_a_sysadmin_and_the_address_is_his(catalog):
    made = catalog.call_action("user_create", PERSON | {"fullname": "Милица М."})
    assert (made["display_name"], made["email"]) == ("Милица М.", "Milica@primer.rs")
    own = caller(catalog, "milica").call_action("user_show", {"id": "milica"})
    assert own["email"] == "Milica@primer.rs"
    for other in (caller(catalog, "gost"), caller(catalog, None)):
        shown = other.call_action("user_show", {"id": made["id"]})
        assert not {"email", "apikey", "password"} & shown.keys()
        assert shown["email_hash"] == hashlib.md5(b"", usedforsecurity=False).hexdigest()
        with pytest.raises(NotAuthorized):
            other.call_action("user_create", PERSON | {"name": "jos"})
        with pytest.raises(NotAuthorized):
            other.call_action("user_patch", {"id": "milica", "about": "x"})


def test_a_password_is_kept_as_its_hash_and_never_told(catalog):
    catalog.call_action("user_create", PERSON)
    with catalog.engine.connect() as connection:
        kept = connection.scalar(select(users.c.password).where(users.c.name == "milica"))
    kind, n, r, p, salt, key = kept.split("$")
    sizes = {"n": int(n), "r": int(r), "p": int(p)}
    assert kind == "scrypt"
    word = PERSON["password"].encode()
    assert hashlib.scrypt(word, salt=bytes.fromhex(salt), **sizes).hex() == key
    asked = {"id": "milica", "include_password_hash": True, "include_plugin_extras": True}
    shown = catalog.call_action("user_show", asked)
    assert (shown["password_hash"], shown["plugin_extras"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, {"name": "Missing value", "email": "Missing value", "password": "Missing value"}),
        (PERSON | {"name": "x"}, {"name": "Must be at least 2 characters long"}),
        (PERSON | {"name": "a" * 101}, {"name": "Name must be a maximum of 100 characters long"}),
        (PERSON | {"name": "gost"}, {"name": "That login name is not available."}),
        (PERSON | {"name": ["milica"]}, {"name": "Names must be strings"}),
        (PERSON | {"email": "bad"}, {"email": "Email bad is not a valid format"}),
        (PERSON | {"password": "kratka"}, {"password": "Your password must be 8 characters or"}),
        (PERSON | {"password": 12345678}, {"password": "Passwords must be strings"}),
        (PERSON | {"fullname": "a\0b"}, {"fullname": "Must not contain the NUL character"}),
        (PERSON | {"about": "\ud800"}, {"about": "Must not contain half a surrogate pair"}),
        (PERSON | {"about": ["x"]}, {"about": "Must be text"}),
        (PERSON | {"id": "x"}, {"id": "Must be a UUID"}),
    ],
)
def test_what_is_wrong_with_a_new_user_is_told_field_by_field(catalog, given, errors):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("user_create", given)
    told = {key: value[0] for key, value in raised.value.error_dict.items() if key != "__type"}
    assert told.keys() == errors.keys()
    assert all(told[key].startswith(sentence) for key, sentence in errors.items())


def test_an_address_belongs_to_one_user_in_any_case(catalog):
    catalog.call_action("user_create", PERSON)
    with pytest.raises(ValidationError, match="belongs to a registered user"):
        same = PERSON | {"name": "druga", "email": "MILICA@primer.rs"}
        catalog.call_action("user_create", same)
    kept = catalog.call_action("user_update", {"id": "milica", "email": "milica@primer.rs"})
    assert kept["email"] == "milica@primer.rs"


def test_a_patch_keeps_what_an_update_wants_again(catalog):
    catalog.call_action("user_create", PERSON | {"fullname": "М"})
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("user_update", {"id": "milica", "about": "o"})
    assert raised.value.error_dict["email"] == ["Missing value"]
    patched = caller(catalog, "milica").call_action("user_patch", {"id": "milica", "about": "o"})
    assert (patched["fullname"], patched["about"]) == ("М", "o")
    with pytest.raises(ValidationError, match="can not be modified"):
        catalog.call_action("user_patch", {"id": "milica", "name": "nova"})
    with pytest.raises(ValidationError):
        catalog.call_action("user_patch", {"id": "milica", "name": "gost"})


def test_only_a_sysadmin_makes_sysadmins(catalog):
    catalog.call_action("user_create", PERSON)
    own = caller(catalog, "milica")
    sent = {"id": "milica", "sysadmin": True, "state": "deleted", "password_hash": "x"}
    assert own.call_action("user_patch", sent)["sysadmin"] is False
    assert catalog.call_action("user_show", {"id": "milica"})["state"] == "active"
    assert catalog.call_action("user_patch", {"id": "milica", "sysadmin": True})["sysadmin"]


def test_a_deleted_user_loses_tokens_and_roles_and_is_still_shown(catalog):
    made = token(catalog)["token"]
    for other in (caller(catalog, "gost"), caller(catalog, None)):
        with pytest.raises(NotAuthorized):
            other.call_action("user_delete", {"id": "urednica"})
    catalog.call_action("user_delete", {"id": "urednica"})
    assert catalog.user_of(made) is None
    assert catalog.call_action("user_show", {"id": "urednica"})["state"] == "deleted"
    assert "urednica" not in catalog.call_action("user_list", {"all_fields": False})
    shown = catalog.call_action("organization_show", {"id": "grad-nis"})
    assert "urednica" not in {user["name"] for user in shown["users"]}
    with pytest.raises(ValidationError):  # the name stays taken
        catalog.call_action("user_create", PERSON | {"name": "urednica"})


def test_users_are_listed_by_what_people_read(catalog):
    for name, fullname in (("z1", "Ана"), ("a1", "Яна"), ("m1", None)):
        given = PERSON | {"name": name, "email": f"{name}@primer.rs", "fullname": fullname}
        catalog.call_action("user_create", given)
    names = catalog.call_action("user_list", {"all_fields": False})
    assert names == ["gost", "m1", "urednica", "z1", "a1"]
    by_name = catalog.call_action("user_list", {"all_fields": "false", "order_by": "name"})
    assert by_name == ["a1", "gost", "m1", "urednica", "z1"]
    found = {"q": "ana", "all_fields": False}
    assert caller(catalog, None).call_action("user_list", found) == ["z1"]
    assert catalog.call_action("user_list", {"email": "A1@primer.rs"})[0]["name"] == "a1"
    everybody = caller(catalog, None).call_action("user_list", {"email": "a1@primer.rs"})
    assert len(everybody) == 5  # nobody else asks for addresses
    with pytest.raises(ValidationError):
        catalog.call_action("user_list", {"order_by": "edits"})
    assert catalog.call_action("user_autocomplete", {"q": "яна"})[0]["name"] == "a1"
    with pytest.raises(NotAuthorized):
        caller(catalog, None).call_action("user_autocomplete", {"q": "a"})


def test_a_users_private_datasets_are_counted_for_him_only(catalog):
    editor = caller(catalog, "urednica")
    editor.call_action("package_create", PRIVATE)
    editor.call_action("package_create", {"name": "javni", "owner_org": "grad-nis"})
    asked = {"id": "urednica", "include_datasets": True, "include_num_followers": True}
    own, others = (c.call_action("user_show", asked) for c in (editor, caller(catalog, None)))
    assert (own["number_created_packages"], others["number_created_packages"]) == (2, 1)
    assert {d["name"] for d in own["datasets"]} == {"javni", "tajni-skup"}
    assert [d["name"] for d in others["datasets"]] == ["javni"]
    assert others["num_followers"] == 0


def test_who_asks_without_an_id_is_shown_himself(catalog):
    assert caller(catalog, "gost").call_action("user_show")["name"] == "gost"
    with pytest.raises(NotFound):
        caller(catalog, None).call_action("user_show")


def test_using_a_token_is_written_once_in_ten_minutes(catalog):
    made = token(catalog)["token"]
    assert catalog.call_action("user_show", {"id": "urednica"})["last_active"] is None
    catalog.user_of(made)
    first = catalog.call_action("user_show", {"id": "urednica"})["last_active"]
    listed = catalog.call_action("api_token_list", {"user_id": "urednica"})
    assert listed[0]["last_access"] == first is not None
    catalog.user_of(made)
    assert catalog.call_action("user_show", {"id": "urednica"})["last_active"] == first


def test_a_user_may_come_with_a_token(catalog):
    made = catalog.call_action("user_create", PERSON | {"with_apitoken": True})
    assert catalog.user_of(made["token"]).name == "milica"


def test_anyone_makes_users_only_where_the_site_says_so(catalog):
    stranger = caller(catalog, None)
    with pytest.raises(NotAuthorized):
        stranger.call_action("user_create", PERSON)
    open_site = Config(catalog=Catalog(users_by_api="anyone"))
    outside = dataclasses.replace(catalog.outside, config=open_site)
    made = dataclasses.replace(stranger, outside=outside).call_action(
        "user_create", PERSON | {"sysadmin": True, "id": catalog.user.id, "with_apitoken": True}
    )
    assert (made["sysadmin"], made["id"] == catalog.user.id, "token" in made) == (False,) * 3


def test_organizations_are_listed_by_title_in_serbian_order(catalog):
    for name, title in (("cacak", "Чачак"), ("cuprija", "Ćuprija"), ("bor", "Бор")):
        catalog.call_action("organization_create", {"name": name, "title": title})
    names = ["bor", "cacak", "cuprija", "grad-nis", "opstina-sabac"]
    assert catalog.call_action("organization_list") == names
    assert catalog.call_action("organization_list", {"limit": 2, "offset": "1"}) == names[1:3]
    assert catalog.call_action("organization_list", {"sort": "name desc"}) == names[::-1]
    some = {"organizations": ["bor"], "all_fields": True}
    assert [o["title"] for o in catalog.call_action("organization_list", some)] == ["Бор"]
    with pytest.raises(ValidationError):
        catalog.call_action("organization_list", {"sort": "bogus"})


def test_an_organization_shows_its_datasets_and_users(catalog):
    catalog.call_action("package_create", {"name": "parking", "owner_org": "grad-nis"})
    shown = catalog.call_action("organization_show", {"id": "grad-nis", "include_datasets": True})
    assert shown["package_count"] == 1
    assert [package["name"] for package in shown["packages"]] == ["parking"]
    users = {user["name"]: user["capacity"] for user in shown["users"]}
    assert users == {"emap": "admin", "urednica": "editor", "gost": "member"}
    few = catalog.call_action("organization_show", {"id": "grad-nis", "include_users": "no"})
    assert "users" not in few
    with pytest.raises(NotFound):
        catalog.call_action("organization_show", {"id": "nema"})


def test_a_name_of_an_organization_is_taken_once(catalog):
    for given, field in (
        ({"name": "grad-nis"}, "name"),
        ({"name": "Град"}, "name"),
        ({"name": "nov", "users": [{"name": "nema", "capacity": "admin"}]}, "users"),
        ({"name": "nov", "users": [{"name": "gost", "capacity": "car"}]}, "users"),
        ({"name": "nov", "extras": ["x"]}, "extras"),
    ):
        with pytest.raises(ValidationError) as raised:
            catalog.call_action("organization_create", given)
        assert list(raised.value.error_dict) == [field, "__type"]
    with pytest.raises(NotAuthorized):
        catalog.as_user(None).call_action("organization_create", {"name": "nov"})


def test_tags_are_listed_once_and_found_in_either_script(catalog):
    for name, tags in (("a1", "деца, škola"), ("b2", "деца, vazduh")):
        package = {"name": name, "owner_org": "grad-nis", "tag_string": tags}
        catalog.call_action("package_create", package)
    assert sorted(catalog.call_action("tag_list")) == ["vazduh", "škola", "деца"]
    found = catalog.call_action("tag_list", {"query": "deca", "all_fields": True})
    assert [tag["display_name"] for tag in found] == ["деца"]


def test_every_action_explains_itself(catalog):
    for name in ACTIONS:
        assert len(catalog.call_action("help_show", {"name": name})) > 30
    with pytest.raises(NotFound):
        catalog.call_action("help_show", {"name": "nema"})


def test_the_site_tells_who_it_is(catalog):
    status = catalog.call_action("status_show")
    assert (status["site_title"], status["locale_default"]) == ("Отворени подаци", "sr")
    assert status["ckan_version"] == "2.12.0"
    licences = {licence["id"]: licence for licence in catalog.call_action("license_list")}
    assert licences["cc-zero"]["od_conformance"] == "approved"
    assert catalog.license_title("cc-zero") == "Creative Commons CCZero"
