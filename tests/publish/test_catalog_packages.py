"""Packages and resources in the embedded catalog: what is kept, what is refused."""

import uuid
from dataclasses import replace

import pytest
from ckanapi.errors import CKANAPIError, NotAuthorized, NotFound, ValidationError
from sqlalchemy import select

from publish.catalog.tables import tags

AIR = {
    "name": "kvalitet-vazduha",
    "title": "Квалитет ваздуха",
    "notes": "Мерења PM10 на станицама у Нишу",
    "owner_org": "grad-nis",
    "license_id": "cc-by",
    "tags": [{"name": "vazduh"}, {"name": "PM10"}],
    "extras": [{"key": "frequency", "value": "daily"}, {"key": "area", "value": "Niš"}],
    "resources": [
        {"url": "/data/kvalitet-vazduha/files/merenja.csv", "name": "Мерења", "own": "x"},
        {"url": "https://example.com/stanice.geojson", "format": "application/geo+json"},
    ],
}
NOT_NULL = {  # what udata's harvester wants to be there
    "package": ("id", "name", "title", "type", "tags", "resources", "extras", "metadata_created"),
    "organization": ("id", "name", "title", "description", "image_url", "created", "state", "type"),
    "resource": ("id", "position", "format", "created", "url"),
}


@pytest.fixture
def air(catalog):
    return catalog.call_action("package_create", AIR)


def faults(catalog, action, **given):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action(action, given)
    return {key: value for key, value in raised.value.error_dict.items() if key != "__type"}


def test_a_package_is_shown_as_ckan_shows_it(catalog, air):
    shown = catalog.call_action("package_show", {"id": "kvalitet-vazduha"})
    assert shown == air == catalog.call_action("package_show", {"id": air["id"]})
    assert (shown["num_resources"], shown["num_tags"], shown["isopen"]) == (2, 2, True)
    assert shown["license_title"] == "Creative Commons Attribution"
    assert [tag["name"] for tag in shown["tags"]] == ["PM10", "vazduh"]
    assert [extra["key"] for extra in shown["extras"]] == ["frequency", "area"]
    assert shown["organization"]["title"] == "Град Ниш"
    assert [r["format"] for r in shown["resources"]] == ["CSV", "GeoJSON"]
    assert shown["resources"][0]["own"] == "x"


def test_what_a_harvester_must_have_is_never_null(air):
    assert None not in [air[key] for key in NOT_NULL["package"]]
    assert None not in [air["organization"][key] for key in NOT_NULL["organization"]]
    assert None not in [r[key] for r in air["resources"] for key in NOT_NULL["resource"]]


def test_our_addresses_are_kept_without_the_site(catalog, air):
    shown = "https://podaci.example.rs/data/kvalitet-vazduha/files/merenja.csv"
    assert air["resources"][0]["url"] == shown
    catalog.call_action("package_update", air)  # a client sends back what it was shown
    moved = replace(catalog, site_url="https://nis.rs")
    assert moved.call_action("package_show", {"id": air["id"]})["resources"][0]["url"] == (
        "https://nis.rs/data/kvalitet-vazduha/files/merenja.csv"
    )


def test_ids_of_packages_and_resources_may_be_given(catalog):
    package, resource = str(uuid.uuid4()), str(uuid.uuid4())
    given = {"id": package, "name": "parking", "owner_org": "grad-nis"}
    resources = [{"id": resource, "url": "https://nis.rs/a.csv"}]
    catalog.call_action("package_create", given | {"resources": resources})
    shown = catalog.call_action("resource_show", {"id": resource})
    assert (shown["package_id"], shown["position"]) == (package, 0)
    again = {"name": "parking-2", "owner_org": "grad-nis"}
    assert faults(catalog, "package_create", **again, id=package) == {
        "id": ["Dataset id already exists"]
    }
    assert faults(catalog, "package_create", **again, resources=resources) == {
        "resources": [{"id": ["Resource id already exists."]}]
    }
    assert faults(catalog, "package_create", **again, id="x") == {"id": ["Must be a UUID"]}


