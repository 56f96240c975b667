"""package_search: fields, filters, facets, order, pages, boxes, bad queries."""

import pytest
from ckanapi.errors import SearchError, SearchQueryError, ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PACKAGES = [
    {"name": "vrtici", "title": "Вртићи у Нишу", "tags": [{"name": "деца"}], "license_id": "cc-by"},
    {"name": "skole", "title": "Основне школе", "notes": "И један вртић у Ћуприји"},
    {
        "name": "vazduh",
        "title": "Kvalitet vazduha",
        "author": "Милан Петровић",
        "tags": [{"name": "PM10"}, {"name": "vazduh"}],
        "extras": [{"key": "frequency", "value": "daily"}, {"key": "godina", "value": "2024"}],
    },
    {"name": "djacki-domovi", "title": "Ђачки домови", "owner_org": "opstina-sabac"},
]
CSV = [{"url": "https://nis.rs/a.csv", "name": "Списак", "description": "кућни бројеви"}]
POINT = '{"type": "Point", "coordinates": [21.9, 43.32]}'


@pytest.fixture
def filled(catalog):
    for package in PACKAGES:
        whole = {"owner_org": "grad-nis", "resources": CSV, **package}
        catalog.call_action("package_create", whole)
    return catalog


def found(catalog, q="", **given):
    result = catalog.call_action("package_search", {"q": q, **given})
    return [package["name"] for package in result["results"]]


def test_queries_find(filled):
    expected = {
        "вртићи": ["vrtici", "skole"],  # a title weighs more than a description
        "вртићи ћуприја": ["skole"],
        "vrt": ["vrtici", "skole"],  # no whole word is that, so it is a beginning
        "vrt zzz": [],
        "zz": [],
        '"osnovne škole"': ["skole"],
        '"škole osnovne"': [],
        "вртић -школе": ["vrtici"],
        "-школе -вртићи": ["djacki-domovi", "vazduh"],
        "title:вртићи": ["vrtici"],
        'title:"kvalitet vazduha"': ["vazduh"],
        "title:vaz*": ["vazduh"],
        "title:*litet*": ["vazduh"],
        "notes:вртић": ["skole"],
        "notes:*": ["skole"],
        "text:Шабац": ["djacki-domovi"],
        "res_name:списак AND title:школе": ["skole"],
        "res_description:kucni name:v*": ["vazduh", "vrtici"],
        "name:va*": ["vazduh"],
        "name:*a*": ["djacki-domovi", "vazduh"],
        "name:v?zduh": ["vazduh"],
        "name:[skole TO vazduh]": ["vazduh", "skole"],
        "name:{skole TO vazduh}": [],
        "frequency:daily": ["vazduh"],
        "extras_frequency:daily": ["vazduh"],
        "frequency:d*y": ["vazduh"],
        "extras_frequency:*": ["vazduh"],
        "godina:[9 TO 3000]": ["vazduh"],  # a number, not a text
        "godina:{* TO 2024}": [],
        "author:petrović": ["vazduh"],
        "organization:opstina-sabac": ["djacki-domovi"],
        "-organization:grad-nis": ["djacki-domovi"],
        "organization:grad-nis AND -tags:*": ["skole"],
        "tags:(деца OR PM10)": ["vazduh", "vrtici"],
        "tags:(vazduh PM10)": ["vazduh"],
        '+tags:"PM10" +res_format:CSV': ["vazduh"],
        "tags:DECA": ["vrtici"],
        "license_id:cc-by && NOT name:x": ["vrtici"],
        "name:va* OR name:sk*": ["vazduh", "skole"],
        "name:va* || (name:sk* AND !tags:*)": ["vazduh", "skole"],
        "title:(вртићи OR vazduha^3)": ["vazduh", "vrtici"],
        "title:вртићи~2": ["vrtici"],
        "name:djacki\\-domovi": ["djacki-domovi"],
        "num_resources:1 num_tags:[1 TO *]": ["vazduh", "vrtici"],
        "metadata_modified:[NOW-1DAY TO NOW] name:va*": ["vazduh"],
        "metadata_created:[* TO NOW-1YEAR/DAY]": [],
        "metadata_created:[2020-01-01T00:00:00Z TO *] name:va*": ["vazduh"],
        "dataset_type:dataset state:active capacity:public name:va*": ["vazduh"],
        'site_id:"default" entity_type:package permission_labels:("public") name:va*': ["vazduh"],
        "site_id:other": [],
        "capacity:private": [],
        "nobody:knows": [],
        "???": [],
        "- vazduh": ["vazduh"],
        "*": ["djacki-domovi", "vazduh", "skole", "vrtici"],
        "tags:x' OR '1'='1": [],
    }
    assert {q: found(filled, q) for q in expected} == expected


