"""OGC API Records: what a record says, what finds it, and the clients that read it."""

import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from owslib.ogcapi.records import Records

from datasets import config as configuration
from datasets.config import Http, Organization
from geoportal.ogc.record import distribution
from harvesters.fetching.http import Http as Client
from harvesters.ogc_records import OgcRecords
from publish.dcat.coverage import polygon
from publish.desk import open_desk
from publish.harvests.run import run
from tests.geoportal.conftest import PAYLOAD

HERE = "/ogc/collections/metadata:main"
ITEMS = f"{HERE}/items"
DATASETS = {
    "kvalitet-vazduha": {
        "title": "Квалитет ваздуха",
        "tags": [{"name": "ваздух"}],
        "license_id": "cc-by",
        "maintainer": "Служба",
        "maintainer_email": "sluzba@grad.rs",
        "extras": {
            "temporal_start": "2023-01-01",
            "temporal_end": "2024",
            "theme": "ENVI",
            "doi": "10.5281/zenodo.1",
            "spatial": '{"type":"Point","coordinates":[20.9,44.0]}',
        },
    },
    "vrtici": {
        "title": "Вртићи",
        "notes": "Квалитетан списак, ваздуха има.",
        "license_id": "uslovi-grada",
        "extras": {
            "temporal_start": "2020-05-01T10:00:00Z",
            "identifier": "RS:7:vrtici",
            "spatial": json.dumps(polygon((21, 43, 22, 44))),
        },
    },
    "bicikli": {"title": "Бицикли", "tags": [{"name": "саобраћај"}], "extras": {}},
    "tajno": {"title": "Тајни вртићи", "private": True, "extras": {}},
}
LINKS = [
    {
        "url": "https://grad.rs/a.csv",
        "format": "CSV",
        "mimetype": "text/csv",
        "resource_type": "file",
    },
    {"url": "javascript:alert(1)", "format": "HTML", "name": "зло"},
    {
        "url": "https://grad.rs/opis",
        "format": "HTML",
        "name": "О",
        "resource_type": "documentation",
    },
]


@pytest.fixture(scope="module")
def found(shared_site):
    """Ask a site of three public datasets and a private one."""
    address, portal = shared_site
    catalog = portal.catalog
    catalog.call_action("organization_create", {"name": "grad", "title": "Град Чачак"})
    for name, said in DATASETS.items():
        extras = [{"key": key, "value": value} for key, value in said["extras"].items()]
        given = {**said, "extras": extras, "name": name, "owner_org": "grad", "resources": LINKS}
        catalog.call_action("package_create", given)
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


