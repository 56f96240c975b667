"""Nobody finds, counts, orders by or infers what he may not see."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.catalog.errors import SearchError

SECRET = "tajnovito"
HIDDEN = {
    "name": f"{SECRET}-ime",
    "title": f"{SECRET} naslov",
    "notes": f"{SECRET} opis",
    "author": f"{SECRET} autor",
    "license_id": f"{SECRET}-licenca",
    "tags": [{"name": f"{SECRET} oznaka"}, {"name": "obična"}],
    "extras": [
        {"key": "skriveni_kljuc", "value": f"{SECRET} vrednost"},
        {"key": "b", "value": "2"},
    ],
    "resources": [{"url": "https://x.rs/a", "name": f"{SECRET} datoteka", "format": f"{SECRET}F"}],
    "owner_org": "grad-nis",
}
OPEN = {
    "name": "javno-ime",
    "title": "Javni naslov",
    "tags": [{"name": "obična"}],
    "extras": [{"key": "b", "value": "1"}],
    "owner_org": "grad-nis",
}
FACETS = ["organization", "tags", "res_format", "license_id", "state", "capacity", "author"]
FACETS += ["b", "extras_b", "skriveni_kljuc", "num_tags", "owner_org", "name", "title", "_has"]


@pytest.fixture
def filled(catalog):
    catalog.call_action("package_create", OPEN)
    for kind in ({"private": True}, {"state": "draft"}, {"state": "deleted"}):
        name = HIDDEN["name"] + next(iter(kind.values())).__str__().lower()
        made = catalog.call_action("package_create", HIDDEN | {"name": name})
        catalog.call_action("package_patch", {"id": made["id"], **kind})
    return catalog


def answered(catalog, **given):
    try:
        return catalog.call_action("package_search", given)
    except SearchError as error:
        return {"error": type(error).__name__}


QUERIES = [
    *("*:*", "", SECRET, f"{SECRET}*", f'"{SECRET} naslov"', f"title:{SECRET}", "title:*ovito*"),
    *(f"name:{SECRET}*", "name:*", "name:[a TO z]", "id:*", "state:*", "state:draft", "b:2"),
    *("state:(draft OR deleted)", "-state:active", "capacity:private", "-capacity:public"),
    *("*:* OR capacity:private", "NOT capacity:public", "permission_labels:*", "-tags:xyz"),
    *(f"tags:{SECRET}*", "skriveni_kljuc:*", f"extras_skriveni_kljuc:{SECRET}", "author:*"),
    *("license_id:*", "res_format:*", f"res_name:{SECRET}", "num_tags:[2 TO *]", "_has:*"),
    *("metadata_modified:[* TO NOW]", "creator_user_id:*", "owner_org:*", "text:*", "notes:*"),
    *("+state:draft", "+state:(draft OR deleted)", "(b:2 AND +state:draft)"),
    *(f"{SECRET} OR javni", "(a OR *:*) -(capacity:public)", "entity_type:package", "!b:1"),
]
ASKED_FOR = {"include_private": True, "include_drafts": True, "include_deleted": True}


@pytest.mark.parametrize("who", [None, "gost-from-elsewhere"])
def test_strangers_find_and_count_public_packages_only(filled, who):
    seen = filled.as_user(filled.create_user(who) if who else None)
    for q, flags in itertools.product(QUERIES, ({}, ASKED_FOR)):
        given = {"q": q, "facet.field": FACETS, "facet.limit": -1, "fl": "*", "rows": 100, **flags}
        for more in (given, {**given, "q": "*:*", "fq": q}):
            result = answered(seen, **more)
            assert SECRET not in str(result), more
            assert result.get("count", 0) <= 1, more
            counts = [n for facet in result.get("facets", {}).values() for n in facet.values()]
            assert max(counts, default=0) <= 1, more


def test_only_organizations_own_people_see_what_is_hidden(filled):
    def count(name, **flags):
        user = filled.create_user(name) if name else None
        result = answered(filled.as_user(user), **flags, **{"facet.field": ["capacity", "state"]})
        assert sum(result["facets"].get("state", {}).values()) == result["count"]
        return result["count"]

    assert count(None, **ASKED_FOR) == 1
    assert count("gost") == 1
    assert count("gost", **ASKED_FOR) == 2  # a member reads what is private, not drafts
    assert count("urednica", include_private=True) == 2
    assert count("urednica", include_drafts=True) == 2
    assert count("urednica", **ASKED_FOR) == 4
    assert count("urednica", fq="+state:draft") == 1  # asks for it as include_drafts does
    assert count("gost", fq="+state:draft") == count(None, fq="+state:draft") == 0
    assert count("urednica", fq="state:draft") == 0
    assert filled.call_action("package_search", {"rows": 0, **ASKED_FOR})["count"] == 4
    assert filled.as_user(None).call_action("package_list", dict(ASKED_FOR)) == ["javno-ime"]


def test_a_hidden_word_changes_no_other_answer(catalog):
    """A beginning is tried where no whole word is found: among what the caller may see."""
    catalog.call_action(
        "package_create", OPEN | {"title": "Autobuska stajališta", "notes": "javni"}
    )
    asked = ["autobus", "tags:OBICNA", "b:1", "javno", "title:sta*", "author:milan", "obicna"]
    stranger = catalog.as_user(None)

    def told():
        sorts = ["score desc, name asc", "b desc, name asc", "title_string desc"]
        hits = [
            [
                (hit["name"], hit["score"])
                for hit in answered(stranger, q=q, fl="*", sort=s)["results"]
            ]
            for q in asked
            for s in sorts
        ]
        return hits, answered(stranger, **{"facet.field": FACETS, "rows": 0})

    before = told()
    assert before[0][0][0][0] == "javno-ime"
    hidden = {**HIDDEN, "title": "autobus", "author": "milan", "notes": "javno", "private": True}
    hidden["tags"] = [{"name": "OBICNA"}]
    catalog.call_action("package_create", hidden)
    assert told() == before


def test_what_becomes_private_is_gone_at_once(catalog):
    catalog.call_action("package_create", OPEN)
    stranger = catalog.as_user(None)
    assert answered(stranger, q="javni")["count"] == 1
    catalog.call_action("package_patch", {"id": "javno-ime", "private": True})
    assert answered(stranger, q="javni")["count"] == 0
    assert stranger.call_action("package_list", {}) == []
    assert answered(stranger, **{"facet.field": FACETS})["facets"]["tags"] == {}


PIECES = [
    "capacity:private",
    "state:draft",
    "*:*",
    SECRET,
    "name:*",
    "b:2",
    "OR",
    "AND",
    "NOT",
    "-",
]
PIECES += ["(", ")", '"', "+", "'--", "{!", "title:", "*", "~", "^2", "[* TO *]", "' OR 1=1", "\\"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join), st.sampled_from(FACETS))
def test_no_query_shows_a_stranger_what_is_hidden(filled, q, field):
    stranger = filled.as_user(None)
    for given_ in ({"q": q}, {"fq": q}, {"fq_list": [q, "*:*"]}):
        facet = {"facet.field": [field], "sort": f"{field} asc", "fl": "*"}
        result = answered(stranger, **given_, **facet, **ASKED_FOR)
        assert SECRET not in str(result)
        assert result.get("count", 0) <= 1
