"""OGC API Features: collections become datasets, items one file, whatever the server's habits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.features import geojson, ogc_api
from harvesters.ogc_features import OgcFeatures
from tests.upstream import Reply

GEO = "application/geo+json"


def trees(first, last):
    return [
        {
            "type": "Feature",
            "id": i,
            "geometry": {"type": "Point", "coordinates": [20.9 + i / 1e4, 44.01]},
            "properties": {"vrsta": "липа", "broj": i},
        }
        for i in range(first, last)
    ]


def link(rel, href, kind=GEO):
    return {"rel": rel, "href": href, "type": kind}


def collection(upstream, name="drvece", **more):
    base = f"{upstream.url}/collections/{name}"
    return {
        "id": name,
        "title": "Дрвеће",
        "links": [
            link("items", f"{base}/items?f=html", "text/html"),
            link("items", f"{base}/items"),
        ],
        **more,
    }


def serve(upstream, total=25, cap=10, **said):
    """A server of `total` trees that lowers every limit to `cap`."""
    upstream.answers["/"] = {"links": [link("data", f"{upstream.url}/collections", "")]}
    upstream.answers["/collections"] = {"collections": [collection(upstream)]}
    upstream.answers["/collections/drvece"] = collection(upstream)

    def items(asked):
        start = int(asked.query.get("offset", 0))
        page = trees(start, min(start + cap, total))
        more = f"{upstream.url}{asked.path}?offset={start + cap}"
        links = [link("next", more)] if start + cap < total else []
        return {"type": "FeatureCollection", "features": page, "links": links, **said}

    upstream.answers["/collections/drvece/items"] = items


def source(upstream, path="/", **keys):
    return OgcFeatures(
        name="grad", kind="ogc_features", url=upstream.url + path, organization="grad", **keys
    )


def described(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def got(source, http, into, record=None):
    record = record or described(source, http)[0]
    return source.fetch(record, record.distributions[0], None, http, into)


def features(fetched):
    return json.loads(fetched.path.read_bytes())["features"]


def fault(call, *arguments):
    with pytest.raises(HarvestError) as caught:
        call(*arguments)
    return caught.value.fault


def test_a_collection_is_a_dataset_of_one_layer(upstream, http):
    serve(upstream)
    [record] = described(source(upstream, license="cc-by"), http)
    assert (record.remote_id, record.title.own, record.name) == ("drvece", "Дрвеће", "drvece")
    assert record.license_id == "cc-by"
    [layer] = record.distributions
    assert (layer.key, layer.format) == ("drvece", "geojson")
    assert layer.url == f"{upstream.url}/collections/drvece/items"


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/drvece"])
def test_any_of_its_addresses_gives_the_same_dataset(upstream, http, path):
    serve(upstream)
    [record] = described(source(upstream, path), http)
    assert record.address == f"{upstream.url}/collections/drvece"
    assert source(upstream, path).is_there("drvece", http) is True


def test_all_pages_come_though_the_limit_is_lowered_silently(upstream, http, tmp_path):
    serve(upstream, numberMatched=25)
    fetched = got(source(upstream), http, tmp_path)
    assert [each["properties"]["broj"] for each in features(fetched)] == list(range(25))
    assert upstream.asked[-3].query == {"limit": "1000"}
    assert {asked.headers["accept"] for asked in upstream.asked[-3:]} == {GEO}


def test_the_number_of_features_need_not_be_told(upstream, http, tmp_path):
    serve(upstream, total=31)
    assert len(features(got(source(upstream), http, tmp_path))) == 31


def test_the_same_features_give_the_same_bytes(upstream, http, tmp_path):
    serve(upstream, timeStamp="2026-01-01T00:00:00Z")
    first = got(source(upstream), http, tmp_path).path.read_bytes()
    serve(upstream, timeStamp="2026-02-02T00:00:00Z")
    assert got(source(upstream), http, tmp_path).path.read_bytes() == first


def test_half_of_the_pages_is_told_with_both_numbers(upstream, http, tmp_path):
    serve(upstream, numberMatched=50)
    with pytest.raises(HarvestError) as caught:
        got(source(upstream), http, tmp_path)
    assert caught.value.fault == "paging-counts"
    assert (caught.value.values["total"], caught.value.values["found"]) == ("50", "25")
    assert list(tmp_path.iterdir()) == []


def test_a_next_page_that_leads_back_is_a_loop(upstream, http, tmp_path):
    serve(upstream)
    again = {"features": trees(0, 10), "links": [link("next", "?limit=1000")]}
    upstream.answers["/collections/drvece/items"] = again
    assert fault(got, source(upstream), http, tmp_path) == "paging-loop"


def test_a_cursor_that_always_gives_the_same_page_is_a_loop(upstream, http, tmp_path):
    serve(upstream)

    def items(asked):
        cursor = int(asked.query.get("cursor", 0)) + 1
        return {"features": trees(0, 10), "links": [link("next", f"?cursor={cursor}")]}

    upstream.answers["/collections/drvece/items"] = items
    assert fault(got, source(upstream), http, tmp_path) == "paging-loop"


def test_features_without_ids_page_well_and_loop_visibly(upstream, http, tmp_path):
    serve(upstream)
    alike = [{"type": "Feature", "geometry": None, "properties": {"vrsta": "липа"}}] * 4

    def items(asked):
        start = int(asked.query.get("offset", 0))
        page = alike[: 3 if start else 4]
        return {"features": page, "links": [] if start else [link("next", "?offset=4")]}

    upstream.answers["/collections/drvece/items"] = items
    assert len(features(got(source(upstream), http, tmp_path))) == 7
    upstream.answers["/collections/drvece/items"] = lambda asked: {
        "features": alike,
        "links": [link("next", f"?n={len(upstream.asked)}")],
    }
    assert fault(got, source(upstream), http, tmp_path) == "paging-loop"


def test_an_empty_page_ends_though_another_is_promised(upstream, http, tmp_path):
    serve(upstream)
    upstream.answers["/collections/drvece/items"] = lambda asked: {
        "features": [],
        "links": [link("next", f"?n={len(upstream.asked)}")],
    }
    assert features(got(source(upstream), http, tmp_path)) == []


def test_pages_that_overlap_lose_nothing_and_double_nothing(upstream, http, tmp_path):
    serve(upstream)

    def items(asked):
        start = int(asked.query.get("offset", 0))
        links = [] if start else [link("next", "?offset=8")]
        return {"features": trees(start, start + 10), "links": links, "numberMatched": 18}

    upstream.answers["/collections/drvece/items"] = items
    assert len(features(got(source(upstream), http, tmp_path))) == 18


def test_a_server_that_calls_itself_by_another_name_is_asked_where_it_is(upstream, http, tmp_path):
    serve(upstream)
    upstream.answers["/"] = {"links": [link("data", "http://unutra:5000/collections")]}
    inner = collection(upstream)
    inner["links"] = [link("items", "http://unutra:5000/x/items")]
    upstream.answers["/collections"] = {"collections": [inner]}

    def items(asked):
        start = int(asked.query.get("offset", 0))
        links = [] if start else [link("next", "http://unutra:5000/x/items?offset=10")]
        return {"features": trees(start, start + 10), "links": links}

    upstream.answers["/collections/drvece/items"] = items
    assert len(features(got(source(upstream), http, tmp_path))) == 20


def test_a_page_that_is_html_or_no_json_is_told(upstream, http, tmp_path):
    serve(upstream)
    record = described(source(upstream), http)[0]
    for body, said in ((b"<!doctype html><p>x", "page-instead"), (b"not json", "not-json")):
        upstream.answers["/collections/drvece/items"] = Reply(body, type="text/html")
        assert fault(got, source(upstream), http, tmp_path, record) == said
    upstream.answers["/collections/drvece/items"] = {"code": "InvalidParameter"}
    assert fault(got, source(upstream), http, tmp_path, record) == "wrong-answer"


def test_what_has_no_features_is_passed_over(upstream, http):
    serve(upstream)
    coverage = {"id": "relief", "links": [link("coverage", "/relief")]}
    records = collection(upstream, "meta", itemType="record")
    rubbish = [None, 7, {}, {"id": []}, {"title": "?"}]
    upstream.answers["/collections"] = {
        "collections": [collection(upstream), coverage, records, *rubbish]
    }
    [page] = source(upstream).harvest(http)
    assert [record.remote_id for record in page.records] == ["drvece"]
    assert page.skipped == 7


def test_only_the_layers_that_are_wanted_are_taken(upstream, http):
    serve(upstream)
    upstream.answers["/collections"] = {
        "collections": [collection(upstream), collection(upstream, "klupe")]
    }
    assert [r.remote_id for r in described(source(upstream, layers=["klupe"]), http)] == ["klupe"]


def test_a_list_of_collections_may_have_pages_and_may_be_resumed(upstream, http):
    serve(upstream)

    def listed(asked):
        first = "page" not in asked.query
        name = "drvece" if first else "klupe"
        links = [link("next", f"{upstream.url}/collections?page=2", "")] if first else []
        return {"collections": [collection(upstream, name)], "links": links}

    upstream.answers["/collections"] = listed
    first, second = source(upstream).harvest(http)
    assert (first.next, second.next) == (f"{upstream.url}/collections?page=2", "")
    [resumed] = source(upstream).harvest(http, at=first.next)
    assert resumed == second


def test_latitude_before_longitude_is_turned_by_the_extent_or_by_the_header(
    upstream, http, tmp_path
):
    serve(upstream)
    swapped = [
        {**each, "geometry": {"type": "Point", "coordinates": [44.01, 20.9]}}
        for each in trees(0, 3)
    ]
    extent = {"spatial": {"bbox": [[20.8, 43.9, 21.1, 44.2]]}}
    upstream.answers["/collections"] = {"collections": [collection(upstream, extent=extent)]}
    upstream.answers["/collections/drvece/items"] = {"features": swapped}
    places = [f["geometry"]["coordinates"] for f in features(got(source(upstream), http, tmp_path))]
    assert places == [[20.9, 44.01]] * 3

    upstream.answers["/collections"] = {"collections": [collection(upstream)]}
    crs = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4326>"}
    body = json.dumps({"features": swapped}).encode()
    upstream.answers["/collections/drvece/items"] = Reply(body, type=GEO, headers=crs)
    places = [f["geometry"]["coordinates"] for f in features(got(source(upstream), http, tmp_path))]
    assert places == [[20.9, 44.01]] * 3


def test_another_system_than_the_one_of_the_standard_is_told(upstream, http, tmp_path):
    serve(upstream)
    crs = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/6316>"}
    body = json.dumps({"features": trees(0, 1)}).encode()
    upstream.answers["/collections/drvece/items"] = Reply(body, type=GEO, headers=crs)
    assert fault(got, source(upstream), http, tmp_path) == "wrong-answer"


def test_a_layer_larger_than_a_dataset_may_be_is_stopped_on_the_way(upstream, tmp_path):
    from datasets import config  # noqa: PLC0415 - one test has a client of its own
    from harvesters.fetching.http import Http  # noqa: PLC0415

    serve(upstream, total=10**9, cap=1000)
    small = Http(config.Http(allow_private=("127.0.0.1",), max_bytes=500_000))
    assert fault(got, source(upstream), small, tmp_path) == "too-large"
    assert len(upstream.asked) < 12


def test_a_collection_that_is_gone_is_known_to_be_gone(upstream, http):
    serve(upstream)
    assert source(upstream).is_there("drvece", http) is True
    assert source(upstream).is_there("klupe", http) is False


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "id title links rel href type itemType extent spatial bbox keywords license"
                " features geometry coordinates properties geometries numberMatched".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_any_collection_and_any_feature_is_taken_for_what_it_may_be(said):
    grad = OgcFeatures(name="grad", kind="ogc_features", url="http://a.rs", organization="grad")
    document = said if isinstance(said, dict) else {}
    grad._record(document, "http://a.rs/collections")
    ogc_api.next_page(document, "http://a.rs/collections/x/items")
    made = geojson.feature(document)
    assert json.loads(geojson.written(geojson.turned(made)))["type"] == "Feature"
    geojson.is_turned([made], geojson.bbox(said))


RECORDED = {  # landing page: what becomes of it
    "ogc-client/ogc-api/sample-data.json": 22,
    "ogc-client/ogc-api/sample-data-root.json": 22,
    "ogc-client/ogc-api/edr/sample-data-hub.json": 1,
    "ogc-client/stac/root.json": 2,
    "ogc-client/ogc-api/no-collection.json": "wrong-answer",
    "ogc-client/ogc-api/invalid.json": "wrong-answer",
    "ogc-client/ogc-api/root-path.json": "wrong-answer",
    "ogc-client/ogc-api/sample-data/notjson.json": "not-json",
    "mapserver/api/expected/ogcapi_collections.json": 5,
    "mapserver/api/expected/ogcapi_collections_mn_counties.json": 1,
    "mapserver/api/expected/ogcapi_collections_mn_counties_items_by_id.json": "wrong-answer",
}


@pytest.mark.parametrize("place", RECORDED)
def test_recorded_servers_are_described_or_refused(shared, upstream, http, place):
    path = shared / "data/upstream/ogc" / place
    upstream.answers["/"] = path.read_bytes()
    listed = path.with_suffix("") / "collections.json"
    if place.endswith("root.json"):
        beside = path.with_name("collections.json")
        listed = beside if beside.exists() and "stac" in place else listed
    if listed.exists():
        upstream.answers["/collections"] = listed.read_bytes()
    expected = RECORDED[place]
    if isinstance(expected, str):
        assert fault(described, source(upstream), http) == expected
        return
    records = described(source(upstream), http)
    assert len(records) == expected
    assert all(r.title.own and r.distributions[0].url.startswith(upstream.url) for r in records)


PAGES = {  # what becomes of a page when nothing comes after it
    "ogc-client/ogc-api/sample-data/collections/airports/items": "whole",
    "ogc-client/ogc-api/sample-data/collections/roads_national/items": "whole",
    "ogc-client/stac/collections/sentinel-2/items": "whole",
    "mapserver/api/expected/ogcapi_collections_mn_counties_items_limit_1": "paging-counts",
    "mapserver/api/expected/ogcapi_collections_multipolygon_items": "whole",
    "mapserver/api/expected/ogcapi_collections_tanzania2_items": "whole",
    "mapserver/api/expected/ogcapi_collections_mn_counties_items_limit_bbox_empty_result": "whole",
    "mapserver/wxs/expected/wfs_query_cache": "whole",
    "geonetwork-ui/alea-de-debordement": "wrong-answer",
}


@pytest.mark.parametrize("place", PAGES)
def test_recorded_items_are_read(shared, upstream, http, tmp_path, place):
    raw = (shared / "data/upstream/ogc" / f"{place}.json").read_bytes()
    body = raw[raw.index(b"{") :]  # some recordings begin with the header
    serve(upstream)
    nothing = {"type": "FeatureCollection", "features": []}
    upstream.answers["/collections/drvece/items"] = lambda asked: (
        Reply(body, type=GEO) if asked.query.get("limit") == "1000" else nothing
    )
    if PAGES[place] != "whole":
        assert fault(got, source(upstream), http, tmp_path) == PAGES[place]
        return
    recorded = json.loads(body)["features"]
    assert len(features(got(source(upstream), http, tmp_path))) == len(recorded)
