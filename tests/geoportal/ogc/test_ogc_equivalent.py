"""What is answered fast is what pygeoapi itself would answer: every format, every CRS."""

import copy
import csv
import io
from html import unescape
from types import SimpleNamespace

import orjson
import pytest
from pygeoapi.api import itemtypes
from pygeoapi.formatter.csv_ import CSVFormatter
from pygeoapi.linked_data import geojson2jsonld
from pygeoapi.util import to_json

from datasets.config import Config
from geoportal.language import PREFIXES
from geoportal.ogc import config, engine, features, filters, parameters
from geoportal.ogc.asked import Asked
from geoportal.ogc.provider import LAST
from geoportal.registry import View
from publish.layers.crs import offered

QUESTIONS = [
    {},
    {"limit": "2", "offset": "3"},
    {"limit": "3"},
    {"bbox": "20,43,21,44.1"},
    {"bbox": "1,1,2,2"},
    {"stanovnistvo": "0"},
    {"sortby": "-naziv", "limit": "2"},
]


def plainly(shown, query, *feature):
    """The API and the document of pygeoapi over features as dicts, through its own writer."""
    name = shown.layer.id
    asked = Asked(
        request=SimpleNamespace(headers={}, state=SimpleNamespace(hurried=False)),
        portal=SimpleNamespace(config=SimpleNamespace(site=Config().site), site_url="http://plain"),
        view=View(1, {}),
        path=f"/collections/{name}/items",
        base_url="http://plain/ogc",
        format="json",
        language="sr-Cyrl",
        query=tuple(query.items()),
    )
    api = config.view(asked, (shown,))
    handler = itemtypes.get_collection_item if feature else itemtypes.get_collection_items
    _, document = engine.call(handler, asked, api, name, *feature, v="1")
    document.pop(LAST, None)
    return api, _reread(to_json(copy.deepcopy(document)))


def _reread(text):
    """A document that pygeoapi wrote: it puts entities for `<` and `>` into every value."""
    return orjson.loads(text.replace("&lt;", "<").replace("&gt;", ">"))


@pytest.mark.parametrize("query", QUESTIONS, ids=str)
@pytest.mark.parametrize("collection", ["naselja", "zone"])
def test_json_is_what_plain_pygeoapi_says(client, registry, collection, query):
    if collection == "zone" and "naziv" in str(query) + str(query.get("sortby")):
        query = {"sortby": "-broj", "limit": "2"}
    query = {"broj" if (collection, k) == ("zone", "stanovnistvo") else k: query[k] for k in query}
    ours = client.get(f"/ogc/collections/{collection}/items", params=query).json()
    _, plain = plainly(registry.now.collections[collection], query)
    assert ours["features"] == plain["features"]
    for member in ("type", "numberMatched", "numberReturned"):
        assert ours[member] == plain[member]
    assert set(plain) - set(ours) == {"timeStamp"}
    for rel in ("next", "prev", "collection"):
        links = [[one for one in each["links"] if one["rel"] == rel] for each in (ours, plain)]
        assert len(links[0]) == len(links[1])
        if rel != "next" or "offset" in query or "sortby" in query:
            assert [_path(one["href"]) for one in links[0]] == [
                _path(one["href"]) for one in links[1]
            ]


EVERYWHERE = [
    *QUESTIONS,
    {"limit": "5", "after": "2"},
    {"limit": "2", "v": "1"},
    {"bbox": "170,40,20.9,50", "limit": "3", "offset": "1"},
    {"bbox": "44,20,45,21", "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"},
    {"crs": "http://www.opengis.net/def/crs/EPSG/0/32634", "limit": "4"},
    {"crs": "http://www.opengis.net/def/crs/EPSG/0/4326", "bbox": "1,1,2,2"},
    {"datetime": "2024-01-01/.."},
    {"filter": "stanovnistvo > 5000 AND grad = TRUE", "limit": "2"},
    {"filter": '{"op":"=","args":[{"property":"naziv"},"Рача"]}', "filter-lang": "cql2-json"},
    {"naziv": '<script>alert("Б & Б")</script>'},
    {"stanovnistvo": "73331", "grad": "True", "sortby": "+naziv,-grad"},
]


@pytest.mark.parametrize("query", EVERYWHERE, ids=str)
@pytest.mark.parametrize("prefix", ["", "/en", "/sr-latn"])
def test_the_bytes_of_a_page_are_those_of_pygeoapis_handler(client, site, naselja, prefix, query):
    ours = client.get(f"{prefix}/ogc/collections/naselja/items", params=query)
    assert ours.status_code == 200
    asked = question(site, naselja, prefix, query)
    assert ours.content == orjson.dumps(features.by_pygeoapi(asked, naselja))


@pytest.mark.parametrize("query", [{}, {"v": "1"}, EVERYWHERE[11]], ids=str)
@pytest.mark.parametrize("prefix", ["", "/en", "/sr-latn"])
def test_the_bytes_of_a_feature_are_those_of_pygeoapis_handler(
    client, site, naselja, prefix, query
):
    query = {name: value for name, value in query.items() if name in ("v", "crs")}
    for fid in ("1", "7"):
        ours = client.get(f"{prefix}/ogc/collections/naselja/items/{fid}", params=query)
        asked = question(site, naselja, prefix, query, f"/{fid}")
        assert ours.content == orjson.dumps(features.by_pygeoapi(asked, naselja, fid))


