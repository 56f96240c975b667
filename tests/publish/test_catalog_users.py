"""Who may do what, tokens, organizations, and the small lists."""

import hashlib

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError
from sqlalchemy import select

from publish.catalog import ACTIONS
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
    with pytest.raises(NotAuthorized):
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
    assert catalog.call_action("tag_list") == ["vazduh", "škola", "деца"]
    found = catalog.call_action("tag_list", {"query": "deca", "all_fields": True})
    assert [tag["display_name"] for tag in found] == ["деца"]


def test_every_action_explains_itself(catalog):
    for name in ACTIONS:
        assert len(catalog.call_action("help_show", {"name": name})) > 40
    with pytest.raises(NotFound):
        catalog.call_action("help_show", {"name": "nema"})


def test_the_site_tells_who_it_is(catalog):
    status = catalog.call_action("status_show")
    assert (status["site_title"], status["locale_default"]) == ("Отворени подаци", "sr")
    assert status["ckan_version"] == "2.12.0"
    licences = {licence["id"]: licence for licence in catalog.call_action("license_list")}
    assert licences["cc-zero"]["od_conformance"] == "approved"
    assert catalog.license_title("cc-zero") == "Creative Commons CCZero"
