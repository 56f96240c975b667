"""The pages of one dataset: what it is, how good it is, and whatever its publisher wrote."""

import contextlib
import re
from dataclasses import replace

import pytest

from datasets.text import CYRILLIC, ENGLISH
from geoportal.dataset.schema import MOST_COLUMNS, schemas
from publish.database import open_database
from publish.versions import Versions

PAYLOAD = '<img src=x onerror="alert(1)">'


def said(answer):
    assert answer.status_code == 200, answer.text[:300]
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture
def air(catalog, client):
    """A dataset that is in the catalog only, with all that can be said of one."""
    extras = {
        "frequency": "дневно",
        "theme": "ENVI",
        "temporal_start": "2020-01-01",
        "sources": f"Завод {PAYLOAD}",
        "spatial": '{"type":"Polygon","coordinates":[[[20,43],[21,43],[21,44],[20,43]]]}',
    }
    catalog.call_action("organization_create", {"name": "nis", "title": "Град Ниш"})
    catalog.call_action(
        "package_create",
        {
            "name": "vazduh",
            "title": f"Ваздух {PAYLOAD}",
            "owner_org": "nis",
            "license_id": "cc-by",
            "maintainer": "Завод за јавно здравље",
            "maintainer_email": "podaci@zjz.example.rs",
            "url": "javascript:alert(1)",
            "extras": [{"key": key, "value": value} for key, value in extras.items()],
            "resources": [{"url": "https://x.rs/a.csv", "format": "CSV", "name": PAYLOAD}],
        },
    )
    return client


def test_the_first_page_tells_whose_of_when_and_of_where(air):
    text = said(air.get("/data/vazduh"))
    for fact in (
        "Creative Commons Attribution open data",
        "Promised: daily up to date",
        "podaci@zjz.example.rs",
        "Environment",
        "20.00–21.00° E, 43.00–44.00° N",
        "1 January 2020 – …",
    ):
        assert fact in text
    page = air.get("/data/vazduh").text
    assert 'href="mailto:podaci@zjz.example.rs"' in page
    assert 'href="/data?theme=ENVI"' in page
    assert "<img src=x" not in page and 'href="javascript' not in page


def test_the_citation_names_publisher_title_address_licence_and_day(air, server):
    page = air.get("/data/vazduh").text
    cited = re.search(r'<p class="citation">(.*?)</p>', page)[1]
    assert re.fullmatch(
        rf"Град Ниш \(20\d\d\)\. Ваздух .*\. CKAN, {server}/data/vazduh\. "
        r"Licence: Creative Commons Attribution\. Retrieved \d+ [A-Z][a-z]+ 20\d\d\.",
        cited,
    )


def test_links_to_it_show_its_title_and_a_dataset_without_layers_no_picture(air, pages):
    assert 'property="og:title" content="Ваздух &lt;img' in air.get("/data/vazduh").text
    assert "og:image" not in air.get("/data/vazduh").text
    shown = pages.get("/en/data/parkovi/map").text
    (picture,) = re.findall(r'property="og:image" content="([^"]+)"', shown)
    assert pages.get(picture).headers["content-type"] == "image/png"
    assert f'property="og:url" content="{pages.base_url}'.rstrip("/") in shown


def test_quality_says_what_would_raise_it_the_most_first(air):
    text = said(air.get("/data/vazduh/quality"))
    gains = [int(each) for each in re.findall(r"\+(\d+) ", text)]
    assert gains == sorted(gains, reverse=True) and gains[0] == 50
    assert "3 of 5" in text
    assert "Check of the data" not in text  # it was never published here, so nothing was checked


def test_a_published_dataset_tells_what_its_validation_found(pages):
    text = said(pages.get("/en/data/parkovi/quality"))
    assert "Check of the data" in text and "405" in text


@pytest.mark.parametrize("tab", ["map", "table", "history", "nonsense"])
def test_a_dataset_has_no_page_of_what_it_has_not(air, tab):
    assert air.get(f"/data/vazduh/{tab}").status_code == 404
    assert f'href="/data/vazduh/{tab}"' not in air.get("/data/vazduh").text


def test_the_columns_are_told_with_their_rules(pages):
    text = said(pages.get("/en/data/parkovi"))
    assert "5 columns" in text
    assert "identifies the row" in text
    assert "yes or no" in text


def test_the_original_title_stands_beside_a_translated_one(pages):
    page = pages.get("/sr-latn/data/parkovi").text
    assert re.search(r'Izvorni naslov</dt><dd lang="sr-Cyrl">Паркови', page)
    assert "Изворни наслов" not in pages.get("/sr-cyrl/data/parkovi").text


def test_the_map_tab_offers_files_of_each_layer(pages):
    page = pages.get("/data/parkovi/map").text
    assert 'action="/ogc/collections/parkovi/items"' in page
    assert "/map?layers=parkovi" in page


@pytest.fixture
def shown_version(pages, town):
    """The published version of the parks."""
    with contextlib.closing(Versions(open_database("", town / "state"))) as versions:
        return versions.current("parkovi")


SCHEMAS = [
    {"fields": None},
    {"fields": ["x", 3]},
    {"fields": [{"name": None, "type": None, "constraints": "x"}]},
    {"fields": [{"name": "a", "constraints": {"enum": {"x": 1}, "minimum": [1], "required": 1}}]},
    {"fields": [{"name": "a", "titles": ["x"], "type": PAYLOAD}], "primaryKey": {"a": 1}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_a_schema_that_is_none_is_no_harm(shown_version, schema):
    odd = replace(shown_version, schemas={"parkovi": schema})
    for language in (CYRILLIC, ENGLISH):
        assert len(schemas(odd, language)) <= 1


def test_of_very_many_columns_the_first_ones_are_listed(shown_version):
    fields = [{"name": f"k{n}"} for n in range(MOST_COLUMNS + 7)]
    (described,) = schemas(replace(shown_version, schemas={"parkovi": {"fields": fields}}), ENGLISH)
    assert (len(described.fields), described.more) == (MOST_COLUMNS, 7)