def names(client, **query) -> list[str]:
    """The datasets that a search finds, in order."""
    answer = client.get(ITEMS, params=query)
    assert answer.status_code == 200, answer.text
    return [one["properties"]["name"] for one in answer.json()["features"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"kvalitet-vazduha", "vrtici", "bicikli"}),
        ({"q": "vrtić"}, {"vrtici"}),
        ({"q": "ВРТИЋ"}, {"vrtici"}),
        ({"q": "vrtic"}, {"vrtici"}),
        ({"q": "kvalitet vazduha"}, {"kvalitet-vazduha"}),
        ({"q": "vazduha kvalitet"}, set()),
        ({"q": "vrtić,bicikl"}, {"vrtici", "bicikli"}),
        ({"q": "тајни"}, set()),
        ({"q": 'title:vrtić" OR name:*'}, set()),
        ({"q": "-"}, set()),
        ({"q": ""}, {"kvalitet-vazduha", "vrtici", "bicikli"}),
        ({"type": "dataset"}, {"kvalitet-vazduha", "vrtici", "bicikli"}),
        ({"type": "service,map"}, set()),
        ({"ids": "vrtici,bicikli,nema"}, {"vrtici", "bicikli"}),
        ({"ids": "tajno"}, set()),
        ({"externalIds": "doi:10.5281/zenodo.1"}, {"kvalitet-vazduha"}),
        ({"externalIds": "10.5281/zenodo.1"}, {"kvalitet-vazduha"}),
        ({"externalIds": "guid:10.5281/zenodo.1"}, set()),
        ({"externalIds": "RS:7:vrtici,doi"}, {"kvalitet-vazduha", "vrtici"}),
        ({"externalIds": "name:bicikli"}, {"bicikli"}),
        ({"bbox": "20,43.5,20.95,44.5"}, {"kvalitet-vazduha"}),
        ({"bbox": "21.5,43.5,21.6,43.6"}, {"vrtici"}),
        ({"bbox": "0,0,1,1"}, set()),
        ({"bbox": "21.5,43.5,0,21.6,43.6,900"}, {"vrtici"}),
        ({"datetime": "2024-06-01"}, {"kvalitet-vazduha", "vrtici", "bicikli"}),
        ({"datetime": "2025-01-01/.."}, {"vrtici", "bicikli"}),
        ({"datetime": "../2022-12-31"}, {"vrtici", "bicikli"}),
        ({"datetime": "2020-05-01T09:00:00Z"}, {"vrtici", "bicikli"}),
        ({"datetime": "2019-01-01"}, {"bicikli"}),
        ({"q": "vrtić", "bbox": "0,0,1,1"}, set()),
        ({"filter": "name = 'vrtici' OR license = 'CC-BY-4.0'"}, {"vrtici", "kvalitet-vazduha"}),
        ({"filter": "title LIKE 'Б%'"}, {"bicikli"}),
        ({"filter": "CASEI(title) = CASEI('БИЦИКЛИ')"}, {"bicikli"}),
        ({"filter": "name = 'tajno'"}, set()),
        ({"filter": "name LIKE '%'", "q": "vrtić"}, {"vrtici"}),
        ({"filter": "NOT (license IS NULL)", "ids": "bicikli,vrtici"}, {"vrtici"}),
        ({"filter": "S_INTERSECTS(geometry, BBOX(20.8,43.9,20.95,44.1))"}, {"kvalitet-vazduha"}),
        ({"filter": "S_WITHIN(geometry, BBOX(20,42,23,45))", "bbox": "21,43,22,44"}, {"vrtici"}),
        ({"filter": "geometry IS NULL"}, {"bicikli"}),
        ({"filter": "A_CONTAINS(keywords, ('ваздух'))"}, {"kvalitet-vazduha"}),
        (
            {"filter": "A_OVERLAPS(externalIds, ('doi:10.5281/zenodo.1', 'x'))"},
            {"kvalitet-vazduha"},
        ),
        ({"filter": "time_begin < DATE('2021-01-01') AND time_end IS NULL"}, {"vrtici"}),
        ({"filter": "T_AFTER(created, DATE('2020-01-01'))", "q": "бицикли"}, {"bicikli"}),
        (
            {
                "filter": '{"op":"=","args":[{"property":"name"},"vrtici"]}',
                "filter-lang": "cql2-json",
            },
            {"vrtici"},
        ),
        (
            {
                "filter": "S_INTERSECTS(geometry, POINT(44 20.9))",
                "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
            },
            {"kvalitet-vazduha"},
        ),
    ],
)
def test_a_search_finds_what_was_meant_and_nothing_hidden(found, query, expected) -> None:
    assert set(names(found, **query)) == expected


def test_records_are_sorted_and_paged(found):
    assert names(found, sortby="title") == ["bicikli", "kvalitet-vazduha", "vrtici"]
    assert names(found, sortby="-title", limit=2) == ["vrtici", "kvalitet-vazduha"]
    seen, address = [], f"{ITEMS}?limit=2&sortby=-created"
    while address:
        page = found.get(address).json()
        assert page["numberMatched"] == 3
        seen += [one["properties"]["name"] for one in page["features"]]
        links = {one["rel"]: one["href"] for one in page["links"]}
        address = links.get("next")
    assert seen == ["bicikli", "vrtici", "kvalitet-vazduha"]
    assert "prev" in links
    assert names(found, offset=2**53 - 1) == []


def test_what_a_filter_finds_is_paged_counted_and_follows_the_catalog(found, shared_site):
    catalog, wanted = shared_site[1].catalog, {"filter": "title LIKE 'Б%'", "limit": 1}
    assert found.get(ITEMS, params=wanted).json()["numberMatched"] == 1
    catalog.call_action("package_patch", {"id": "vrtici", "title": "Бачки вртићи"})
    page = found.get(ITEMS, params=wanted | {"sortby": "title"}).json()
    assert page["numberMatched"] == 2
    assert page["features"][0]["properties"]["name"] == "vrtici"
    (onward,) = [one["href"] for one in page["links"] if one["rel"] == "next"]
    assert found.get(onward).json()["features"][0]["properties"]["name"] == "bicikli"
    catalog.call_action("package_patch", {"id": "vrtici", "title": "Вртићи"})


def test_what_is_found_is_counted_by_facets(found):
    page = found.get(ITEMS, params={"facets": "true", "limit": 1}).json()
    assert page["facets"]["formats"]["buckets"][0] == {"value": "CSV", "count": 3}
    assert page["facets"]["contacts"]["buckets"] == [{"value": "Град Чачак", "count": 3}]
    assert {b["value"] for b in page["facets"]["keywords"]["buckets"]} == {"ваздух", "саобраћај"}
    assert "facets" not in found.get(ITEMS).json()