def test_ids_are_found(filled):
    ids = [filled.call_action("package_show", {"id": name})["id"] for name in ("vazduh", "skole")]
    assert found(filled, f"id:{ids[0]}") == ["vazduh"]
    assert found(filled, f'id:("{ids[0]}" OR "{ids[1]}" OR nobody)') == ["vazduh", "skole"]
    assert found(filled, f"id:{ids[0][:8]}*") == ["vazduh"]
    owner = filled.call_action("organization_show", {"id": "opstina-sabac"})["id"]
    assert found(filled, fq=f"owner_org:{owner}") == ["djacki-domovi"]


def test_a_short_title_that_says_just_that_comes_first(catalog):
    titles = ("Буџет Ниша за 2024", "Буџет", "Извештаји о раду")
    for number, title in enumerate(titles):
        notes = "О буџету и о буџету" if number == 2 else ""
        package = {"name": f"p{number}", "title": title, "notes": notes, "owner_org": "grad-nis"}
        catalog.call_action("package_create", package)
    assert found(catalog, "буџет") == ["p1", "p0", "p2"]


def test_numbers_codes_and_foreign_words_are_found(catalog):
    notes = "PM2.5 and PM10 stations, RS-00-123, https://data.gov.rs/sr/datasets/abc, wind speed"
    package = {"name": "codes", "title": "Merenja 2024", "notes": notes, "owner_org": "grad-nis"}
    catalog.call_action("package_create", package)
    asked = [
        "PM2.5",
        "pm10",
        "RS-00-123",
        "2024",
        "stations",
        "wind speed",
        "data.gov.rs",
        "MERENJA",
    ]
    assert {q: found(catalog, q) for q in asked} == dict.fromkeys(asked, ["codes"])


def test_filters_are_all_applied(filled):
    assert found(filled, fq="organization:grad-nis", fq_list=["tags:PM10"]) == ["vazduh"]
    assert found(filled, "вртић", fq=["organization:grad-nis", "-license_id:cc-by"]) == ["skole"]
    assert found(filled, fq="") == found(filled, "*:*") == found(filled)


def test_pages_and_order(filled):
    names = sorted(package["name"] for package in PACKAGES)
    assert found(filled, sort="name asc") == names
    assert found(filled, sort="name asc", rows="1", start=1) == names[1:2]
    assert found(filled, sort="name asc", start=4) == []
    titles = found(filled, sort="title_string asc")
    assert titles == ["djacki-domovi", "vazduh", "skole", "vrtici"]  # đ k o v
    assert found(filled, sort="metadata_created desc")[0] == "djacki-domovi"
    by_owner = ["vrtici", "vazduh", "skole", "djacki-domovi"]
    assert found(filled, sort="organization asc, name desc") == by_owner
    assert found(filled, sort="frequency asc, name asc")[0] == "vazduh"
    assert found(filled, sort="nothing asc, name asc") == names
    filled.call_action("package_patch", {"id": "vrtici", "version": "2"})
    assert found(filled)[0] == "vrtici"  # changed last
    result = filled.call_action("package_search", {"rows": 0, "sort": "rank"})
    assert (result["count"], result["results"]) == (4, [])
    assert result["sort"] == "score desc, metadata_modified desc"


