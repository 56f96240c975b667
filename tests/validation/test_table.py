import json

import pyarrow as pa
import pytest
from frictionless import Field, Schema
from hypothesis import given
from hypothesis import strategies as st

from validation import points
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
        ({"type": "array"}, ["[1, 2]"], "string", ["[1, 2]"]),
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


WORLD = (-180.0, -90.0, 180.0, 90.0)
NUMBERS = {"type": "number", "decimalChar": ","}


def found(labels: list[str], rows: list[list[str]], extent=WORLD, **field) -> object:
    made = [Field.from_descriptor({"name": label, **(field or NUMBERS)}) for label in labels]
    columns = {f"c{i}": pa.array([row[i] for row in rows]) for i in range(len(labels))}
    return points.find(pa.table(columns), labels, made, extent)


@pytest.mark.parametrize(
    "labels",
    [
        ["lat", "lon"],
        ["Latitude", "Longitude"],
        ["geo. širina", "geo. dužina"],
        ["Географска ширина (WGS84)", "Географска дужина (WGS84)"],
        ["y", "x"],
        ["ширина", "дужина"],
    ],
)
def test_columns_of_coordinates_are_known_by_their_headers(labels):
    lon, lat = found(labels, [["44,81", "20,46"], ["", "21,9"]])
    assert lon.tolist() == [20.46, 21.9]
    assert lat.tolist()[0] == 44.81


def test_columns_of_coordinates_are_known_by_what_the_schema_says():
    basic = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    labels = ["ј", "и"]
    made = [
        Field.from_descriptor({"name": "ј", "type": "number", "rdfType": f"{basic}lat"}),
        Field.from_descriptor({"name": "и", "type": "number", "rdfType": f"{basic}long"}),
    ]
    cells = pa.table({"c0": ["44.81"], "c1": ["20.46"]})
    lon, lat = points.find(cells, labels, made, WORLD)
    assert (lon[0], lat[0]) == (20.46, 44.81)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["x", "y"], [["3", "4"], ["7", "1"]]),
        (["x", "y"], [["457299,3", "4961986,0"]]),
        (["дужина", "ширина"], [["12,5", "3,2"]]),
        (["lat", "назив"], [["44,81", "1"]]),
        (["lat", "lon", "lon"], [["44,81", "20,46", "20,46"]]),
    ],
)
def test_columns_that_may_mean_something_else_are_no_places(labels, rows):
    assert found(labels, rows, extent=(18.8, 41.8, 23.1, 46.3)) is None


def test_coordinates_that_are_texts_are_no_places():
    assert found(["lat", "lon"], [["44.81", "20.46"]], type="string") is None
