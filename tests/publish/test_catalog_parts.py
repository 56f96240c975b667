"""What belongs to packages: groups, views, relationships; many at once; small searches."""

import uuid

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError


@pytest.fixture
def two(catalog):
    """Two packages of Niš, each with a resource."""
    return [
        catalog.call_action(
            "package_create",
            {
                "name": name,
                "title": title,
                "owner_org": "grad-nis",
                "resources": [{"url": f"https://nis.rs/{name}.csv", "name": f"Списак {n}"}],
            },
        )
        for n, (name, title) in enumerate((("drvece", "Дрвеће"), ("staro-drvo", "Стара стабла")))
    ]


@pytest.fixture
def view(catalog, two):
    given = {"resource_id": two[0]["resources"][0]["id"], "title": "Табела"}
    return catalog.call_action("resource_view_create", given | {"view_type": "datatables_view"})


def faults(catalog, action, **given):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action(action, given)
    return {key: value for key, value in raised.value.error_dict.items() if key != "__type"}


def users(catalog):
    return {name: catalog.create_user(name) for name in ("urednica", "gost")}


def test_a_package_shows_its_groups_as_they_are_now(catalog, two):
    for name in ("voda", "ekologija"):
        catalog.call_action("group_create", {"name": name, "title": name.title()})
    given = {"id": "drvece", "groups": [{"name": "voda"}, {"name": "ekologija"}]}
    groups = catalog.call_action("package_patch", given)["groups"]
    assert [group["title"] for group in groups] == ["Ekologija", "Voda"]
    catalog.call_action("group_patch", {"id": "voda", "title": "Вода"})
    catalog.call_action("group_delete", {"id": "ekologija"})
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert [group["title"] for group in shown["groups"]] == ["Вода"]
    kept = catalog.call_action("package_update", {"id": "drvece", "title": "Друго"})
    assert [group["name"] for group in kept["groups"]] == ["voda"]


def test_only_members_of_a_group_put_packages_into_it(catalog, two):
    group = catalog.call_action("group_create", {"name": "voda"})
    editor = catalog.as_user(users(catalog)["urednica"])
    given = {"id": "drvece", "groups": [{"id": group["id"]}]}
    with pytest.raises(NotAuthorized) as raised:
        editor.call_action("package_patch", given)
    assert raised.value.extra_msg["message"].endswith(
        "urednica not authorized to edit these groups"
    )
    catalog.call_action("package_patch", given)
    kept = editor.call_action("package_patch", given | {"version": "2"})  # it is there already
    assert [group["name"] for group in kept["groups"]] == ["voda"]
    told = faults(catalog, "package_patch", id="drvece", groups=[{"name": "voda"}, {"name": "x"}])
    assert told == {"groups": [{}, {"name": ["That group name or ID does not exist."]}]}


def test_an_editor_moves_packages_only_where_she_is_editor(catalog, two):
    editor = catalog.as_user(users(catalog)["urednica"])
    told = faults(editor, "package_patch", id="drvece", owner_org="opstina-sabac")
    assert told == {"owner_org": ["You cannot add a dataset to this organization"]}
    moved = {"id": "drvece", "organization_id": "opstina-sabac"}
    assert catalog.call_action("package_owner_org_update", moved) is None
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert shown["organization"]["name"] == "opstina-sabac"
    assert faults(catalog, "package_owner_org_update", id="drvece") == {
        "owner_org": ["An organization must be provided"]
    }
    with pytest.raises(NotAuthorized):
        editor.call_action("package_patch", {"id": "drvece", "version": "1"})


def test_a_type_never_changes(catalog, two):
    made = catalog.call_action("package_update", {"id": "drvece", "type": "cabinet"})
    assert made["type"] == "dataset"


def test_resources_are_put_into_another_order(catalog, two):
    added = [{"url": "https://nis.rs/b.csv"}, {"url": "https://nis.rs/c.csv"}]
    whole = [*two[0]["resources"], *added]
    before = catalog.call_action("package_patch", {"id": "drvece", "resources": whole})
    ids = [resource["id"] for resource in before["resources"]]
    given = {"id": "drvece", "order": [ids[2]]}
    ordered = [ids[2], ids[0], ids[1]]
    assert catalog.call_action("package_resource_reorder", given) == {
        "id": "drvece",
        "order": ordered,
    }
    after = catalog.call_action("package_show", {"id": "drvece"})["resources"]
    assert [(r["id"], r["position"]) for r in after] == [*zip(ordered, range(3), strict=True)]
    dates = {r["id"]: r["metadata_modified"] for r in before["resources"]}
    assert {r["id"]: r["metadata_modified"] for r in after} == dates
    for order in ([ids[0], ids[0]], ["x"]):
        assert "order" in faults(catalog, "package_resource_reorder", id="drvece", order=order)