def test_a_package_is_found_by_what_its_own_words_mean_in_common_tables(filled):
    expected = {
        "eu_frequency:DAILY": ["vazduh"],  # said as "daily"
        "eu_theme:ENVI": [],
        "mqa_rating:(bad OR sufficient)": ["djacki-domovi", "vazduh", "skole"],
        "mqa_rating:good": ["vrtici"],  # it says a licence
    }
    assert {fq: found(filled, fq=fq) for fq in expected} == expected
    extras = [{"key": "theme", "value": '["животна средина", "http://x.rs/unknown"]'}]
    filled.call_action("package_patch", {"id": "skole", "extras": extras})
    asked = {"facet.field": ["eu_theme", "eu_frequency"], "rows": 0}
    facets = filled.call_action("package_search", asked)["facets"]
    assert facets == {"eu_theme": {"ENVI": 1}, "eu_frequency": {"DAILY": 1}}


def test_facets_count_what_was_found(filled):
    fields = '["organization", "tags", "res_format", "license_id", "frequency", "capacity"]'
    result = filled.call_action("package_search", {"facet.field": fields, "rows": 0})
    assert result["facets"] == {
        "organization": {"grad-nis": 3, "opstina-sabac": 1},
        "tags": {"PM10": 1, "vazduh": 1, "деца": 1},
        "res_format": {"CSV": 4},
        "license_id": {"cc-by": 1},
        "frequency": {"daily": 1},
        "capacity": {"public": 4},
    }
    assert result["search_facets"]["organization"] == {
        "title": "organization",
        "items": [
            {"name": "grad-nis", "display_name": "Град Ниш", "count": 3},
            {"name": "opstina-sabac", "display_name": "Šabac", "count": 1},
        ],
    }
    facet = {"q": "вртић", "facet.field": ["organization"], "facet.limit": 1}
    few = filled.call_action("package_search", facet)
    assert few["facets"] == {"organization": {"grad-nis": 2}}
    most = {"facet.field": ["organization"], "facet.limit": -1, "facet.mincount": 2}
    assert filled.call_action("package_search", most)["facets"] == {"organization": {"grad-nis": 3}}
    none = filled.call_action("package_search", {"facet": "false", "facet.field": ["tags"]})
    assert (none["facets"], none["search_facets"]) == ({}, {})


def test_only_some_fields_may_be_asked_for(filled):
    fields = "name,capacity,score,organization,tags,res_url,frequency,nothing"
    result = filled.call_action("package_search", {"q": "name:vazduh", "fl": fields})
    (only,) = result["results"]
    assert only == {
        "name": "vazduh",
        "capacity": "public",
        "score": 1.0,
        "organization": "grad-nis",
        "tags": ["PM10", "vazduh"],
        "res_url": ["https://nis.rs/a.csv"],
        "frequency": "daily",
    }
    scores = filled.call_action("package_search", {"q": "вртић", "fl": ["score"]})["results"]
    assert scores[0]["score"] > scores[1]["score"] > 0
    whole = filled.call_action("package_search", {"fl": "*", "rows": 1})["results"][0]
    assert whole["title"] == "Ђачки домови"


def test_boxes_find_what_touches_them(filled):
    polygon = '{"type":"Polygon","coordinates":[[[20,43],[22,43],[22,44],[20,44],[20,43]]]}'
    for name, shape in (("vrtici", POINT), ("skole", polygon), ("vazduh", "no shape")):
        extras = [{"key": "spatial", "value": shape}]
        filled.call_action("package_patch", {"id": name, "extras": extras})
    assert found(filled, ext_bbox="19,42,23,46", sort="name asc") == ["skole", "vrtici"]
    assert found(filled, ext_bbox="20.1,43.1,20.2,43.2") == ["skole"]
    assert found(filled, ext_bbox=[21.9, 43.32, 21.9, 43.32], fq="name:vr*") == ["vrtici"]
    assert found(filled, extras={"ext_bbox": "0,0,1,1"}) == []
    assert found(filled, extras='{"ext_bbox": "19,42,23,46"}', q="вртићи") == ["vrtici", "skole"]
    filled.call_action("package_patch", {"id": "skole", "extras": []})
    filled.call_action("dataset_purge", {"id": "vrtici"})
    assert found(filled, ext_bbox="19,42,23,46") == []


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "1,2,3,nan", "3,2,1,4", "1,4,3,2", {"a": 1}])
def test_a_box_that_is_none_is_told(filled, box):
    with pytest.raises(SearchError, match="ext_bbox"):
        found(filled, ext_bbox=box)