def test_a_record_says_all_that_the_standard_has_a_word_for(found):
    answer = found.get(f"{ITEMS}/kvalitet-vazduha")
    assert answer.headers["content-type"] == "application/geo+json"
    record = answer.json()
    assert record["type"] == "Feature"
    assert record["geometry"] == {"type": "Point", "coordinates": [20.9, 44.0]}
    assert record["time"] == {"interval": ["2023-01-01", "2024-12-31"]}
    about = record["properties"]
    assert (about["type"], about["title"]) == ("dataset", "Квалитет ваздуха")
    assert (about["license"], about["keywords"]) == ("CC-BY-4.0", ["ваздух"])
    assert about["created"].endswith("Z")
    assert {"scheme": "doi", "value": "10.5281/zenodo.1"} in about["externalIds"]
    assert about["themes"][0]["concepts"][0]["id"] == "ENVI"
    publisher, contact = about["contacts"]
    assert (publisher["organization"], publisher["roles"]) == ("Град Чачак", ["publisher"])
    assert contact["emails"] == [{"value": "sluzba@grad.rs"}]
    by_id = found.get(f"{ITEMS}/{record['id']}").json()
    assert (by_id["properties"], by_id["geometry"]) == (about, record["geometry"])
    rels = {one["rel"]: one["href"] for one in record["links"]}
    assert {"self", "alternate", "collection", "canonical", "license"} <= set(rels)
    assert (rels["enclosure"], rels["describedby"]) == (LINKS[0]["url"], LINKS[2]["url"])
    assert "javascript:" not in answer.text
    assert [one["rel"] for one in record["links"]].count("collection") == 1


def test_a_record_without_a_place_or_time_says_so(found):
    record = found.get(f"{ITEMS}/bicikli").json()
    assert (record["geometry"], record["time"]) == (None, None)
    open_ended = found.get(f"{ITEMS}/vrtici").json()
    assert open_ended["time"] == {"interval": ["2020-05-01T10:00:00Z", ".."]}
    assert open_ended["properties"]["license"] == "other"


@pytest.mark.parametrize("name", ["nema", "tajno", "..%2F..%2Fetc"])
def test_what_is_not_public_is_no_record(found, name):
    assert found.get(f"{ITEMS}/{name}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "wrong=1",
        "q=a&q=b",
        f"q={'a' * 1001}",
        "q=_query_:x",
        f"ids={','.join('a' * 101)}",
        f"q={','.join(['ab'] * 499)}",
        "sortby=license",
        "sortby=",
        "limit=0",
        "limit=x",
        "offset=-1",
        "bbox=1,2,3",
        "bbox=170,0,-170,1",
        "datetime=yesterday",
        "facets=maybe",
        "crs=http://www.opengis.net/def/crs/EPSG/0/3857",
        "f=xml",
        "filter=nema = 1",
        "filter=title = 5",
        "filter=title = '",
        "filter=title LIKE 'a%'&filter-lang=sql",
        "filter=geometry IS NULL&filter-crs=EPSG:4326",
    ],
)
def test_what_cannot_be_asked_is_a_problem(found, query):
    answer = found.get(f"{ITEMS}?{query}")
    if query == "sortby=":  # what is empty is not asked
        assert answer.status_code == 200
        return
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_the_catalog_is_a_collection_that_no_dataset_can_be(found):
    listed = found.get("/ogc/collections").json()["collections"]
    (catalog,) = [one for one in listed if one["itemType"] == "record"]
    alone = found.get(HERE).json()
    assert (catalog["id"], alone["type"], alone["title"]) == (
        "metadata:main",
        "Catalog",
        "CKAN – Catalog of datasets",
    )
    rels = {one["rel"].rpartition("/")[2]: one["href"] for one in alone["links"]}
    for name in ("schema", "queryables", "sortables", "items", "alternate"):
        assert found.get(rels[name]).status_code == 200, name
    (order,) = alone["defaultSortOrder"]
    assert order == {"field": "updated", "direction": "desc"}
    sortables = found.get(f"{HERE}/sortables")
    assert sortables.headers["content-type"] == "application/schema+json"
    assert set(sortables.json()["properties"]) == {"title", "created", "updated"}
    queryables = found.get(f"{HERE}/queryables").json()["properties"]
    assert {"geometry", "type", "title", "keywords", "externalIds", "time_begin"} <= set(queryables)
    assert queryables["keywords"]["type"] == "array"
    page = found.get(ITEMS).json()["links"]
    kinds = {one["type"] for one in (*page, *alone["links"])}
    assert kinds == {
        "application/json",
        "application/geo+json",
        "application/schema+json",
        "text/html",
    }
    landing = {one["rel"]: one["href"] for one in found.get("/ogc").json()["links"]}
    assert landing["http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"].endswith(ITEMS)


