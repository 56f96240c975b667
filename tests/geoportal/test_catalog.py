"""The list of datasets as a reader without JavaScript uses it: facets, an area, order, a feed."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

TRIANGLE = '{"type":"Polygon","coordinates":[[[20,43],[21,43],[21,44],[20,43]]]}'
PACKAGES = (
    {
        "name": "vazduh",
        "title": "Квалитет ваздуха",
        "license_id": "cc-by",
        "extras": [
            {"key": "frequency", "value": "daily"},
            {
                "key": "theme",
                "value": "http://publications.europa.eu/resource/authority/data-theme/ENVI",
            },
            {"key": "spatial", "value": TRIANGLE},
        ],
        "resources": [{"url": "https://x.rs/a.csv", "format": "CSV"}],
    },
    {
        "name": "buka",
        "title": "Бука",
        "tags": [{"name": "екологија"}],
        "extras": [{"key": "frequency", "value": "месечно"}],
        "resources": [{"url": "https://x.rs/b.xlsx", "format": "XLSX"}],
    },
    {"name": "budzet", "title": "Буџет", "license_id": "cc-by", "tags": [{"name": "буџет"}]},
)


@pytest.fixture
def filled(catalog, client):
    catalog.call_action("organization_create", {"name": "nis", "title": "Град Ниш"})
    for package in PACKAGES:
        catalog.call_action("package_create", {"owner_org": "nis", **package})
    return client


def names(answer):
    assert answer.status_code == 200
    return sorted(re.findall(r'<h3><a href="(?:/[a-z-]+)?/data/([^"]+)"', answer.text))


def facet(answer, label):
    """The address and the count that stand beside a value."""
    found = re.search(
        rf'<a href="([^"]+)" rel="nofollow"[^>]*><span class="label">(?:<span[^>]*>)?{label}.*?'
        r'<span class="count">(\d+)<',
        answer.text,
    )
    assert found, label
    return html.unescape(found[1]), int(found[2])


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("theme=ENVI", ["buka", "vazduh"]),
        ("theme=ECON&theme=ENVI", ["budzet", "buka", "vazduh"]),
        ("frequency=MONTHLY", ["buka"]),
        ("license_id=cc-by&quality=bad&quality=sufficient", ["budzet"]),
        ("quality=excellent", []),
        ("theme=&frequency=nonsense", []),
        ("ext_bbox=20.5,43,22,43.2", ["vazduh"]),
        ("west=20,5&south=43&east=22&north=43,2", ["vazduh"]),
        ("ext_bbox=0,0,1,1", []),
    ],
)
def test_datasets_are_found_by_what_they_are_about(filled, question, found):
    assert names(filled.get(f"/data?{question}")) == found


def test_a_facet_counts_and_turns_its_value(filled):
    href, count = facet(filled.get("/data"), "Environment")
    assert (href, count) == ("/data?theme=ENVI", 2)
    chosen = filled.get(href)
    assert facet(chosen, "Environment") == ("/data", 2)
    assert facet(chosen, "Economy and finance") == ("/data?theme=ENVI&theme=ECON", 1)
    assert facet(chosen, "monthly") == ("/data?theme=ENVI&frequency=MONTHLY", 1)
    assert 'aria-current="true"' in chosen.text


def test_what_is_asked_stays_when_more_is_asked(filled):
    page = filled.get("/data?q=buka&theme=ENVI&ext_bbox=20,43,21,44&sort=title")
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    assert kept.count(("theme", "ENVI")) == 2  # in the form of words and in that of the area
    assert set(kept) == {
        ("q", "buka"),
        ("theme", "ENVI"),
        ("ext_bbox", "20,43,21,44"),
        ("sort", "title"),
    }


@pytest.mark.parametrize(
    "area",
    ["ext_bbox=5,1,2,3", "ext_bbox=a", "ext_bbox=nan,0,1,1", "west=5", "ext_bbox=0,0,1,1e9"],
)
def test_an_area_that_is_none_is_told_and_not_used(filled, area):
    answer = filled.get(f"/data?{area}")
    assert names(answer) == ["budzet", "buka", "vazduh"]
    assert "This is no area" in answer.text
    assert "ext_bbox" not in re.search(r'rel="canonical" href="([^"]*)"', answer.text)[1]


def test_a_search_is_followed_by_the_feed_of_the_same_question(filled):
    page = filled.get("/data?theme=ENVI&theme=ECON&ext_bbox=20,43,21,44&q=ваздух")
    feed = html.unescape(
        re.search(
            r'rel="alternate" type="application/atom.xml" title="Follow[^"]*" href="([^"]+)"',
            page.text,
        )[1]
    )
    asked = parse_qs(urlsplit(feed).query)
    assert asked["fq"] == ['eu_theme:("ENVI" OR "ECON")']
    answer = filled.get(feed)
    assert answer.status_code == 200
    assert re.findall(r"/data/(\w+)\"", answer.text) == names(page) == ["vazduh"]
    assert filled.get("/feeds/custom.atom?ext_bbox=wrong").status_code == 400


def test_a_card_tells_quality_and_freshness_in_words(filled):
    text = filled.get("/data?q=name:vazduh").text
    assert "Quality: good" in text
    assert "up to date" in text


def test_a_question_that_is_no_expression_still_has_its_facets(filled):
    answer = filled.get("/data?q=title:( бука&theme=ENVI")
    assert answer.status_code == 200
    assert facet(answer, "Environment")[0].startswith("/data?q=")
