"""Views of databases: rows exactly as they stand, read by one who can only read."""

import csv
import datetime
import json
import os
import sqlite3
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from datasets import config
from datasets.errors import ConfigError, HarvestError
from harvesters import open_sources
from harvesters.features.cells import cell, geometry, member
from harvesters.features.database import one_select
from harvesters.sql import Sql
from publish.database import open_database

TREES = """
create table trees (id integer primary key, kind text, height numeric, place text);
insert into trees values (3, 'липа', 12.5, 'POINT(20.46 44.81)'), (1, '', 7, null),
  (2, null, null, 'SRID=4326;POINT(20.5 44.8)');
"""


def source(url, *views, **keys):
    given = {"name": "baza", "kind": "sql", "organization": "bor", "url": url, "views": views}
    return Sql(**given | keys)


def view(**keys):
    return {"name": "drvece", "table": "trees", "key": "id"} | keys


@pytest.fixture
def trees(tmp_path):
    """A file of SQLite; gives its address."""
    path = tmp_path / "ba za.db"
    with sqlite3.connect(path) as database:
        database.executescript(TREES)
    database.close()
    return f"sqlite:///{path}"


@pytest.fixture
def collected(http, tmp_path):
    def collect(database):
        [page] = database.harvest(http)
        into = tmp_path / "into"
        into.mkdir(exist_ok=True)
        return [database.collect(record, {}, http, into) for record in page.records]

    return collect


def body(collected):
    [resource] = collected.dataset.resources
    return resource.path.read_text(encoding="utf-8")


def fault(collected, database):
    with pytest.raises(HarvestError) as caught:
        collected(database)
    return caught.value


def test_a_table_of_sqlite_is_a_dataset_in_the_order_of_its_key(trees, collected):
    [done] = collected(source(trees, view(title="Дрвеће", title_en="Trees", license="cc-by")))
    assert body(done) == (
        '"id","kind","height","place"\n'
        '1,"",7,\n'
        '2,,,"SRID=4326;POINT(20.5 44.8)"\n'
        '3,"липа",12.5,"POINT(20.46 44.81)"\n'
    )
    dataset = done.dataset
    assert (dataset.name, dataset.remote_id, dataset.license_id) == ("drvece", "drvece", "cc-by")
    assert (dataset.title.said("sr-Latn"), dataset.title.said("en")) == ("Drveće", "Trees")


def test_a_geometry_makes_a_layer(trees, collected):
    [done] = collected(source(trees, view(geometry="place")))
    said = json.loads(body(done))
    assert "crs" not in said
    assert [f["geometry"] and f["geometry"]["coordinates"] for f in said["features"]] == [
        None,
        [20.5, 44.8],
        [20.46, 44.81],
    ]
    assert said["features"][2]["properties"] == {"id": 3, "kind": "липа", "height": 12.5}


def test_a_system_other_than_degrees_is_told_in_the_layer(trees, collected):
    query = "select id, 'SRID=32634;POINT(457000 4962000)' as g from trees"
    [done] = collected(source(trees, view(table="", query=query, geometry="g")))
    assert json.loads(body(done))["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32634"
    [given] = collected(source(trees, view(table="", query=query, geometry="g", crs="EPSG:6316")))
    assert json.loads(body(given))["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::6316"


def test_geometries_of_two_systems_are_told(trees, collected):
    query = "select id, 'SRID=' || (4325 + id) || ';POINT(1 2)' as g from trees"
    error = fault(collected, source(trees, view(table="", query=query, geometry="g")))
    assert error.fault == "wrong-answer" and "geometries in EPSG:4327 and in EPSG:4326" in str(
        error
    )


def test_a_column_that_is_no_geometry_is_told(trees, collected):
    error = fault(collected, source(trees, view(geometry="kind")))
    assert error.fault == "wrong-answer" and "'kind' holds no WKT and no WKB" in str(error)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"key": "nema"}, "there is no column 'nema'"),
        ({"geometry": "nema"}, "there is no column 'nema'"),
        ({"table": "nema"}, "no such table: nema"),
        ({"table": "", "query": "select id from trees where"}, "syntax error"),
    ],
)
def test_a_query_that_fails_is_told_in_the_words_of_the_database(trees, collected, keys, said):
    error = fault(collected, source(trees, view(**keys)))
    assert error.fault == "query" and said in error.values["said"]


