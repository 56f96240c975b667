"""The schema proposed for cells that came without one: nothing is changed by it, ever."""

import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from frictionless import Field
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.checks.tables._table import Subject
from validation.checks.tables.stripped import StrippedNumbers
from validation.reading.cells import Cells, row_numbers, text_column
from validation.reading.propose import field_names, proposed_field, proposed_schema

DECIMAL = {"type": "number", "decimalChar": ","}
MONEY = {**DECIMAL, "groupChar": ".", "bareNumber": False}


def table(**columns):
    """Make cells of columns, their rows counted from 2."""
    height = len(next(iter(columns.values())))
    rows = row_numbers(range(2, height + 2))
    return Cells(tuple(columns), [text_column(column) for column in columns.values()], rows)


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
        (["1,234.5", "12"], {"type": "number", "groupChar": ","}),
        (["1.234", "980"], {"type": "string"}),
        (["1.234", "12345"], {"type": "number"}),
        (["1,234"], {"type": "string"}),
        (["1\u202f250,75"], {**DECIMAL, "groupChar": "\u202f"}),
        (["12%", "-3 %"], {"type": "number", "bareNumber": False, "description": "(%)"}),
        (["1.200,00 РСД"], {**MONEY, "description": "(РСД)"}),
        (["12,5 m²"], {**DECIMAL, "bareNumber": False, "description": "(m²)"}),
        (["50 m2"], {"type": "string"}),
        (["5 mil"], {"type": "string"}),
        (["12 km", "A-5 km"], {"type": "string"}),
        (["2020.", "2021."], {"type": "string"}),
        (["\u22125", "3"], {"type": "string"}),
        (["Da", "NE"], {"type": "string"}),
        (["yes", "no"], {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}),
        (["08:30", "9:15"], {"type": "time", "format": "%H:%M"}),
        (["08:30:00"], {"type": "time"}),
        (["25:10"], {"type": "string"}),
        (["5. 10. 2021."], {"type": "date", "format": "%d. %m. %Y."}),
        (["5.10.2021. 14:30"], {"type": "datetime", "format": "%d.%m.%Y. %H:%M"}),
        (["2021-10-05 14:30:00"], {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"}),
        (["13/05/2021", "1/2/2021"], {"type": "date", "format": "%d/%m/%Y"}),
        (["05/13/2021"], {"type": "date", "format": "%m/%d/%Y"}),
        (["5/10/2021"], {"type": "string"}),
        (["13/05/2021", "05/13/2021"], {"type": "string"}),
        (["5.10.21."], {"type": "string"}),
        (["1", "-", "2"], {"type": "string"}),
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
        (["45,80 din"], {**DECIMAL, "bareNumber": False, "description": "(din)"}),
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


def test_numbers_that_may_be_thousands_stay_text_and_are_asked():
    cells = table(iznos=["1.234", "5.678"], mera=["1.234", "5.67"], x=["7.457", "7.458"])
    schema, [finding] = proposed_schema(cells)
    assert [f["type"] for f in schema["fields"]] == ["string", "number", "number"]
    assert (finding.check, finding.severity, finding.field) == (
        "number-ambiguous",
        "warning",
        "iznos",
    )
    assert [(o.step.repair, dict(o.step.values), o.exact) for o in finding.offers] == [
        ("set-type", {"type": "number", "decimalChar": ",", "groupChar": "."}, False),
        ("set-type", {"type": "number"}, False),
    ]
    assert [[(s.row, s.before, s.after) for s in o.samples] for o in finding.offers] == [
        [(2, "1.234", "1234"), (3, "5.678", "5678")],
        [(2, "1.234", "1.234"), (3, "5.678", "5.678")],
    ]


@pytest.mark.parametrize(
    ("cells", "check", "after"),
    [
        (["5/10/2021", "1/2/2021"], "date-ambiguous", ["2021-10-05", "2021-05-10"]),
        (["5.10.21."], "date-ambiguous", ["2021-10-05", "5.10.21."]),
        (["1,234"], "number-ambiguous", ["1.234", "1234"]),
        (["1.234 РСД"], "number-ambiguous", ["1234", "1.234"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(cells, check, after):
    schema, [finding] = proposed_schema(table(a=cells))
    assert schema["fields"] == [{"name": "a", "type": "string"}]
    assert finding.check == check
    assert [offer.samples[0].after for offer in finding.offers] == after


@pytest.mark.parametrize(
    ("cells", "check"),
    [
        (["1.250,75", "3"], "locale-numbers"),
        (["12 %"], "locale-units"),
        (["5.10.2021."], "locale-dates"),
        (["да", "не"], "locale-booleans"),
    ],
)
def test_what_was_understood_by_our_habits_is_a_note(cells, check):
    [finding] = proposed_schema(table(a=cells))[1]
    assert (finding.check, finding.severity, finding.offers) == (check, "note", ())


@pytest.mark.parametrize("label", ["JMBG", "Матични број", "Šifra objekta", "Телефон", "ПИБ"])
def test_digits_under_the_name_of_a_code_stay_text(label):
    assert proposed_schema(table(**{label: ["123", "456"]}))[0]["fields"][0]["type"] == "string"


def test_words_for_no_value_are_offered_to_be_emptied_and_the_column_stays_text():
    schema, [finding] = proposed_schema(table(a=["1", "-", "нема", "3", "-"]))
    assert schema["fields"][0]["type"] == "string"
    assert (finding.check, finding.values["count"]) == ("missing-words", "3")
    [offer] = finding.offers
    assert (offer.step.repair, offer.step.values["words"], offer.exact) == (
        "missing",
        "-|нема",
        False,
    )


def test_a_column_of_words_that_mean_nothing_is_just_text():
    schema, findings = proposed_schema(table(a=["-", "-", "нема", "x"], b=["-"] * 4))
    assert [field["type"] for field in schema["fields"]] == ["string", "string"]
    assert findings == ()


def test_few_odd_cells_keep_a_column_text_and_are_named():
    numbers = [str(n) for n in range(50)]
    schema, [finding] = proposed_schema(table(a=[*numbers, "око 50", "60-70"]))
    assert schema["fields"][0]["type"] == "string"
    assert (finding.check, finding.row, finding.values["count"]) == ("odd-cells", 52, "2")
    assert "52: око 50; 53: 60-70" in finding.note
    assert [offer.step.values["type"] for offer in finding.offers] == ["integer", "string"]


def test_leading_zeros_make_a_code_and_no_odd_cells():
    schema, findings = proposed_schema(table(a=[*map(str, range(50)), "007"]))
    assert (schema["fields"][0]["type"], findings) == ("string", ())


def test_full_stops_behind_years_are_offered_as_a_unit():
    [finding] = proposed_schema(table(godina=["2020.", "2021."]))[1]
    [offer] = finding.offers
    assert (offer.step.repair, dict(offer.step.values)) == ("units", {"unit": "."})
    assert [(s.before, s.after) for s in offer.samples] == [("2020.", "2020"), ("2021.", "2021")]


def test_pieces_of_a_column_are_judged_together():
    texts = [*map(str, range(70_000)), "1,5"]
    assert proposed_schema(table(a=texts))[0]["fields"][0] == {"name": "a", **DECIMAL}
    [finding] = proposed_schema(table(a=[*texts, "нешто"]))[1]
    assert (finding.check, finding.row) == ("odd-cells", 70_003)


def test_what_the_file_itself_declares_stands():
    cells = table(a=["1", "2"], b=["2024-01-01", ""], c=["12", "13"])
    schema, _ = proposed_schema(replace(cells, types={0: "string", 1: "text", 2: "text"}))
    assert [f["type"] for f in schema["fields"]] == ["string", "date", "string"]
    assert schema["missingValues"] == [""]


def test_ten_columns_of_a_hundred_thousand_cells_take_well_under_a_second():
    cells = table(**{str(j): [f"{i}.{i % 12 + 1}.{j}" for i in range(100_000)] for j in range(10)})
    began = time.process_time()
    proposed_schema(cells)
    assert time.process_time() - began < 3  # 0.6 s where it was written; a loop a cell takes 10


@pytest.mark.parametrize("odd", ["око 50", "(5)", "\u22125 %", "A-5", "5 од 10"])
def test_what_a_schema_would_strip_beside_a_unit_is_an_error_next_time(odd):
    texts = [f"{n} %" for n in range(1, 20)]
    [said] = proposed_schema(table(udeo=texts))[0]["fields"]
    field = Field.from_descriptor(said)
    cells = [text_column([*texts, "-7 %", odd])]
    subject = Subject(np.arange(2, 23), ["udeo"], cells, [field])
    assert [(f.check, f.row) for f in StrippedNumbers(subject=subject).found()] == [
        ("number-stripped", 22)
    ]
    assert field.read_cell("-7 %")[0] == -7


def test_a_few_odd_cells_are_named_in_small_columns_too():
    days = ["12.03.2021.", "15.04.2021.", "18.05.2021.", "20.06.2021.", "мај 2022", "1.9.2021."]
    schema, [finding] = proposed_schema(table(a=days))
    assert schema["fields"][0]["type"] == "string"
    assert (finding.check, finding.row, finding.values["cells"]) == ("odd-cells", 6, "6: мај 2022")


@pytest.mark.parametrize(
    "cells",
    [
        ["12", "7", "3", "7A", "бб"],
        ["12", "нов", "стар", "7"],
        ["1.2.2021.", "3.2.2021.", "2021-01-05"],
    ],
)
def test_house_numbers_halves_and_other_dates_are_not_odd(cells):
    assert proposed_schema(table(a=cells))[1] == ()


@pytest.mark.parametrize(
    ("cells", "exact"),
    [
        (["(350,00)", "12,50"], True),
        (["350,00-", "1.200,00"], True),
        (["\u22125", "+3"], True),
        (["(3)", "12"], False),
    ],
)
def test_signs_of_accountants_stay_text_and_are_offered_to_be_written_before(cells, exact):
    schema, [finding] = proposed_schema(table(a=cells))
    assert schema["fields"][0]["type"] == "string"
    assert (finding.check, finding.offers[0].exact) == ("signs-written", exact)


def test_hours_with_a_point_are_asked_only_under_a_label_of_times():
    schema, [finding] = proposed_schema(table(Polazak=["6.05", "14.20"]))
    assert (schema["fields"][0]["type"], finding.values["meant"]) == ("string", "06:05:00")
    assert proposed_schema(table(Ocena=["6.05", "14.20"]))[1] == ()
