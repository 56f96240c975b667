"""robots.txt, the sitemap, the catalog as one file, and what stands inside a page."""

import json
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as etree

import pytest

from geoportal.dcat import crawlers

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def places(client, path):
    answer = client.get(path).raise_for_status()
    assert answer.headers["content-type"].startswith("application/xml")
    found = etree.fromstring(answer.content)
    return found.tag.removeprefix(SITEMAP), [each.text for each in found.iter(f"{SITEMAP}loc")]


def test_robots_may_read_pages_and_find_the_sitemap(pages):
    robots = RobotFileParser()
    robots.parse(pages.get("/robots.txt").text.splitlines())
    base = str(pages.base_url).rstrip("/")
    for path in ("/", "/data", "/data/parkovi", "/map", "/catalog.ttl", "/feeds/dataset.atom"):
        assert robots.can_fetch("*", base + path), path
    for path in ("/tiles/parkovi/1/1/1.mvt", "/map/list", "/api/3/action/package_list"):
        assert not robots.can_fetch("*", base + path), path
    assert robots.site_maps() == [f"{base}/sitemap.xml"]


def test_every_place_of_the_sitemap_is_a_page(pages):
    kind, found = places(pages, "/sitemap.xml")
    assert kind == "urlset"
    assert any(each.endswith("/data/parkovi") for each in found)
    for place in found:
        answer = pages.get(place)
        assert answer.status_code == 200 and "text/html" in answer.headers["content-type"], place


def test_a_sitemap_says_when_a_dataset_changed(pages):
    text = pages.get("/sitemap.xml").text
    package = pages.get("/api/3/action/package_show?id=parkovi").json()["result"]
    assert f"/data/parkovi</loc><lastmod>{package['metadata_modified'][:10]}</lastmod>" in text


def test_a_large_sitemap_is_an_index_of_several(catalog, client, monkeypatch):
    monkeypatch.setattr(crawlers, "MOST_URLS", 6)
    monkeypatch.setattr(crawlers, "AT_ONCE", 2)
    catalog.call_action("organization_create", {"name": "grad-nis"})
    for n in range(9):
        catalog.call_action("package_create", {"name": f"skup-{n}", "owner_org": "grad-nis"})
    kind, parts = places(client, "/sitemap.xml")
    assert (kind, len(parts)) == ("sitemapindex", 3)
    found = [place for part in parts for place in places(client, part)[1]]
    assert len(found) == len(set(found)) == 9 + len(crawlers.PAGES)
    assert all(len(places(client, part)[1]) <= 6 for part in parts)


def test_the_whole_catalog_is_one_file(pages):
    said = pages.get("/data.json").raise_for_status().json()
    assert said["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    names = {each["landingPage"].rpartition("/")[2] for each in said["dataset"]}
    assert names == {"parkovi", "naselja-oko-nisa"}
    for dataset in said["dataset"]:
        # What DCAT-US 1.1 requires of every publisher, but for codes of federal bureaus.
        for key in ("title", "description", "keyword", "modified", "publisher", "contactPoint"):
            assert dataset[key], key
        assert dataset["accessLevel"] == "public" and len(dataset["identifier"]) == 36
        assert all("mediaType" in each for each in dataset["distribution"] if "downloadURL" in each)


def test_a_file_of_several_pages_is_whole_and_an_empty_one_too(catalog, client, empty, monkeypatch):
    monkeypatch.setattr(crawlers, "FILE_AT_ONCE", 4)
    catalog.call_action("organization_create", {"name": "grad-nis"})
    for n in range(9):
        catalog.call_action("package_create", {"name": f"skup-{n}", "owner_org": "grad-nis"})
    found = [each["title"] for each in client.get("/data.json").json()["dataset"]]
    assert found == [f"skup-{n}" for n in range(9)]
    assert empty.get("/data.json").json()["dataset"] == []


def block(client, path):
    (text,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text, re.DOTALL
    )
    return text


@pytest.mark.parametrize("language", ["sr-cyrl", "sr-latn", "en"])
def test_a_page_describes_its_dataset_for_search_engines(pages, language):
    said = json.loads(block(pages, f"/{language}/data/parkovi"))
    assert said["@type"] == "Dataset"
    assert said["includedInDataCatalog"]["@type"] == "DataCatalog"
    assert "opendefinition.org" in said["license"]
    assert {each["name"] for each in said["variableMeasured"]} >= {"naziv", "lat"}
    assert said["spatialCoverage"]["geo"]["box"].split()[0].startswith("43.")
    (file,) = [each for each in said["distribution"] if each.get("encodingFormat") == "text/csv"]
    assert pages.get(file["contentUrl"]).status_code == 200 and len(file["sha256"]) == 64


def test_nothing_in_a_dataset_ends_the_block(catalog, client):
    evil = "</script><script>alert(1)</script><!-- \u2028 ]]>"
    catalog.call_action("organization_create", {"name": "grad-nis", "title": evil})
    given = {"name": "zlo", "owner_org": "grad-nis", "title": evil, "notes": evil}
    schema = json.dumps({"fields": [{"name": evil}]})
    resource = {"url": f"https://x.rs/{evil}", "name": evil, "schema": schema}
    catalog.call_action("package_create", {**given, "resources": [resource]})
    text = block(client, "/data/zlo")
    assert "<" not in text and json.loads(text)["variableMeasured"][0]["name"] == evil
