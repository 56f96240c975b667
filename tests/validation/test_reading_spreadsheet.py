"""Workbooks as offices make them; written here by openpyxl, read by calamine in the sandbox."""

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from datasets.model import Step
from tests.validation.gold import files
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
    assert types[:6] == ["integer", "number", "integer", "boolean", "datetime", "time"]


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


def test_xls_and_ods_are_read_like_xlsx(read_one, cells, tmp_path):
    rows = [("Pregled", None), ("Ulica", "Broj"), ("Žička", 12), ("Čegarska", 1.5)]
    found = []
    for ending, make in (("xls", files.xls), ("ods", files.ods), ("xlsx", files.xlsx)):
        make(*rows)(tmp_path / f"a.{ending}")
        reading = read_one(tmp_path / f"a.{ending}")
        found.append((reading.labels, reading.header_row, reading.first_column, cells(reading)))
    assert found[0] == found[1] == found[2]
    assert found[0][3][0] == {"c0": "Žička", "c1": "12", "row": 3}


FAR = (
    '<table:table table:name="A">'
    '<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p>'
    '</table:table-cell><table:table-cell table:number-columns-repeated="16382"/>'
    '<table:table-cell office:value-type="string"><text:p>b</text:p></table:table-cell>'
    '</table:table-row><table:table-row table:number-rows-repeated="1048574"><table:table-cell/>'
    '</table:table-row><table:table-row><table:table-cell office:value-type="string">'
    "<text:p>c</text:p></table:table-cell></table:table-row></table:table>"
)