def question(site, shown, prefix, query, more=""):
    """A request for features as the operation takes it, without a server."""
    portal = site.state.portal
    manifest = shown.features.manifest
    made = Asked(
        request=SimpleNamespace(headers={}, state=SimpleNamespace(hurried=False)),
        portal=portal,
        view=View(1, {}),
        path=f"/collections/{shown.layer.id}/items{more}",
        base_url=f"{portal.site_url}{prefix}/ogc",
        format="json",
        language=PREFIXES.get(prefix[1:], "sr-Cyrl"),
        query=tuple(query.items()),
    )
    made = made.check(parameters.of_items(manifest), ("json",)).versioned(shown.version)
    return filters.understood(made, manifest)


def _path(href):
    """An address without its host, its parameters in order."""
    path, _, query = href.split("/ogc/", 1)[1].partition("?")
    return path, sorted(query.split("&"))


def test_one_feature_is_what_plain_pygeoapi_says(client, naselja):
    for fid in ("1", "7"):
        ours = client.get(f"/ogc/collections/naselja/items/{fid}").json()
        _, plain = plainly(naselja, {}, fid)
        for member in ("type", "id", "geometry", "properties"):
            assert ours[member] == plain[member]


def test_features_come_in_every_crs_as_plain_pygeoapi_gives_them(client, naselja, zone):
    for shown in (naselja, zone):
        systems = offered(shown.features.manifest)
        assert len(systems) > 5
        for crs in systems:
            query = {"crs": crs, "limit": "7"}
            ours = client.get(f"/ogc/collections/{shown.layer.id}/items", params=query)
            assert ours.headers["content-crs"] == f"<{crs}>"
            assert ours.json()["features"] == plainly(shown, query)[1]["features"]


@pytest.mark.parametrize("query", [q for q in QUESTIONS if q.get("bbox") != "1,1,2,2"], ids=str)
def test_linked_data_names_what_plain_pygeoapi_names_and_says_more(client, naselja, query):
    answer = client.get("/ogc/collections/naselja/items", params={**query, "f": "jsonld"})
    assert answer.headers["content-type"] == "application/ld+json"
    api, document = plainly(naselja, query)
    plain = _reread(geojson2jsonld(api, document, "naselja"))
    assert [_below(each["@id"]) for each in answer.json()["features"]] == [
        _below(each["@id"]) for each in plain["features"]
    ]
    assert plain["@context"][0].items() <= answer.json()["@context"][0].items()
    for each, simple in zip(answer.json()["features"], document["features"], strict=True):
        assert each | simple | {"@id": each["@id"]} == each


def test_an_empty_page_is_linked_data_too(client):
    query = {"f": "jsonld", "bbox": "1,1,2,2"}
    answer = client.get("/ogc/collections/naselja/items", params=query).json()
    assert answer["features"] == []


def _below(href):
    return href.split("/ogc/", 1)[1]


def test_linked_data_of_one_feature_is_what_plain_pygeoapi_says(client, naselja):
    answer = client.get("/ogc/collections/naselja/items/7", params={"f": "jsonld"})
    api, document = plainly(naselja, {}, "7")
    at = "http://plain/ogc/collections/naselja/items/7"
    plain = _reread(geojson2jsonld(api, document, "naselja", at))
    assert _without_links(answer.json()) == _without_links(plain)


def _without_links(document):
    """Linked data without what speaks of the document itself, and without the host."""
    own = ("links", "timeStamp", "https://schema.org/sdDatePublished")
    text = orjson.dumps({key: each for key, each in document.items() if key not in own}).decode()
    return orjson.loads(text.replace(document["@id"].split("/ogc/")[0], ""))


@pytest.mark.parametrize("query", [{}, {"bbox": "20,43,21,44.1"}, {"stanovnistvo": "0"}], ids=str)
def test_csv_has_the_values_that_plain_pygeoapi_writes(client, naselja, query):
    answer = client.get("/ogc/collections/naselja/items", params={**query, "f": "csv"})
    ours = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    document = plainly(naselja, query)[1]
    text = CSVFormatter({"geom": True}).write({}, document).decode()
    for mine, plain in zip(ours, csv.DictReader(io.StringIO(text)), strict=True):
        assert (float(mine["lon"]), float(mine["lat"])) == (float(plain["x"]), float(plain["y"]))
        for name in naselja.features.manifest.columns:
            assert mine[name.name].lower() == plain[name.name].lower()


@pytest.mark.parametrize("query", QUESTIONS[:3], ids=str)
def test_the_page_shows_every_value_of_the_features_that_plain_pygeoapi_gives(
    client, naselja, query
):
    page = client.get("/ogc/collections/naselja/items", params={**query, "f": "html"})
    text = unescape(page.text)
    features = plainly(naselja, query)[1]["features"]
    assert features
    for feature in features:
        assert f"/collections/naselja/items/{feature['id']}" in text
        assert str(feature["properties"]["naziv"]) in text