def test_a_record_follows_the_catalog_and_keeps_its_validator_till_then(found, shared_site):
    catalog = shared_site[1].catalog
    first = found.get(f"{ITEMS}/bicikli")
    tag = {"If-None-Match": first.headers["etag"]}
    assert found.get(f"{ITEMS}/bicikli", headers=tag).status_code == 304
    catalog.call_action("package_patch", {"id": "bicikli", "title": "Бициклистичке стазе"})
    again = found.get(f"{ITEMS}/bicikli", headers=tag)
    assert again.json()["properties"]["title"] == "Бициклистичке стазе"
    catalog.call_action("package_patch", {"id": "bicikli", "title": "Бицикли"})


@pytest.mark.parametrize("path", [HERE, ITEMS, f"{ITEMS}/parkovi", f"{HERE}/sortables"])
@pytest.mark.parametrize("prefix", ["", "/sr-latn", "/en"])
def test_every_document_is_a_page_in_each_language(pages, prefix, path):
    answer = pages.get(prefix + path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<img src=x" not in answer.text
    if path.endswith("parkovi"):
        assert ("Parks &lt;img" if prefix == "/en" else "&lt;img") in answer.text


def test_a_page_of_records_searches_in_both_scripts(pages):
    answer = pages.get(ITEMS, params={"q": "naselja"})
    assert "1 запис" in answer.text
    assert "Насеља око Ниша" in answer.text


def test_owslib_reads_the_catalog(found):
    service = Records(f"{found.base_url}/ogc")
    assert service.records() == ["metadata:main"]
    assert "title" in service.collection_schema("metadata:main")["properties"]
    assert "type" in service.collection_queryables("metadata:main")["properties"]
    page = service.collection_items("metadata:main", q="vrtić", limit=5, bbox=[20, 42, 23, 46])
    assert [one["properties"]["title"] for one in page["features"]] == ["Вртићи"]
    (record,) = page["features"]
    alone = service.collection_item("metadata:main", record["id"])
    assert alone["properties"] == record["properties"]


def test_gdal_lists_the_catalog_among_the_layers(pages):
    if shutil.which("ogrinfo") is None:
        pytest.skip("no ogrinfo here; install gdal-bin")
    address = f"OAPIF:{pages.base_url}/ogc"
    command = ["ogrinfo", "-ro", "-al", "-so", address, "metadata:main"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert "Feature Count: 2" in said
    assert "title: String" in said


def test_our_own_harvester_takes_every_record(found):
    http = Client(Http(allow_private=("127.0.0.1",), timeout_s=10, deadline_s=30))
    source = OgcRecords(name="grad", kind="ogc_records", url=f"{found.base_url}/ogc", page_size=2)
    records = {r.name: r for page in source.harvest(http) for r in page.records}
    assert set(records) == {"kvalitet-vazduha", "vrtici", "bicikli"}
    air = records["kvalitet-vazduha"]
    assert (air.organization_title, air.license_id) == ("Град Чачак", "cc-by")
    assert air.extras["temporal_end"] == "2024-12-31"
    assert air.extras["language"] == "en"
    assert [(d.format, d.url) for d in air.distributions] == [("csv", "https://grad.rs/a.csv")]
    assert air.url.endswith("/data/kvalitet-vazduha")
    assert source.is_there(air.remote_id, http)
    assert not source.is_there("nema", http)


def test_what_one_town_published_is_published_by_another(pages, tmp_path):
    config = configuration.Config(
        http=Http(allow_private=("127.0.0.1",)),
        organizations=(Organization(name="svrljig", title="Сврљиг"),),
    )
    source = OgcRecords(
        name="town",
        kind="ogc_records",
        url=f"{pages.base_url}/ogc",
        organizations={"Општина Сврљиг": "svrljig"},
    )
    desk = open_desk(config, Path(tmp_path) / "state")
    try:
        first = [receipt.action for receipt in run(source, desk)]
        shown = desk.catalog.call_action("package_show", {"id": "naselja-oko-nisa"})
    finally:
        desk.versions.close()
    assert first == ["created"] * 2
    assert (shown["title"], shown["license_id"]) == ("Насеља око Ниша", "cc-by")
    extras = {each["key"]: each["value"] for each in shown["extras"]}
    assert json.loads(extras["spatial"])["type"] == "Polygon"
    assert PAYLOAD not in shown["title"]


def test_a_collection_of_ours_is_linked_with_the_type_that_its_address_answers():
    ours = {"resource_type": "api", "url_type": "emap", "mimetype": "application/geo+json"}
    theirs = ours | {"url_type": None}
    said = {"name": "A", "url": "https://a.rs/ogc/collections/a", "created": "2026-01-01T00:00:00"}
    types = [link["type"] for one in (ours, theirs) for link in distribution(one | said)]
    assert types == ["application/json", "application/geo+json"]