def test_core_fields_of_a_resource_stay_when_they_are_left_out(catalog, two):
    (resource,) = two[0]["resources"]
    given = {"id": "drvece", "resources": [{"id": resource["id"], "own": {"a": [1]}}]}
    (after,) = catalog.call_action("package_update", given)["resources"]
    assert (after["name"], after["url"], after["own"]) == ("Списак 0", "", {"a": [1]})
    plain = {"id": resource["id"], "url": "https://nis.rs/x.json", "extras": {"no": "field"}}
    after = catalog.call_action("resource_update", plain)
    assert (after["mimetype"], after["format"]) == ("application/json", "CSV")
    assert not {"own", "extras", "no"} & set(after)


def test_a_purged_package_is_gone(catalog, two):
    relation = {"subject": "drvece", "object": "staro-drvo", "type": "links_to"}
    catalog.call_action("package_relationship_create", relation)
    with pytest.raises(NotAuthorized):
        catalog.as_user(users(catalog)["urednica"]).call_action("dataset_purge", {"id": "drvece"})
    assert catalog.answer("dataset_purge", {"id": "drvece"}).changed == (two[0]["id"],)
    for name in ("drvece", two[0]["id"]):
        with pytest.raises(NotFound):
            catalog.call_action("package_show", {"id": name})
    assert catalog.call_action("package_list") == ["staro-drvo"]
    assert catalog.call_action("package_search", {"q": "Дрвеће"})["count"] == 0
    assert catalog.call_action("resource_search", {"query": "name:списак 0"})["count"] == 0
    assert catalog.call_action("package_relationships_list", {"id": "staro-drvo"}) == []
    again = {"name": "drvece", "id": two[0]["id"], "owner_org": "grad-nis"}
    again["resources"] = [{"id": two[0]["resources"][0]["id"]}]
    assert catalog.call_action("package_create", again)["id"] == two[0]["id"]


def test_many_packages_change_or_none(catalog, two):
    names = [package["name"] for package in two]
    both = {"org_id": "grad-nis", "datasets": names}
    assert catalog.call_action("bulk_update_private", both) is None
    assert catalog.as_user(None).call_action("package_list") == []
    assert catalog.answer("bulk_update_public", both).changed == tuple(p["id"] for p in two)
    assert catalog.answer("bulk_update_public", both).changed == ()
    with pytest.raises(NotFound):
        catalog.call_action("bulk_update_delete", {**both, "datasets": [names[0], "nema"]})
    with pytest.raises(NotFound):
        catalog.call_action("bulk_update_delete", {**both, "org_id": "opstina-sabac"})
    assert catalog.call_action("package_list") == names
    catalog.call_action("bulk_update_delete", {**both, "datasets": [two[0]["id"]]})
    assert catalog.call_action("package_list") == names[1:]


def test_an_editor_changes_no_many(catalog, two):
    for user in (None, *users(catalog).values()):
        with pytest.raises(NotAuthorized) as raised:
            given = {"org_id": "grad-nis", "datasets": ["drvece"]}
            catalog.as_user(user).call_action("bulk_update_private", given)
        assert raised.value.extra_msg["message"] == "Access denied"
    assert faults(catalog, "bulk_update_private") == {
        "datasets": ["Missing value"],
        "org_id": ["Missing value"],
    }


def test_a_view_is_kept_with_what_its_type_takes(catalog, two, view):
    assert view | {"id": ""} == {
        "id": "",
        "resource_id": two[0]["resources"][0]["id"],
        "title": "Табела",
        "description": None,
        "view_type": "datatables_view",
        "date_format": "llll",
        "ellipsis_length": 100,
        "filterable": True,
        "responsive": False,
        "package_id": two[0]["id"],
    }
    assert catalog.call_action("resource_view_update", {"id": view["id"]}) == view
    given = {"id": view["id"], "title": "Друга", "filter_fields": "grad", "filter_values": "Ниш"}
    changed = catalog.call_action("resource_view_update", given)
    assert (changed["title"], changed["filters"]) == ("Друга", {"grad": ["Ниш"]})
    assert catalog.call_action("resource_view_show", {"id": view["id"]}) == changed
    gone = catalog.call_action("resource_view_delete", {"id": view["id"]})
    assert gone == {"resource_id": view["resource_id"]}
    with pytest.raises(NotFound):
        catalog.call_action("resource_view_show", {"id": view["id"]})