def test_numbers_become_text(catalog):
    extras = [{"key": "rows", "value": 0}, {"key": "scale", "value": 1.5}]
    given = {"name": "brojevi", "owner_org": "grad-nis", "version": 7, "extras": extras}
    made = catalog.call_action("package_create", given)
    assert made["version"] == "7"
    assert [extra["value"] for extra in made["extras"]] == ["0", "1.5"]


def test_faults_are_told_all_at_once(catalog):
    told = faults(
        catalog,
        "package_create",
        name="Лош назив",
        owner_org="nema",
        author_email="notmail",
        tags=[{"name": "a"}],
        extras=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
        resources=[{"name": "x"}, {"size": "abc"}],
    )
    assert sorted(told) == [
        "author_email",
        "extras_validation",
        "name",
        "owner_org",
        "resources",
        "tags",
    ]
    assert told["resources"] == [{}, {"size": ["Invalid integer"]}]
    assert catalog.call_action("tag_list") == []


def test_a_wrong_action_or_name_is_an_error_of_ckanapi(catalog):
    with pytest.raises(CKANAPIError, match="Action name not known: package_creat"):
        catalog.call_action("package_creat", AIR)
    with pytest.raises(NotFound, match="Not found"):
        catalog.call_action("package_show", {"id": "nema"})


def test_an_update_replaces_but_keeps_what_would_hurt(catalog, air):
    sent = {"id": "kvalitet-vazduha", "title": "Ваздух"}
    updated = catalog.call_action("package_update", sent)
    assert (updated["notes"], updated["tags"], updated["extras"]) == (None, [], [])
    assert updated["resources"] == air["resources"]
    assert (updated["owner_org"], updated["name"]) == (air["owner_org"], air["name"])
    assert catalog.call_action("package_update", sent | {"resources": []})["resources"] == []


def test_a_patch_merges_at_the_top_level_only(catalog, air):
    extras = [{"key": "only", "value": "one"}]
    patched = catalog.call_action("package_patch", {"id": air["id"], "extras": extras})
    assert (patched["extras"], patched["notes"]) == (extras, air["notes"])
    assert patched["metadata_modified"] > air["metadata_modified"]
    assert patched["metadata_created"] == air["metadata_created"]


@pytest.mark.parametrize("action", ["package_patch", "package_update"])
def test_a_change_that_changes_nothing_leaves_the_date(catalog, air, action):
    sent = {key: value for key, value in air.items() if key != "metadata_modified"}
    assert catalog.call_action(action, sent) == air
    assert catalog.answer(action, sent).changed == ()
    assert catalog.answer(action, sent | {"version": "2"}).changed == (air["id"],)


def test_a_sysadmin_may_set_the_date_by_update(catalog, air):
    dated = air | {"title": "Ваздух", "metadata_modified": "2026-01-02T03:04:05"}
    updated = catalog.call_action("package_update", dated)
    assert updated["metadata_modified"] == "2026-01-02T03:04:05.000000"
    wrong = {"id": air["id"], "metadata_modified": "јуче"}
    assert faults(catalog, "package_update", **wrong) == {
        "metadata_modified": ["Date format incorrect"]
    }


def test_a_deleted_package_hides_and_comes_back(catalog, air):
    catalog.call_action("package_delete", {"id": air["id"]})
    anyone = catalog.as_user(None)
    assert anyone.call_action("package_list") == []
    assert anyone.call_action("package_search")["count"] == 0
    with pytest.raises(NotAuthorized):
        anyone.call_action("package_show", {"id": air["id"]})
    assert catalog.call_action("package_show", {"id": air["id"]})["state"] == "deleted"
    catalog.call_action("package_patch", {"id": air["id"], "state": "active"})
    assert anyone.call_action("package_list") == ["kvalitet-vazduha"]


