"""Writing tables: fields, types, keys, what is refused, and what a kill leaves."""

import datetime as d
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from publish.catalog import User
from publish.datastore import artefact

LINK = {"package_id": "vazduh", "url": "https://example.com/x.csv"}


def refusal(ask, action, **given):
    with pytest.raises(ValidationError) as raised:
        ask.catalog.call_action(action, given)
    return {k: v for k, v in raised.value.error_dict.items() if k != "__type"}


def rows(ask, table, **given):
    return ask.datastore_search(resource_id=table, **given)["records"]


def types(ask, table):
    fields = ask.datastore_search(resource_id=table, limit=0)["fields"]
    return {field["id"]: field["type"] for field in fields[1:]}


def table(ask, **given):
    return ask.datastore_create(resource={"package_id": "vazduh"}, **given)["resource_id"]


def test_a_table_makes_a_resource_whose_address_is_its_dump(ask, stations):
    resource = ask.resource_show(id=stations)
    assert resource["datastore_active"] is True
    assert resource["url_type"] == "datastore"
    assert resource["url"] == f"https://podaci.example.rs/datastore/dump/{stations}"


def test_types_are_guessed_from_the_first_record(ask):
    made = table(
        ask,
        fields=[{"id": "j", "type": "nested"}, {"id": "prazno"}],
        records=[
            {
                "a": 1,
                "b": 2**40,
                "c": 0.5,
                "d": "x",
                "e": "2005-12-01",
                "f": True,
                "g": {"x": [1]},
                "j": 1,
            },
            {"a": 2},
        ],
    )
    assert types(ask, made) == {
        **{"j": "json", "prazno": "text", "a": "int4", "b": "int8", "c": "float8", "d": "text"},
        **{"e": "timestamp", "f": "bool", "g": "json"},
    }
    first, second = rows(ask, made)
    assert (first["e"], first["f"], first["g"]) == ("2005-12-01T00:00:00.000", True, {"x": [1]})
    assert second == dict.fromkeys(second) | {"_id": 2, "a": 2}


def test_values_come_back_as_their_types_have_them(ask):
    fields = {
        "text[]": (["Princeza", "Ana"], ["Princeza", "Ana"]),
        "_int4": ([3, -42], [3, -42]),
        "jsonb": ("tekst", "tekst"),
        "date": ("2020-02-02", "2020-02-02"),
        "time": ("10:30", "10:30:00"),
        "timestamptz": ("2020-01-01T10:00:00+02:00", "2020-01-01T08:00:00.000"),
        "timestamp": ("2020-01-01 10:00:00.123456", "2020-01-01T10:00:00.123"),
        "bool": ("no", False),
        "numeric": ("1e3", 1000),
        "int": ("7", 7),
        "float": (2, 2.0),
        "varchar": (5, "5"),
    }
    made = table(
        ask,
        fields=[{"id": f"f {name}", "type": name} for name in fields],
        records=[{f"f {name}": value for name, (value, _) in fields.items()}],
    )
    (row,) = rows(ask, made)
    assert row == {"_id": 1} | {f"f {name}": told for name, (_, told) in fields.items()}


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("int", "x", 'invalid input syntax for type integer: "x"'),
        ("int", 1.5, 'invalid input syntax for type integer: "1.5"'),
        ("int", True, 'invalid input syntax for type integer: "true"'),
        ("int", 2**31, 'value "2147483648" is out of range for type integer'),
        ("numeric", "  ", 'invalid input syntax for type numeric: "  "'),
        ("numeric", "1_000", 'invalid input syntax for type numeric: "1_000"'),
        ("numeric", "NaN", 'invalid input syntax for type numeric: "NaN"'),
        ("numeric", [1], 'invalid input syntax for type numeric: "[1]"'),
        ("date", "31.12.2020", 'invalid input syntax for type date: "31.12.2020"'),
        ("timestamp", 5, 'invalid input syntax for type timestamp: "5"'),
        ("bool", "možda", 'invalid input syntax for type boolean: "možda"'),
        ("text", "a\0b", 'invalid input syntax for type text: "a\0b"'),
        ("text[]", "a", 'malformed array literal: "a"'),
        ("int[]", ["a"], 'invalid input syntax for type integer: "a"'),
    ],
)
def test_a_value_of_another_type_is_told_with_its_row(ask, kind, value, message):
    given = {
        "resource": {"package_id": "vazduh"},
        "fields": [{"id": "a", "type": kind}],
        "records": [{"a": None}, {"a": value}],
    }
    told = refusal(ask, "datastore_create", **given)
    assert told == {"records": [message], "records_row": 1}
    assert ask.package_show(id="vazduh")["resources"] == []


