"""Tags and vocabularies."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError


def caller(catalog, name):
    return catalog.as_user(catalog.create_user(name) if name else None)


@pytest.fixture
def tagged(catalog):
    """Two datasets with three tags, and a private one with a tag of its own."""
    for name, tags, private in (
        ("a1", "деца, škola", False),
        ("b2", "деца, vazduh", False),
        ("c3", "tajna", True),
    ):
        given = {"name": name, "owner_org": "grad-nis", "tag_string": tags, "private": private}
        catalog.call_action("package_create", given)
    return catalog


@pytest.fixture
def topics(catalog):
    """The vocabulary `teme` with the tags voda and tlo."""
    tags = [{"name": "voda"}, {"name": "tlo"}]
    return catalog.call_action("vocabulary_create", {"name": "teme", "tags": tags})


def test_a_tag_is_shown_with_its_public_datasets(tagged):
    shown = tagged.call_action("tag_show", {"id": "деца", "include_datasets": True})
    assert (shown["display_name"], shown["vocabulary_id"]) == ("деца", None)
    assert [each["name"] for each in shown["packages"]] == ["b2", "a1"]
    assert tagged.call_action("tag_show", {"id": shown["id"]})["name"] == "деца"
    for unknown in ("nema", "tajna"):
        with pytest.raises(NotFound):
            tagged.call_action("tag_show", {"id": unknown})


def test_tags_are_found_by_a_part_in_either_script(tagged):
    found = tagged.call_action("tag_search", {"query": "SKO"})
    assert (found["count"], found["results"][0]["name"]) == (1, "škola")
    assert set(found["results"][0]) == {"id", "name", "vocabulary_id"}
    assert tagged.call_action("tag_autocomplete", {"q": "deca"}) == ["деца"]
    two = tagged.call_action("tag_search", {"query": "a", "limit": "1", "offset": 1})
    assert (two["count"], len(two["results"])) == (3, 1)
    assert tagged.call_action("tag_search", {}) == {"count": 0, "results": []}
    assert tagged.call_action("tag_autocomplete", {"query": "tajna"}) == []


def test_a_deleted_tag_leaves_its_datasets(tagged):
    with pytest.raises(NotAuthorized):
        caller(tagged, "urednica").call_action("tag_delete", {"id": "деца"})
    tagged.call_action("tag_delete", {"id": "деца"})
    assert "деца" not in tagged.call_action("tag_list")
    shown = tagged.call_action("package_show", {"id": "a1"})
    assert ([tag["name"] for tag in shown["tags"]], shown["num_tags"]) == (["škola"], 1)
    assert tagged.call_action("package_search", {"fq": "tags:деца"})["count"] == 0
    with pytest.raises(NotFound, match='Could not find tag "Δ"'):
        tagged.call_action("tag_delete", {"id": "Δ"})


def test_a_vocabulary_has_its_own_tags(topics, tagged):
    assert tagged.call_action("vocabulary_show", {"id": "teme"}) == topics
    assert tagged.call_action("vocabulary_list") == [topics]
    assert [tag["name"] for tag in topics["tags"]] == ["voda", "tlo"]
    assert tagged.call_action("tag_list", {"vocabulary_id": "teme"}) == ["voda", "tlo"]
    assert "voda" not in tagged.call_action("tag_list")
    shown = tagged.call_action("tag_show", {"id": "voda", "vocabulary_id": topics["id"]})
    assert shown["vocabulary_id"] == topics["id"]
    for action in ("tag_list", "tag_autocomplete"):
        with pytest.raises(NotFound):
            tagged.call_action(action, {"vocabulary_id": "nema", "query": "a"})


def test_a_tag_comes_into_a_vocabulary_once(catalog, topics):
    made = catalog.call_action("tag_create", {"name": "šume", "vocabulary_id": "teme"})
    assert (made["vocabulary_id"], made["packages"]) == (topics["id"], [])
    for given, field in (
        ({"name": "šume", "vocabulary_id": "teme"}, "name"),
        ({"name": "slobodna"}, "vocabulary_id"),
        ({"name": "x1", "vocabulary_id": "nema"}, "vocabulary_id"),
        ({"name": "Not valid!", "vocabulary_id": "teme"}, "name"),
        ({"vocabulary_id": "teme"}, "name"),
        ({"name": "x1", "vocabulary_id": "teme", "id": "xxx"}, "id"),
    ):
        with pytest.raises(ValidationError) as raised:
            catalog.call_action("tag_create", given)
        assert field in raised.value.error_dict


def test_a_changed_vocabulary_keeps_the_ids_of_the_tags_that_stay(catalog, topics):
    given = {"id": topics["id"], "name": "teme2", "tags": [{"name": "voda"}, {"name": "zrak"}]}
    changed = catalog.call_action("vocabulary_update", given)
    assert changed["name"] == "teme2"
    assert changed["tags"][0] == topics["tags"][0]
    assert [tag["name"] for tag in changed["tags"]] == ["voda", "zrak"]
    same = catalog.call_action("vocabulary_update", {"id": "teme2"})
    assert same == changed
    catalog.call_action("vocabulary_delete", {"id": "teme2"})
    assert catalog.call_action("vocabulary_list") == []
    with pytest.raises(NotFound, match='Could not find vocabulary "teme2"'):
        catalog.call_action("vocabulary_delete", {"id": "teme2"})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "teme"},
        {"name": "a"},
        {"name": "foobar" * 100},
        {"name": "novo", "id": "xxx"},
        {"name": "novo", "tags": "voda"},
        {"name": "novo", "tags": ["voda"]},
        {"name": "novo", "tags": [{"id": "xxx"}, {"name": "foo"}]},
        {"name": "novo", "tags": [{"name": "foo"}, {"name": None}]},
        {"name": "novo", "tags": [{"name": "f" * 200}]},
        {"name": "novo", "tags": [{"name": "a\0b"}]},
        {"name": "\ud800 x"},
    ],
)
def test_a_wrong_vocabulary_is_refused(catalog, topics, given):
    with pytest.raises(ValidationError):
        catalog.call_action("vocabulary_create", given)
    assert catalog.call_action("vocabulary_list") == [topics]


def test_vocabularies_are_a_sysadmins(catalog, topics):
    editor = caller(catalog, "urednica")
    for action, given in (
        ("vocabulary_create", {"name": "novo"}),
        ("vocabulary_update", {"id": "teme"}),
        ("vocabulary_delete", {"id": "teme"}),
        ("tag_create", {"name": "nova", "vocabulary_id": "teme"}),
    ):
        with pytest.raises(NotAuthorized):
            editor.call_action(action, given)


def test_a_dataset_carries_tags_of_a_vocabulary(catalog, topics):
    given = {"name": "d4", "owner_org": "grad-nis", "tags": [*topics["tags"], {"name": "slobodna"}]}
    made = catalog.call_action("package_create", given)
    known = {tag["name"]: tag["vocabulary_id"] for tag in made["tags"]}
    assert known == {"voda": topics["id"], "tlo": topics["id"], "slobodna": None}
    asked = {"id": "voda", "vocabulary_id": "teme", "include_datasets": True}
    assert [p["name"] for p in catalog.call_action("tag_show", asked)["packages"]] == ["d4"]
    assert catalog.call_action("tag_list") == ["slobodna"]
    catalog.call_action("vocabulary_delete", {"id": "teme"})
    shown = catalog.call_action("package_show", {"id": "d4"})
    assert [tag["name"] for tag in shown["tags"]] == ["slobodna"]
