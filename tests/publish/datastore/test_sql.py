"""datastore_search_sql: what PostgreSQL's SELECT gives, and the walls around it."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from datasets.config import Catalog, Config
from publish.datastore import functions, running
from publish.datastore.dialect import Written
from publish.datastore.sql import BadSql


def rows(ask, sql, *tables):
    return ask.datastore_search_sql(sql=sql.format(*tables))["records"]


def refusal(ask, sql, *tables):
    with pytest.raises(ValidationError) as raised:
        rows(ask, sql, *tables)
    return raised.value.error_dict["message"]


@pytest.fixture
def numbers(publish):
    """Published: n from 1 to 300, its remainder by 7 as `r`, and 60 characters of text."""
    return publish(
        {
            "n": ("integer", list(range(1, 301))),
            "r": ("number", [float(n % 7) for n in range(1, 301)]),
            "a": ("string", ["a" * 60] * 300),
        }
    )


def test_the_answer_has_the_query_the_rows_and_the_types(ask, stations):
    sql = f'SELECT naziv, pm10 > 40 AS mnogo, dt FROM "{stations}" ORDER BY pm10 LIMIT 1'
    assert ask.datastore_search_sql(sql=sql) == {
        "sql": sql,
        "records": [{"naziv": "Šabac", "mnogo": False, "dt": None}],
        "fields": [
            {"id": "naziv", "type": "text"},
            {"id": "mnogo", "type": "bool"},
            {"id": "dt", "type": "timestamp"},
        ],
    }


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ('select count(*) from "{0}"', [3]),
        (
            "select naziv from \"{0}\" where dt >= '2024-01-01' order by dt desc",
            ["Bor", "Ниш, вртић"],
        ),
        ("select naziv from \"{0}\" where dt = '2024-02-01 10:30'", ["Bor"]),
        ("select naziv from \"{0}\" where pm10 = '31.0'", ["Šabac"]),
        ("select naziv from \"{0}\" where naziv like '%or'", ["Bor"]),
        ("select naziv from \"{0}\" where naziv like 'BOR'", []),
        ("select naziv from \"{0}\" where naziv ilike 'ниш%'", ["Ниш, вртић"]),
        ("select naziv from \"{0}\" where naziv not like '%b_c' and naziv like '%a%'", []),
        ("select naziv from \"{0}\" where naziv not ilike '%BAC' and _id > 1", ["Bor"]),
        ('select upper(naziv) from "{0}" where _id = 2', ["ŠABAC"]),
        ('select pm10 / 2 from "{0}" where pm10 = 31', [15.5]),
        ("select 7 / 2", [3]),
        ("select 7 / 2.0", [3.5]),
        ("select extract(month from dt) from \"{0}\" where naziv = 'Bor'", [2]),
        ("select date_trunc('month', dt) from \"{0}\" where _id = 3", ["2024-02-01T00:00:00"]),
        ('select dt from "{0}" order by dt', ["2024-01-01T00:00:00", "2024-02-01T10:30:00", None]),
        ('select "{0}".naziv from public."{0}" where _id = 1', ["Ниш, вртић"]),
        ('with x as (select * from "{0}") select max(pm10) from x', [99]),
        ('select a._id from "{0}" a, "{0}" b where a.pm10 > b.pm10 order by 1', [1, 3, 3]),
        ('select max(_id) from "{0}" union select min(_id) from "{0}" order by 1', [1, 3]),
        ('select row_number() over (order by pm10 desc) from "{0}" where _id = 2', [1]),
        ('select coalesce(dt, now()) is not null from "{0}" where _id = 2', [True]),
        ("select '12'::int + 1", [13]),
        ("select cast('2024-05-06 07:00' as date)", ["2024-05-06"]),
        ("select concat('a', null, 1) || 'b'", ["a1b"]),
        ("select greatest(1, null, 3)", [3]),
        ("select substring('beograd' from 2 for 3)", ["eog"]),
        ("select right('beograd', 2)", ["ad"]),
        ("select position('grad' in 'beograd')", [4]),
        ("select replace('aba', 'a', 'x')", ["xbx"]),
        ("select 'foo; bar -- /*'", ["foo; bar -- /*"]),
        ("select string_agg(x, '-') from (select 'a' as x union select 'b') s", ["a-b"]),
        ("select 1/0", [None]),
        ("select 1e999", [None]),
    ],
)
def test_a_select_gives_what_postgresql_would(ask, stations, sql, values):
    assert [next(iter(row.values())) for row in rows(ask, sql, stations)] == values


def test_truth_json_and_arrays_come_as_such_through_subqueries(ask):
    record = {"ok": True, "j": {"a": [1]}, "t": ["x", "y"]}
    fields = [
        {"id": "ok", "type": "bool"},
        {"id": "j", "type": "json"},
        {"id": "t", "type": "_text"},
    ]
    table = ask.datastore_create(
        resource={"package_id": "vazduh"}, fields=fields, records=[record, {}]
    )["resource_id"]
    found = rows(ask, 'select s.* from (select * from "{0}" order by _id) s where ok', table)
    assert found == [{"_id": 1, **record}]
    assert rows(ask, 'select j from "{0}" where not ok is true', table) == [{"j": None}]


def test_an_alias_a_draft_and_a_published_table_can_be_joined(ask, stations, publish):
    ask.datastore_create(resource_id=stations, aliases="stanice")
    table = publish({"naziv": ("string", ["Bor", "Niš"]), "opis": ("string", ["grad", "grad"])})
    sql = 'select s.pm10, p.opis from stanice s join "{0}" p on p.naziv = s.naziv'
    assert rows(ask, sql, table) == [{"pm10": 99, "opis": "grad"}]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ('DROP TABLE "{0}"', "Invalid query AST element: DropStmt"),
        ('delete from "{0}"', "Invalid query AST element: DeleteStmt"),
        ("insert into x values (1)", "Invalid query AST element: InsertStmt"),
        ("update x set a = 1", "Invalid query AST element: UpdateStmt"),
        ("create table x(a int)", "Invalid query AST element: CreateStmt"),
        ("SELECT 1; SELECT 2", "Query is not a single statement"),
        ('select * from "{0}"; drop table t', "Query is not a single statement"),
        ("SELEC 1", 'Invalid SQL: syntax error at or near "SELEC", at index 0'),
        ("attach 'x' as y", 'Invalid SQL: syntax error at or near "attach", at index 0'),
        ("pragma writable_schema = 1", 'Invalid SQL: syntax error at or near "pragma", at index 0'),
        ("vacuum into '/tmp/x'", 'Invalid SQL: syntax error at or near "vacuum", at index 0'),
        ("copy x to '/tmp/x'", "Invalid query AST element: CopyStmt"),
        ("values (1)", 'Invalid SQL: syntax error at or near "values", at index 0'),
        ('select * into x from "{0}"', "Invalid query AST element: Into"),
        ('select * from "{0}" for update', "Invalid query AST element: Lock"),
        ("select $1", "Invalid query AST element: Parameter"),
        (
            "with d as (delete from t returning *) select * from d",
            "Invalid query AST element: DeleteStmt",
        ),
        (
            "with recursive x(n) as (select 1 union all select n + 1 from x) select * from x",
            "A recursive query is not possible here",
        ),
        ("with x(n) as (select 1 union all select n + 1 from x) select n from x", "not authorized"),
        ('select nema from "{0}"', 'column "nema" does not exist'),
        ('select "nema" from "{0}"', 'column "nema" does not exist'),
        ('select c0 from "{0}"', 'column "c0" does not exist'),
        ('select _full_text from "{0}"', 'column "_full_text" does not exist'),
        ('select * from d0."t"', 'schema "d0" does not exist'),
        ('select * from temp."{0}"', 'schema "temp" does not exist'),
        ("select 'x'::int", 'invalid input syntax for type integer: "x"'),
        ("select '1'::regclass", "Invalid query AST element: ObjectIdentifier"),
        (
            "select 1 from \"{0}\" where dt > 'juče'",
            'invalid input syntax for type timestamp: "juče"',
        ),
        ("select date_trunc('eon', now())", None),
        ('select distinct on (naziv) naziv from "{0}"', "DISTINCT ON is not possible here"),
        ('select trim(both naziv from naziv) from "{0}"', None),
        ("select 'a' similar to 'b'", "Invalid query AST element: SimilarTo"),
    ],
)
def test_all_but_one_sound_select_is_refused(ask, stations, sql, message):
    said = refusal(ask, sql, stations)
    assert said == message or message is None


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM pg_user", "Not authorized to access system tables"),
        ("SELECT * FROM pg_catalog.pg_database", "Not authorized to access system tables"),
        ("select * from information_schema.tables", "Not authorized to access system tables"),
        ("select * from sqlite_master", "Not authorized to access system tables"),
        (
            'select * from "{0}" a join pg_roles p on p.x = a.naziv',
            "Not authorized to access system tables",
        ),
        ("select (select rolname from pg_roles limit 1)", "Not authorized to access system tables"),
        ("SELECT pg_sleep(1)", "Not authorized to call function pg_sleep"),
        ("select load_extension('x')", "Not authorized to call function load_extension"),
        ("select readfile('/etc/passwd')", "Not authorized to call function readfile"),
        ("select zeroblob(1000000000)", "Not authorized to call function zeroblob"),
        ("select randomblob(1000000000)", "Not authorized to call function randomblob"),
        ("select printf('%.*c', 1000000000, 'x')", None),
        ("select repeat('x', 1000000000)", "Not authorized to call function repeat"),
        ("select lpad('x', 1000000000)", None),
        ("select emap_cast('1', 'int4')", "Not authorized to call function emap_cast"),
        ("select * from generate_series(1, 1000000000)", None),
        (
            "select generate_series(1, 1000000000)",
            "Not authorized to call function generate_series",
        ),
        ("select 'a' ~ '(a+)+$'", None),
        ('select array_agg(naziv) from "{0}"', "Not authorized to call function array_agg"),
        ("select json_each('[1]')", None),
        ("select * from \"{0}\" where naziv in (select lo_import('/etc/passwd'))", None),
        ("select * from pragma_table_info('t')", None),
        ("select query_to_xml('select 1', true, true, '')", None),
    ],
)
def test_system_tables_and_functions_outside_the_list_are_forbidden(ask, stations, sql, message):
    with pytest.raises(NotAuthorized) as raised:
        rows(ask, sql, stations)
    said = raised.value.extra_msg["message"].removeprefix("Access denied: ")
    assert said == message or (message is None and said.startswith("Not authorized to call"))


@pytest.mark.parametrize(
    "table", ["nope", "t", "words", "about", "v0", "d0", "../x", "words_data", "x' or 1=1 --"]
)
def test_a_table_that_is_no_resource_is_not_found(ask, stations, table):
    for sql in ('select * from "{1}"', 'select * from "{0}" union select * from "{1}"'):
        with pytest.raises(NotFound):
            rows(ask, sql, stations, table)


def test_each_table_in_the_query_is_checked_for_the_caller(ask, stations, publish, somebody):
    table = publish({"n": ("integer", [1])})
    ask.package_patch(id="vazduh", private=True)
    ask.datastore_create(resource_id=stations, aliases="tajno")
    for sql in (
        'select * from "{0}"',
        "select * from tajno",
        'select * from "{1}" a, "{0}" b',
        'select n from "{1}" where n in (select _id from "{0}")',
        'select (select max(_id) from "{0}") from "{1}"',
        'with x as (select * from "{0}") select n from "{1}"',
        'select n from "{1}" union select _id from "{0}"',
        'select n from "{1}" order by (select 1 from "{0}")',
    ):
        with pytest.raises(NotAuthorized):
            rows(somebody, sql, stations, table)
    assert rows(somebody, 'select n from "{1}"', stations, table) == [{"n": 1}]


def test_a_name_of_with_is_no_way_to_a_table(ask, stations, somebody):
    ask.package_patch(id="vazduh", private=True)
    inner = 'select * from (with "{0}" as (select 1 as n) select * from "{0}") a'
    assert rows(somebody, inner, stations) == [{"n": 1}]
    with pytest.raises((ValidationError, NotAuthorized)):
        rows(somebody, inner + ', "{0}" b', stations)


@pytest.mark.parametrize(
    "sql",
    [
        'select count(*) from "{0}" a, "{0}" b, "{0}" c, "{0}" d, "{0}" e',
        'select a.a from "{0}" a, "{0}" b, "{0}" c, "{0}" d order by a.n * b.n * c.n limit 1',
        'select sum(a.n) over () from "{0}" a, "{0}" b, "{0}" c, "{0}" d',
        'select count(distinct a.n * b.n * c.n * d.n) from "{0}" a, "{0}" b, "{0}" c, "{0}" d',
        'select count(*) from "{0}" a, "{0}" b, "{0}" c, "{0}" d'
        " where a.a || b.a || c.a || d.n like '%a%b'",
        'select a.n from "{0}" a, "{0}" b, "{0}" c, "{0}" d offset 1000000000000',
    ],
)
def test_a_query_without_end_is_stopped(ask, numbers, monkeypatch, sql):
    monkeypatch.setattr(running, "SECONDS", 0.3)
    began = time.monotonic()
    assert refusal(ask, sql, numbers) == "The query took longer than 0 seconds"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "sql",
    [
        "select replace(replace(replace(a, 'a', a), 'a', a), 'a', a) from \"{0}\"",
        'select string_agg(a || a || a || a, a) from "{0}" x cross join (select n from "{0}") y',
        " || ".join(["select a"] + ["a"] * 400) + ' from "{0}"',
        "select " + "(" * 400 + "1" + ")" * 400,
        "select " + "+".join(["1"] * 3000),
        "select " + "not " * 3000 + "true",
        "select " + "-" * 1 + " -".join([""] * 2000) + "1",
        "select '" + "x" * 20_000 + "'",
        "select 1 where 1 in (" + ",".join(["1"] * 6000) + ")",
        " union all ".join(["select 1"] * 100),
        "select " + ",".join(["1"] * 6000),
        "select a like '" + "%a" * 200 + '\' from "{0}"',
        "select case " + "when true then 1 " * 900 + "end " * 1 + "from (" * 300,
    ],
)
def test_a_bomb_is_refused(ask, numbers, sql):
    began = time.monotonic()
    assert refusal(ask, sql, numbers)
    assert time.monotonic() - began < 10


def test_a_pattern_takes_linear_time(ask, numbers):
    began = time.monotonic()
    pattern = "%a" * 50 + "%b"
    found = rows(ask, f"select count(*) c from \"{{0}}\" where a like '{pattern}'", numbers)
    assert found == [{"c": 0}]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("beograd", "beograd", True),
        ("beograd", "beo%", True),
        ("beograd", "%grad", True),
        ("beograd", "%o%r%", True),
        ("beograd", "b_ogr_d", True),
        ("beograd", "%", True),
        ("", "%", True),
        ("", "", True),
        ("a", "", False),
        ("ab", "ab%b", False),
        ("abab", "ab%ab", True),
        ("aba", "ab%ba", False),
        ("100%", r"100\%", True),
        ("1000", r"100\%", False),
        ("a_b", r"%\_b", True),
        ("axb", r"%\_b", False),
        ("a\nb", "a%b", True),
        ("a\nb", "a_b", True),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("šđ", "_đ", True),
    ],
)
def test_like_is_that_of_postgresql(text, pattern, matches):
    like = {name: function for name, _, function in functions.FUNCTIONS}["emap_like"]
    assert bool(like(text, pattern)) is matches
    assert like(None, pattern) is None


def test_more_rows_than_an_answer_holds_are_cut_and_told(ask, numbers, monkeypatch):
    answer = ask.datastore_search_sql(sql=f'select a.n from "{numbers}" a, "{numbers}" b')
    assert (len(answer["records"]), answer["records_truncated"]) == (32_000, True)
    monkeypatch.setattr(running, "MOST_BYTES", 5000)
    answer = ask.datastore_search_sql(sql=f'select a from "{numbers}"')
    assert len(answer["records"]) < 60
    assert answer["records_truncated"] is True


def test_a_value_longer_than_allowed_is_an_error(ask, numbers):
    ask.datastore_create(resource_id=numbers, force=True, records=[{"a": "x" * 100_000}])
    sql = 'select string_agg(b.a, a.a) from "{0}" a, "{0}" b where a.n is null'
    assert refusal(ask, sql, numbers) == "string or blob too big"


def test_the_connection_itself_refuses_what_a_parser_might_let_through(ask, stations, monkeypatch):
    """The walls behind the parser: whatever SQL comes out of it, only these tables are read."""
    place = ask.catalog.table(stations).place
    for sql in (
        "select * from sqlite_master",
        "select said from d0.about",
        "select * from d0.words",
        "select * from d0.words_data",
        "attach 'x.sqlite' as x",
        "detach d0",
        "pragma query_only = off",
        "pragma temp_store_directory = '/tmp'",
        "delete from d0.t",
        "update d0.t set c0 = 1",
        "create table x(a)",
        "create temp table x(a)",
        "select load_extension('x')",
        "select randomblob(10)",
        "select zeroblob(10)",
        "select hex(1)",
        "select printf('%d', 1)",
        "select 1 glob 2",
        "select 'a' like 'b'",
        "select replace('a', 'a', 'b')",
        "select instr('a', 'b')",
        "select sqlite_version()",
        "select * from pragma_table_info('t')",
        "select * from json_each('[1]')",
        "begin immediate",
        "with recursive x(n) as (select 1 union all select n + 1 from x) select n from x limit 3",
        "vacuum",
        "reindex",
        "analyze",
    ):
        written = Written(sql, None)
        monkeypatch.setattr(running, "write", lambda *_, written=written: written)
        with pytest.raises(BadSql):
            running.run(None, {stations: place})


def test_the_files_of_tables_are_opened_to_read_only(ask, stations):
    place = ask.catalog.table(stations).place
    with (
        closing(sqlite3.connect(place.address, uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("delete from t")


def test_sql_can_be_switched_off(ask, stations):
    config = Config(catalog=Catalog(datastore_sql=False))
    outside = replace(ask.catalog.outside, config=config)
    ask.catalog = replace(ask.catalog, outside=outside)
    assert refusal(ask, "select 1") == "SQL is switched off here; ask with datastore_search"


@pytest.mark.parametrize("given", [{}, {"sql": ""}, {"sql": 5}, {"sql": ["select 1"]}])
def test_without_a_query_one_is_asked_for(ask, given):
    with pytest.raises(ValidationError):
        ask.datastore_search_sql(**given)


def test_fields_that_differ_in_capitals_only_cannot_be_asked_in_sql(ask):
    fields = [{"id": "a"}, {"id": "A"}]
    table = ask.datastore_create(resource={"package_id": "vazduh"}, fields=fields)["resource_id"]
    assert "capitals" in refusal(ask, 'select a from "{0}"', table)
