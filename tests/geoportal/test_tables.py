"""Tables, charts and differences of a dataset, as a browser without JavaScript asks for them."""

import csv
import io
import json
import re

import openpyxl
import pytest
import vl_convert

from tests.geoportal.conftest import PAYLOAD

TABLE = "/data/naselja-oko-nisa/table"
PARKS = "/data/parkovi/table"


def names(page):
    """The names in the rows of a page of settlements: the column after the number and the code."""
    rows_alone = page.text.partition('<div id="rows">')[2].partition("<details")[0]
    body = re.search(r"<tbody>(.*?)</tbody>", rows_alone, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [re.sub("<[^>]+>", "", re.findall(r"<td[^>]*>(.*?)</td>", row)[1]) for row in rows]


def test_a_table_is_sorted_by_the_serbian_alphabet_by_links_in_its_head(pages):
    first = pages.get(TABLE, params={"sort": "naziv"})
    assert 'aria-sort="ascending"' in first.text
    assert "sort=-naziv" in first.text
    rising = names(first)
    falling = names(pages.get(TABLE, params={"sort": "-naziv"}))
    assert len(rising) > 10
    assert rising == falling[::-1]


def test_a_search_finds_in_any_script_and_its_condition_can_be_taken_away(pages):
    page = pages.get(TABLE, params={"q": "sokobanja"})
    assert names(page) == ["Сокобања"]
    narrowed = pages.get(TABLE, params={"has.naziv": "nis", "from.stanovnistvo": "100000"})
    assert names(narrowed) == ["Ниш"]
    assert "from.stanovnistvo=100000" in narrowed.text


def test_pages_of_a_table_follow_one_another_and_one_behind_the_last_is_the_last(pages):
    first = pages.get(TABLE, params={"rows": 25})
    every = names(pages.get(TABLE, params={"rows": 200}))
    assert names(first) == every[:25]
    assert names(pages.get(TABLE, params={"rows": 200, "page": 99})) == every


@pytest.mark.parametrize(
    "asked",
    [
        {"from.stanovnistvo": "много"},
        {"is.nema": "1"},
        {"sort": "nema"},
    ],
)
def test_what_a_table_cannot_be_asked_is_a_page_that_says_so(pages, asked):
    page = pages.get(TABLE, params=asked)
    assert page.status_code == 400
    assert "<h1>" in page.text


@pytest.mark.parametrize(
    "path",
    [f"{TABLE}/0", f"{TABLE}/999", f"{TABLE}?v=99", f"{TABLE}?table=nema", f"{TABLE}.exe",
     "/data/parkovi/history/difference?from=9", "/data/parkovi/history/difference.xlsx"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_of_its_own(pages, path):
    assert pages.get(path).status_code == 404


def test_an_attack_in_a_title_a_cell_or_a_question_is_text(pages):
    for path in (
        PARKS, f"{PARKS}/2", "/data/parkovi/chart", "/data/parkovi/chart?kind=bar&x=naziv",
        "/data/parkovi/history", "/data/parkovi/history/difference?from=1&to=2",
    ):  # fmt: skip
        page = pages.get(path)
        assert page.status_code == 200, path
        assert "<img src=x" not in page.text, path
    asked = pages.get(PARKS, params={"q": PAYLOAD, "has.naziv": PAYLOAD, "columns": PAYLOAD})
    assert "<img src=x" not in asked.text


def test_the_rows_of_a_question_are_files_in_the_same_order(pages):
    asked = {"has.naziv": "a", "sort": "-naziv", "columns": ["naziv", "sifra"]}
    shown = [
        re.sub(r"\s.*", "", name)
        for name in names(pages.get(TABLE, params={**asked, "columns": []}))
    ]
    table = list(csv.reader(io.StringIO(pages.get(f"{TABLE}.csv", params=asked).text)))
    assert table[0] == ["naziv", "sifra"]
    assert [row[0].split()[0] for row in table[1:]] == shown
    listed = pages.get(f"{TABLE}.json", params=asked).json()
    assert [row["naziv"] for row in listed] == [row[0] for row in table[1:]]
    sheet = openpyxl.load_workbook(
        io.BytesIO(pages.get(f"{TABLE}.xlsx", params=asked).content)
    ).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        row[0] for row in table[1:]
    ]


def test_a_file_of_a_numbered_version_may_be_kept_for_ever_and_any_is_asked_about_again(pages):
    now = pages.get(f"{PARKS}.csv")
    assert now.headers["Cache-Control"] == "no-cache"
    again = pages.get(f"{PARKS}.csv", headers={"If-None-Match": now.headers["ETag"]})
    assert again.status_code == 304
    assert "immutable" in pages.get(f"{PARKS}.csv?v=1").headers["Cache-Control"]
    assert len(pages.get(f"{PARKS}.csv?v=1").text.splitlines()) == 3


def test_a_row_leads_to_its_feature_and_a_feature_to_its_row(pages):
    page = pages.get(f"{PARKS}/1")
    assert "/place/parkovi/a/1" in page.text or "/place/parkovi/a%2F1" in page.text
    found = pages.get(PARKS, params={"feature": "a/3"})
    assert found.status_code == 200
    assert pages.get(PARKS, params={"feature": "a/9"}).status_code == 404


def test_what_columns_hold_is_told(pages):
    page = pages.get(f"/en{TABLE}")
    facts = re.search(r"What the columns hold.*?</table>", page.text, re.DOTALL)
    assert facts and "empty.stanovnistvo=1" in facts[0]


def test_charts_are_suggested_each_with_a_picture_its_numbers_and_its_files(pages):
    page = pages.get("/data/naselja-oko-nisa/chart")
    pictures = re.findall(r'<svg [^>]*class="chart".*?</svg>', page.text, re.DOTALL)
    assert pictures and all("<title>" in picture for picture in pictures)
    assert page.text.count("<details") >= len(pictures)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "bar", "x": "naziv"},
        {"kind": "bar", "x": "naziv", "y": "stanovnistvo", "by": "sum"},
        {"kind": "histogram", "x": "stanovnistvo"},
        {"kind": "scatter", "x": "sirina", "y": "duzina"},
    ],
)
def test_the_specification_of_a_chart_is_one_that_vega_lite_draws(pages, asked):
    made = pages.get("/data/naselja-oko-nisa/chart.json", params=asked)
    assert made.status_code == 200
    assert vl_convert.vegalite_to_svg(made.json(), vl_version="6.1").startswith("<svg")
    picture = pages.get("/data/naselja-oko-nisa/chart.svg", params=asked)
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "asked", [{"kind": "histogram", "x": "naziv"}, {"kind": "scatter", "x": "sirina"},
              {"kind": "line", "x": "naziv"}, {"kind": "bar", "x": "nema"}]
)  # fmt: skip
def test_a_chart_that_cannot_be_says_which_column_would_do(pages, asked):
    assert pages.get("/data/naselja-oko-nisa/chart", params=asked).status_code == 400