def test_faults_of_views_are_named(catalog, view):
    known = {"resource_id": view["resource_id"], "title": "x", "view_type": "image_view"}
    create = "resource_view_create"
    assert faults(catalog, create, **known | {"view_type": "bogus"}) == {
        "view_type": "No plugin found for view_type bogus"
    }
    assert faults(catalog, create, **known | {"resource_id": "nema"}) == {
        "resource_id": ["Not found: Resource"]
    }
    assert faults(catalog, create, **known | {"title": ""}) == {"title": ["Missing value"]}
    assert faults(catalog, create, **known, filter_fields=["a"]).keys() == {"filter_fields"}
    lists = {"filter_fields": ["a", "b"], "filter_values": "x", "view_type": "datatables_view"}
    assert faults(catalog, create, **known | lists).keys() == {"filter_fields"}
    assert faults(catalog, create, **known, id=view["id"]).keys() == {"id"}
    editor = catalog.as_user(users(catalog)["urednica"])
    assert faults(editor, create, **known, id=str(uuid.uuid4())) == {
        "id": ["The input field id was not expected."]
    }
    assert editor.call_action(create, known)["title"] == "x"
    assert faults(catalog, "resource_view_update") == {"id": ["Missing value"]}
    for action in ("resource_view_update", "resource_view_delete", "resource_view_show"):
        with pytest.raises(NotFound):
            catalog.call_action(action, {"id": "nema"})
    with pytest.raises(NotAuthorized):
        catalog.as_user(None).call_action(create, known)


def test_views_have_an_order_and_are_cleared_by_type(catalog, view):
    known = {"resource_id": view["resource_id"], "title": "x", "view_type": "text_view"}
    second = catalog.call_action("resource_view_create", known)
    given = {"id": view["resource_id"], "order": [second["id"]]}
    order = [second["id"], view["id"]]
    assert catalog.call_action("resource_view_reorder", given)["order"] == order
    listed = {"id": view["resource_id"]}
    assert [v["id"] for v in catalog.call_action("resource_view_list", listed)] == order
    with pytest.raises(NotAuthorized):
        catalog.as_user(users(catalog)["urednica"]).call_action("resource_view_clear")
    catalog.call_action("resource_view_clear", {"view_types": ["text_view"]})
    assert [v["id"] for v in catalog.call_action("resource_view_list", listed)] == [view["id"]]
    catalog.call_action("resource_view_clear")
    assert catalog.call_action("resource_view_list", listed) == []


def test_nothing_has_views_by_itself(catalog, two):
    given = {"resource": two[0]["resources"][0]}
    assert catalog.call_action("resource_create_default_resource_views", given) == []
    assert catalog.call_action("package_create_default_resource_views", {"package": two[0]}) == []


def test_a_relationship_is_seen_from_both_sides(catalog, two):
    relation = {"subject": "drvece", "object": "staro-drvo", "type": "parent_of", "comment": "c"}
    assert catalog.call_action("package_relationship_create", relation) == relation | {
        "subject": "staro-drvo",
        "object": "drvece",
        "type": "child_of",
    }
    for package, kind in (("drvece", "parent_of"), ("staro-drvo", "child_of")):
        (told,) = catalog.call_action("package_relationships_list", {"id": package})
        assert (told["subject"], told["type"], told["comment"]) == (package, kind, "c")
    shown = catalog.call_action("package_show", {"id": "drvece"})
    assert shown["relationships_as_object"][0]["subject_package_id"] == two[1]["id"]
    catalog.call_action("package_update", {"id": "drvece", "title": "Ново"})
    only = {"id": "drvece", "id2": "staro-drvo", "rel": "links_to"}
    assert catalog.call_action("package_relationships_list", only) == []
    changed = catalog.call_action("package_relationship_update", relation | {"comment": "d"})
    assert changed["comment"] == "d"
    catalog.call_action("package_relationship_delete", relation)
    assert catalog.call_action("package_relationships_list", {"id": "drvece"}) == []
    for action in ("package_relationship_update", "package_relationship_delete"):
        with pytest.raises(NotFound):
            catalog.call_action(action, relation)
    assert "type" in faults(catalog, "package_relationship_create", **relation | {"type": "x"})


