"""Bad input to the actions of packages and resources: CKAN's shape of an error, never a fault."""

import math

import pytest
from ckanapi.errors import CKANAPIError, ValidationError

DEEP = {}
for _ in range(400):
    DEEP = {"a": DEEP}
ODD = {
    "a list": ["x"],
    "an object": {"x": ["y"]},
    "a nested list": [[["x"]]],
    "true": True,
    "a number": 12.5,
    "a huge integer": 10**5000,
    "no number": math.nan,
    "infinity": math.inf,
    "NUL": "a\0b",
    "half a surrogate pair": "a\ud800b",
    "a deep object": DEEP,
    "a long text": "я" * 60_000,
    "blank": " ",
    "empty": "",
    "null": None,
    "zero": 0,
}
FIELDS = (
    "id name title author author_email maintainer maintainer_email license_id notes url version "
    "type state private owner_org tags tag_string extras groups resources metadata_modified "
    "metadata_created creator_user_id relationships_as_subject organization unknown"
).split()
RESOURCE_FIELDS = (
    "id url name description format hash size created last_modified cache_last_updated mimetype "
    "mimetype_inner resource_type url_type cache_url datastore_active position state package_id "
    "metadata_modified upload clear_upload extras own"
).split()


@pytest.fixture
def inside(catalog):
    """The catalog inside one transaction: each call has a savepoint, and no disk is waited for."""
    with catalog.transaction() as within:
        yield within


@pytest.fixture
def trees(inside):
    given = {"name": "drvece", "owner_org": "grad-nis", "resources": [{"name": "a"}]}
    return inside.call_action("package_create", given)


def tried(inside, action, given):
    """Call an action: whatever is wrong must be an error of CKAN's."""
    try:
        return inside.call_action(action, given)
    except CKANAPIError as error:
        return error


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_of_a_package_are_taken_or_refused(inside, trees, odd):
    before = trees
    for field in FIELDS:
        for action, given in (
            ("package_create", {"name": "novo", "owner_org": "grad-nis", field: ODD[odd]}),
            ("package_patch", {"id": trees["id"], field: ODD[odd]}),
            ("package_update", {"id": trees["id"], field: ODD[odd]}),
            ("package_revise", {"match": {"id": trees["id"]}, "update": {field: ODD[odd]}}),
        ):
            tried(inside, action, given)
            if action == "package_create":
                tried(inside, "dataset_purge", {"id": "novo"})
            elif inside.call_action("package_show", {"id": trees["id"]}) != before:
                kept = {key: before[key] for key in before if key != "metadata_modified"}
                before = inside.call_action("package_update", kept)
    assert inside.call_action("package_show", {"id": trees["id"]})["name"] == "drvece"


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_of_a_resource_are_taken_or_refused(inside, trees, odd):
    there = trees["resources"][0]["id"]
    for field in RESOURCE_FIELDS:
        for action, given in (
            ("resource_create", {"package_id": "drvece", field: ODD[odd]}),
            ("resource_update", {"id": there, field: ODD[odd]}),
            ("resource_patch", {"id": there, field: ODD[odd]}),
            ("package_patch", {"id": "drvece", "resources": [{"id": there, field: ODD[odd]}]}),
        ):
            tried(inside, action, given)
        inside.call_action("package_patch", {"id": "drvece", "resources": [{"id": there}]})
    assert inside.call_action("resource_show", {"id": there})["package_id"] == trees["id"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("part", "keys"),
    [
        ("tags", ("name", "vocabulary_id", "id", "state", "x")),
        ("extras", ("key", "value", "id", "x")),
        ("groups", ("name", "id", "x")),
    ],
)
def test_odd_values_inside_lists_are_taken_or_refused(inside, trees, odd, part, keys):
    for key in keys:
        whole = {"name": "voda", "key": "k", "value": "v"} | {key: ODD[odd]}
        for items in ([{key: ODD[odd]}], [whole], [whole, whole], [ODD[odd]]):
            tried(inside, "package_patch", {"id": "drvece", part: items})
    assert inside.call_action("package_show", {"id": "drvece"})["id"] == trees["id"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "action",
    [
        "package_show",
        "package_delete",
        "dataset_purge",
        "package_autocomplete",
        "package_owner_org_update",
        "package_resource_reorder",
        "package_relationships_list",
        "package_relationship_create",
        "bulk_update_private",
        "resource_show",
        "resource_delete",
        "resource_search",
        "resource_view_create",
        "resource_view_show",
        "resource_view_list",
        "resource_view_update",
        "resource_view_reorder",
        "resource_view_clear",
        "resource_create_default_resource_views",
        "package_create_default_resource_views",
        "package_collaborator_create",
        "package_revise",
    ],
)
def test_odd_arguments_of_other_actions_are_refused(inside, trees, action, odd):
    known = {"id": "drvece", "resource_id": trees["resources"][0]["id"], "org_id": "grad-nis"}
    for key in (
        "id order organization_id q limit query order_by offset fields subject object type comment "
        "datasets org_id resource_id title view_type filter_fields view_types resource package "
        "match filter include update match__id update__notes update__resources__0"
    ).split():
        tried(inside, action, {key: ODD[odd]})
        if action not in ("dataset_purge", "package_delete"):
            tried(inside, action, known | {key: ODD[odd]})
    assert inside.call_action("status_show")["ckan_version"]


def test_a_thousand_tags_and_ten_thousand_extras_are_taken(inside, trees):
    tags = [{"name": f"oznaka {n}"} for n in range(1000)]
    extras = [{"key": f"k{n}", "value": str(n)} for n in range(10_000)]
    made = inside.call_action("package_patch", {"id": "drvece", "tags": tags, "extras": extras})
    assert (made["num_tags"], len(made["extras"])) == (1000, 10_000)
    again = inside.call_action("package_patch", {"id": "drvece", "version": "2"})
    assert (again["tags"], again["extras"]) == (made["tags"], made["extras"])
    with pytest.raises(ValidationError):
        inside.call_action("package_patch", {"id": "drvece", "extras": [*extras, {"key": "x"}]})


def test_a_faulty_resource_in_the_middle_leaves_nothing(catalog):
    resources = [{"url": "https://nis.rs/a"}, {"size": "много"}, {"url": "https://nis.rs/b"}]
    given = {"name": "drvece", "owner_org": "grad-nis", "tags": [{"name": "voda"}]}
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("package_create", given | {"resources": resources})
    assert raised.value.error_dict["resources"] == [{}, {"size": ["Invalid integer"]}, {}]
    assert catalog.call_action("package_list") == []
    assert catalog.call_action("tag_list") == []
    assert catalog.call_action("resource_search", {"query": "url:nis.rs"})["count"] == 0
