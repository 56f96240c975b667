"""Reports on pages and as files: by cause, and nothing of data that are not public."""

import re
from pathlib import Path

import pytest

from datasets import config as configuration
from datasets.model import Excerpt, Finding, Offer, Report, Sample, Step
from datasets.text import LANGUAGES
from geoportal.judged import judged
from geoportal.report_file import report_file
from publish.desk import open_desk
from validation.report.causes import causes
from validation.report.cuts import cut

REFUSED = "/data/javne-cesme/report"
HIDDEN = ("мај 2025", "31.02.2025.", "Чесма испод брда", "17.4", "42.6")
"""What stands in the rows of the refused file that are wrong."""
PAYLOAD = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def token(town: Path) -> str:
    """The token of an editor of the town."""
    config, _ = configuration.load(town / "config.yml")
    desk = open_desk(config, town / "state")
    catalog = desk.catalog
    catalog.create_user("urednik")
    member = {"id": "svrljig", "username": "urednik", "role": "editor"}
    catalog.call_action("organization_member_create", member)
    made = catalog.call_action("api_token_create", {"user": "urednik", "name": "t"})
    desk.versions.close()
    return str(made["token"])


@pytest.fixture(scope="module")
def stranger(town: Path) -> str:
    """The token of somebody who works for nobody here."""
    config, _ = configuration.load(town / "config.yml")
    desk = open_desk(config, town / "state")
    desk.catalog.create_user("neko")
    made = desk.catalog.call_action("api_token_create", {"user": "neko", "name": "t"})
    desk.versions.close()
    return str(made["token"])


@pytest.mark.parametrize("path", [REFUSED, "/reports", "/en" + REFUSED])
def test_nothing_that_stands_in_refused_data_is_public(pages, path):
    answer = pages.get(path)
    assert answer.status_code == 200
    assert not [value for value in HIDDEN if value in answer.text]


def test_the_public_still_learns_what_is_wrong_where_and_what_to_do(pages):
    text = pages.get(REFUSED).text
    assert "Подаци не могу да се објаве" in text
    assert "вредност није датум записан као" in text
    assert "C5" in text
    assert "emap report javne-cesme" in text


def test_who_works_for_the_organization_sees_the_cells(pages, token):
    answer = pages.get(REFUSED, headers={"Authorization": token})
    assert "<mark>мај 2025</mark>" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer.headers["Vary"]


def test_who_works_elsewhere_does_not(pages, stranger):
    text = pages.get(REFUSED, headers={"Authorization": stranger}).text
    assert "мај 2025" not in text


def test_the_file_of_a_report_that_is_not_public_is_for_those_who_work_there(pages, token):
    assert pages.get(REFUSED + ".html").status_code == 404
    answer = pages.get(REFUSED + ".html", headers={"Authorization": token})
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "мај 2025" in answer.text


def test_places_of_data_that_are_not_public_are_on_no_map(pages):
    assert pages.get("/embed/report/javne-cesme/javne-cesme").status_code == 404


def report() -> Report:
    findings = [
        Finding(
            "type-error",
            resource="popis",
            row=row,
            field="датум",
            cell=f"D{row}",
            values={"value": PAYLOAD, "type": "date", "format": "%Y-%m-%d", "count": "8214"},
            offers=(
                (Offer(Step("dates", "датум", {"format": "%d.%m.%Y."}), 8214, (sample,)),)
                if row == 2
                else ()
            ),
        )
        for row in range(2, 1002)
        for sample in [Sample(2, PAYLOAD, "2021-10-05")]
    ]
    labels = ("a", "b", "c", PAYLOAD, "e", "f", "g", "h", "i")
    rows = {2: ("1", "2", "3", PAYLOAD, "5", "6", "7", "8", "9")}
    places = {2: '{"type":"Point","coordinates":[21.9,43.3]}'}
    return Report("popis", tuple(findings), {}, {"popis": Excerpt(labels, 1, rows, places)})


def test_a_cause_shows_the_cell_with_three_neighbours_to_each_side():
    made = report()
    shown = cut(causes(made)[0], made.excerpts["popis"])
    assert shown is not None
    assert shown.letters == list("ABCDEFG")
    [(row, cells)] = shown.rows
    assert row == 2
    assert [cell.wrong for cell in cells] == [False, False, False, True, False, False, False]


def test_thousands_of_findings_are_one_remark_with_its_true_count():
    told = judged(report(), "sr-Cyrl")
    [remark] = told.remarks
    assert "у 8.214 ћелија вредност није датум" in remark.what
    assert told.counts["error"] == 8214
    assert remark.places.startswith("D2, D3, ")
    assert remark.places.endswith("и још 8.202")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_as_a_file_needs_nothing_else_and_runs_nothing_of_the_data(language):
    html = report_file(report(), language, PAYLOAD)
    assert f'<html lang="{language}">' in html
    assert "<img src=x" not in html
    assert not re.search(r"""(src|href)=["'](https?:)?//""", html)
    assert "default-src 'none'" in html
    assert "2021-10-05" in html


def test_a_withheld_report_has_neither_cells_nor_samples():
    told = judged(report(), "en", withheld=True)
    [remark] = told.remarks
    assert remark.cut is None
    assert [repair.samples for repair in remark.repairs] == [()]
    assert PAYLOAD not in remark.what + remark.how + remark.places
