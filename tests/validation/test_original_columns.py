"""Columns keep the letters that they have in the original, whatever a repair leaves out."""

import openpyxl
import pytest

from datasets.model import Dataset, Step
from datasets.text import Text
from validation.judge import Checks, validate
from validation.reading.cells import Cells, row_numbers, text_column
from validation.reading.layout import Range
from validation.repairs import _recipe
from validation.repairs._columns import without
from validation.report.causes import causes
from validation.report.cuts import cut
from validation.report.workbook import write_workbook

ROWS = [
    ["šifra", "", "napomena", "naziv", "broj"],
    *[[i, "", "x", " Niš", f"{i}2" if i != 3 else "a"] for i in range(1, 9)],
]


@pytest.fixture
def judged(tmp_path, read_one, here):
    def judge(*recipe: Step):
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(tmp_path / "knjiga.xlsx")
        reading = read_one(tmp_path / "knjiga.xlsx", box=here, recipe=recipe)
        dataset = Dataset("p", Text("p"), "", "t", "1", (reading.resource,))
        return validate(dataset, [reading], None, Checks(), here), reading

    return judge


@pytest.mark.parametrize(
    "recipe",
    [
        (),
        (Step("drop-blank-columns"),),
        (Step("drop-column", "napomena"),),
        (Step("drop-blank-columns"), Step("drop-column", "šifra"), Step("drop-column", "napomena")),
    ],
)
def test_findings_name_the_letters_of_the_original(judged, recipe, tmp_path, here):
    report, reading = judged(*recipe)
    [spaces] = [c for c in causes(report) if c.first.check == "cell-spaces"]
    assert spaces.first.cell == "D2"
    shown = cut(spaces, report.excerpts[reading.resource.name])
    assert dict(zip(shown.labels, shown.letters, strict=True))["naziv"] == "D"
    assert [cell.text for cell in shown.rows[0][1] if cell.wrong] == [" Niš"]
    out = tmp_path / "marked.xlsx"
    write_workbook(reading.resource, report, out, here, "en")
    [sheet] = [s for s in openpyxl.load_workbook(out).worksheets if s["D2"].value == " Niš"]
    assert sheet["D2"].fill.start_color.rgb.endswith("FFEB9C")


def test_merged_cells_move_with_their_columns_and_go_with_their_value():
    merged = [Range(2, 0, 3, 0), Range(2, 1, 4, 3), Range(5, 2, 6, 2)]
    made = [text_column(["1", "", ""]) for _ in range(4)]
    cells = Cells(("a", "b", "c", "d"), made, row_numbers(range(2, 5)), merged=merged)
    after = without(cells, [0, 2])
    assert after.numbers == (2, 4)
    assert after.merged == (Range(2, 0, 4, 1),)
    assert without(after, [0]).numbers == (4,)


def test_only_merged_cells_are_filled_where_it_is_told_so():
    texts = text_column(["Чаир", "", "", "", "Дом", ""])
    cells = Cells(("a", "b"), [texts, text_column(["1"] * 6)], row_numbers(range(2, 8)))
    with_merged = Cells(cells.labels, cells.columns, cells.rows, merged=[Range(2, 0, 3, 0)])
    step = Step("fill-down", "a", {"where": "merged"})
    after = _recipe.opened_one(step).mended(with_merged)
    assert after.columns[0].to_pylist() == ["Чаир", "Чаир", "", "", "Дом", ""]
    assert _recipe.opened_one(step).mended(cells) is cells
    every = _recipe.opened_one(Step("fill-down", "a")).mended(with_merged)
    assert every.columns[0].to_pylist() == ["Чаир"] * 4 + ["Дом"] * 2