def test_two_versions_are_compared_row_by_row(pages):
    page = pages.get("/en/data/parkovi/history/difference?from=1&to=2")
    assert "1 added" in page.text and "0 removed" in page.text
    told = pages.get("/data/parkovi/history/difference.json?from=1&to=2").json()
    assert told["key"] == ["id_"]
    assert told["counts"] == {"changed": 0, "added": 1, "removed": 0}
    assert told["added"][0]["values"]["id_"] == "a/3"
    back = pages.get("/data/parkovi/history/difference.csv?from=2&to=1").text
    assert [row[0] for row in csv.reader(io.StringIO(back))] == ["_change", "removed"]


def test_the_difference_is_drawn_on_a_map_and_is_geojson(pages):
    page = pages.get("/data/parkovi/history/difference?from=1&to=2")
    assert re.search(r'<svg class="difference".*class="added"', page.text, re.DOTALL)
    features = json.loads(pages.get("/data/parkovi/history/difference.geojson?from=1&to=2").text)
    assert [f["properties"]["_change"] for f in features["features"]] == ["added"]


def test_the_history_lists_versions_with_their_rows_and_leads_to_what_changed(pages):
    page = pages.get("/en/data/parkovi/history")
    assert "(+1)" in page.text
    assert "difference?from=1&amp;to=2" in page.text
