"""Reports: causes with true counts, excerpts, words in three languages, the marked workbook."""

import io
import json
from pathlib import Path

import frictionless
import numpy as np
import pyarrow as pa
import pytest
import shapely
from openpyxl import Workbook, load_workbook
from rich.console import Console

from datasets.model import Excerpt, Finding, Offer, Report, Sample, Step
from datasets.text import LANGUAGES
from validation.checks.layers._layer import Subject
from validation.judge import resource_of, validate_file
from validation.messages import known
from validation.reading.cells import Cells, text_column
from validation.report import excerpts, places, words
from validation.report.causes import best, causes
from validation.report.terminal import told
from validation.report.workbook import write_workbook

DIRTY = (
    "шифра;назив;отворен;деце\n"
    "1;Бамби;2021-10-05;120\n"
    "2;=HYPERLINK(1);јуче;85\n"
    "2;@сунце;31.12.2020.;-5\n"
    "4;;2021-01-01;70\n"
)
SCHEMA = {
    "fields": [
        {"name": "шифра", "type": "integer", "constraints": {"unique": True}},
        {"name": "назив", "type": "string", "constraints": {"required": True}},
        {"name": "отворен", "type": "date"},
        {"name": "деце", "type": "integer", "constraints": {"minimum": 0}},
    ]
}


def late(row: int, **more: str) -> Finding:
    values = {"value": "јуче", "type": "date", "format": "%d.%m.%Y", **more}
    return Finding(
        "type-error", resource="popis", row=row, field="датум", cell=f"D{row}", values=values
    )


def offer(count: int, *, exact: bool = True, repair: str = "trim") -> Offer:
    return Offer(Step(repair, "датум"), count, (Sample(7, " а", "а"),), exact)


def with_offers(finding: Finding, *offers: Offer) -> Finding:
    return Finding(
        finding.check,
        finding.severity,
        finding.resource,
        finding.row,
        finding.field,
        finding.cell,
        values=finding.values,
        offers=offers,
    )


def test_findings_of_one_kind_in_one_column_are_one_cause_with_the_true_count():
    made = Report("popis", tuple(late(row, count="8214") for row in range(7, 1007)))
    [cause] = causes(made)
    assert (cause.count, cause.field, len(cause.findings)) == (8214, "датум", 1000)


def test_two_rules_of_a_column_are_two_causes():
    low = {"constraint": "minimum", "bound": "0"}
    high = {"constraint": "maximum", "bound": "9"}
    found = [
        Finding("constraint-error", row=row, field="a", cell=f"A{row}", values=rule)
        for row, rule in ((2, low), (3, high), (4, low))
    ]
    assert [cause.count for cause in causes(Report("x", tuple(found)))] == [2, 1]


def test_errors_come_before_warnings_and_the_file_before_its_columns_and_rows():
    found = (
        Finding("total-row", "warning", "a", row=9),
        Finding("blank-row", "error", "a", row=5),
        late(3),
        Finding("missing-label", "error", "a", field="x"),
        Finding("crs-missing", "error", "a"),
        Finding("title-rows", "note", "a", row=3),
    )
    order = [cause.first.check for cause in causes(Report("x", found))]
    assert order == [
        "crs-missing",
        "missing-label",
        "blank-row",
        "type-error",
        "total-row",
        "title-rows",
    ]


def test_findings_without_a_place_stay_apart():
    found = tuple(Finding("file-missing", values={"path": path}) for path in "ab")
    assert len(causes(Report("x", found))) == 2


def test_the_best_first_fix_mends_most_errors_and_is_exact():
    found = (
        with_offers(late(2, count="10"), offer(10, exact=False, repair="dates")),
        with_offers(Finding("blank-row", "error", "a", row=5, values={"count": "3"}), offer(3)),
        with_offers(Finding("x", "error", "a", row=6, values={"count": "2"}), offer(2)),
    )
    fix = best(causes(Report("x", found)))
    assert fix is not None and fix.offer is not None
    assert (fix.offer.step.repair, fix.solved, fix.total) == ("trim", 5, 15)


