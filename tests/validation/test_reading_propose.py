"""The schema proposed for cells that came without one: nothing is changed by it, ever."""

import time

import pyarrow as pa
import pytest
from frictionless import Field
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.reading.cells import text_column
from validation.reading.propose import field_names, proposed_field, proposed_schema

DECIMAL = {"type": "number", "decimalChar": ","}


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["1", "-20", "0"], {"type": "integer"}),
        (["00123", "45000"], {"type": "string"}),
        (["12345678901234567890"], {"type": "string"}),
        (["1_000", "5"], {"type": "string"}),
        (["12E4", "13E5"], {"type": "string"}),
        (["1.5", "2", "-0.25"], {"type": "number"}),
        (["1.5E-05", "2.0"], {"type": "number"}),
        (["12,5", "13"], DECIMAL),
        (["1.250,75", "980,10"], {**DECIMAL, "groupChar": "."}),
        (["1.250.000", "980"], {**DECIMAL, "groupChar": "."}),
        (["1 250,75", "980"], {**DECIMAL, "groupChar": " "}),
        (["1\u00a0250,75"], {**DECIMAL, "groupChar": "\u00a0"}),
        (["44,0128", "20,4612"], DECIMAL),
        (["1,234.5"], {"type": "string"}),
        (["true", "false"], {"type": "boolean"}),
        (["да", "не"], {"type": "boolean", "trueValues": ["да"], "falseValues": ["не"]}),
        (["DA", "NE"], {"type": "boolean", "trueValues": ["DA"], "falseValues": ["NE"]}),
        (["да", "не", "можда"], {"type": "string"}),
        (["0", "1"], {"type": "integer"}),
        (["2024-02-29"], {"type": "date"}),
        (["2023-02-29"], {"type": "string"}),
        (["5.10.2021.", "05.10.2021."], {"type": "date", "format": "%d.%m.%Y."}),
        (["31.12.2020", "1.1.2021"], {"type": "date", "format": "%d.%m.%Y"}),
        (["31.12.2020", "1.1.2021."], {"type": "string"}),
        (["31.04.2021."], {"type": "string"}),
        (["12/3", "12/4"], {"type": "string"}),
        (["2024-01-01T08:30:00"], {"type": "datetime"}),
        (["45,80 din"], {"type": "string"}),
        ([], {"type": "string"}),
    ],
)
def test_a_type_is_proposed_only_when_every_cell_fits(cells, field):
    assert proposed_field(pa.array(cells, pa.string())) == field


@settings(deadline=None)
@given(st.lists(st.text("0123456789.,-+eE_ dane/:T", max_size=12), min_size=1, max_size=4))
def test_frictionless_takes_every_cell_by_the_type_that_was_proposed(cells):
    said = proposed_field(pa.array([c for c in cells if c], pa.string()))
    field = Field.from_descriptor({"name": "x", **said})
    for cell in filter(None, cells):
        value, notes = field.read_cell(cell)
        assert notes is None
        assert value is not None


@settings(deadline=None)
@given(st.lists(st.integers(-(10**17), 10**17) | st.integers(0, 9), min_size=1))
def test_an_integer_printed_back_is_the_cell(numbers):
    cells = [str(n) for n in numbers]
    assert proposed_field(pa.array(cells)) == {"type": "integer"}
    assert [str(int(c)) for c in cells] == cells


@settings(deadline=None)
@given(st.lists(st.text("abcč", max_size=2), max_size=8))
def test_field_names_are_unique_and_a_label_keeps_its_name_once(labels):
    names = field_names(labels)
    assert len(set(names)) == len(labels)
    assert all(label in names for label in labels if label)


def test_numbers_that_may_be_thousands_are_told():
    columns = [text_column(["1.234", "5.678"]), text_column(["1.234", "5.67"])]
    schema, findings = proposed_schema(["iznos", "širina"], columns, {})
    assert [f["type"] for f in schema["fields"]] == ["number", "number"]
    assert [(f.check, f.severity, f.field) for f in findings] == [
        ("number-ambiguous", "warning", "iznos")
    ]


def test_what_the_file_itself_declares_stands():
    columns = [text_column(["1", "2"]), text_column(["2024-01-01", ""]), text_column(["12"])]
    schema, _ = proposed_schema(["a", "b", "c"], columns, {0: "string", 1: "text", 2: "text"})
    assert [f["type"] for f in schema["fields"]] == ["string", "date", "string"]
    assert schema["missingValues"] == [""]


def test_ten_columns_of_a_hundred_thousand_cells_take_well_under_a_second():
    columns = [text_column([f"{i}.{i % 12 + 1}.{j}" for i in range(100_000)]) for j in range(10)]
    began = time.process_time()
    proposed_schema([str(j) for j in range(10)], columns, {})
    assert time.process_time() - began < 3  # 0.6 s where it was written; a loop a cell takes 10