def test_the_name_of_a_deleted_package_is_free(catalog, air):
    catalog.call_action("package_delete", {"id": air["id"]})
    new = catalog.call_action("package_create", AIR)
    assert catalog.call_action("package_show", {"id": "kvalitet-vazduha"})["id"] == new["id"]
    old = catalog.call_action("package_show", {"id": air["id"]})
    assert (old["name"], old["state"]) == (air["id"], "deleted")


def test_a_package_cannot_come_back_where_its_resources_live_elsewhere(catalog, air):
    resources = [{"id": air["resources"][0]["id"], "url": "https://nis.rs/a.csv"}]
    other = {"name": "drugi", "owner_org": "grad-nis", "resources": resources}
    assert "resources" in faults(catalog, "package_create", **other)
    catalog.call_action("package_delete", {"id": air["id"]})
    catalog.call_action("package_create", other)
    told = faults(catalog, "package_patch", id=air["id"], state="active")
    assert told == {"resources": [{"id": ["Resource id already exists."]}, {}]}


def test_resources_are_added_replaced_and_deleted(catalog, air):
    new = catalog.call_action(
        "resource_create", {"package_id": air["name"], "url": " www.nis.rs/novi.csv ", "own": "y"}
    )
    assert (new["url"], new["format"], new["mimetype"]) == (
        "http://www.nis.rs/novi.csv",
        "CSV",
        "text/csv",
    )
    updated = catalog.call_action("resource_update", {"id": new["id"], "description": "опис"})
    assert (updated["url"], updated["description"], updated["mimetype"]) == (
        "",
        "опис",
        "text/csv",
    )
    assert "own" not in updated
    for _ in range(2):  # a second time is no error
        catalog.call_action("resource_delete", {"id": new["id"]})
    with pytest.raises(NotFound):
        catalog.call_action("resource_show", {"id": new["id"]})
    assert catalog.call_action("package_show", {"id": air["id"]})["num_resources"] == 2


def test_faults_of_a_resource_are_told_without_the_others(catalog, air):
    told = faults(catalog, "resource_create", package_id=air["id"], size="много")
    assert told == {"size": ["Invalid integer"]}
    assert faults(catalog, "resource_create", url="x") == {"package_id": ["Missing value"]}
    with pytest.raises(NotFound, match="Resource was not found"):
        catalog.call_action("resource_update", {"id": "nema"})


def test_everything_in_a_transaction_is_written_or_nothing(catalog, air):
    with pytest.raises(RuntimeError), catalog.transaction() as within:
        within.call_action("package_patch", {"id": air["id"], "version": "2"})
        assert within.call_action("package_show", {"id": air["id"]})["version"] == "2"
        raise RuntimeError
    assert catalog.call_action("package_show", {"id": air["id"]})["version"] is None
    with catalog.transaction() as within:
        with pytest.raises(ValidationError):  # a write that fails leaves nothing of itself
            within.call_action("package_create", AIR | {"tags": [{"name": "нова"}]})
        within.call_action("package_patch", {"id": air["id"], "version": "3"})
    assert catalog.call_action("package_show", {"id": air["id"]})["version"] == "3"
    with catalog.engine.connect() as connection:
        assert "нова" not in connection.scalars(select(tags.c.name)).all()
    with pytest.raises(RuntimeError):
        _ = catalog.connection


def test_hostile_words_are_only_words(catalog):
    words = "'); DROP TABLE package; -- <script>alert(1)</script> \u202e"
    package = AIR | {"title": words, "notes": words * 100, "tags": []}
    catalog.call_action("package_create", package)
    found = catalog.call_action("package_search", {"q": words})
    assert [p["title"] for p in found["results"]] == [words]
    assert faults(catalog, "package_patch", id="kvalitet-vazduha", notes="a\0b") == {
        "notes": ["Must not contain the NUL character"]
    }
    many = [{"name": f"oznaka {n}"} for n in range(1000)]
    patched = catalog.call_action("package_patch", {"id": "kvalitet-vazduha", "tags": many})
    assert patched["num_tags"] == 1000