def test_empty_text_is_no_value_but_in_a_field_of_text(ask):
    made = table(
        ask,
        fields=[{"id": k, "type": k} for k in ("int", "date", "text")],
        records=[{"int": "", "date": "", "text": ""}],
    )
    assert rows(ask, made) == [{"_id": 1, "int": None, "date": None, "text": ""}]


@pytest.mark.parametrize(
    "name", ["_a", '"a', "", " a", "a ", "\ta", "a\n", "a\0", "š" * 40, 5, None, ["a"], "\ud800"]
)
def test_a_field_cannot_have_every_name(ask, name):
    fields = [{"id": "ok"}, {"id": name}]
    told = refusal(ask, "datastore_create", resource={"package_id": "vazduh"}, fields=fields)
    assert told == {"fields": [{}, {"id": [f'"{name}" is not a valid field name']}]}


@pytest.mark.parametrize(
    "name", ["boo%k", "rating with %", "select", "c0", "t", "a'b", "a;b", "a)--", "Назив", "x[1]"]
)
def test_an_odd_name_is_a_name_like_others(ask, name):
    made = table(ask, fields=[{"id": name, "type": "int"}], records=[{name: 1}, {name: 2}])
    found = rows(ask, made, filters={name: 2}, sort=f"{name} desc", fields=[name], q={name: "2"})
    assert [row[name] for row in found] == [2]
    quoted = name.replace('"', '""')
    query = f'select max("{quoted}") as m from "{made}"'
    assert ask.datastore_search_sql(sql=query)["records"] == [{"m": 2}]


def test_wrong_fields_and_records_are_told(ask):
    def told(**given):
        return refusal(ask, "datastore_create", resource={"package_id": "vazduh"}, **given)

    assert told(fields=[{"id": "a", "type": "int["}]) == {
        "fields": [{"type": ['"int[" is not a valid field type']}]
    }
    assert told(fields=[{"id": "a"}, {"id": "a"}]) == {
        "fields": [{}, {"id": ['"a" is there twice']}]
    }
    assert told(fields="a") == {"fields": ["Must be a list of objects with an id"]}
    assert told(records=["bad"]) == {
        "records": ['row "1" is not a json object'],
        "records_row": 0,
    }
    assert told(records=[{"a": 1}, {"b": 2}]) == {
        "records": ['row "2" has extra keys "b"'],
        "records_row": 1,
    }
    assert told(records=[{"_a": 1}]) == {"fields": [{"id": ['"_a" is not a valid field name']}]}
    assert told(fields=[{"id": "a"}], primary_key="b") == {
        "primary_key": ['The field "b" does not exist']
    }
    assert told(fields=[{"id": "a"}], indexes=["b"]) == {
        "indexes": ['The field "b" does not exist']
    }
    assert "fields" in told(fields=[{"id": f"f{i}"} for i in range(2000)])
    assert refusal(ask, "datastore_create") == {"resource_id": ["Missing value"]}
    assert refusal(ask, "datastore_create", resource_id="nema") == {
        "resource_id": ["Resource not found: nema"]
    }


def test_a_table_that_is_there_gets_more_fields_rows_and_keys(ask, stations):
    ask.datastore_create(resource_id=stations, records=[{"naziv": "Pirot", "nov": 5}])
    assert types(ask, stations)["nov"] == "int4"
    assert rows(ask, stations, q="pirot")[0]["nov"] == 5
    assert rows(ask, stations, q="bor")[0]["nov"] is None
    assert refusal(ask, "datastore_create", resource_id=stations, fields=[{"id": "pm10"}]) == {
        "fields": ['Supplied field "pm10" stands where the table has "naziv"']
    }
    ask.datastore_create(resource_id=stations, primary_key="", records=[{"naziv": "Pirot"}])
    told = refusal(ask, "datastore_create", resource_id=stations, primary_key="naziv")
    assert told == {"constraints": ["Two rows have the same primary key (naziv)"]}
    ask.datastore_create(resource_id=stations, indexes=[["pm10", "dt"], "nov"])
    info = {f["id"]: f["schema"] for f in ask.datastore_info(id=stations)["fields"]}
    assert [info[name]["is_index"] for name in ("naziv", "pm10", "nov")] == [False, True, True]


