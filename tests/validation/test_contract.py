"""The schema as a contract: what a column held last time is what it must hold."""

import pyarrow as pa
import pytest

from validation.contract import kept_to
from validation.reading.cells import Cells, row_numbers
from validation.reading.propose import proposed_schema


def proposal(labels, columns):
    """Give the schema that is proposed for columns of text."""
    return proposed_schema(Cells(labels, columns, row_numbers(range(len(columns[0])))))[0]


def measured(contract, **columns):
    """Give the schema by which columns of text are judged, and the findings."""
    arrays = [pa.chunked_array([values]) for values in columns.values()]
    proposed = proposal(tuple(columns), arrays)
    return kept_to(proposed, {"fields": contract}, tuple(columns), arrays)


def types(schema):
    return {field["name"]: field["type"] for field in schema["fields"]}


def test_a_word_among_numbers_is_an_error_of_the_cell_and_not_a_new_type():
    schema, drift = measured([{"name": "broj", "type": "integer"}], broj=["1", "2", "око 3"])
    assert types(schema) == {"broj": "integer"}
    assert drift == ()


def test_a_column_that_became_text_holds_the_dataset_back():
    schema, [drift] = measured([{"name": "broj", "type": "integer"}], broj=["a", "b", "3"])
    assert types(schema) == {"broj": "string"}
    assert (drift.check, drift.field, drift.values) == (
        "column-retyped",
        "broj",
        {"was": "integer", "now": "string"},
    )


@pytest.mark.parametrize(
    ("field", "cells", "becomes"),
    [
        ({"type": "number"}, ["1", "2"], {"type": "number"}),
        ({"type": "string"}, ["1", "2"], {"type": "string"}),
        ({"type": "integer"}, ["", ""], {"type": "integer"}),
        ({"type": "integer"}, ["1.5", "2.25"], {"type": "number"}),
        (
            {"type": "date", "format": "%d.%m.%Y"},
            ["2024-01-05", "2024-01-06"],
            {"type": "date"},
        ),
    ],
)
def test_values_of_the_same_kind_are_no_drift(field, cells, becomes):
    schema, drift = measured([{"name": "a", **field}], a=cells)
    assert schema["fields"] == [{"name": "a", **becomes}]
    assert drift == ()


def test_constraints_titles_and_the_key_of_last_time_stay():
    contract = {
        "fields": [
            {"name": "id", "type": "integer", "title": "Број", "constraints": {"minimum": 1}},
            {"name": "naziv", "type": "string"},
        ],
        "primaryKey": "id",
        "missingValues": ["", "-"],
    }
    columns = [pa.chunked_array([["1", "2"]]), pa.chunked_array([["a", "b"]])]
    proposed = proposal(("id", "naziv"), columns)
    schema, _ = kept_to(proposed, contract, ("id", "naziv"), columns)
    assert schema == {**contract, "primaryKey": ["id"]}


def test_a_key_goes_when_one_of_its_columns_does():
    contract = {"fields": [{"name": "id", "type": "integer"}], "primaryKey": ["id", "deo"]}
    columns = [pa.chunked_array([["1"]])]
    proposed = proposal(("id",), columns)
    assert "primaryKey" not in kept_to(proposed, contract, ("id",), columns)[0]


def test_a_new_column_is_as_it_is_read():
    schema, drift = measured([{"name": "a", "type": "integer"}], a=["1"], b=["да"], c=["2.5"])
    assert types(schema) == {"a": "integer", "b": "string", "c": "number"}
    assert drift == ()
