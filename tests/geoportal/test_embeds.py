"""Our maps in the pages of others: frames, files, oEmbed."""

import html
import json
import re
from xml.etree import ElementTree

import pytest

from tests.geoportal.conftest import PAYLOAD


def address(pages, path):
    return str(pages.base_url).rstrip("/") + path


def oembed(pages, path, **more):
    return pages.get("/oembed", params={"url": address(pages, path), **more})


def policy(answer):
    parts = (part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}


def drawn(page):
    """The features of each layer that a file hands to Leaflet."""
    return [json.loads(text)["features"] for text in re.findall(r"_add\((\{.*\})\);", page)]


def test_the_embedded_map_has_no_chrome_and_a_way_to_the_whole(pages):
    page = pages.get("/en/embed/map?layers=parkovi").text
    assert 'class="top"' not in page and 'class="bottom"' not in page
    assert 'href="/en/map?layers=parkovi" target="_blank"' in page


def test_any_site_may_frame_the_embedded_map_and_none_the_others(pages):
    embedded, whole = pages.get("/embed/map"), pages.get("/map")
    assert policy(embedded)["frame-ancestors"] == "*"
    assert policy(whole)["frame-ancestors"] == "'self'"
    assert policy(embedded) | {"frame-ancestors": ""} == policy(whole) | {"frame-ancestors": ""}


def test_a_map_is_one_file_with_all_of_its_layers(pages):
    page = pages.get("/embed/folium?layers=parkovi,naselja-oko-nisa")
    below, above = drawn(page.text)
    assert len(above) == 3 and len(below) == 25
    assert policy(page)["sandbox"] == "allow-scripts"
    assert "html" in page.headers["content-type"]


def test_the_file_has_what_the_map_shows(pages):
    chosen = pages.get("/embed/folium?layers=parkovi&where.parkovi=otvoren:in:true").text
    assert len(drawn(chosen)[0]) == 1
    there = pages.get("/embed/folium?layers=parkovi&bbox=22.115,43.405,22.125,43.415").text
    assert len(drawn(there)[0]) == 1
    pale = pages.get("/embed/folium?layers=parkovi&opacity.parkovi=0.5").text
    assert '"fillOpacity": 0.5' in pale


def test_words_of_a_publisher_are_text_in_a_file(pages):
    page = pages.get("/embed/folium?layers=parkovi").text
    assert PAYLOAD not in page
    assert html.escape(PAYLOAD) in page


def test_a_file_to_keep_says_where_and_when_it_was_taken(pages):
    taken = pages.get("/en/embed/folium?layers=parkovi&download=1")
    assert taken.headers["content-disposition"] == 'attachment; filename="emap.html"'
    assert f"Taken from {address(pages, '')} on " in taken.text


@pytest.mark.parametrize("query", ["", "?layers=", "?layers=nema", "?layers=parkovi&bbox=0,0,1,1"])
def test_a_file_of_nothing_is_an_empty_map(pages, query):
    answer = pages.get(f"/embed/folium{query}")
    assert answer.status_code == 200 and "L.map(" in answer.text


def test_an_address_of_the_map_becomes_a_frame(pages):
    found = oembed(pages, "/en/map?layers=naselja-oko-nisa&zoom=9&center=21.9,43.3").json()
    assert (found["type"], found["version"], found["width"]) == ("rich", "1.0", 800)
    (src,) = re.findall(r'<iframe src="([^"]+)"', found["html"])
    assert html.unescape(src) == address(
        pages, "/en/embed/map?layers=naselja-oko-nisa&center=21.9,43.3&zoom=9"
    )


def test_a_dataset_becomes_a_map_of_its_layers(pages):
    found = oembed(pages, "/data/parkovi/table", maxwidth=300, maxheight=250).json()
    assert (found["width"], found["height"]) == (300, 250)
    assert "/embed/map?layers=parkovi" in found["html"]
    assert found["author_name"] == "Општина Сврљиг"
    assert PAYLOAD in found["title"] and PAYLOAD not in found["html"]


def test_a_place_becomes_a_map_on_which_it_is_chosen(pages):
    found = oembed(pages, "/sr-latn/place/parkovi/a/1").json()
    assert found["title"] == "Njegošev park"
    assert "feature=parkovi/a/1" in found["html"]


def test_oembed_is_written_in_xml_too(pages):
    answer = oembed(pages, "/data/parkovi", format="xml")
    root = ElementTree.fromstring(answer.text)
    assert (root.tag, root.findtext("type")) == ("oembed", "rich")
    assert PAYLOAD in root.findtext("title")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://elsewhere.example/map", 404),
        ("http://[", 404),
        ("", 404),
        ("javascript:alert(1)", 404),
    ],
)
def test_an_address_that_is_not_ours_is_not_found(pages, url, status):
    asked = {"params": {"url": url}, "headers": {"Accept": "application/json"}}
    assert pages.get("/oembed", **asked).status_code == status


@pytest.mark.parametrize("path", ["/", "/data/", "/data/nema", "/place/parkovi/nema", "/studio"])
def test_what_cannot_be_shown_in_a_frame_is_not_found(pages, path):
    assert oembed(pages, path).status_code == 404


def test_a_format_that_is_not_written_is_said_so(pages):
    assert oembed(pages, "/map", format="yaml").status_code == 501


@pytest.mark.parametrize(
    "path", ["/en/map?layers=parkovi", "/data/parkovi", "/place/parkovi/a%2F1"]
)
def test_pages_tell_editors_of_their_frame(pages, path):
    (href,) = re.findall(
        r'type="application/json\+oembed"[^>]*href="([^"]+)"', pages.get(path).text
    )
    assert pages.get(html.unescape(href)).json()["type"] == "rich"