def test_fields_can_be_left_out_and_described(ask, stations):
    fields = [{"id": "dt", "type": "timestamp"}, {"id": "naziv", "info": {"label": "Станица"}}]
    ask.datastore_create(resource_id=stations, fields=fields, delete_fields=True)
    assert rows(ask, stations, limit=1) == [
        {"_id": 1, "dt": "2024-01-01T00:00:00.000", "naziv": "Ниш, вртић"}
    ]
    assert rows(ask, stations, q={"naziv": "vrtic"})[0]["_id"] == 1
    told = ask.datastore_info(id=stations)["fields"][1]
    assert (told["info"], told["schema"]["native_type"]) == ({"label": "Станица"}, "text")


def test_aliases_are_other_names_each_of_one_table(ask, stations):
    other = table(ask, fields=[{"id": "a"}], aliases="knjige, još knjiga")
    assert ask.datastore_search(resource_id="još knjiga")["resource_id"] == "još knjiga"
    assert ask.datastore_info(id="knjige")["meta"]["id"] == other
    assert ask.datastore_info(id=other)["meta"]["aliases"] == ["još knjiga", "knjige"]
    for alias in ("knjige", other, 'a"b', "fo%25", "_table_metadata", "x" * 64, 5):
        assert "alias" in refusal(ask, "datastore_create", resource_id=stations, aliases=[alias])
    ask.datastore_create(resource_id=other, aliases=["nova"])
    with pytest.raises(NotFound):
        ask.datastore_search(resource_id="knjige")


def test_upsert_changes_what_is_there_and_adds_the_rest(ask, stations):
    records = [{"naziv": "Šabac", "pm10": 50}, {"naziv": "Pirot"}]
    ask.datastore_upsert(resource_id=stations, records=records)
    assert [(r["_id"], r["naziv"], r["pm10"]) for r in rows(ask, stations)] == [
        (1, "Ниш, вртић", 40.5),
        (2, "Šabac", 50),
        (3, "Bor", 99),
        (5, "Pirot", None),
    ]
    ask.datastore_upsert(resource_id=stations, records=[{"_id": 3, "pm10": None}])
    assert [(r["_id"], r["pm10"]) for r in rows(ask, stations, q="bor")] == [(3, None)]


def test_words_follow_the_rows_as_they_change(ask, stations):
    ask.datastore_upsert(resource_id=stations, records=[{"naziv": "Bor", "pm10": 12345}])
    assert rows(ask, stations, q="99") == []
    assert [row["naziv"] for row in rows(ask, stations, q="12345")] == ["Bor"]
    ask.datastore_records_delete(resource_id=stations, filters={"naziv": "Bor"})
    assert rows(ask, stations, q="12345") == rows(ask, stations, q="bor") == []


def test_rows_without_a_key_are_found_by_id(ask):
    made = table(ask, records=[{"a": "El Niño"}])
    for method in ("upsert", "update"):
        ask.datastore_upsert(
            resource_id=made, method=method, records=[{"_id": "1", "a": f"po {method}"}]
        )
        assert [row["a"] for row in rows(ask, made)] == [f"po {method}"]
    told = refusal(ask, "datastore_upsert", resource_id=made, records=[{"a": "x"}])
    assert told == {"table": ["table does not have a unique key defined"]}
    told = refusal(ask, "datastore_upsert", resource_id=made, records=[{"_id": 9, "a": "x"}])
    assert told == {"key": ["key \"{'_id': 9}\" not found"]}