def test_a_relationship_tells_nothing_of_a_private_package(catalog, two):
    relation = {"subject": "drvece", "object": "staro-drvo", "type": "depends_on"}
    catalog.call_action("package_relationship_create", relation)
    catalog.call_action("package_patch", {"id": "staro-drvo", "private": True})
    asked = {"id": "drvece"}
    assert catalog.as_user(None).call_action("package_relationships_list", asked) == []
    assert len(catalog.call_action("package_relationships_list", asked)) == 1


def test_a_name_is_completed_while_it_is_typed(catalog, two):
    def found(q, **given):
        return [
            (each["name"], each["match_field"], each["match_displayed"])
            for each in catalog.call_action("package_autocomplete", {"q": q} | given)
        ]

    by_name = ("drvece", "name", "drvece")
    assert found("drv") == [by_name, ("staro-drvo", "name", "staro-drvo")]
    assert found("drv", limit=1) == [by_name]
    assert (
        found("СТАБЛА") == found("stabla") == [("staro-drvo", "title", "Стара стабла (staro-drvo)")]
    )
    assert found("%") == found("x" * 60_000) == []
    catalog.call_action("package_patch", {"id": "drvece", "private": True})
    assert by_name not in found("drv")
    assert faults(catalog, "package_autocomplete") == {"q": ["Missing value"]}


def test_resources_are_found_by_their_fields(catalog, two):
    def found(*query, **given):
        got = catalog.call_action("resource_search", {"query": list(query)} | given)
        assert got["count"] >= len(got["results"])
        return [resource["name"] for resource in got["results"]]

    assert found("name:СПИСАК") == ["Списак 0", "Списак 1"]
    assert found("name:списак", "url:staro") == ["Списак 1"]
    assert found("format:csv", order_by="url", offset=1, limit=5) == ["Списак 1"]
    assert found("position:0", limit=1) == ["Списак 0"]
    assert found("description:списак") == []
    assert found("name:100%") == []
    catalog.call_action("package_patch", {"id": "drvece", "private": True})
    assert found("name:списак") == ["Списак 1"]
    catalog.call_action("resource_delete", {"id": two[1]["resources"][0]["id"]})
    assert found("name:списак") == []
    assert faults(catalog, "resource_search") == {"query": "Missing value"}
    assert faults(catalog, "resource_search", query="nocolon") == {
        "query": "Must be <field>:<value> pair(s)"
    }
    assert faults(catalog, "resource_search", query="bogus:x") == {
        "query": 'Field "bogus" not recognised in resource_search.'
    }


def test_our_own_addresses_are_found_with_and_without_the_site(catalog):
    given = {"name": "cesme", "owner_org": "grad-nis", "resources": [{"url": "/data/cesme/a.csv"}]}
    catalog.call_action("package_create", given)
    for query in ("url:https://podaci.example.rs/data/cesme", "url:/data/cesme", "url:example.rs"):
        assert catalog.call_action("resource_search", {"query": query})["count"] == 1


def test_collaborators_are_not_enabled(catalog, two):
    for verb in ("create", "delete", "list", "list_for_user"):
        assert faults(catalog, f"package_collaborator_{verb}", id="drvece") == {
            "message": "Dataset collaborators not enabled"
        }


def test_a_long_or_reserved_name_is_told_as_ckan_tells_it(catalog):
    def told(name):
        return faults(catalog, "package_create", name=name, owner_org="grad-nis")["name"]

    assert told("a" * 101) == [
        "Name must be a maximum of 100 characters long",
        f'Name "{"a" * 101}" length is more than maximum 100',
    ]
    assert told("new") == ["That name cannot be used"]
    assert told("") == told(None) == ["Missing value"]
    wrong = {"version": "9" * 101, "author_email": "a@b@c", "maintainer_email": "Ђ@x.rs"}
    found = faults(catalog, "package_create", name="ok", owner_org="grad-nis", **wrong)
    assert found["version"] == ["Version must be a maximum of 100 characters long"]
    assert found["author_email"] == ["Email a@b@c is not a valid format"]
    assert found["maintainer_email"] == ["Email Ђ@x.rs is not a valid format"]


def test_extras_are_told_one_by_one(catalog):
    given = {"name": "ok", "owner_org": "grad-nis"}
    extras = [{"key": "a", "value": "1"}, {"key": "title", "value": "x"}, {"key": "b"}]
    assert faults(catalog, "package_create", **given, extras=extras) == {
        "extras": [
            {},
            {"key": ["There is a schema field with the same name"]},
            {"value": ["Missing value"]},
        ]
    }
    extras = [{"key": "none", "value": None}, {"key": "empty", "value": ""}]
    made = catalog.call_action("package_create", given | {"extras": extras})
    assert made["extras"] == [{"key": "empty", "value": ""}]
