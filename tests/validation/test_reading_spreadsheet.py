"""Workbooks as offices make them; written here by openpyxl, read by calamine in the sandbox."""

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from validation.reading.layout import layout_of
from validation.reading.workbook import column_letters, column_number


@pytest.fixture
def sandbox(here):
    """Read without walls: what is tested here is what is understood of a file."""
    return here


@pytest.fixture
def book(tmp_path: Path):
    """Write rows as the sheets of a workbook; give its path."""

    def write(sheets, name="knjiga.xlsx", change=None) -> Path:
        workbook = Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
        if change:
            change(workbook)
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write


POST = [
    ["Поштански бројеви Србије", None, None],
    [None, None, None],
    ["Место", "Број", "Датум\nотварања"],
    ["Ада", "24430", dt.date(2020, 12, 31)],
    ["Бор", "19210", dt.date(2021, 1, 5)],
]


def test_a_title_row_is_no_header_and_is_told(book, read_one, cells):
    reading = read_one(book({"Списак": POST}))
    assert reading.labels == ("Место", "Број", "Датум отварања")
    assert (reading.header_row, reading.sheet, reading.rows) == (3, "Списак", 2)
    assert cells(reading)[1] == {"c0": "Бор", "c1": "19210", "c2": "2021-01-05", "row": 5}
    [note] = reading.findings
    assert (note.check, note.severity, note.values["header_row"]) == ("title-rows", "note", "3")
    assert note.values["titles"] == "Поштански бројеви Србије"
    assert reading.dialect == {"headerRows": [3], "excel": {"sheet": "Списак"}}


def test_values_become_text_in_one_way(book, read_one, cells):
    row = [12.0, 0.1, 1e16, True, dt.datetime(2024, 5, 1, 9, 30), dt.time(8, 5), "012", None, -7]
    reading = read_one(book({"a": [list("abcdefghi"), row, row]}))
    [first, _] = cells(reading)
    assert [first[f"c{i}"] for i in range(9)] == [
        "12",
        "0.1",
        "10000000000000000",
        "true",
        "2024-05-01T09:30:00",
        "08:05:00",
        "012",
        "",
        "-7",
    ]
    types = [field["type"] for field in reading.schema["fields"]]
    assert types[:6] == ["integer", "number", "integer", "boolean", "datetime", "string"]


def test_a_table_that_starts_in_d4_keeps_its_addresses(book, read_one, cells):
    rows = [[None] * 6] * 3 + [[None] * 3 + r for r in (["id", "ime", "x"], [1, "Ана", 2])]
    reading = read_one(book({"a": rows}))
    assert (reading.first_column, reading.header_row) == (4, 4)
    assert reading.labels == ("id", "ime", "x")
    assert cells(reading) == [{"c0": "1", "c1": "Ана", "c2": "2", "row": 5}]


def test_blank_rows_at_the_end_go_and_those_between_stay(book, read_one, cells):
    rows = [["a", "b"], [1, 2], [None, None], [3, 4], [None, "x"], [None, None]]
    reading = read_one(book({"a": rows}))
    assert [row["row"] for row in cells(reading)] == [2, 3, 4, 5]
    assert cells(reading)[1] == {"c0": "", "c1": "", "row": 3}


def test_the_first_sheet_that_is_shown_and_not_empty_is_read(book, read_one):
    def hide(workbook):
        workbook["Скривени"].sheet_state = "hidden"

    sheets = {"Празан": [], "Скривени": [["x"]], "Подаци": [["a"], [1]], "Други": [["b"], [2]]}
    reading = read_one(book(sheets, change=hide))
    assert reading.sheet == "Подаци"
    ignored, hidden = reading.findings
    assert (ignored.check, ignored.values["ignored"]) == ("sheets-ignored", "Други")
    assert (hidden.check, hidden.values["hidden"]) == ("sheets-hidden", "Скривени")
    assert [o.step.values["sheet"] for o in ignored.offers] == ["Подаци", "Други"]


def test_a_declared_sheet_and_header_are_obeyed(book, read_one):
    path = book({"A": [["x"], [1]], "Б": [["t"], ["a", "b"], [1, 2]]})
    reading = read_one(path, dialect={"excel": {"sheet": "Б"}, "headerRows": [2]})
    assert (reading.sheet, reading.labels) == ("Б", ("a", "b"))
    assert read_one(path, dialect={"sheet": 2}).sheet == "Б"
    [finding] = read_one(path, dialect={"sheet": "Г"}).findings
    assert (finding.check, finding.values["sheets"]) == ("sheet-missing", "A, Б")
    bare = read_one(path, dialect={"sheet": "A", "header": False})
    assert (bare.labels, bare.rows, bare.header_row) == (("field1",), 2, 0)


def test_totals_merged_cells_and_formula_errors_are_told(book, read_one):
    def spoil(workbook):
        workbook.active.merge_cells("A2:A3")
        workbook.active["B3"].data_type = "e"

    rows = [["Ulica", "Broj"], ["Kneza Miloša", 1], [None, "#N/A"], ["UKUPNO:", 1]]
    found = {f.check: f for f in read_one(book({"a": rows}, change=spoil)).findings}
    assert (found["total-row"].severity, found["total-row"].row) == ("warning", 4)
    assert (found["merged-cells"].severity, found["merged-cells"].cell) == ("warning", "A2")
    assert (found["spreadsheet-error"].severity, found["spreadsheet-error"].cell) == ("error", "B3")


def test_a_workbook_without_a_cell_is_told(book, read_one):
    assert [f.check for f in read_one(book({"a": []})).findings] == ["empty-file"]


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ([["a", "b"], ["1", "2"]], 1),
        ([["Naslov", "", ""], ["a", "b", "c"], ["1", "2", "3"]], 2),
        ([["", ""], ["Opština", "Čačak"], ["a", "b"]], 2),
        ([["Списак", "", "", ""], ["", "за 2020.", "", ""], list("abcd"), list("1234")], 3),
        ([["samo"], ["jedna"]], 1),
        ([], 1),
    ],
)
def test_the_header_is_the_first_row_that_is_as_wide_as_rows_are(rows, row):
    assert layout_of(rows).header_rows == (row,)


def test_column_letters_and_numbers_are_the_same_thing():
    assert all(column_number(column_letters(n)) == n for n in range(1, 16385))