def test_two_rows_of_one_key_are_told(trees, collected):
    query = "select 1 as id union all select 1"
    error = fault(collected, source(trees, view(table="", query=query)))
    assert (error.fault, error.values["id"]) == ("identity-twice", "1")


def test_more_rows_or_bytes_than_allowed_are_told(trees, collected, http, tmp_path):
    error = fault(collected, source(trees, view(), max_rows=2))
    assert error.fault == "too-many"
    small = type(http)(config.Http(max_bytes=50))
    [page] = source(trees, view()).harvest(small)
    with pytest.raises(HarvestError, match="larger than 50 bytes") as caught:
        source(trees, view()).collect(page.records[0], {}, small, tmp_path)
    assert caught.value.fault == "too-large"


def test_a_query_without_end_is_stopped(trees, collected):
    query = "with recursive n(id) as (select 1 union all select id + 1 from n) select id from n"
    error = fault(collected, source(trees, view(table="", query=query), timeout_s=0.2))
    assert error.fault == "timeout"


def test_the_stamp_changes_with_rows_and_with_their_last_change(trees, http):
    database = source(trees, view(modified="height"))

    def stamp():
        [page] = database.harvest(http)
        return page.records[0].modified

    first = stamp()
    assert first == "12.5 3"
    with sqlite3.connect(trees.removeprefix("sqlite:///")) as file:
        file.execute("delete from trees where id = 1")
    file.close()
    assert stamp() == "12.5 2"


def test_a_stamp_that_cannot_be_told_is_none(trees, http):
    [page] = source(trees, view(modified="nema", table="nigde")).harvest(http)
    assert page.records[0].modified == ""


def test_another_query_is_another_record(trees, http):
    first, second = (
        next(source(trees, view(key=key)).harvest(http)).records[0] for key in ("id", "kind")
    )
    assert first.distributions[0].hints != second.distributions[0].hints


def test_a_file_of_sqlite_cannot_be_written(trees, collected, tmp_path):
    before = (tmp_path / "ba za.db").read_bytes()
    query = "with x as (select 1 as id) select * from x); drop table trees; select (1"
    with pytest.raises(ValidationError, match="there is a semicolon in it"):
        source(trees, view(table="", query=query))
    [done] = collected(source(trees, view()))
    assert (tmp_path / "ba za.db").read_bytes() == before


@pytest.mark.parametrize("content", [None, b"no database at all, only words" * 50])
def test_a_file_that_is_none_is_told(tmp_path, collected, content):
    path = tmp_path / "x.db"
    if content:
        path.write_bytes(content)
    error = fault(collected, source(f"sqlite:///{path}", view()))
    assert error.fault == ("wrong-answer" if content else "unreachable")
    assert str(tmp_path) not in str(error)
    assert not list(tmp_path.glob("x.db-*"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:t0p@host/d",
        "postgresql://me:t0p@p@host/d",
        "postgresql://host/d?password=t0p",
        "mysql://host/d",
        "sqlite:///relative.db",
        "sqlite://",
        "postgresql://host",
        "t0p",
    ],
)
def test_an_address_that_cannot_be_taken_is_told_without_its_secret(tmp_path, url):
    path = tmp_path / "config.yml"
    entry = {"name": "baza", "kind": "sql", "organization": "bor", "url": url, "views": [view()]}
    path.write_text(json.dumps({"sources": [entry]}))
    with pytest.raises(ConfigError, match=r"sources\.0\.url: must ") as caught:
        open_sources(*config.load(path))
    assert "p@host" not in str(caught.value) and "t0p@" not in str(caught.value)
    assert "=t0p" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"query": "select 1"}, "one of both"),
        ({"table": ""}, "one of both"),
        ({"key": []}, "at least 1"),
        ({"table": "", "query": "delete from trees"}, "must be a SELECT"),
        ({"table": "", "query": "select 1; select 2"}, "a semicolon"),
        ({"crs": "WGS84"}, "pattern"),
    ],
)
def test_a_view_that_cannot_be_meant_is_told(trees, keys, said):
    with pytest.raises(ValidationError, match=said):
        source(trees, view(**keys))


