"""package_revise: a part of a package changes, if the package still is what the caller thinks."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from publish.catalog.call import Upload

TREES = {
    "name": "drvece",
    "title": "Дрвеће",
    "notes": "стари опис",
    "owner_org": "grad-nis",
    "tags": [{"name": "zelenilo"}],
    "extras": [{"key": "area", "value": "Niš"}],
    "resources": [
        {"url": "https://nis.rs/a.csv", "name": "a"},
        {"url": "https://nis.rs/b.csv", "name": "b", "own": "x"},
    ],
}


@pytest.fixture
def trees(catalog):
    return catalog.call_action("package_create", TREES)


def revise(catalog, **given):
    return catalog.call_action("package_revise", given)["package"]


def faults(catalog, **given):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("package_revise", given)
    return {key: value for key, value in raised.value.error_dict.items() if key != "__type"}


def test_new_values_are_merged_into_the_package(catalog, trees):
    revised = revise(catalog, match={"name": "drvece"}, update={"notes": "нови опис"})
    assert revised["notes"] == "нови опис"
    same = ("title", "tags", "extras", "resources", "groups", "metadata_created")
    assert [revised[key] for key in same] == [trees[key] for key in same]
    assert revised["metadata_modified"] > trees["metadata_modified"]


def test_a_revision_that_changes_nothing_leaves_the_date(catalog, trees):
    revised = revise(catalog, match={"id": trees["id"]}, update={"title": "Дрвеће"})
    assert revised == trees


def test_a_package_that_is_something_else_by_now_is_left_alone(catalog, trees):
    told = faults(
        catalog,
        match={"name": "drvece", "version": "9", "resources": [{"name": "other"}]},
        match__tags__0__name="voda",
        match__nothing="x",
        update={"title": "x"},
    )
    assert told == {"match": ["version", "resources__0__name", "tags__0__name", "nothing"]}
    assert catalog.call_action("package_show", {"id": "drvece"}) == trees


def test_places_may_be_written_flat(catalog, trees):
    revised = revise(
        catalog,
        match__notes="стари опис",
        match__name="drvece",
        update__notes="нови",
        update__resources__0={"name": "прва"},
        **{"update__resources__-1__description": "последња"},
        **{f"update__resources__{trees['resources'][1]['id'][:6]}__name": "друга"},
    )
    assert [r["name"] for r in revised["resources"]] == ["прва", "друга"]
    assert [r["description"] for r in revised["resources"]] == [None, "последња"]
    assert revised["resources"][1]["own"] == "x"


def test_a_list_is_extended(catalog, trees):
    added = [{"name": "c", "url": "https://nis.rs/c.csv"}]
    revised = revise(
        catalog,
        match={"id": trees["id"]},
        update__resources__extend=added,
        update__tags__extend=[{"name": "park"}],
    )
    assert [r["name"] for r in revised["resources"]] == ["a", "b", "c"]
    assert [tag["name"] for tag in revised["tags"]] == ["park", "zelenilo"]
    assert revised["resources"][2]["mimetype"] == "text/csv"


def test_a_filter_takes_out_what_its_first_fitting_pattern_says(catalog, trees):
    kept = revise(
        catalog,
        match={"id": trees["id"]},
        filter=["+resources__0", "+name", "-*"],
        update={"owner_org": "grad-nis"},
    )
    assert (kept["notes"], kept["tags"], kept["extras"]) == (None, [], [])
    assert kept["title"] == "drvece"
    assert [r["name"] for r in kept["resources"]] == ["a", "b"]
    one = revise(catalog, match={"id": trees["id"]}, filter=["-resources__0"])
    assert [r["name"] for r in one["resources"]] == ["b"]
    none = revise(catalog, match={"id": trees["id"]}, filter="+name,-resources__*")
    assert none["resources"] == []


def test_a_resource_may_be_written_anew_in_place(catalog, trees):
    there = trees["resources"][1]["id"]
    revised = revise(
        catalog,
        match={"id": trees["id"]},
        filter=[f"+resources__{there[:5]}__id", f"-resources__{there[:5]}__*"],
        **{f"update__resources__{there[:5]}": {"name": "нова"}},
    )
    assert [r["id"] for r in revised["resources"]] == [r["id"] for r in trees["resources"]]
    assert (revised["resources"][1]["name"], revised["resources"][1]["url"]) == ("нова", "")
    assert "own" not in revised["resources"][1]


def test_only_what_is_included_is_answered(catalog, trees):
    match = {"id": trees["id"]}
    assert revise(catalog, match=match, include=["+version", "-*"]) == {"version": None}
    assert revise(catalog, match=match, include=["-*"]) == {}
    assert revise(catalog, match=match, include=[]) == trees


def test_wrong_parts_are_named(catalog, trees):
    assert faults(catalog, match={}) == {"match__id": "Missing value"}
    assert faults(catalog, match="[1]") == {"match": ["Must be an object"]}
    assert faults(catalog, match="{") == {"match": ["Could not parse as valid JSON"]}
    match = {"id": trees["id"]}
    assert faults(catalog, match=match, filter=["notes"]) == {
        "filter": ["'notes' must begin with + or -"]
    }
    assert faults(catalog, match=match, filter=[{"a": 1}]) == {"filter": ["Must be text"]}
    assert faults(catalog, match=match, update__resources__9__name="x") == {
        "update__resources__9__name": ["There is nothing at this place"]
    }
    assert faults(catalog, match=match, update__resources__9="x") == {
        "update__resources__9": ["There is no item 9"]
    }
    assert faults(catalog, match=match, update__tags__extend="x") == {
        "update__tags__extend": ["Not a list"]
    }
    assert faults(catalog, match=match, update={"resources": {"9": "x"}}) == {
        "update": ["There is no item 9"]
    }
    assert faults(catalog, match=match, update={"name": "Лош"})["name"]
    with pytest.raises(NotFound):
        revise(catalog, match={"name": "nema"})


def test_only_editors_revise(catalog, trees):
    match = {"id": trees["id"]}
    editor = catalog.as_user(catalog.create_user("urednica"))
    assert revise(editor, match=match, update={"notes": "њен"})["notes"] == "њен"
    for user in (None, catalog.create_user("gost")):
        with pytest.raises(NotAuthorized):
            revise(catalog.as_user(user), match=match, update={"notes": "туђ"})


def test_a_file_comes_to_the_place_that_its_part_names(catalog, trees, tmp_path):
    (tmp_path / "x").write_bytes(b"a,b\n1,2\n")
    upload = Upload("Стабла.csv", tmp_path / "x", 8, "text/csv")
    revised = catalog.call_action(
        "package_revise",
        {"match__id": trees["id"]},
        files={"update__resources__-1__upload": upload},
    )["package"]
    assert revised["resources"][1]["url"].endswith("/download/stabla.csv")
    assert (revised["resources"][1]["size"], revised["resources"][1]["url_type"]) == (8, "upload")
