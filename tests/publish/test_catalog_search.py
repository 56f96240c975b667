"""package_search: scripts, fields, facets, order, pages, bad queries."""

import pytest
from ckanapi.errors import SearchError, SearchQueryError, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PACKAGES = [
    {"name": "vrtici", "title": "Вртићи у Нишу", "tags": [{"name": "деца"}], "license_id": "cc-by"},
    {"name": "skole", "title": "Основне школе", "notes": "И један вртић у Ћуприји"},
    {"name": "vazduh", "title": "Kvalitet vazduha", "tags": [{"name": "PM10"}]},
    {"name": "djacki-domovi", "title": "Ђачки домови", "owner_org": "opstina-sabac"},
]
CSV = [{"url": "https://nis.rs/a.csv", "name": "Списак"}]


@pytest.fixture
def filled(catalog):
    for package in PACKAGES:
        whole = {"owner_org": "grad-nis", "resources": CSV, **package}
        catalog.call_action("package_create", whole)
    extras = [{"key": "frequency", "value": "daily"}]
    catalog.call_action("package_patch", {"id": "vazduh", "extras": extras})
    return catalog


def found(catalog, q="", **given):
    result = catalog.call_action("package_search", {"q": q, **given})
    return [package["name"] for package in result["results"]]


@pytest.mark.parametrize("word", ["вртић", "vrtić", "vrtic", "ВРТИЋ", "Vrtic"])
def test_every_spelling_finds_the_same_in_the_same_order(filled, word):
    assert found(filled, word) == ["vrtici", "skole"]  # a title weighs more than a description


@pytest.mark.parametrize("word", ["ђачки", "Đački", "djački", "dacki", "DJACKI"])
def test_dj_is_one_letter(filled, word):
    assert found(filled, word) == ["djacki-domovi"]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("вртићи ниш", ["vrtici"]),
        ("vrt", ["vrtici", "skole"]),
        ("vrt nis", []),  # only the last word may be a beginning
        ('"osnovne škole"', ["skole"]),
        ('"škole osnovne"', []),
        ("вртић -школе", ["vrtici"]),
        ("title:вртићи", ["vrtici"]),
        ("name:va*", ["vazduh"]),
        ("frequency:daily", ["vazduh"]),
        ("extras_frequency:daily", ["vazduh"]),
        ("extras_frequency:*", ["vazduh"]),
        ("organization:opstina-sabac", ["djacki-domovi"]),
        ("-organization:grad-nis", ["djacki-domovi"]),
        ("organization:grad-nis AND -tags:*", ["skole"]),
        ("tags:(деца OR PM10)", ["vazduh", "vrtici"]),
        ('+tags:"PM10" +res_format:CSV', ["vazduh"]),
        ("license_id:cc-by && NOT name:x", ["vrtici"]),
        ("name:va* OR name:sk*", ["vazduh", "skole"]),
        ("???", []),
        ("- vazduh", ["vazduh"]),
        ("capacity:private", []),
        ("tags:x' OR '1'='1", []),
    ],
)
def test_queries_find(filled, q, names):
    assert found(filled, q) == names


def test_filters_are_all_applied(filled):
    assert found(filled, fq="organization:grad-nis", fq_list=["tags:PM10"]) == ["vazduh"]
    assert found(filled, "вртић", fq=["organization:grad-nis", "-license_id:cc-by"]) == ["skole"]
    assert found(filled, fq="") == found(filled, "*:*") == found(filled)


def test_pages_and_order(filled):
    names = sorted(package["name"] for package in PACKAGES)
    assert found(filled, sort="name asc") == names
    assert found(filled, sort="name asc", rows="1", start=1) == names[1:2]
    titles = found(filled, sort="title_string asc")
    assert titles == ["djacki-domovi", "vazduh", "skole", "vrtici"]  # đ k o v
    assert found(filled, sort="metadata_created desc")[0] == "djacki-domovi"
    assert found(filled)[0] == "vazduh"  # changed last
    result = filled.call_action("package_search", {"rows": 0})
    assert (result["count"], result["results"]) == (4, [])
    assert result["sort"] == "score desc, metadata_modified desc"


def test_facets_count_what_was_found(filled):
    fields = '["organization", "tags", "res_format", "license_id", "frequency"]'
    result = filled.call_action("package_search", {"facet.field": fields, "rows": 0})
    assert result["facets"]["organization"] == {"grad-nis": 3, "opstina-sabac": 1}
    assert result["facets"]["res_format"] == {"CSV": 4}
    assert result["facets"]["frequency"] == {"daily": 1}
    assert result["search_facets"]["organization"] == {
        "title": "organization",
        "items": [
            {"name": "grad-nis", "display_name": "Град Ниш", "count": 3},
            {"name": "opstina-sabac", "display_name": "Šabac", "count": 1},
        ],
    }
    few = filled.call_action(
        "package_search", {"q": "вртић", "facet.field": ["organization"], "facet.limit": 1}
    )
    assert few["facets"] == {"organization": {"grad-nis": 2}}
    none = filled.call_action("package_search", {"facet": "false", "facet.field": ["tags"]})
    assert (none["facets"], none["search_facets"]) == ({}, {})


def test_only_some_fields_may_be_asked_for(filled):
    result = filled.call_action("package_search", {"q": "вртићи", "fl": "name,capacity,score"})
    (only,) = result["results"]
    assert (only["name"], only["capacity"]) == ("vrtici", "public")
    assert only["score"] > 0


def test_the_index_follows_the_package(filled):
    filled.call_action("package_patch", {"id": "vrtici", "title": "Јаслице", "tags": []})
    assert found(filled, "вртићи") == ["vrtici"]  # by its name
    assert found(filled, "title:вртићи") == []
    assert found(filled, "jaslice") == ["vrtici"]
    assert found(filled, "tags:деца") == []


@pytest.mark.parametrize("sort", ["name", "bogus asc", "name up", "name asc, x", "1; drop table"])
def test_a_bad_sort_is_told(filled, sort):
    with pytest.raises(SearchQueryError):
        found(filled, sort=sort)


@pytest.mark.parametrize(
    "q",
    [
        "name:(",
        "name:(a",
        "a:b)",
        "a:b AND",
        "OR a:b",
        "metadata_modified:[NOW TO *]",
        'a:"x',
        "a:b {!x}",
    ]
    + ["a:" + "(" * 500, "a:b " * 1000, "-" * 500 + "a:b", "{!dismax}x"],
)
def test_a_query_that_cannot_be_read_is_told(filled, q):
    with pytest.raises(SearchError):
        found(filled, q)


@pytest.mark.parametrize(
    "value", [{"rows": "x"}, {"rows": -1}, {"start": "-5"}, {"facet.field": "a"}]
)
def test_a_bad_argument_is_told(filled, value):
    with pytest.raises(ValidationError) as raised:
        filled.call_action("package_search", value)
    assert list(raised.value.error_dict) == [*value, "__type"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.sampled_from("ab :()\"*+-!&|\\ćЖ%_'[]{}~^ORAND0"), max_size=40))
def test_no_query_breaks_the_search(filled, q):
    try:
        found(filled, q)
    except SearchError:
        assert ":" in q or q.lstrip().startswith("{!")