@pytest.mark.parametrize(
    "query",
    [
        "select ';' as a",
        'select 1 as ";"',
        "select 1 -- all; of it",
        "select /* ; */ 1",
        "select $x$;$x$",
        "with a as (select 1) select * from a;  ",
        "(select 1)",
    ],
)
def test_semicolons_in_texts_and_comments_are_none(query):
    assert one_select(query) == query.rstrip().removesuffix(";")


@pytest.fixture
def server(postgresql):
    """A new database of PostgreSQL: its address, and a way to run statements."""
    url = postgresql.create()

    class Server:
        address = url

        def run(self, *statements):
            engine = open_database(url, None)
            with engine.begin() as connection:
                for statement in statements:
                    connection.execute(text(statement))
            engine.dispose()

    return Server()


def test_values_of_postgresql_are_exact(server, collected):
    query = """
        select 1 as id, 1.50::numeric(20, 2) as price, 0::numeric(20, 10) as none_yet,
          9007199254740993::bigint as big, 0.1::float8 as real, 'NaN'::float8 as nan,
          true as yes, null::text as nothing, ''::text as empty, E'a\n"b' as words,
          date '2026-03-01' as day, timestamp '2026-03-01 10:00:00.5' as here,
          timestamptz '2026-07-01 12:00:00+02' as there, time '10:30' as hour,
          '\\x00ff'::bytea as raw, '{"b": 1.0, "a": [true]}'::json as doc,
          array[1, null, 3] as list, 100 % 7 as rest, ':x' as colon,
          '6b9f2a3e-0000-4000-8000-000000000001'::uuid as uuid
    """
    [done] = collected(source(server.address, view(table="", query=query)))
    [row] = csv.DictReader(body(done).splitlines(keepends=True))
    assert row == {
        "id": "1",
        "price": "1.50",
        "none_yet": "0.0000000000",
        "big": "9007199254740993",
        "real": "0.1",
        "nan": "NaN",
        "yes": "true",
        "nothing": "",
        "empty": "",
        "words": 'a\n"b',
        "day": "2026-03-01",
        "here": "2026-03-01T10:00:00.500000",
        "there": "2026-07-01T10:00:00Z",
        "hour": "10:30:00",
        "raw": "\\x00ff",
        "doc": '{"b":1.0,"a":[true]}',
        "list": "[1,null,3]",
        "rest": "2",
        "colon": ":x",
        "uuid": "6b9f2a3e-0000-4000-8000-000000000001",
    }
    assert ',,"",' in body(done)


@pytest.fixture
def spatial_server(server):
    """A database with PostGIS, where that is installed."""
    try:
        server.run("create extension postgis")
    except DBAPIError:
        if os.environ.get("EMAP_REQUIRE_POSTGRESQL"):
            raise
        pytest.skip("PostGIS is not installed")
    return server


