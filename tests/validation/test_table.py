import json

import pyarrow as pa
import pytest
from frictionless import Field, Schema
from hypothesis import given
from hypothesis import strategies as st

from validation.table import RESERVED, fields, public_names, typed, write


def cast(field: dict, *cells: str | None) -> pa.ChunkedArray:
    descriptor = {"name": "a", **field}
    return typed(
        pa.chunked_array([pa.array(cells, pa.string())]), Field.from_descriptor(descriptor)
    )


@pytest.mark.parametrize(
    ("field", "cells", "kind", "values"),
    [
        ({"type": "integer"}, ["12", "", " 8 "], "int64", [12, None, 8]),
        ({"type": "integer"}, ["9" * 20, "1"], "string", ["9" * 20, "1"]),
        (
            {"type": "number", "decimalChar": ",", "groupChar": "."},
            ["1.234,50", "99,00"],
            "double",
            [1234.5, 99.0],
        ),
        (
            {"type": "boolean", "trueValues": ["да"], "falseValues": ["не"]},
            ["да", "не", ""],
            "bool",
            [True, False, None],
        ),
        ({"type": "date", "format": "%d.%m.%Y"}, ["31.12.2020"], "date32[day]", ["2020-12-31"]),
        ({"type": "datetime"}, ["2020-12-31T10:00:00Z"], "timestamp[us]", ["2020-12-31 10:00:00"]),
        (
            {"type": "datetime", "format": "any"},
            ["2020-12-31T10:00:00+02:00"],
            "timestamp[us]",
            ["2020-12-31 08:00:00"],
        ),
        ({"type": "time"}, ["10:30:00"], "time64[us]", ["10:30:00"]),
        ({"type": "time", "format": "any"}, ["10:30:00+02:00"], "string", ["10:30:00+02:00"]),
        ({"type": "string"}, ["00123", "", None], "string", ["00123", None, None]),
        ({"type": "any"}, ["12", "-"], "string", ["12", "-"]),
        ({"type": "year"}, ["2024"], "string", ["2024"]),
        ({"type": "array"}, ["[1, 2]", "[]"], "list<item: int64>", [[1, 2], []]),
        ({"type": "array"}, ['["a", ""]', ""], "list<item: string>", [["a", ""], None]),
        ({"type": "array"}, ["[1]", "[2.5, null]"], "list<item: double>", [[1.0], [2.5, None]]),
        ({"type": "array"}, ['["a", 1]'], "string", ['["a", 1]']),
        ({"type": "array"}, ["[[1], {}]"], "string", ["[[1], {}]"]),
        ({"type": "array"}, [f"[{10**20}]"], "string", [f"[{10**20}]"]),
        ({"type": "array", "arrayItem": {"type": "number"}}, ["[1]"], "list<item: double>", [[1]]),
        ({"type": "list"}, ["a,b"], "list<item: string>", [["a", "b"]]),
        (
            {"type": "list", "itemType": "date", "delimiter": ";"},
            ["2024-01-01;2024-02-01"],
            "list<item: string>",
            [["2024-01-01", "2024-02-01"]],
        ),
        ({"type": "geopoint"}, ["20.4,44.8"], "string", ["20.4,44.8"]),
        (
            {"type": "string", "missingValues": ["-", "нема"]},
            ["-", "нема", ""],
            "string",
            [None, None, ""],
        ),
    ],
)
def test_a_column_gets_the_type_of_its_field(field, cells, kind, values):
    column = cast(field, *cells)
    assert str(column.type) == kind
    said = column.to_pylist()
    shown = [str(v) if isinstance(values[0], str) and v is not None else v for v in said]
    assert shown == values


@given(st.lists(st.text(max_size=60), max_size=30))
def test_public_names_are_unique_words_that_mean_nothing_else(labels):
    names = public_names(labels)
    assert len(set(names)) == len(labels)
    for name in names:
        assert 1 <= len(name) <= 40
        assert name.isascii()
        assert name.isidentifier()
        assert name == name.lower()
        assert name not in RESERVED
        assert not name.startswith("__")


def test_public_names_are_what_people_would_choose():
    labels = ["Назив вртића", "Đačka kuhinja", "Површина (m²)", "lang", "Шифра", "шифра"]
    assert public_names(labels) == [
        "naziv_vrtica",
        "djacka_kuhinja",
        "povrsina_m2",
        "lang_",
        "sifra",
        "sifra_2",
    ]


def test_a_label_gets_its_field_by_name_else_by_place():
    schema = Schema.from_descriptor(
        {"fields": [{"name": "b", "type": "integer"}, {"name": "a", "type": "date"}]}
    )
    assert [f.type for f in fields(["a", "b"], schema)] == ["date", "integer"]
    assert [f.type for f in fields(["A", "b"], schema)] == ["integer", "integer"]
    assert [f.type for f in fields(["a", "b", "c"], schema)] == ["date", "integer", "any"]


def test_a_table_says_what_its_columns_are(tmp_path):
    schema = Schema.from_descriptor(
        {
            "fields": [
                {"name": "id", "type": "integer"},
                {"name": "датум", "type": "date", "title": "Датум отварања"},
            ],
            "primaryKey": "id",
        }
    )
    cells = pa.table({"c0": ["1"], "c1": ["2020-01-02"], "row": [4]})
    columns = write(tmp_path / "t.arrow", cells, ["id", "датум"], schema)
    assert [(c.name, c.title, c.type) for c in columns] == [
        ("id_", "id", "integer"),
        ("datum", "Датум отварања", "date"),
    ]
    with pa.memory_map(str(tmp_path / "t.arrow")) as source:
        table = pa.ipc.open_file(source).read_all()
    said = json.loads(table.schema.metadata[b"emap"])
    assert said["primary_key"] == ["id_"]
    assert said["geometry_type"] == ""
    assert table.column("__row").to_pylist() == [4]
