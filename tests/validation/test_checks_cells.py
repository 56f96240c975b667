"""What is wrong with cells: letters, spaces, dates, numbers, codes and names, as offices write."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from frictionless import Field

from datasets.identifiers import company
from validation.checks import _plugin
from validation.checks._check import LIMIT
from validation.checks.tables._table import Subject
from validation.reading.cells import Cells, row_numbers, text_column
from validation.repairs._offers import offered

OTHERS = ("personal",)  # checks that have tests of their own


def subject(columns: dict[str, Sequence[str | None]], **of) -> Subject:
    types, settings = of.pop("types", {}), of.pop("settings", {})
    fields = [
        Field.from_descriptor({"name": name, "type": "string", **types.get(name, {})})
        for name in columns
    ]
    rows = np.arange(2, 2 + len(next(iter(columns.values()))))
    cells = [text_column(list(values)) for values in columns.values()]
    return Subject(rows, list(columns), cells, fields, settings=settings, **of)


def faults(columns: dict[str, Sequence[str | None]], **of):
    there = subject(columns, **of)
    checks = [c for c in _plugin.checks(_plugin.TABLES) if not c.type.startswith(OTHERS)]
    return [fault for check in checks for fault in check(subject=there).found()]


def found(
    values: Sequence[str | None], label: str = "a", **of
) -> list[tuple[str, int | None, str]]:
    """Give the faults of one column, beside one that tells all rows apart."""
    beside = {"red": [str(n) for n in range(len(values))]}
    told = faults({**beside, label: values}, **of)
    return [(f.check, f.row, f.values.get("value", "")) for f in told]


CLEAN = {
    "naselje": ["Чачак", "Niš", "Стари Бановци", "Novi Sad", None, ""],
    "adresa": [
        "VIIа 12",
        "Трг 1/2",
        "Булевар Михајла Пупина 10а",
        "PM10 честице",
        "e-пошта",
        "Kod A12б",
    ],
    "napomena": ["Шта је ово?", "www.grad.rs/?id=1", "http://a.rs/x?b=c", "da", "ne", "2+2"],
    "datum": ["2024-01-05", "2023-12-31", "", None, "2020-02-29", "2021-03-01"],
    "razlomak": ["12/3", "5/1", "100/25", "7/2", "", "1/1"],
    "iznos": ["12,5", "1.234,50", "7", "0,1", "", "3"],
    "sifra": ["00123", "45678", "00001", "", "99999", "12345"],
}


def test_clean_cells_have_no_faults():
    assert (
        faults(CLEAN, types={"iznos": {"type": "number", "decimalChar": ",", "groupChar": "."}})
        == []
    )


@pytest.mark.parametrize(
    ("check", "value"),
    [
        ("cell-spaces", " Чачак"),
        ("cell-spaces", "Нови  Сад"),
        ("cell-spaces", "Нови\u00a0Сад"),
        ("mojibake", "ÄŒaÄ\x8dak"),
        ("mojibake", "Ð§Ð°Ñ‡Ð°Ðº"),
        ("letter-eth", "\u00d0ur\u00f0evak"),
        ("letter-lost", "Po?arevac"),
        ("letter-lost", "PO?AREVAC"),
        ("script-mixed", "Kрагујевац"),
        ("script-mixed", "Nиш"),
    ],
)
def test_a_cell_gets_the_fault_that_it_has(check, value):
    others = ["Чачак", "Niš", "Стари Бановци"] * 30
    assert found([*others, value, *others]) == [(check, 92, value)]


@pytest.mark.parametrize("name", ["Hafnarfjörður", "Egilsstaðir"])
def test_icelandic_names_keep_their_letter(name):
    assert found([name, "Þórshöfn"]) == []


def test_capitals_in_a_wrong_code_page_are_asked_about_and_not_sure():
    told = faults({"mesto": ["PREKOPEÈA", "ÈAÈAK", "NIS"]})
    assert [(f.check, f.values["value"]) for f in told] == [
        ("mojibake", "PREKOPEÈA"),
        ("mojibake", "ÈAÈAK"),
    ]
    assert told[0].remedies[0].values == {"from": "cp1252", "to": "cp1250"}
    assert not told[0].exact
    assert found(["caffè", "Ægir", "naïve"]) == []


def test_many_lost_letters_stop_the_table_and_one_does_not():
    told = faults({"mesto": ["Po?arevac", "Kru?evac", "Nis", "U?ice"]})
    assert [(f.check, f.severity) for f in told][:2] == [
        ("letters-lost", "error"),
        ("letter-lost", "warning"),
    ]
    assert told[0].values["count"] == "3"


@pytest.mark.parametrize(
    ("values", "wrong", "formats"),
    [
        (["31.12.2020.", "2020-12-30"], ["31.12.2020."], ["%d.%m.%Y."]),
        (["31.12.2020.", "30.12.2020"], ["31.12.2020.", "30.12.2020"], ["%d.%m.%Y."]),
        (["31/12/2020", "2020-12-30"], ["31/12/2020"], ["%d/%m/%Y"]),
        (["1/2/2020", "2020-12-30"], ["1/2/2020"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["31.12.20.", "30.12.2020."], ["31.12.20.", "30.12.2020."], ["%d.%m.%Y.", "%d.%m.%y."]),
    ],
)
def test_dates_of_several_forms_are_told_with_the_ways_to_read_them(values, wrong, formats):
    told = faults({"datum": values})
    assert [f.values["value"] for f in told] == wrong
    assert {f.check for f in told} == {"dates-mixed"}
    assert [step.values["format"] for step in told[0].remedies] == formats
    assert told[0].exact == (len(formats) == 1)


def test_dates_of_one_form_are_for_the_schema_to_say():
    assert found(["31.12.2020.", "1.1.2021."]) == []
    declared = {"a": {"type": "date"}}
    assert [c for c, _, _ in found(["31.12.2020.", "1.1.2021."], types=declared)] == [
        "dates-mixed"
    ] * 2


def test_a_date_that_a_spreadsheet_made_of_a_fraction_is_told():
    assert found(["12/3", "5/13", "2024-03-12", "7/2"]) == [("date-eaten", 4, "2024-03-12")]
    assert found(["12/3", "5/13", "12. мар", "7/2"]) == [("date-eaten", 4, "12. мар")]


@pytest.mark.parametrize(
    ("type_", "value", "check"),
    [
        ("integer", "1_000", "number-odd"),
        ("integer", "١٢", "number-odd"),
        ("number", "NaN", "number-none"),
        ("number", "-inf", "number-none"),
        ("number", "12,5", "decimals-mixed"),
        ("date", "2024-1-5", "date-short"),
    ],
)
def test_what_only_python_reads_is_told(type_, value, check):
    told = found(["2024-12-31" if type_ == "date" else "7", value], types={"a": {"type": type_}})
    assert ("a", check) in [("a", c) for c, _, v in told if v == value]


def test_a_comma_among_points_is_told_and_asked_where_a_point_may_be_thousands():
    [fault] = faults({"iznos": ["12.5", "7,25", "3"]})
    assert (fault.check, fault.values["value"], fault.exact) == ("decimals-mixed", "7,25", True)
    [fault] = faults({"iznos": ["1.250", "7,25", "3"]})
    assert (fault.exact, fault.remedies[0].values["group"]) == (False, ".")


def test_a_name_that_a_shapefile_cut_is_told_with_the_whole_one():
    columns = {"naziv_ulic": ["a"], "tip_objek_1": ["b"], "id": ["1"]}
    told = faults(columns, names=["naziv_ulice", "tip_objekta", "id", "visina"])
    assert [(f.check, f.field, f.values["name"]) for f in told] == [
        ("label-cut", "naziv_ulic", "naziv_ulice"),
    ]


def test_an_id_that_repeats_is_an_error_unless_it_is_of_something_else():
    ids = [str(n) for n in range(40)]
    [fault] = faults({"ID": [*ids, "7"], "b": [*ids, "x"]})
    assert (fault.check, fault.severity, fault.row) == ("id-repeated", "error", 42)
    assert faults({"id": ["1", "1", "2", "2"], "b": ["a", "b", "c", "d"]}) == []
    assert faults({"id": [*ids, "", None], "b": [*ids, "x", "y"]}) == []
    assert faults({"id": [*ids, "7"], "b": [*ids, "x"]}, key=["id"]) == []


def test_a_row_that_repeats_is_told_but_not_of_a_layer():
    table = {"a": ["x", "y", "x", "x"], "b": ["1", None, "1", "2"]}
    [fault] = faults(table)
    assert (fault.check, fault.row, fault.values["count"]) == ("row-repeated", 4, "1")
    assert faults(table, spatial=True) == []


def test_zeros_are_missed_where_other_codes_have_them():
    assert found(["00123", "45678", "1234", "00456", "99999"]) == [("zeros-lost", 4, "1234")]
    assert found(["10123", "45678", "1234", "50456", "99999"]) == []


def test_codes_of_the_state_are_judged_by_their_check_digit():
    towns = ["70017", "70025", "70033", "70041", "70050", "71308"]
    assert found(towns, "Матични број општине") == []
    assert found([*towns, "70018"], "Матични број општине") == [("code-wrong", 8, "70018")]
    assert found(["5", "12", "70018"], "Шифра општине") == []


def test_a_company_number_that_lost_its_zero_is_told():
    numbers = [f"0{n}" for n in range(7_000_000, 7_000_090) if company(f"0{n}")]
    told = found([*numbers, numbers[0][1:]], "Матични број")
    assert told == [("zeros-lost", 2 + len(numbers), numbers[0][1:])]


def test_a_name_that_is_not_listed_is_told_with_one_like_it():
    lists = [{"name": "Насеља", "columns": ["naselje"], "values": ["Чачак", "Трнава", "Ракова"]}]
    told = faults({"Насеље": ["Cacak", "ТРНАВА", "Ракоаа"]}, settings={"lists": lists})
    assert [(f.check, f.values["value"], f.values["near"]) for f in told] == [
        ("name-unlisted", "Ракоаа", "Ракова")
    ]


def test_one_kind_in_two_spellings_is_told_with_the_usual_one():
    kinds = ["Lipa"] * 5 + ["Bor"] * 5 + ["ЛИПА", "bor"]
    told = faults({"vrsta": kinds, "n": [str(n) for n in range(12)]})
    spelled = [
        (f.values["value"], f.values["usual_text"]) for f in told if f.check == "spelling-varies"
    ]
    assert spelled == [("ЛИПА", "Lipa"), ("bor", "Bor")]


def test_different_places_are_not_one_spelling():
    assert found(["Лесница", "Лешница"] * 4) == []


def test_a_number_with_a_no_break_space_is_no_fault():
    number = {"a": {"type": "number", "decimalChar": ",", "groupChar": "\u00a0"}}
    assert found(["1\u00a0234,5", "12,5"], types=number) == []


def test_faults_are_told_up_to_a_limit_and_counted_beyond():
    told = faults({"a": [f" {n}" for n in range(LIMIT + 5)]})
    assert (len(told), told[0].values["count"]) == (LIMIT, str(LIMIT + 5))


def test_an_empty_table_has_no_faults():
    assert faults({"id": [], "datum": []}) == []
    assert faults({"id": [None], "datum": [""]}) == []


@pytest.mark.parametrize(
    ("values", "of"),
    [
        ([" a", "b"], {}),
        (["Å\u00a0abac", "Nis"], {}),
        (["\u00d0urevac"], {}),
        (["Kрагујевац"], {}),
        (["31.12.2020.", "2020-12-30"], {}),
        (["12.5", "7,25"], {}),
        (["1_000", "7"], {"types": {"a": {"type": "integer"}}}),
        (["00123", "45678", "1234", "00456", "99999"], {}),
    ],
)
def test_what_is_offered_mends_as_many_cells_as_are_told(values, of):
    told = faults({"a": values, "red": [str(n) for n in range(len(values))]}, **of)
    cells = Cells(("a",), [text_column(values)], row_numbers(range(2, 2 + len(values))))
    offer = offered(told[0].remedies[0], cells, exact=True)
    assert str(offer.count) == told[0].values["count"]


def test_a_cell_of_one_endless_word_is_judged_at_once():
    started = time.process_time()
    assert found(["Kр" * 100_000, "x?y" * 100_000])[0][0] in ("letter-lost", "script-mixed")
    assert time.process_time() - started < 5