def test_a_view_of_postgis_is_a_layer(spatial_server, collected):
    server = spatial_server
    server.run(
        "create table t as select 1 as id, ST_SetSRID(ST_MakePoint(20.5, 44.75), 4326) as geom",
    )
    [done] = collected(source(server.address, view(table="public.t", geometry="geom")))
    [feature] = json.loads(body(done))["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [20.5, 44.75]}


def test_what_would_write_is_refused_by_postgresql(server, collected):
    server.run(
        "create table trees (id int)",
        "create function plant() returns int language sql as 'insert into trees values (1)"
        " returning id'",
    )
    error = fault(collected, source(server.address, view(table="", query="select plant() as id")))
    assert error.fault == "query"
    assert "25006" in error.values["said"]  # read_only_sql_transaction
    error = fault(
        collected,
        source(
            server.address,
            view(
                table="",
                query="select set_config('transaction_read_only', 'off', false) as id, plant()",
            ),
        ),
    )
    assert error.fault == "query"
    server.run("do $$ begin assert (select count(*) = 0 from trees); end $$")


def test_two_columns_of_one_name_are_told(server, collected):
    query = "select 1 as id, 2 as a, 3 as a"
    error = fault(collected, source(server.address, view(table="", query=query)))
    assert (error.fault, error.values["said"]) == ("query", "two columns are called 'a'")


def test_a_role_without_rights_is_told(server, collected, postgresql):
    server.run(
        "create table secret (id int)",
        "do $$ begin if not exists (select from pg_roles where rolname = 'poor')"
        " then create role poor login; end if; end $$",
    )
    url = server.address.replace("postgres@", "poor@")
    error = fault(collected, source(url, view(table="secret")))
    assert error.fault == "query" and "permission denied for table secret" in error.values["said"]


def test_a_wrong_password_is_told_and_a_right_one_opens(
    server, collected, monkeypatch, tmp_path, caplog
):
    server.run(
        "do $$ begin if not exists (select from pg_roles where rolname = 'stranger')"
        " then create role stranger login; end if; end $$",
        "alter role stranger password 's3 cret@/?'",
        "create table trees (id int)",
        "grant select on trees to stranger",
    )
    url = server.address.replace("postgres@", "stranger@")
    error = fault(collected, source(url, view()))
    assert error.fault == "login"
    monkeypatch.setenv("BAZA", "wr0ng")
    error = fault(collected, source(url, view(), secret_env="BAZA"))
    assert error.fault == "login"
    assert "wr0ng" not in str(error) + repr(error.values) + caplog.text
    (tmp_path / "secret").write_text("s3 cret@/?\n")
    [done] = collected(source(url, view(), secret_file=tmp_path / "secret"))
    assert body(done) == '"id"\n'


def test_a_password_that_is_not_where_it_is_said_to_be_is_told(server, http, tmp_path):
    for keys in ({"secret_env": "NEMA_OVE"}, {"secret_file": tmp_path / "nema"}):
        with pytest.raises(ConfigError, match="no password in the"):
            list(source(server.address, view(), **keys).harvest(http))


def test_a_server_that_is_not_there_is_told(collected):
    error = fault(collected, source("postgresql://nobody@127.0.0.1:1/d", view()))
    assert error.fault == "unreachable" and error.transient


def test_a_slow_query_of_postgresql_is_stopped(server, collected):
    query = "select 1 as id, pg_sleep(30)::text"
    error = fault(collected, source(server.address, view(table="", query=query), timeout_s=0.3))
    assert error.fault == "timeout"


def test_rows_of_postgresql_are_streamed(server, http, tmp_path):
    query = "select n as id, repeat('x', 200) as words from generate_series(1, 200000) n"
    database = source(server.address, view(table="", query=query))
    [page] = database.harvest(http)
    tracemalloc.start()
    done = database.collect(page.records[0], {}, http, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.files[0].size_bytes > 40_000_000
    assert peak < 15_000_000


def test_the_same_rows_give_the_same_bytes(server, collected):
    server.run(
        "create table trees as select n as id, n % 7 as kind from generate_series(1, 5000) n"
    )
    [first] = collected(source(server.address, view()))
    sha256 = first.files[0].sha256
    server.run("update trees set kind = kind where id % 3 = 0")  # they lie elsewhere now
    [second] = collected(source(server.address, view()))
    assert second.files[0].sha256 == sha256


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_written_with_the_value_it_has(number):
    assert Decimal(str(cell(number))) == number
    assert Decimal(str(member(number))) == number


@given(st.none() | st.text() | st.binary() | st.integers() | st.datetimes() | st.timedeltas())
def test_anything_is_a_cell_or_no_geometry(value):
    assert cell(value) is None or isinstance(cell(value), str | int)
    try:
        shape, _ = geometry(value)
    except ValueError:
        return
    assert json.loads(shape) is None or "type" in json.loads(shape)


def test_a_moment_keeps_what_it_has():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    assert cell(datetime.datetime(2026, 7, 1, 0, 30, tzinfo=zone)) == "2026-06-30T22:30:00Z"