def test_what_upsert_cannot_write_is_told_and_nothing_is_written(ask, stations):
    def told(record, **given):
        records = [{"naziv": "Zaječar"} if given.get("method") != "update" else {"naziv": "Bor"}]
        return refusal(
            ask, "datastore_upsert", resource_id=stations, records=[*records, record], **given
        )

    before = rows(ask, stations)
    assert told({"naziv": "Bor"}, method="insert") == {
        "records": ['duplicate key value violates unique constraint "primary key"'],
        "records_row": 1,
    }
    assert told({"naziv": "Nema", "pm10": 1}, method="update") == {
        "key": ["key \"{'naziv': 'Nema'}\" not found"]
    }
    assert told({"naziv": "Bor", "pm10": "x"}) == {
        "records": ['invalid input syntax for type numeric: "x"'],
        "records_row": 1,
    }
    assert told({"pm10": 5}) == {"key": ['fields "naziv" are missing but needed as key']}
    assert told({"naziv": "Bor", "x": 1}) == {"fields": ['fields "x" do not exist']}
    assert told({"naziv": "Bor", "x": 1}, method="insert")["records_row"] == 1
    assert "method" in told({}, method="merge")
    assert rows(ask, stations) == before
    assert rows(ask, stations, q="zaječar") == []


def test_a_dry_run_tells_what_is_wrong_and_writes_nothing(ask, stations):
    ask.datastore_upsert(resource_id=stations, records=[{"naziv": "Pirot"}], dry_run=True)
    assert ask.datastore_search(resource_id=stations)["total"] == 3
    wrong = [{"naziv": "Pirot", "pm10": "x"}]
    told = refusal(ask, "datastore_upsert", resource_id=stations, records=wrong, dry_run=True)
    assert told["records_row"] == 0


def test_rows_are_deleted_by_filters_and_the_table_without_any(ask, stations):
    ask.datastore_delete(resource_id=stations, filters={"naziv": "Bor"})
    assert ask.datastore_search(resource_id=stations)["total"] == 2
    assert refusal(ask, "datastore_delete", resource_id=stations, filters={"x": 1}) == {
        "filters": ["Unknown field: x"]
    }
    assert "filters" in refusal(ask, "datastore_delete", resource_id=stations, filters=[])
    assert refusal(ask, "datastore_records_delete", resource_id=stations) == {
        "filters": ["Missing value"]
    }
    ask.datastore_delete(resource_id=stations, filters={})
    assert ask.datastore_search(resource_id=stations)["total"] == 0
    assert ask.datastore_delete(resource_id=stations) == {"resource_id": stations}
    assert ask.resource_show(id=stations)["datastore_active"] is False
    assert not ask.catalog.outside.store.draft(stations).exists()
    for action in ("datastore_search", "datastore_delete", "datastore_upsert"):
        with pytest.raises(NotFound):
            ask.catalog.call_action(action, {"resource_id": stations})


def test_a_link_is_written_with_force_only(ask):
    link = ask.resource_create(**LINK)["id"]
    assert refusal(ask, "datastore_create", resource_id=link).keys() == {"read-only"}
    ask.datastore_create(resource_id=link, force=True, records=[{"a": 1}])
    assert ask.resource_show(id=link)["datastore_active"] is True
    assert ask.resource_show(id=link)["url"] == LINK["url"]
    assert refusal(ask, "datastore_upsert", resource_id=link, records=[]).keys() == {"read-only"}


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("datastore_create", {"records": [{"naziv": "x"}]}),
        ("datastore_upsert", {"records": [{"naziv": "x"}]}),
        ("datastore_delete", {}),
        ("datastore_records_delete", {"filters": {}}),
    ],
)
def test_only_an_editor_writes(ask, stations, action, given):
    member = ask.catalog.as_user(User(ask.user_show(id="gost")["id"], "gost"))
    for somebody in (replace(ask.catalog, user=None), member):
        with pytest.raises(NotAuthorized):
            somebody.call_action(action, {"resource_id": stations, "force": True, **given})
    editor = ask.catalog.as_user(User(ask.user_show(id="urednica")["id"], "urednica"))
    editor.call_action(action, {"resource_id": stations, **given})