def test_a_question_is_no_fix_and_nothing_is_fixed_where_nothing_is_wrong():
    asked = with_offers(late(2), offer(1), offer(1, repair="dates"))
    fix = best(causes(Report("x", (asked,))))
    assert fix is not None and fix.offer is None
    assert best(causes(Report("x", (Finding("total-row", "warning", row=3),)))) is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sr-Cyrl", "Колона „датум“: у 8.214 ћелија вредност није датум записан као „31.05.2024“"),
        ("sr-Latn", "Kolona „датум“: u 8.214 ćelija vrednost nije datum zapisan kao „31.05.2024“"),
        ("en", 'Column "датум": in 8,214 cells the value is not a date written like "31.05.2024"'),
    ],
)
def test_a_cause_is_said_with_its_count(language, said):
    [cause] = causes(Report("popis", (late(7, count="8214"),)))
    assert words.cause_said(cause, language).what.startswith(said)
    assert "јуче" in words.cause_said(cause, language).what
    assert "јуче" not in words.cause_said(cause, language, withheld=True).what


@pytest.mark.parametrize(("count", "said"), [(1, "1 ћелији"), (22, "22 ћелије"), (111, "111 ћел")])
def test_serbian_counts_in_its_three_forms(count, said):
    [cause] = causes(Report("popis", (late(7, count=str(count)),)))
    assert f"у {said}" in words.cause_said(cause, "sr-Cyrl", withheld=True).what


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_cause_can_be_said_whatever_it_lacks(language):
    for check in [*known(), "opening-hours"]:
        for row, count in ((None, 1), (4, 1), (4, 7)):
            values = {"count": str(count)}
            [cause] = causes(Report("x", (Finding(check, row=row, values=values, note="n"),)))
            for withheld in (False, True):
                sentence = words.cause_said(cause, language, withheld=withheld)
                assert sentence.what and sentence.how
                assert "{" not in sentence.what + sentence.how


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_data_is_said_where_they_are_withheld(language):
    secret = "0101006500006"
    shown = dict.fromkeys(("value", "text", "titles", "note", "detail", "x", "y", "place"), secret)
    for check in known():
        finding = Finding(check, row=4, field="f", cell="A4", note=secret, values=shown)
        [cause] = causes(Report("x", (finding,)))
        sentence = words.cause_said(cause, language, withheld=True)
        assert secret not in sentence.what + sentence.how, check


@pytest.mark.parametrize(
    ("found", "start"),
    [
        ((), "Подаци су исправни"),
        (
            (Finding("total-row", "warning", row=3),),
            "Подаци могу да се објаве. Погледајте и ово: 1",
        ),
        ((late(7), late(8)), "Подаци не могу да се објаве: 1 врста грешке, на 2 места."),
        ((Finding("rows-lost"),), "Објављивање чека одлуку човека"),
    ],
)
def test_the_verdict_is_one_sentence(found, start):
    assert words.verdict_said(causes(Report("x", found)), "sr-Cyrl").startswith(start)


def table(columns: int = 9, rows: int = 50) -> Cells:
    texts = [text_column([f"{c}-{r}" for r in range(rows)]) for c in range(columns)]
    numbers = pa.chunked_array([pa.array(range(2, rows + 2), pa.int64())])
    return Cells(tuple(f"k{c}" for c in range(columns)), texts, numbers)


def test_an_excerpt_has_the_cell_and_three_neighbours_to_each_side():
    cut = excerpts.excerpt([excerpts.Spot(4, 5)], table())
    assert cut["rows"] == {"4": ("", "1-2", "2-2", "3-2", "4-2", "5-2", "6-2", "7-2", "")}


def test_an_excerpt_takes_a_few_rows_of_each_cause():
    errors = [
        {"type": "type-error", "rowNumber": r, "fieldNumber": 1, "note": ""} for r in range(99)
    ]
    faults = [{"check": "total-row", "field": "", "row": 40, "column": 0}]
    wanted = excerpts.spots(errors, faults)
    assert [spot.row for spot in wanted] == [0, 1, 2, 3, 4, 40]
    assert len(excerpts.excerpt(wanted, table())["rows"]) == 4


def test_a_wide_table_is_cut_to_what_can_be_carried():
    wanted = [excerpts.Spot(row) for row in range(2, 52)]
    cut = excerpts.excerpt(wanted, table(columns=1000))
    assert len(cut["rows"]) == 20