@pytest.mark.parametrize(
    ("name", "make", "check"),
    [
        ("a.xls", files.xls(("a", 1), locked=True), "workbook-locked"),
        ("b.xls", files.xls_of({"A": [(0, 0, "a"), (65535, 65535, 1)]}), "sheet-too-large"),
        ("c.xls", files.xls_of({"A": [(65535, 65535, 1)]}), "sheet-too-large"),
        (
            "d.xls",
            lambda path: path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") * 99),
            "file-damaged",
        ),
        ("e.ods", files.ods(("a",), manifest="<m:encryption-data/>"), "workbook-locked"),
        ("f.ods", files.ods_of(FAR), "file-too-large"),
        ("g.ods", files.ods_of("<table:table"), "empty-file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_locked_absurd_or_damaged_workbook_says_what_it_is(read_one, tmp_path, name, make, check):
    make(tmp_path / name)
    assert [finding.check for finding in read_one(tmp_path / name).findings] == [check]


def test_every_cut_of_an_xls_ends_in_a_finding_or_a_table(read_one, tmp_path):
    files.xls(("a", "b"), ("x", 1), ("y", 2))(tmp_path / "whole.xls")
    raw = (tmp_path / "whole.xls").read_bytes()
    for size in (8, 30, 76, 511, 512, 1023, 1100, 1537, 2000, len(raw) - 1):
        path = tmp_path / f"cut{size}.xls"
        path.write_bytes(raw[:size])
        reading = read_one(path)
        assert reading.findings or reading.rows == 2, size


def test_errors_and_merged_cells_of_xls_and_ods_have_their_addresses(read_one, tmp_path):
    error = '<table:table-cell calcext:value-type="error" office:value-type="string"/>'
    wide = (
        '<table:table-cell office:value-type="string" table:number-rows-spanned="2">'
        "<text:p>Z</text:p></table:table-cell>"
    )
    files.ods(("zona", "broj"), (wide, 1), ("<table:covered-table-cell/>", error))(
        tmp_path / "a.ods"
    )
    files.xls(("zona", "broj"), ("Z", 1), (None, "#N/A"), merge=((1, 2, 0, 0),))(tmp_path / "a.xls")
    for name in ("a.ods", "a.xls"):
        found = {f.check: f.cell for f in read_one(tmp_path / name).findings}
        assert (found["spreadsheet-error"], found["merged-cells"]) == ("B3", "A2"), name


def test_hidden_sheets_of_an_xls_are_told(read_one, tmp_path):
    files.xls_of({"A": [(0, 0, "a"), (1, 0, 1)], "Тајна": [(0, 0, "x")]}, hidden=("Тајна",))(
        tmp_path / "a.xls"
    )
    assert [f.values.get("hidden") for f in read_one(tmp_path / "a.xls").findings] == ["Тајна"]


def test_another_sheet_is_read_once_a_person_chose_it(book, read_one):
    path = book({"A": [["x"], [1]], "Б": [["a", "b"], ["c", 2]]})
    step = Step("sheet", values={"sheet": "Б"})
    reading = read_one(path, recipe=(step,))
    assert (reading.sheet, reading.labels) == ("Б", ("a", "b"))
    [told] = [f for f in reading.findings if f.check == "sheets-ignored"]
    assert (told.severity, told.offers) == ("note", ())


def test_two_tables_on_a_sheet_are_told(book, read_one):
    below = [["Ulica", "m"], ["Prva", 5], ["Druga", 7], [], ["Park", "ari"], ["Kej", 3]]
    [error] = [f for f in read_one(book({"a": below})).findings if f.severity == "error"]
    assert (error.check, error.row) == ("second-table", 5)
    beside = [["Ulica", "m", None, "Ulica", "m"], ["Prva", 5, None, "Treća", 9]]
    found = {f.check: f for f in read_one(book({"a": beside}, "b.xlsx")).findings}
    assert found["table-beside"].cell == "D1"
    assert not found["blank-columns"].offers[0].exact


def test_a_total_is_certain_only_when_its_sums_are_right(book, read_one):
    rows = [["Stavka", "Iznos"], ["a", 10], ["b", 20], ["Ukupno", 30]]
    wrong = [*rows[:3], ["Ukupno", 31]]
    offers = [
        next(f for f in read_one(book({"a": r}, f"{i}.xlsx")).findings if f.offers).offers[0]
        for i, r in enumerate((rows, wrong))
    ]
    assert [(offer.step.repair, offer.count, offer.exact) for offer in offers] == [
        ("drop-totals", 1, True),
        ("drop-totals", 1, False),
    ]


def test_a_repair_of_rows_works_on_the_next_delivery_and_leaves_alone_what_is_well(book, read_one):
    steps = tuple(map(Step, ("drop-totals", "drop-footnotes", "drop-blank-rows")))
    rows = [["Mesto", "Broj", "x"], ["a", 1, 2], [], ["b", 3, 4], ["Svega", 4, 6], [], ["Izvor: b"]]
    dirty = read_one(book({"a": rows}), recipe=steps)
    assert (dirty.rows, [f.check for f in dirty.findings]) == (2, ["repaired"] * 3)
    clean = read_one(book({"a": [*rows[:2], rows[3]]}, "b.xlsx"), recipe=steps)
    assert (clean.rows, clean.findings) == (2, ())


@pytest.mark.parametrize(
    ("rows", "header_rows", "others"),
    [
        ([["Ада", "24430"], ["Бор", "19210"], ["Чока", "23320"]], (1,), ((),)),
        ([["a", "b"], ["", ""], ["1", "2"]], (1,), ()),
        ([["Назив", "Број"], ["1", "2"], ["x", "5"], ["y", "7"]], (1,), ()),
        ([["Ime", "Tel"], ["A", "032/1"], ["B", "032 2"], ["V", "032 3"]], (1,), ()),
        ([["Grad", "Mesec"], ["naziv", "broj"], ["Bor", "5"]], (2,), ((1, 2),)),
    ],
)
def test_a_header_that_is_not_sure_is_asked(rows, header_rows, others):
    found = layout_of(rows)
    assert (found.header_rows, found.others) == (header_rows, others)


def test_names_that_are_known_find_the_header(book, read_one):
    rows = [["Grad", "Bor"], ["naziv", "broj"], ["a", 1]]
    schema = {"fields": [{"name": "naziv"}, {"name": "broj", "type": "integer"}]}
    assert read_one(book({"a": rows}), schema=schema).header_row == 2


def test_a_macro_workbook_is_a_workbook(book, read_one):
    path = book({"a": [["x", "y"], [1, 2]]}, "knjiga.xlsm")
    assert (read_one(path).rows, read_one(path).ok) == (1, True)


def test_rows_that_a_person_chose_are_joined_in_text_too(read_one, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Grad;Prihod;\n;plan;ukupno\nBor;a;5\nNiš;b;7\n", encoding="utf-8")
    step = Step("header-rows", values={"rows": "1,2"})
    reading = read_one(path, recipe=(step,))
    assert reading.labels == ("Grad", "Prihod – plan", "Prihod – ukupno")