def test_a_published_table_is_asked_and_never_changed(ask, publish):
    columns = {"n": ("integer", [1, 2]), "ime": ("string", ["česma", None])}
    made = publish(columns)
    assert types(ask, made) == {"n": "int8", "ime": "text"}
    assert rows(ask, made, q="cesma")[0]["n"] == 1
    assert ask.datastore_info(id=made)["fields"][0]["info"] == {"label": "N"}
    assert "resource_id" in refusal(ask, "datastore_delete", resource_id=made, force=True)
    ask.datastore_upsert(resource_id=made, force=True, method="insert", records=[{"n": 3}])
    assert [row["n"] for row in rows(ask, made)] == [1, 2, 3]
    ask.datastore_delete(resource_id=made, force=True)
    assert [row["n"] for row in rows(ask, made)] == [1, 2]
    assert ask.resource_show(id=made)["datastore_active"] is True


def test_a_new_version_takes_the_place_of_a_draft(ask, publish):
    made = publish({"n": ("integer", [1])})
    ask.datastore_create(resource_id=made, force=True, records=[{"n": 7}])
    assert [row["n"] for row in rows(ask, made)] == [1, 7]
    publish({"n": ("integer", [5, 6])})
    assert [row["n"] for row in rows(ask, made)] == [5, 6]
    assert ask.datastore_search_sql(sql=f'select sum(n) s from "{made}"')["records"] == [{"s": 11}]


def test_all_types_of_a_published_table_are_served(ask, publish):
    columns = {
        "a": ("string", ["x", None]),
        "b": ("number", [1.5, float("nan")]),
        "c": ("boolean", [True, None]),
        "e": ("date", [d.date(2020, 1, 2), None]),
        "f": ("datetime", [d.datetime(2020, 1, 2, 3, 4, 5), None]),
        "g": ("time", [d.time(3, 4, 5), None]),
        "h": ("string[]", [["x", "y"], None]),
        "i": ("number[]", [[1.5, None], None]),
    }
    first, second = rows(ask, publish(columns))
    assert first == {
        "_id": 1,
        "a": "x",
        "b": 1.5,
        "c": True,
        "e": "2020-01-02",
        "f": "2020-01-02T03:04:05.000",
        "g": "03:04:05",
        "h": ["x", "y"],
        "i": [1.5, None],
    }
    assert set(second.values()) == {2, None}


def test_a_published_table_is_built_once_beside_its_blob(ask, publish):
    made = publish({"n": ("integer", [1])})
    store = ask.catalog.outside.store
    for _ in range(2):
        rows(ask, made)
    (file,) = (store.root / "tables").rglob(artefact.FILE)
    assert file.parent.name.endswith("-1")
    before = file.stat()
    rows(ask, made)
    assert file.stat() == before


KILLED = """
import os, sys
from pathlib import Path
from publish.datastore import drafts, table
path = Path(sys.argv[1])
with drafts.writing(path) as connection:
    said = table.about(connection)
    said = drafts.insert(connection, said, [{"naziv": f"s{i}"} for i in range(20000)])
    table.remember(connection, said)
    os.kill(os.getpid(), 9)
"""


def test_a_kill_in_the_middle_of_a_write_leaves_the_table_as_it_was(ask, stations, project):
    before = rows(ask, stations)
    path = ask.catalog.outside.store.draft(stations)
    environment = {**os.environ, "PYTHONPATH": str(project)}
    ran = subprocess.run([sys.executable, "-c", KILLED, path], env=environment, check=False)
    assert ran.returncode == -9
    assert rows(ask, stations) == before
    assert rows(ask, stations, q="s7") == []
    ask.datastore_upsert(resource_id=stations, records=[{"naziv": "Pirot"}])
    assert ask.datastore_search(resource_id=stations)["total"] == 4


def test_a_draft_that_was_never_committed_is_not_there(ask):
    link = ask.resource_create(**LINK)["id"]
    with pytest.raises(ZeroDivisionError), ask.catalog.transaction() as within:
        within.call_action(
            "datastore_create", {"resource_id": link, "force": True, "records": [{"a": 1}]}
        )
        raise ZeroDivisionError
    with pytest.raises(NotFound):
        ask.datastore_search(resource_id=link)
    ask.datastore_create(resource_id=link, force=True, records=[{"b": 2}])
    assert rows(ask, link) == [{"_id": 1, "b": 2}]
