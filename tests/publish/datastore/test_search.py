"""datastore_search: filters, words, order, pages, formats; what is refused, and in which words."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

ROWS = [
    {"_id": 1, "naziv": "Ниш, вртић", "pm10": 40.5, "dt": "2024-01-01T00:00:00.000"},
    {"_id": 2, "naziv": "Šabac", "pm10": 31, "dt": None},
    {"_id": 3, "naziv": "Bor", "pm10": 99, "dt": "2024-02-01T10:30:00.000"},
]
HOSTILE = [
    "../../../etc/passwd",
    "..%2f..%2fcatalog",
    "/etc/passwd",
    "x' OR '1'='1",
    'x" union select 1 --',
    "t",
    "words",
    "sqlite_master",
    "\0",
    "\ud800",
    "9" * 5000,
    {"id": 1},
    ["x"],
    0,
]


def names(found):
    return [row["naziv"] for row in found["records"]]


def fault(ask, **given):
    with pytest.raises(ValidationError) as raised:
        ask.datastore_search(**given)
    return {k: v for k, v in raised.value.error_dict.items() if k != "__type"}


def test_rows_come_by_id_with_their_fields_and_how_many_there_are(ask, stations):
    found = ask.datastore_search(resource_id=stations)
    assert found["records"] == ROWS
    assert found["total"] == 3
    assert found["fields"] == [
        {"id": "_id", "type": "int"},
        {"id": "naziv", "type": "text"},
        {"id": "pm10", "type": "numeric"},
        {"id": "dt", "type": "timestamp"},
    ]
    assert ask.datastore_search(id=stations)["records"] == ROWS


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"naziv": "Bor"}, [3]),
        ({"naziv": ["Bor", "Šabac", "nema"]}, [2, 3]),
        ({"naziv": "Bor", "pm10": 31}, []),
        ({"pm10": "40.50"}, [1]),
        ({"pm10": {"gt": 31, "lte": 99}}, [1, 3]),
        ({"pm10": {"ne": 31}}, [1, 3]),
        ({"pm10": {"in": [31, 99]}}, [2, 3]),
        ({"dt": "2024-01-01"}, [1]),
        ({"dt": {"gte": "2024-01-02"}}, [3]),
        ({"dt": None}, [2]),
        ({"dt": [None, "2024-01-01T00:00:00"]}, [1, 2]),
        ({"naziv": []}, []),
        ({"_id": {"gt": 1}}, [2, 3]),
        ({"$or": [{"naziv": "Bor"}, {"pm10": 31}]}, [2, 3]),
        ({"$and": [{"pm10": {"gt": 31}}, {"pm10": {"lt": 50}}]}, [1]),
        ({"pm10": {"gt": 1}, "$or": [{"naziv": "Bor"}, {"$and": [{"_id": 1}]}]}, [1, 3]),
        ('{"naziv": "Bor"}', [3]),
        ({}, [1, 2, 3]),
    ],
)
def test_filters_find_the_rows_that_match(ask, stations, filters, ids):
    found = ask.datastore_search(resource_id=stations, filters=filters)
    assert [row["_id"] for row in found["records"]] == ids
    assert found["total"] == len(ids)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("bor", "Not a json object"),
        ([], "Not a json object"),
        ({"nema": 1}, "Unknown field: nema"),
        ({"pm10) or (1": 1}, "Unknown field: pm10) or (1"),
        ({"naziv": 42}, "Field naziv is text: give text, not 42"),
        ({"pm10": "mnogo"}, 'invalid input syntax for type numeric: "mnogo"'),
        ({"pm10": {"like": "%"}}, "Unknown operator like; there are eq, ne, gt, gte, lt, lte, in"),
        ({"pm10": {}}, "No operator for field pm10"),
        ({"$or": []}, "$or takes a list of filters that is not empty"),
        ({"$or": "x"}, "$or takes a list of filters"),
        ({"naziv": ["x", {"$gt": 1}]}, "Field naziv is text: give text, not {'$gt': 1}"),
        ({f"f{i}": 1 for i in range(3)}, "Unknown field: f0"),
    ],
)
def test_filters_that_cannot_be_are_told(ask, stations, filters, message):
    assert fault(ask, resource_id=stations, filters=filters) == {"filters": [message]}


def test_filters_nested_without_end_are_refused(ask, stations):
    filters = {"pm10": 1}
    for _ in range(500):
        filters = {"$and": [filters]}
    assert "levels" in fault(ask, resource_id=stations, filters=filters)["filters"][0]


def test_filters_are_told_back_as_ckan_does(ask, stations):
    told = ask.datastore_search(resource_id=stations, filters={"naziv": ["Bor"], "pm10": {"gt": 1}})
    assert told["filterops"] == {
        "op": "and",
        "value": [
            {"op": "in", "field": "naziv", "value": ["Bor"]},
            {"op": "gt", "field": "pm10", "value": 1},
        ],
    }


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("pm10", [2, 1, 3]),
        ("pm10 desc", [3, 1, 2]),
        ("dt", [1, 3, 2]),
        ("dt desc", [2, 3, 1]),
        ("dt desc nulls last, pm10", [3, 1, 2]),
        (['"pm10" DESC', "_id"], [3, 1, 2]),
        ("_id desc", [3, 2, 1]),
    ],
)
def test_rows_are_sorted_with_missing_values_where_postgresql_has_them(ask, stations, sort, ids):
    found = ask.datastore_search(resource_id=stations, sort=sort)
    assert [row["_id"] for row in found["records"]] == ids


@pytest.mark.parametrize("sort", ["nema", "pm10; drop table t", "pm10 desc,nema asc", "c1", "(1)"])
def test_an_order_by_no_field_is_refused(ask, stations, sort):
    assert "invalid value" in fault(ask, resource_id=stations, sort=sort)["sort"][0]


def test_a_page_is_cut_and_says_how_to_go_on(ask, stations):
    page = ask.datastore_search(resource_id=stations, limit=2, include_next_page=True)
    assert [row["_id"] for row in page["records"]] == [1, 2]
    more = ask.datastore_search(resource_id=stations, limit=2, **page["next_page"])
    assert [row["_id"] for row in more["records"]] == [3]
    assert page["_links"]["next"].endswith(f"resource_id={stations}&limit=2&offset=2")
    assert ask.datastore_search(resource_id=stations, limit=100_000)["limit"] == 32_000
    assert ask.datastore_search(resource_id=stations, limit=0)["records"] == []
    assert ask.datastore_search(resource_id=stations, offset=2)["records"] == ROWS[2:]


@pytest.mark.parametrize("given", [{"limit": -1}, {"limit": "x"}, {"offset": -1}, {"offset": "x"}])
def test_a_page_that_cannot_be_is_refused(ask, stations, given):
    assert fault(ask, resource_id=stations, **given).keys() == given.keys()


def test_pages_by_the_next_page_hold_each_row_once(ask, publish):
    table = publish({"n": ("integer", list(range(250)))})
    found, filters = [], {"n": {"gte": 0}}
    while filters:
        page = ask.datastore_search(
            resource_id=table, filters=filters, limit=60, include_next_page=True
        )
        found += [row["n"] for row in page["records"]]
        filters = page.get("next_page", {}).get("filters")
    assert found == list(range(250))


def test_fields_are_chosen_by_name_and_repeated_rows_left_out(ask, stations):
    ask.datastore_upsert(resource_id=stations, records=[{"naziv": "Niš", "pm10": 99}])
    found = ask.datastore_search(resource_id=stations, fields="pm10, naziv", limit=1)
    assert found["records"] == [{"pm10": 40.5, "naziv": "Ниш, вртић"}]
    assert [field["id"] for field in found["fields"]] == ["pm10", "naziv"]
    once = ask.datastore_search(resource_id=stations, fields=["pm10"], distinct=True)
    assert ([row["pm10"] for row in once["records"]], once["total"]) == ([31, 40.5, 99], 3)
    assert "total" not in ask.datastore_search(resource_id=stations, include_total=False)
    assert fault(ask, resource_id=stations, fields=["nema"]) == {
        "fields": ['field "nema" not in table']
    }
    assert "fields" in fault(ask, resource_id=stations, fields=[{"id": "naziv"}])


@pytest.mark.parametrize("q", ["вртић", "vrtić", "vrtic", "ВРТИЋ", "niš vrtić", "Ниш"])
def test_words_are_found_in_any_script_and_without_diacritics(ask, stations, q):
    assert names(ask.datastore_search(resource_id=stations, q=q)) == ["Ниш, вртић"]


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("nis & vrtic", [1]),
        ("nis | bor", [1, 3]),
        ("(nis | bor) & !vrtic", [3]),
        ("b:*", [3]),
        ("'Nis' <-> vrtic", [1]),
        ("vrtic <-> nis", []),
        ("nis & ''", [1]),
    ],
)
def test_words_may_be_a_tsquery(ask, stations, q, ids):
    found = ask.datastore_search(resource_id=stations, q=q, plain="false", sort="_id")
    assert [row["_id"] for row in found["records"]] == ids


@pytest.mark.parametrize("q", ["nis &", "(nis", "nis )", "!nis", "nis bor", "nis | !bor", '" OR 1'])
def test_a_tsquery_that_is_none_is_told(ask, stations, q):
    assert "query" in fault(ask, resource_id=stations, q=q, plain=False)


@pytest.mark.parametrize("q", ['"{}"', '" OR words MATCH "x', "*", "c0:nis", "NEAR(nis)", "-", "^"])
def test_a_plain_question_has_no_operators(ask, stations, q):
    assert ask.datastore_search(resource_id=stations, q=q)["records"] == []


def test_words_are_found_in_numbers_dates_and_json_of_one_field(ask):
    table = ask.datastore_create(
        resource={"package_id": "vazduh"},
        records=[
            {"od": "Brazil", "do": "Brazil", "kada": "2011-01-01", "x": 52.56, "j": {"a": 2014}},
            {"od": "Brazil", "do": "Italija", "kada": "2011-02-02", "x": 53.5, "j": {"a": 1986}},
        ],
    )["resource_id"]
    for q, count in (("52.56", 1), ("2011-01-01", 1), ("brazil italija", 1), ({"j": "2014"}, 1)):
        assert ask.datastore_search(resource_id=table, q=q)["total"] == count, q
    found = ask.datastore_search(resource_id=table, q={"od": "brazil"})
    assert len({row["rank od"] for row in found["records"]}) == 1
    assert [row["do"] for row in found["records"]] == ["Brazil", "Italija"]
    assert "rank do" not in found["records"][0]
    assert "q" in fault(ask, resource_id=table, q={"nema": "x"})
    assert "q" in fault(ask, resource_id=table, q={"od": ["x"]})


def test_the_best_row_for_words_comes_first(ask):
    table = ask.datastore_create(
        resource={"package_id": "vazduh"},
        records=[{"a": "parkovi i reke i još mnogo toga"}, {"a": "reke reke"}],
    )["resource_id"]
    found = ask.datastore_search(resource_id=table, q="reke")["records"]
    assert [row["_id"] for row in found] == [2, 1]
    assert 1 > found[0]["rank"] > found[1]["rank"] > 0


def test_records_come_as_lists_and_as_delimited_text(ask, stations):
    def records(kind):
        return ask.datastore_search(resource_id=stations, records_format=kind, limit=2)["records"]

    assert records("lists") == [list(row.values()) for row in ROWS[:2]]
    assert records("csv") == '1,"Ниш, вртић",40.5,2024-01-01T00:00:00.000\n2,Šabac,31,\n'
    assert records("tsv") == "1\tНиш, вртић\t40.5\t2024-01-01T00:00:00.000\n2\tŠabac\t31\t\n"
    assert "records_format" in fault(ask, resource_id=stations, records_format="xls")


@pytest.mark.parametrize("wanted", HOSTILE)
@pytest.mark.parametrize("action", ["datastore_search", "datastore_info"])
def test_a_name_that_is_no_resource_finds_nothing(ask, stations, action, wanted):
    with pytest.raises((NotFound, ValidationError)):
        ask.catalog.call_action(action, {"resource_id": wanted, "id": wanted})


def test_a_private_table_is_read_by_members_only(ask, stations, somebody):
    ask.package_patch(id="vazduh", private=True)
    for action in ("datastore_search", "datastore_info"):
        with pytest.raises(NotAuthorized):
            somebody.catalog.call_action(action, {"id": stations})
    assert somebody.datastore_search(resource_id="_table_metadata")["records"] == []
    assert ask.datastore_search(resource_id=stations)["total"] == 3


def test_the_list_of_tables_has_drafts_published_ones_and_aliases(ask, stations, publish, somebody):
    table = publish({"n": ("integer", [1])})
    ask.datastore_create(resource_id=stations, aliases="zrak")
    listed = somebody.datastore_search(resource_id="_table_metadata")
    told = [(row["name"], row["alias_of"]) for row in listed["records"]]
    assert told == [(stations, None), ("zrak", stations), (table, None)]


def test_a_table_goes_with_its_resource_and_its_dataset(ask, stations, somebody):
    ask.package_delete(id="vazduh")
    with pytest.raises(NotAuthorized):
        somebody.datastore_search(resource_id=stations)
    ask.package_patch(id="vazduh", state="active")
    ask.resource_delete(id=stations)
    with pytest.raises(NotFound):
        ask.datastore_search(resource_id=stations)