def test_places_are_drawn_small_and_those_that_lie_nowhere_are_left_out():
    ring = shapely.Point(21, 44).buffer(1, quad_segs=5000)
    shapes = np.array([ring, None, shapely.Point(20.1234567, 44), shapely.Point()], dtype=object)
    subject = Subject(np.arange(1, 5), shapes, "", shapes, "", (0, 0, 1, 1))
    drawn = places.drawn([excerpts.Spot(row) for row in (1, 2, 3, 4)], subject)
    assert set(drawn) == {"1", "3"}
    assert len(drawn["1"]) <= places.PLACE_BYTES
    assert json.loads(drawn["3"])["coordinates"] == [20.123457, 44.0]


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = tmp_path / "popis.csv"
    path.write_text(DIRTY, encoding="utf-8")
    return path


@pytest.fixture
def judged(dirty: Path, here) -> Report:
    return validate_file(dirty, SCHEMA, here)


def test_a_report_is_a_frictionless_report(judged):
    assert frictionless.Report.validate_descriptor(judged.frictionless).valid


def test_a_report_shows_the_rows_that_it_is_about(judged):
    assert judged.excerpts["popis"].rows[3] == ("2", "=HYPERLINK(1)", "јуче", "85")


def printed(report: Report, language: str) -> str:
    console = Console(file=io.StringIO(), width=100)
    for piece in told(report, language):
        console.print(piece)
    return console.file.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_shows_the_verdict_first_and_no_value_as_markup(judged, language):
    found = Finding("type-error", row=2, field="[bold]", cell="A2", values={"value": "[/red]"})
    text = printed(
        Report("x", (found,), {}, {"": Excerpt(("[b]",), 1, {2: ("[/red]",)})}), language
    )
    assert text.startswith(words.verdict_said(causes(Report("x", (found,))), language))
    assert "[/red]" in text
    assert "C3" in printed(judged, language)


def test_the_marked_workbook_of_a_text_has_each_cell_at_its_address_and_no_formula(
    dirty, judged, here, tmp_path
):
    before = dirty.read_bytes()
    write_workbook(resource_of(dirty, SCHEMA), judged, tmp_path / "m.xlsx", here, "sr-Latn")
    assert dirty.read_bytes() == before
    book = load_workbook(tmp_path / "m.xlsx")
    first, sheet = book.worksheets
    assert first["A1"].value.startswith("Podaci ne mogu da se objave")
    assert sheet["B3"].value == "=HYPERLINK(1)"
    assert (sheet["B3"].data_type, sheet["B3"].quotePrefix) == ("s", True)
    assert (sheet["B4"].data_type, sheet["B4"].value) == ("s", "@сунце")
    assert "„јуче“ nije datum" in sheet["C3"].comment.text
    assert sheet["C3"].fill.start_color.rgb.endswith("FFC7CE")
    assert sheet["C2"].comment is None


def test_the_marked_workbook_is_a_copy_of_the_clerks_own(here, tmp_path):
    path = tmp_path / "popis.xlsx"
    book = Workbook()
    sheet = book.active
    sheet.title = "Вртићи"
    for row in (["Попис вртића"], ["шифра", "назив", "деце"], [1, "Бамби", 120], [1, "", 5]):
        sheet.append(row)
    sheet["C5"] = "=SUM(C3:C4)"
    sheet.column_dimensions["B"].width = 33
    book.create_sheet("Други")
    book.save(path)
    schema = {"fields": [{"name": "шифра", "type": "integer", "constraints": {"unique": True}}]}
    schema["fields"] += [{"name": n, "type": t} for n, t in (("назив", "string"), ("деце", "any"))]
    report = validate_file(path, schema, here)
    before = path.read_bytes()
    write_workbook(resource_of(path, schema), report, tmp_path / "m.xlsx", here, "sr-Cyrl")
    assert path.read_bytes() == before
    marked = load_workbook(tmp_path / "m.xlsx")
    assert marked.sheetnames == ["Извештај о провери", "Вртићи", "Други"]
    assert marked["Вртићи"]["C5"].value == "=SUM(C3:C4)"
    assert marked["Вртићи"].column_dimensions["B"].width == 33
    assert marked["Вртићи"]["A4"].comment is not None


def test_a_file_that_cannot_be_read_still_gets_its_causes(here, tmp_path):
    path = tmp_path / "prazno.csv"
    path.write_bytes(b"")
    report = validate_file(path, None, here)
    write_workbook(resource_of(path, None), report, tmp_path / "m.xlsx", here, "en")
    assert "cannot be published" in load_workbook(tmp_path / "m.xlsx").worksheets[0]["A1"].value