def test_the_search_follows_the_package(filled):
    filled.call_action("package_patch", {"id": "vrtici", "title": "Јаслице", "tags": []})
    assert found(filled, "вртићи") == ["vrtici", "skole"]  # by its name
    assert found(filled, "title:вртићи") == []
    assert found(filled, "jaslice") == ["vrtici"]
    assert found(filled, "tags:деца") == []


def test_packages_are_listed(filled):
    names = sorted(package["name"] for package in PACKAGES)
    assert filled.call_action("package_list", {}) == names
    assert filled.call_action("package_list", {"limit": "2", "offset": "1"}) == names[1:3]
    newest = filled.call_action("current_package_list_with_resources", {"limit": 2})
    assert [package["name"] for package in newest] == ["djacki-domovi", "vazduh"]
    assert newest[0]["resources"][0]["name"] == "Списак"


@pytest.mark.parametrize("sort", ["name", "name up", "name asc, x", "1; drop table", "name asc,"])
def test_a_bad_sort_is_told(catalog, sort):
    with pytest.raises(SearchQueryError, match='Invalid "sort" parameter'):
        found(catalog, sort=sort)


@pytest.mark.parametrize(
    "q",
    ["name:(", "name:(a", "a:b)", "a:b AND", "OR a:b", 'a:"x', "a:b:c", "a:[1 TO"]
    + ["metadata_modified:[yesterday TO *]", "metadata_modified:[NOW-1BLINK TO *]"]
    + ["a:" + "(" * 500, "a:b " * 1100]
    + [" OR ".join(f"title:*a{n}*" for n in range(30))]
    + ["text:(" + " OR ".join(f"w{n}" for n in range(200)) + ")", "a:" + "b" * 60_000],
)
def test_a_query_that_cannot_be_read_is_told(catalog, q):
    with pytest.raises(SearchError) as raised:
        found(catalog, q)
    assert str(raised.value).startswith("SOLR returned an error running query: ")


@pytest.mark.parametrize("name", ["q", "fq", "fq_list"])
def test_other_parsers_are_refused(catalog, name):
    expected = {
        "{!dismax}x": "Local parameters are not supported in param",
        " {!a}b:c": "Local parameters are not supported in param",
        "a:b {!x}": "Local parameters must be defined at the beginning of param",
        "{!a} b:{!c}": "Query parsers are not supported in param",
        "_query_:{!a}": "Magic fields are not supported in param",
        r"x:y OR (\_v\al_ :sum(a,b))": "Magic fields are not supported in param",
    }
    for said, sentence in expected.items():
        with pytest.raises(SearchError) as raised:
            found(catalog, **{name: [said] if name == "fq_list" else said})
        assert str(raised.value) == f"{sentence} '{name}'."
    for said in ("dataset_query_:test", "_query_store: x", "+new_val_inc name:test"):
        assert found(catalog, **{name: said}) == []


@pytest.mark.parametrize(
    "value",
    [{"rows": "x"}, {"rows": -1}, {"start": "-5"}, {"facet.field": "a"}, {"extras": "{"}],
)
def test_a_bad_argument_is_told(catalog, value):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("package_search", value)
    assert list(raised.value.error_dict) == [*value, "__type"]


def test_an_unknown_argument_is_told(catalog):
    with pytest.raises(SearchQueryError, match="Invalid search parameters"):
        catalog.call_action("package_search", {"bogus": "1"})
    catalog.call_action("package_search", {"defType": "edismax", "mm": "1", "ext_any": "x"})


HOSTILE = st.text(st.sampled_from("ab :()\"*?+-!&|\\ćЖ%_'[]{}~^/ORANDT0,;"), max_size=40)
FIELDED = st.builds(
    "{}:{}".format,
    st.sampled_from(["title", "name", "tags", "metadata_modified", "text", "x", "id", "score"]),
    HOSTILE,
)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(HOSTILE | FIELDED, HOSTILE | FIELDED)
def test_no_query_breaks_the_search(filled, q, fq):
    try:
        found(filled, q, fq=fq)
    except SearchError as error:
        assert str(error)
