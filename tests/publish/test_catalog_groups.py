"""Organizations and groups: made, changed, listed, deleted, purged; who belongs to them."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from publish.catalog.call import Upload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def caller(catalog, name):
    return catalog.as_user(catalog.create_user(name) if name else None)


def package(catalog, name, **more):
    return catalog.call_action("package_create", {"name": name, "owner_org": "grad-nis", **more})


@pytest.fixture
def group(catalog):
    """A group `ekologija` whose admin is `gost`, with the dataset `vazduh` in it."""
    made = caller(catalog, "gost").call_action(
        "group_create",
        {"name": "ekologija", "title": "Екологија", "extras": [{"key": "k", "value": "v"}]},
    )
    package(catalog, "vazduh", groups=[{"name": "ekologija"}])
    return made


def test_who_makes_a_group_is_its_admin(catalog, group):
    assert (group["type"], group["is_organization"]) == ("group", False)
    assert [(u["name"], u["capacity"]) for u in group["users"]] == [("gost", "admin")]
    assert catalog.call_action("group_show", {"id": "ekologija"})["package_count"] == 1
    assert catalog.call_action("group_list") == ["ekologija"]
    with pytest.raises(NotFound):
        catalog.call_action("organization_show", {"id": "ekologija"})
    with pytest.raises(NotFound):
        catalog.call_action("group_show", {"id": "grad-nis"})
    with pytest.raises(NotAuthorized, match="User None not authorized to create groups"):
        caller(catalog, None).call_action("group_create", {"name": "nova"})


def test_what_is_created_is_what_is_shown(catalog, group):
    shown = catalog.call_action("group_show", {"id": group["id"]})
    assert shown == group | {"package_count": 1}


def test_an_update_replaces_and_a_patch_merges(catalog, group):
    admin = caller(catalog, "gost")
    patched = admin.call_action("group_patch", {"id": "ekologija", "description": "опис"})
    assert (patched["title"], patched["description"]) == ("Екологија", "опис")
    assert patched["extras"] == [{"key": "k", "value": "v"}]
    updated = admin.call_action("group_update", {"id": "ekologija", "title": "Природа"})
    assert (updated["title"], updated["description"], updated["extras"]) == ("Природа", "", [])
    assert (updated["name"], updated["package_count"]) == ("ekologija", 1)
    assert [u["name"] for u in updated["users"]] == ["gost"]
    for stranger in (caller(catalog, "urednica"), caller(catalog, None)):
        with pytest.raises(NotAuthorized, match=f"to edit group {group['id']}"):
            stranger.call_action("group_patch", {"id": "ekologija", "title": "x"})


def test_a_renamed_organization_is_found_by_its_new_name(catalog):
    package(catalog, "vazduh")
    catalog.call_action("organization_patch", {"id": "grad-nis", "name": "nis", "title": "Ниш"})
    shown = catalog.call_action("package_show", {"id": "vazduh"})
    assert (shown["organization"]["name"], shown["organization"]["title"]) == ("nis", "Ниш")
    counted = {"facet.field": ["organization"], "fq": "organization:nis"}
    found = catalog.call_action("package_search", counted)
    assert found["facets"] == {"organization": {"nis": 1}}
    assert catalog.call_action("package_search", {"fq": "organization:grad-nis"})["count"] == 0


def test_a_renamed_group_is_renamed_in_its_datasets(catalog, group):
    catalog.call_action("group_patch", {"id": "ekologija", "name": "priroda", "title": "Природа"})
    groups = catalog.call_action("package_show", {"id": "vazduh"})["groups"]
    assert [(g["name"], g["title"]) for g in groups] == [("priroda", "Природа")]
    assert catalog.call_action("package_search", {"fq": "groups:priroda"})["count"] == 1


def test_a_deleted_group_leaves_its_datasets_and_keeps_its_name(catalog, group):
    admin = caller(catalog, "gost")
    admin.call_action("group_delete", {"id": "ekologija"})
    assert catalog.call_action("package_show", {"id": "vazduh"})["groups"] == []
    assert catalog.call_action("package_search", {"fq": "groups:ekologija"})["count"] == 0
    assert catalog.call_action("group_list") == []
    assert admin.call_action("group_show", {"id": "ekologija"})["state"] == "deleted"
    with pytest.raises(NotAuthorized):
        caller(catalog, None).call_action("group_show", {"id": "ekologija"})
    with pytest.raises(ValidationError, match="already exists"):
        catalog.call_action("group_create", {"name": "ekologija"})
    admin.call_action("group_patch", {"id": "ekologija", "state": "active"})
    assert len(catalog.call_action("package_show", {"id": "vazduh"})["groups"]) == 1


def test_a_purged_group_leaves_nothing_but_its_name_free(catalog, group):
    with pytest.raises(NotAuthorized):
        caller(catalog, "gost").call_action("group_purge", {"id": "ekologija"})
    catalog.call_action("group_purge", {"id": "ekologija"})
    assert catalog.call_action("package_show", {"id": "vazduh"})["groups"] == []
    with pytest.raises(NotFound):
        catalog.call_action("group_show", {"id": "ekologija"})
    made = catalog.call_action("group_create", {"name": "ekologija"})
    assert made["package_count"] == 0


def test_an_organization_with_datasets_is_not_deleted(catalog):
    package(catalog, "vazduh")
    deleted = {"id": "grad-nis", "state": "deleted"}
    for action, given in (("organization_delete", deleted), ("organization_patch", deleted)):
        with pytest.raises(ValidationError) as raised:
            catalog.call_action(action, given)
        wanted = "Organization cannot be deleted while it still has datasets"
        assert raised.value.error_dict["message"] == wanted
    catalog.call_action("package_delete", {"id": "vazduh"})
    catalog.call_action("organization_delete", {"id": "grad-nis"})
    assert catalog.call_action("organization_list") == ["opstina-sabac"]
    with pytest.raises(ValidationError, match="cannot be purged"):
        catalog.call_action("organization_purge", {"id": "grad-nis"})
    catalog.call_action("dataset_purge", {"id": "vazduh"})
    catalog.call_action("organization_purge", {"id": "grad-nis"})
    catalog.call_action("organization_create", {"name": "grad-nis"})


def test_an_unknown_group_is_not_deleted(catalog):
    for action in ("group_delete", "group_purge", "organization_delete", "organization_update"):
        with pytest.raises(NotFound, match="Group was not found."):
            catalog.call_action(action, {"id": "nema"})
        with pytest.raises(ValidationError):
            catalog.call_action(action, {})


def test_lists_add_what_is_asked_for(catalog, group):
    everything = {
        "all_fields": True,
        "include_users": True,
        "include_extras": True,
        "include_groups": True,
        "include_tags": True,
    }
    (whole,) = catalog.call_action("group_list", everything)
    assert whole == catalog.call_action("group_show", {"id": "ekologija"})
    (plain,) = catalog.call_action("group_list", {"all_fields": True})
    assert not {"users", "extras", "groups", "tags"} & plain.keys()
    few = {"all_fields": True, "include_dataset_count": False, "include_followers": False}
    (fewest,) = catalog.call_action("group_list", few)
    assert not {"package_count", "num_followers"} & fewest.keys()


def test_lists_are_cut_filtered_and_sorted(catalog):
    for name in ("aa", "bb", "cc"):
        catalog.call_action("group_create", {"name": name, "title": name[0]})
    catalog.call_action("group_create", {"name": "dd", "type": "custom"})
    package(catalog, "p1", groups=[{"name": "bb"}, {"name": "cc"}])
    package(catalog, "p2", groups=[{"name": "bb"}])
    names = lambda **given: catalog.call_action("group_list", given)  # noqa: E731
    assert names(groups="cc,bb", sort="name asc") == ["bb", "cc"]
    assert names(groups=["bb", "cc"], limit="1", offset="1") == ["cc"]
    assert names(sort="package_count") == ["bb", "cc", "aa"]
    assert names(sort="package_count asc") == ["aa", "cc", "bb"]
    assert names(type="custom") == ["dd"]
    for wrong in ({"limit": "a"}, {"offset": "-2"}, {"sort": "bogus"}):
        with pytest.raises(ValidationError):
            names(**wrong)


def test_autocomplete_finds_either_script(catalog):
    hit = {"name": "grad-nis", "title": "Град Ниш"}
    for part in ("ни", "NI", "grad-n"):
        (found,) = catalog.call_action("organization_autocomplete", {"q": part})
        assert {key: found[key] for key in hit} == hit
    assert catalog.call_action("group_autocomplete", {"q": "ni"}) == []


def test_organizations_of_a_user_are_those_of_a_permission(catalog):
    editor, member = caller(catalog, "urednica"), caller(catalog, "gost")
    create = {"permission": "create_dataset"}
    (mine,) = editor.call_action("organization_list_for_user", create)
    assert (mine["name"], mine["capacity"]) == ("grad-nis", "editor")
    assert member.call_action("organization_list_for_user", create) == []
    assert len(member.call_action("organization_list_for_user")) == 1
    for odd in ("", " ", "foo", 5, True, None):
        given = {"permission": odd}
        assert editor.call_action("organization_list_for_user", given) == []
    everywhere = catalog.call_action("organization_list_for_user", create)
    assert {o["capacity"] for o in everywhere} == {"admin"}
    assert len(everywhere) == 2
    assert caller(catalog, None).call_action("organization_list_for_user") == []
    asked = {"id": "urednica", "include_dataset_count": True}
    assert catalog.call_action("organization_list_for_user", asked)[0]["package_count"] == 0


def test_an_admin_rules_what_stands_below(catalog):
    for name, above in (("vlada", []), ("ministarstvo", ["vlada"]), ("uprava", ["ministarstvo"])):
        given = {"name": name, "groups": [{"name": each} for each in above]}
        catalog.call_action("organization_create", given)
    shown = catalog.call_action("organization_show", {"id": "uprava"})
    assert [parent["name"] for parent in shown["groups"]] == ["ministarstvo"]
    role = {"id": "vlada", "username": "gost", "role": "admin"}
    catalog.call_action("organization_member_create", role)
    ruler = caller(catalog, "gost")
    names = {o["name"] for o in ruler.call_action("organization_list_for_user")}
    assert names == {"grad-nis", "vlada", "ministarstvo", "uprava"}
    ruler.call_action("package_create", {"name": "budzet", "owner_org": "uprava"})
    circle = {"id": "vlada", "object": "uprava", "object_type": "group", "capacity": "parent"}
    ruler.call_action("member_create", circle)  # and nothing turns for ever
    assert len(ruler.call_action("organization_list_for_user")) == 4


def test_roles_are_given_changed_and_taken(catalog):
    given = {"id": "grad-nis", "username": "gost", "role": "editor"}
    made = catalog.call_action("organization_member_create", given)
    assert (made["table_name"], made["capacity"]) == ("user", "editor")
    listed = {"id": "grad-nis", "object_type": "user", "capacity": "editor"}
    people = [capacity for _, _, capacity in catalog.call_action("member_list", listed)]
    assert people == ["Editor", "Editor"]
    catalog.call_action("organization_member_delete", given)
    again = catalog.call_action("organization_member_create", given | {"role": "member"})
    assert again["id"] == made["id"]
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("organization_member_create", given | {"role": "car"})
    assert raised.value.error_dict["role"] == ["role does not exist."]
    for missing in given:
        with pytest.raises(ValidationError):
            less = {key: value for key, value in given.items() if key != missing}
            catalog.call_action("organization_member_create", less)
    with pytest.raises(NotAuthorized):
        caller(catalog, "urednica").call_action("organization_member_create", given)


def test_a_dataset_joins_and_leaves_a_group(catalog, group):
    package(catalog, "voda")
    given = {"id": "ekologija", "object": "voda", "object_type": "package", "capacity": "public"}
    admin = caller(catalog, "gost")
    made = admin.call_action("member_create", given)
    assert (made["table_name"], made["group_id"]) == ("package", group["id"])
    listed = {"id": "ekologija", "object_type": "package"}
    assert len(catalog.call_action("member_list", listed)) == 2
    assert catalog.call_action("package_search", {"fq": "groups:ekologija"})["count"] == 2
    admin.call_action("member_delete", given)
    shown = catalog.call_action("group_package_show", {"id": "ekologija"})
    assert [each["name"] for each in shown] == ["vazduh"]
    for key in ("id", "object", "object_type"):
        with pytest.raises(ValidationError):
            catalog.call_action("member_create", {k: v for k, v in given.items() if k != key})
    for wrong in ({"id": "nema"}, {"object": "nema"}):
        with pytest.raises(NotFound):
            catalog.call_action("member_create", given | wrong)
    with pytest.raises(ValidationError):
        catalog.call_action("member_create", given | {"object_type": "notvalid"})
    with pytest.raises(NotAuthorized):
        caller(catalog, "urednica").call_action("member_create", given)


def test_nobody_puts_a_dataset_that_he_may_not_read_into_a_group(catalog, group):
    catalog.call_action(
        "package_create", {"name": "tajni", "owner_org": "opstina-sabac", "private": True}
    )
    given = {"id": "ekologija", "object": "tajni", "object_type": "package"}
    with pytest.raises(NotAuthorized):
        caller(catalog, "gost").call_action("member_create", given)


def test_private_datasets_are_never_among_those_of_a_group(catalog, group):
    package(catalog, "tajni", private=True, groups=[{"name": "ekologija"}])
    shown = catalog.call_action("group_show", {"id": "ekologija", "include_datasets": True})
    assert [each["name"] for each in shown["packages"]] == ["vazduh"]
    assert shown["package_count"] == 1
    listed = {"id": "ekologija", "object_type": "package"}
    assert len(caller(catalog, None).call_action("member_list", listed)) == 1


def test_datasets_of_a_group_stay_unless_others_are_sent(catalog, group):
    package(catalog, "tajni", owner_org="opstina-sabac", private=True)
    member = {"id": "ekologija", "object": "tajni", "object_type": "package"}
    catalog.call_action("member_create", member)
    admin = caller(catalog, "gost")
    told = admin.call_action("group_patch", {"id": "ekologija", "title": "Е"})
    assert [each["name"] for each in told["packages"]] == ["vazduh"]
    admin.call_action("group_patch", {"id": "ekologija", "packages": []})
    left = catalog.call_action("member_list", {"id": "ekologija", "object_type": "package"})
    assert len(left) == 1  # the one that the admin does not see


def test_users_of_a_group_are_replaced_when_they_are_sent(catalog, group):
    users = [{"name": "urednica", "capacity": "admin"}]
    changed = catalog.call_action("group_patch", {"id": "ekologija", "users": users})
    assert [u["name"] for u in changed["users"]] == ["urednica"]
    with pytest.raises(NotAuthorized):
        caller(catalog, "gost").call_action("group_patch", {"id": "ekologija", "title": "x"})


def test_a_member_of_a_group_may_put_datasets_there_and_no_more(catalog, group):
    role = {"id": "ekologija", "username": "urednica", "role": "member"}
    catalog.call_action("group_member_create", role)
    member = caller(catalog, "urednica")
    member.call_action("package_create", {"name": "voda", "owner_org": "grad-nis"})
    member.call_action("package_patch", {"id": "voda", "groups": [{"name": "ekologija"}]})
    assert [g["name"] for g in member.call_action("group_list_authz")] == ["ekologija"]
    with pytest.raises(NotAuthorized):
        member.call_action("group_patch", {"id": "ekologija", "title": "x"})
    with pytest.raises(NotAuthorized):
        member.call_action("group_member_delete", {"id": "ekologija", "username": "gost"})


def test_a_logo_is_an_image_by_its_bytes(catalog, tmp_path):
    def sent(content, name):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return {"image_upload": Upload(name, path, len(content), "image/png")}

    given = {"id": "grad-nis"}
    files = sent(PNG, "Грб Ниша.html")
    shown = catalog.call_action("organization_patch", given, files=files)
    assert shown["image_url"].endswith("grb-nisa.png")
    there = "https://podaci.example.rs/uploads/group/" + shown["image_url"]
    assert shown["image_display_url"] == there
    assert catalog.image("group", shown["image_url"]).media_type == "image/png"
    for content, name in ((b"<svg/>", "a.svg"), (b"<html>", "a.png"), (b"", "a.png")):
        with pytest.raises(ValidationError, match="Unsupported upload type"):
            catalog.call_action("organization_patch", given, files=sent(content, name))
    with pytest.raises(ValidationError, match="too large"):
        catalog.call_action("organization_patch", given, files=sent(PNG + bytes(2_000_000), "a"))
    kept = catalog.call_action("organization_patch", {**given, "title": "Н"})
    assert kept["image_url"] == shown["image_url"]
    cleared = catalog.call_action("organization_patch", {**given, "clear_upload": True})
    assert cleared["image_display_url"] == ""


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a" * 101},
        {"name": 5},
        {"name": "new"},
        {"name": "dobro", "title": "a\0b"},
        {"name": "dobro", "title": "\ud800"},
        {"name": "dobro", "title": ["a"]},
        {"name": "dobro", "type": "a" * 101},
        {"name": "dobro", "users": "gost"},
        {"name": "dobro", "users": ["gost"]},
        {"name": "dobro", "users": [{"name": ["gost"]}]},
        {"name": "dobro", "groups": [5]},
        {"name": "dobro", "extras": "x"},
        {"name": "dobro", "extras": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        {"name": "dobro", "extras": [{"key": "a", "value": "\0"}]},
        {"name": "dobro", "id": "not-a-uuid"},
        {"name": "dobro", "state": "draft"},
    ],
)
def test_a_wrong_group_is_refused_and_nothing_is_written(catalog, given):
    with pytest.raises(ValidationError):
        catalog.call_action("group_create", given)
    assert catalog.call_action("group_list") == []


def test_a_thousand_users_join_at_once(catalog):
    users = [{"name": "urednica", "capacity": "member"}] * 1000
    made = catalog.call_action("organization_create", {"name": "velika", "users": users})
    assert len(made["users"]) == 2
    with pytest.raises(ValidationError, match="at most 10000"):
        too_many = {"name": "veca", "users": users * 11}
        catalog.call_action("organization_create", too_many)
