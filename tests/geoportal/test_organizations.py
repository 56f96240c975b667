"""The first page, and publishers with their scorecards."""

import csv
import io
import re

from tests.geoportal.conftest import PAYLOAD


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))


def test_the_first_page_searches_places_and_data_at_once(pages):
    page = pages.get("/en/").text
    assert '<form class="search" role="search" action="/en/map/search"' in page


def test_the_first_page_leads_to_what_people_come_for(pages):
    page = pages.get("/en/").text
    for path in ("/near", "/map/here", "/map", "/data", "/organization", "/developers"):
        assert f'<h3><a href="/en{path}">' in page
    assert 'href="/en/near?layer=parkovi"' in page


def test_an_empty_site_has_a_first_page_and_a_list_of_nobody(empty):
    assert "near?layer" not in empty.get("/").text
    page = empty.get("/organization")
    assert page.status_code == 200 and "<table" not in page.text


def test_publishers_are_compared_by_the_mean_of_their_points(pages):
    page = pages.get("/en/organization").text
    assert '<a href="/en/organization/svrljig">Municipality of Svrljig</a>' in page
    assert re.search(r"\d+ <span class=\"quiet\">/ 405</span>", page)


def test_a_publisher_has_a_scorecard_a_map_and_its_datasets(pages):
    page = pages.get("/en/organization/svrljig").text
    assert 'href="/en/map?layers=naselja-oko-nisa,parkovi"' in page
    assert 'href="/en/data/parkovi"' in page
    assert "+20.0</span> Give an e-mail address for questions about the data. (2 datasets)" in page
    assert PAYLOAD not in page


def test_the_mean_is_that_of_the_file(pages):
    rows = table(pages.get("/organization/svrljig/scores.csv"))
    mean = sum(int(row["points"]) for row in rows) / len(rows)
    assert f"<strong>{mean:.0f}</strong>" in pages.get("/organization/svrljig").text


def test_scores_are_a_table_and_a_document_of_the_same(pages):
    rows, told = table(pages.get("/scores.csv")), pages.get("/scores.json").json()["datasets"]
    assert [row["dataset"] for row in rows] == [each["dataset"] for each in told]
    assert all(int(row["points"]) == each["points"] for row, each in zip(rows, told, strict=True))
    assert told[0]["of"] == 405 and told[0]["licence"] in (0, 20)


def test_scores_that_a_client_has_are_not_sent_again(pages):
    etag = pages.get("/scores.json").headers["etag"]
    assert pages.get("/scores.json", headers={"If-None-Match": etag}).status_code == 304


def test_a_cell_is_no_formula(client, catalog):
    catalog.call_action("organization_create", {"name": "grad", "title": "=1+1"})
    catalog.call_action("package_create", {"name": "aa", "title": "=cmd()", "owner_org": "grad"})
    (row,) = table(client.get("/organization/grad/scores.csv"))
    assert (row["title"], row["organization_title"]) == ("'=cmd()", "'=1+1")


def test_a_licence_shows_in_the_scorecard_at_once(client, catalog):
    catalog.call_action("organization_create", {"name": "grad", "title": "Град"})
    made = catalog.call_action("package_create", {"name": "aa", "owner_org": "grad"})
    before = table(client.get("/scores.csv"))[0]
    catalog.call_action("package_patch", {"id": made["id"], "license_id": "cc-by"})
    after = table(client.get("/scores.csv"))[0]
    assert int(after["points"]) - int(before["points"]) == 30


def test_a_private_dataset_has_no_score(client, catalog):
    catalog.call_action("organization_create", {"name": "grad", "title": "Град"})
    catalog.call_action("package_create", {"name": "aa", "owner_org": "grad", "private": True})
    assert table(client.get("/scores.csv")) == []
    assert "/data/aa" not in client.get("/organization/grad").text


def test_what_is_not_there_is_not_found(pages):
    for path in ("/organization/nema", "/organization/nema/scores.csv", "/scores.xml"):
        assert pages.get(path).status_code == 404
