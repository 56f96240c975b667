"""What each repair does to cells: it mends what its rule is about, and touches nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from frictionless import Field
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datasets.model import Schema, Step
from validation.reading.cells import Cells, row_numbers, text_column
from validation.repairs import _recipe
from validation.repairs.dates import iso
from validation.repairs.decimals import plain
from validation.repairs.mojibake import reread
from validation.repairs.one_script import is_sure

OF_TEXTS = (
    Step("trim"),
    Step("one-script", values={"script": "cyrl"}),
    Step("one-script", values={"script": "latn"}),
    Step("eth"),
    Step("mojibake", values={"from": "cp1252", "to": "utf-8"}),
    Step("mojibake", values={"from": "cp1252", "to": "cp1250"}),
    Step("mojibake", values={"from": "cp1252", "to": "cp1251"}),
    Step("dates", "a", {"format": "%d.%m.%Y."}),
    Step("dates", "a", {"format": "%d/%m/%y"}),
    Step("dates", "a", {"format": "%d.%m.%Y %H:%M"}),
    Step("decimals", "a", {"decimal": ",", "group": "."}),
    Step("decimals", "a", {"decimal": ",", "group": " "}),
    Step("decimals", "a", {"group": ".", "decimal": ""}),
    Step("units", "a", {"unit": "РСД|RSD|%"}),
    Step("missing", values={"words": "-|/|нема"}),
    Step("python-numbers"),
    Step("padded-zeros", "a", {"width": "5"}),
    Step("booleans", "a"),
    Step("mask-column", "a"),
    Step("mask-column", "a", {"keep": "2"}),
    Step("aggregate-column", "a", {"to": "year", "k": "2"}),
    Step("aggregate-column", "a", {"to": "decade"}),
    Step("aggregate-column", "a", {"to": "group", "k": "3"}),
    Step("aggregate-column", "a", {"to": "at-least-k", "k": "5"}),
    Step("fill-down", "a"),
)
OF_ROWS = (Step("drop-blank-rows"), Step("drop-duplicate-rows"))
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            "-",
            "Нема",
            " Чаир\u00a0 парк ",
            "Kрагујевац",
            "Ulicа",
            "Ðurđevak",
            "Å¡kola",
            "PREKOPEÈA",
            "5.10.2021.",
            "05.10.2021 14:30",
            "31/2/21",
            "1.234,50",
            "1.234",
            "0.567",
            "1,567",
            "12%",
            "1.200,00 РСД",
            "1_000",
            "2024-1-5",
            "123",
            "00123",
            "Да",
            "ne",
            "true",
            "***",
            "остало",
        ]
    ),
    st.text("0123456789.,_-/% абАБabČÐÅ¡\u00a0", max_size=12),
    st.text(max_size=6),
)


def table(columns: Mapping[str, Sequence[str | None]], **keywords: object) -> Cells:
    made = [text_column(values) for values in columns.values()]
    rows = row_numbers([2 + 3 * i for i in range(len(made[0]))])
    return Cells(tuple(columns), made, rows, **keywords)


def mended(cells: Cells, *steps: Step) -> Cells:
    return _recipe.mended(cells, [_recipe.opened_one(step) for step in steps])


def understood(schema: Schema, *steps: Step) -> Schema:
    return _recipe.understood(schema, [_recipe.opened_one(step) for step in steps])


def values(cells: Cells, label: str = "a") -> list[str | None]:
    return cells.columns[cells.labels.index(label)].to_pylist()


@pytest.mark.parametrize(
    "step", OF_TEXTS, ids=lambda s: f"{s.repair}-{'-'.join(s.values.values())}"
)
@settings(max_examples=40)
@given(texts=st.lists(TEXTS, max_size=12))
def test_a_repair_of_texts_keeps_rows_and_what_is_not_there_and_has_nothing_to_do_twice(
    step, texts
):
    before = table({"a": texts, "b": ["x"] * len(texts)})
    after = mended(before, step)
    assert after.rows is before.rows
    assert after.labels == before.labels
    assert values(after, "b") == values(before, "b")
    assert [v is None for v in values(after)] == [v is None for v in texts]
    assert mended(after, step) is after
    if values(after) == texts:
        assert after is before


@pytest.mark.parametrize(
    ("repair", "texts"),
    [
        ("trim", ["Чаир парк", "a b", "a\nb"]),
        ("one-script", ["Улица 12а", "Ulica", "KД12", "VIIа", "a@нешто.рс", "CO2 и др."]),
        ("eth", ["Đurđevak", "Hafnarfjörður", "Ђурђевак"]),
        ("mojibake", ["škola", "Ђак", "Café", "naïve", "Åland", "80 €"]),
        ("python-numbers", ["1000", "a_b", "_1", "1__0", "2024-01-05", "½"]),
        ("missing", ["немањина", "a-b", "0"]),
    ],
)
def test_what_is_well_is_left_alone(repair, texts):
    before = table({"a": texts})
    assert mended(before, Step(repair, values={"words": "-|нема"})) is before


@pytest.mark.parametrize("step", OF_ROWS, ids=lambda step: step.repair)
@settings(max_examples=40)
@given(texts=st.lists(TEXTS, max_size=12))
def test_a_repair_of_rows_keeps_the_others_in_order_with_their_numbers(step, texts):
    before = table({"a": texts, "b": [""] * len(texts)})
    after = mended(before, step)
    pairs = list(zip(before.rows.to_pylist(), texts, strict=True))
    left = list(zip(after.rows.to_pylist(), values(after), strict=True))
    assert [pair for pair in pairs if pair in left] == left
    assert mended(after, step) is after
    assert (after is before) == (len(left) == len(texts))


@given(st.dates(date(1800, 1, 1), date(2200, 1, 1)), st.booleans(), st.booleans(), st.booleans())
def test_a_date_is_the_day_that_was_written(day, padded, dotted, spaced):
    d, m = (f"{day.day:02}", f"{day.month:02}") if padded else (day.day, day.month)
    gap = " " if spaced else ""
    text = f"{d}.{gap}{m}.{gap}{day.year}{'.' if dotted else ''}"
    assert iso(pa.array([text]), "%d.%m.%Y.").to_pylist() == [day.isoformat()]


@pytest.mark.parametrize("text", ["31.02.2021.", "5.13.2021.", "0.1.2021.", "12/3", "5.10.21.", ""])
def test_what_is_no_day_of_the_calendar_stays(text):
    assert iso(pa.array([text]), "%d.%m.%Y.").to_pylist() == [text]


def test_a_time_is_kept_and_an_hour_that_is_none_stays():
    texts = pa.array(["5.10.2021. 14:30", "5.10.2021 24:30"])
    assert iso(texts, "%d.%m.%Y. %H:%M").to_pylist() == ["2021-10-05T14:30:00", "5.10.2021 24:30"]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1), st.booleans())
def test_a_number_is_the_one_that_was_written(numbers, with_groups):
    spelled = [f"{n:,.2f}" if with_groups else f"{n:.2f}" for n in numbers]
    texts = [s.translate(str.maketrans(",.", ".,")) for s in spelled]
    group = "." if with_groups else ""
    meant = Field.from_descriptor(
        {"name": "a", "type": "number", "decimalChar": ","} | ({"groupChar": "."} if group else {})
    )
    after = plain(pa.array(texts), ",", group).to_pylist()
    assert [Decimal(text) for text in after] == [meant.read_cell(text)[0] for text in texts]


@pytest.mark.parametrize("texts", [["1.234", "5.678"], ["0.567"], ["12", "нема"], ["1.5", "2.25"]])
def test_a_column_without_a_decimal_comma_is_left_alone(texts):
    assert plain(pa.array(texts), ",", ".").to_pylist() == texts


@given(st.text("abcČĆŽŠĐčćžšđЂЈЉЊЋЏабвгд „“", min_size=1))
def test_a_text_that_was_read_wrongly_comes_back_exactly(text):
    try:
        wrong = "".join(
            chr(b)
            if 0x80 <= b < 0xA0 and b in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
            else bytes([b]).decode("cp1252")
            for b in text.encode()
        )
    except UnicodeDecodeError:
        assume(False)
    assert reread(pa.array([wrong])).to_pylist() == [text]
    assert reread(pa.array([text])).to_pylist() == [text]


def test_words_of_two_scripts_are_exact_only_where_every_letter_is_sure():
    assert is_sure("Kрагујевац и Пaнчево", "cyrl")
    assert not is_sure("Pадниš", "cyrl")


def test_merged_cells_are_filled_and_blank_rows_stay():
    before = table({"a": ["Ниш", "", "", None, "", ""], "b": ["1", "2", "", "", "5", ""]})
    after = mended(before, Step("fill-down", "a"))
    assert values(after) == ["Ниш", "Ниш", "", None, "Ниш", ""]


def test_small_groups_become_one_of_at_least_k_rows():
    texts = ["a"] * 5 + ["b"] * 3 + ["c", "d"]
    after = values(mended(table({"a": texts}), Step("aggregate-column", "a", {"k": "3"})))
    assert after == ["a"] * 5 + ["остало"] * 5  # c and d alone would be two
    assert all(after.count(value) >= 3 for value in after)


@pytest.mark.parametrize(
    "step", [Step("mask-column", "a"), Step("aggregate-column", "a", {"to": "year"})]
)
def test_nothing_of_a_hidden_value_stays(step):
    texts = ["0101990710006", "Петар Петровић", "5.10.1987."]
    assert not set(values(mended(table({"a": texts}), step))) & set(texts)


def test_a_column_that_goes_takes_its_label_its_field_and_its_place_in_the_key_along():
    before = table({"a": ["1"], "b": ["2"], "c": ["3"]}, types={1: "text", 2: "integer"})
    after = mended(before, Step("drop-column", "b"))
    assert (after.labels, after.types) == (("a", "c"), {1: "integer"})
    schema = {"fields": [{"name": "a"}, {"name": "b"}], "primaryKey": ["a", "b"]}
    assert understood(schema, Step("drop-column", "b")) == {"fields": [{"name": "a"}]}


def test_a_hidden_column_is_free_text_whatever_its_rules_were():
    field = {"name": "a", "type": "integer", "title": "A", "constraints": {"unique": True}}
    step = Step("mask-column", "a")
    assert understood({"fields": [field], "primaryKey": "a"}, step) == {
        "fields": [{"name": "a", "title": "A", "type": "string"}]
    }


def test_a_column_is_found_by_its_old_name_after_it_was_renamed():
    rename, trim = Step("rename-column", "a", {"to": "назив"}), Step("trim", "a")
    typed = Step("set-type", "a", {"type": "string"})
    after = mended(table({"a": [" x "]}), rename, trim)
    assert values(after, "назив") == ["x"]
    assert [f.values["step"] for f in after.findings] == [rename.id, trim.id]
    schema = {"fields": [{"name": "назив", "type": "integer"}]}
    assert understood(schema, typed, rename)["fields"][0]["type"] == "string"


def test_a_name_that_another_column_has_is_not_taken():
    before = table({"a": ["1"], "b": ["2"]})
    assert mended(before, Step("rename-column", "a", {"to": "b"})) is before


def test_a_field_keeps_its_rules_only_where_its_new_type_can_have_them():
    field = {"name": "a", "type": "string", "constraints": {"required": True, "pattern": "x"}}
    number = Step("set-type", "a", {"type": "number", "decimalChar": ",", "groupChar": "."})
    assert understood({"fields": [field]}, number)["fields"] == [
        {
            "name": "a",
            "constraints": {"required": True},
            "type": "number",
            "decimalChar": ",",
            "groupChar": ".",
        }
    ]
    words = Step("set-type", "a", {"type": "boolean", "trueValues": "да|Да", "falseValues": "не"})
    assert understood({"fields": [field]}, words)["fields"][0]["trueValues"] == ["да", "Да"]


def test_a_unit_moves_to_the_description():
    step = Step("units", "a", {"unit": "РСД|RSD"})
    schema = understood({"fields": [{"name": "a", "type": "number"}]}, step)
    assert schema["fields"][0]["description"] == "(РСД)"
    assert understood(schema, step) is schema


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (Step("encoding", values={"encoding": "cp1250"}), {"encoding": "cp1250"}),
        (Step("delimiter", values={"delimiter": ";"}), {"dialect": {"csv": {"delimiter": ";"}}}),
        (
            Step("header-rows", values={"rows": "2,3"}),
            {"dialect": {"headerRows": [2, 3]}, "laid_out": True},
        ),
        (Step("header-rows", values={"rows": "x"}), {}),
        (Step("sheet", values={"sheet": "Подаци"}), {"sheet": "Подаци"}),
        (Step("layer", values={"layer": "putevi"}), {"layer": "putevi"}),
        (Step("set-crs", values={"crs": "EPSG:6316"}), {"crs": "EPSG:6316"}),
        (Step("close-rings"), {"close_rings": True}),
    ],
    ids=lambda each: getattr(each, "repair", ""),
)
def test_a_reader_is_asked_in_its_own_words(step, asked):
    before = {"encoding": "", "dialect": {}, "crs": ""}
    assert _recipe.asked(before, [_recipe.opened_one(step)]) == before | asked


@pytest.mark.parametrize("repair", sorted(_recipe.known()))
def test_a_step_without_a_column_or_options_harms_nothing(repair):
    before = table({"a": ["1", " x ", None], "b": ["", "да", "1.234,5"]})
    for step in (Step(repair), Step(repair, "нема"), Step(repair, "a", {"width": "x", "k": "x"})):
        after = mended(before, step)
        assert len(after.columns) in (1, 2)
        assert understood({"fields": 7}, step) is not None
        _recipe.asked({"encoding": "", "dialect": {}, "crs": ""}, [_recipe.opened_one(step)])


def test_steps_are_in_the_order_in_which_they_act():
    trim, dates, gone = Step("trim", "b"), Step("dates", "a"), Step("drop-blank-rows")
    form, kind = Step("encoding", values={"encoding": "cp1250"}), Step("set-type", "a")
    for steps in ([trim, dates, kind, gone, form], [form, dates, trim, gone, kind]):
        assert _recipe.acting(steps) == (form, dates, trim, gone, kind)
    assert _recipe.acting([gone, trim, dates]) == (gone, dates, trim)
    twice = [Step("trim", "b"), Step("eth", "b"), Step("nema")]
    assert _recipe.acting(twice) == tuple(twice[:2])
