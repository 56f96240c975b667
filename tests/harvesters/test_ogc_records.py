"""OGC API Records: collections, pages, what a record says, and a stock pygeoapi."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.ogc_records import OgcRecords, record
from tests.upstream import Reply

TREES = {
    "id": "drvece",
    "type": "Feature",
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[20.8, 43.9], [21.1, 43.9], [21.1, 44.2], [20.8, 44.2], [20.8, 43.9]]],
    },
    "time": {"interval": ["2019-01-01", ".."]},
    "properties": {
        "type": "dataset",
        "title": "Регистар дрвећа",
        "description": "Стабла у граду.",
        "keywords": ["дрвеће", "зеленило"],
        "language": "sr",
        "created": "2020-01-02",
        "updated": "2025-03-04T05:06:07Z",
        "license": "CC-BY-4.0",
        "contacts": [
            {"name": "Петар Петровић", "emails": [{"value": "petar@grad.rs"}], "roles": ["author"]},
            {
                "organization": "Зеленило",
                "roles": ["publisher"],
                "emails": [{"value": "info@z.rs"}],
            },
            {"organization": "Град", "roles": ["owner"]},
        ],
    },
    "links": [
        {"rel": "self", "href": "https://a.rs/self", "type": "application/geo+json"},
        {"rel": "alternate", "href": "https://a.rs/page", "type": "text/html"},
        {"rel": "enclosure", "href": "https://a.rs/f.csv", "type": "text/csv", "title": "Стабла"},
        {"rel": "item", "href": "https://a.rs/ows", "type": "OGC:WMS", "title": "a:stabla"},
        {"rel": "item", "href": "https://a.rs/ows", "type": "OGC:WMS", "title": "a:parkovi"},
        {"rel": "item", "href": "file:///etc/passwd", "type": "text/csv"},
    ],
}


def collection(name, item_type="record"):
    return {"id": name, "itemType": item_type, "links": [], "title": name}


def served(upstream, *collections):
    """A landing page, its collections, and the link between them by another name of the host."""
    upstream.answers["/"] = {
        "links": [{"rel": "data", "href": "http://inner.local/collections", "type": "x/json"}]
    }
    upstream.answers["/collections"] = {"collections": list(collections)}
    return OgcRecords(name="grad", kind="ogc_records", url=f"{upstream.url}/", page_size=2)


def features(*ids, onward="", matched=None):
    page = {"features": [TREES | {"id": each} for each in ids], "links": []}
    if onward:
        page["links"] = [{"rel": "next", "href": onward, "type": "application/geo+json"}]
    return page if matched is None else page | {"numberMatched": matched}


def test_a_record_is_described_in_the_words_of_the_standard():
    found = record(TREES, "https://a.rs/collections/c/items")
    assert found is not None
    assert (found.remote_id, found.title.own) == ("drvece", "Регистар дрвећа")
    assert (found.organization, found.contributors) == ("zelenilo", ("Град",))
    assert found.tags == ("дрвеће", "зеленило")
    assert (found.modified, found.license_id) == ("2025-03-04T05:06:07Z", "cc-by")
    assert found.url == "https://a.rs/page"
    assert found.address == "https://a.rs/collections/c/items/drvece"
    extras = dict(found.extras)
    assert extras.pop("spatial").startswith('{"type":"Polygon","coordinates":[[[20.8,43.9]')
    assert extras == {
        "temporal_start": "2019-01-01",
        "issued": "2020-01-02",
        "language": "sr",
        "resource_type": "dataset",
        "contact_email": "info@z.rs",
    }
    assert "Петар" not in repr(found)
    assert "petar@" not in repr(found)


def test_links_are_files_and_services_and_two_layers_have_two_keys():
    found = record(TREES, "https://a.rs/collections/c/items")
    assert found is not None
    assert [(d.format, d.type, d.link) for d in found.distributions] == [
        ("csv", "file", False),
        ("wms", "api", True),
        ("wms", "api", True),
    ]
    assert len({d.key for d in found.distributions}) == 3


def test_a_record_without_a_title_has_a_finding_and_one_without_an_id_is_none():
    bare = record({"id": 7, "properties": None}, "https://a.rs/items")
    assert bare is not None
    assert (bare.remote_id, [f.check for f in bare.findings]) == ("7", ["record-broken"])
    assert record({"properties": {"title": "x"}}, "https://a.rs/items") is None


def test_collections_follow_each_other_and_pages_follow_the_server(upstream, http):
    grad = served(upstream, collection("a"), collection("ulice", "feature"), collection("b"))

    def answered(asked):
        assert asked.headers["accept"] == "application/geo+json"
        if "offset" in asked.query:
            return features("a3")
        assert asked.query["limit"] == "2"
        return features("a1", "a2", onward=f"{upstream.url}/collections/a/items?offset=2&x=%2F")

    upstream.answers["/collections/a/items"] = answered
    upstream.answers["/collections/b/items"] = features("b1")
    pages = list(grad.harvest(http))
    assert [[r.remote_id for r in p.records] for p in pages] == [["a1", "a2"], ["a3"], ["b1"]]
    assert [bool(p.next) for p in pages] == [True, True, False]
    for place in (0, 1):
        rest = [r.remote_id for p in grad.harvest(http, pages[place].next) for r in p.records]
        assert rest == ["a3", "b1"][place:]


def test_only_collections_that_are_wanted_are_read(upstream, http):
    served(upstream, collection("a"), collection("b"))
    upstream.answers["/collections/b/items"] = features("b1", matched=1)
    grad = OgcRecords(name="grad", kind="ogc_records", url=upstream.url, catalogs=("b",))
    (page,) = grad.harvest(http)
    assert ([r.remote_id for r in page.records], page.total) == (["b1"], 1)


def test_one_collection_may_be_named(upstream, http):
    upstream.answers["/ogc/collections/c"] = collection("c") | {
        "links": [{"rel": "items", "href": "c/items", "type": "application/geo+json"}]
    }
    upstream.answers["/ogc/collections/c/items"] = features("c1")
    url = f"{upstream.url}/ogc/collections/c"
    (page,) = OgcRecords(name="grad", kind="ogc_records", url=url).harvest(http)
    assert [r.remote_id for r in page.records] == ["c1"]


def test_a_next_page_on_another_host_is_asked_for_here(upstream, http):
    grad = served(upstream, collection("a"))
    upstream.answers["/collections/a/items"] = lambda asked: (
        features("2")
        if "offset" in asked.query
        else features("1", onward="http://169.254.169.254/latest?offset=1")
    )
    assert len([r for p in grad.harvest(http) for r in p.records]) == 2


@pytest.mark.parametrize("onward", ["items?page=1", "items?page={n}"])
def test_pages_without_end_are_a_fault(upstream, http, onward):
    grad = served(upstream, collection("a"))
    upstream.answers["/collections/a/items"] = lambda asked: features(
        "1", onward=f"/collections/a/{onward.format(n=int(asked.query.get('page', 0)) + 1)}"
    )
    with pytest.raises(HarvestError) as raised:
        list(grad.harvest(http))
    assert raised.value.fault == "paging-loop"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<html><title>x</title></html>", "page-instead"),
        (b"nothing", "not-json"),
        (b'{"hello": "world"}', "wrong-answer"),
        (b"[1]", "wrong-answer"),
        (b'{"collections": [{"id": "a", "itemType": "feature"}, 7, null]}', "wrong-answer"),
    ],
)
def test_what_has_no_records_fails_with_a_reason(upstream, http, body, fault):
    upstream.answers["/"] = Reply(body)
    with pytest.raises(HarvestError) as raised:
        list(OgcRecords(name="grad", kind="ogc_records", url=f"{upstream.url}/").harvest(http))
    assert raised.value.fault == fault


def test_a_record_is_asked_for_by_its_id(upstream, http):
    grad = served(upstream, collection("a"), collection("b"))
    upstream.answers["/collections/b/items/x"] = TREES
    assert (grad.is_there("x", http), grad.is_there("y", http)) == (True, False)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "id href rel type title organization roles emails value bbox scheme".split()
            ),
            inner,
            max_size=4,
        )
    ),
)
KEYS = "id geometry time properties links".split()
PROPERTIES = [*TREES["properties"], "extent", "themes", "providers", "externalIds", "associations"]


@given(
    st.dictionaries(st.sampled_from(KEYS), ANYTHING),
    st.dictionaries(st.sampled_from(PROPERTIES), ANYTHING),
)
def test_any_json_is_a_record_or_none(said, properties):
    for each in (said, said | {"properties": properties}, TREES | {"properties": properties}):
        found = record(each, "https://a.rs/items")
        assert found is None or (found.remote_id and found.title)


def test_the_recorded_records_are_read(shared, upstream, http):
    folder = shared / "data/upstream/ogc/ogc-client/ogc-api/sample-data"
    upstream.answers["/collections"] = {
        "collections": [json.loads((folder / "collections/dutch-metadata.json").read_bytes())]
    }
    recorded = json.loads((folder / "collections/dutch-metadata/items.json").read_bytes())
    recorded["links"] = [each for each in recorded["links"] if each["rel"] != "next"]
    upstream.answers["/collections/dutch-metadata/items"] = recorded
    url = f"{upstream.url}/collections"
    (page,) = OgcRecords(name="grad", kind="ogc_records", url=url).harvest(http)
    assert (len(page.records), page.total, page.skipped) == (10, 308, 0)
    assert all(r.title and r.notes for r in page.records)
    assert "@" not in repr([r.contributors for r in page.records])


@pytest.fixture(scope="module")
def pygeoapi(tmp_path_factory):
    """The address of a stock pygeoapi with five records and a collection of features."""
    folder = tmp_path_factory.mktemp("pygeoapi")
    records = {str(n): TREES | {"id": f"r{n}"} for n in range(1, 6)}
    (folder / "records.json").write_text(json.dumps({"_default": records}), encoding="utf-8")
    (folder / "places.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [TREES]}), encoding="utf-8"
    )
    extents = {
        "spatial": {"bbox": [18, 42, 23, 46], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
    }
    words = {"type": "collection", "title": "x", "description": "x", "keywords": ["x"]}
    words |= {"links": [], "extents": extents}
    catalog = {"type": "record", "name": "TinyDBCatalogue", "data": str(folder / "records.json")}
    catalog |= {"id_field": "externalId", "time_field": "created", "title_field": "title"}
    layer = {"type": "feature", "name": "GeoJSON", "data": str(folder / "places.geojson")}
    resources = {
        "katalog": words | {"providers": [catalog]},
        "mesta": words | {"providers": [layer | {"id_field": "id"}]},
    }
    (folder / "resources.json").write_text(json.dumps(resources), encoding="utf-8")
    script = Path(__file__).with_name("pygeoapi_server.py")
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(script),
        str(folder / "resources.json"),
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        running.terminate()


def test_pygeoapi_is_harvested_two_records_at_a_time(pygeoapi, http):
    grad = OgcRecords(name="grad", kind="ogc_records", url=pygeoapi, page_size=2)
    pages = list(grad.harvest(http))
    assert [len(p.records) for p in pages] == [2, 2, 1]
    assert sorted(r.remote_id for p in pages for r in p.records) == [f"r{n}" for n in range(1, 6)]
    assert {p.total for p in pages} == {5}
    assert pages[0].records[0].organization == "zelenilo"
    rest = [r for p in grad.harvest(http, pages[0].next) for r in p.records]
    assert len(rest) == 3
    assert (grad.is_there("r3", http), grad.is_there("r9", http)) == (True, False)
