"""Of every conformance class that is declared, its basic requirement."""

import re

import pytest

from geoportal.ogc.mount import PARTS


def declared(client) -> set[str]:
    """What the API says it conforms to."""
    return set(client.get("/ogc/conformance").json()["conformsTo"])


def test_nothing_of_part_4_is_declared(client):
    uris = declared(client)
    assert uris == set({c for part in PARTS for c in part.classes})
    assert not [uri for uri in uris if "features-4" in uri]


def test_common_core_and_landing_page(client):
    document = client.get("/ogc").json()
    rels = {one["rel"] for one in document["links"]}
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels
    assert client.get("/ogc/").json() == document


@pytest.mark.parametrize(
    "path",
    [
        "/ogc",
        "/ogc/conformance",
        "/ogc/openapi",
        "/ogc/collections",
        "/ogc/collections/zone",
        "/ogc/collections/zone/schema",
        "/ogc/collections/zone/queryables",
        "/ogc/collections/zone/items",
        "/ogc/collections/zone/items/z1",
        "/ogc/collections/zone/tiles",
        "/ogc/collections/zone/tiles/WebMercatorQuad",
        "/ogc/tileMatrixSets",
        "/ogc/tileMatrixSets/WebMercatorQuad",
    ],
)
def test_json_and_html_of_every_resource(client, path):
    assert "json" in client.get(path).headers["content-type"]
    assert "json" in client.get(path, headers={"Accept": "*/*"}).headers["content-type"]
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Accept" in page.headers["vary"]
    answer = client.get(path, params={"f": "json"}, headers={"Accept": "text/html"})
    assert "json" in answer.headers["content-type"]


def test_oas30_the_definition_is_whole(client):
    answer = client.get("/ogc/openapi")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    assert document["openapi"].startswith("3.0")
    operations = [path["get"]["operationId"] for path in document["paths"].values()]
    assert len(operations) == len(set(operations))
    for reference in re.findall(r'"\$ref":"([^"]+)"', answer.text):
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    for path, item in document["paths"].items():
        inside = set(re.findall(r"{(\w+)}", path))
        said = {ref["$ref"].rpartition("/")[2] for ref in item.get("parameters", ())}
        assert inside == said


def test_the_definition_names_exactly_the_parameters_that_are_taken(client):
    document = client.get("/ogc/openapi").json()
    get = document["paths"]["/collections/naselja/items"]["get"]
    names = {p.get("name") or p["$ref"].rpartition("/")[2] for p in get["parameters"]}
    refusal = client.get("/ogc/collections/naselja/items?wrong=1").json()["detail"]
    assert set(refusal.partition("there are ")[2].split(", ")) == names


def test_collections_have_what_common_and_features_ask(client):
    listed = client.get("/ogc/collections").json()["collections"]
    assert {one["id"] for one in listed[1:]} == {"naselja", "zone"}
    for one in listed[1:]:
        assert one["itemType"] == "feature"
        assert len(one["extent"]["spatial"]["bbox"][0]) == 4
        assert one["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        assert one["storageCrs"] in one["crs"]
        rels = {link["rel"] for link in one["links"]}
        assert {"items", "self", "license"} <= rels
        alone = client.get(f"/ogc/collections/{one['id']}").json()
        assert {k: v for k, v in alone.items() if k != "links"} == {
            k: v for k, v in one.items() if k != "links"
        }


def test_queryables_are_taken_as_parameters(client):
    document = client.get("/ogc/collections/naselja/queryables").json()
    assert document["$schema"].startswith("http://json-schema.org/draft/20")
    assert document["$id"].endswith("/ogc/collections/naselja/queryables")
    assert document["additionalProperties"] is False
    feature = client.get("/ogc/collections/naselja/items/4").json()["properties"]
    for name in document["properties"].keys() - {"geometry"}:
        value = str(feature[name]).lower() if feature[name] is False else feature[name]
        answer = client.get("/ogc/collections/naselja/items", params={name: value}).json()
        assert 4 in [found["id"] for found in answer["features"]]


def test_the_schema_describes_every_property(client):
    answer = client.get("/ogc/collections/zone/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    properties = answer.json()["properties"]
    feature = client.get("/ogc/collections/zone/items/z1").json()
    assert set(properties) == {"geometry", *feature["properties"]}
    assert properties["oznaka"]["x-ogc-role"] == "id"
    assert properties["geometry"] == {
        "format": "geometry-polygon",
        "x-ogc-role": "primary-geometry",
    }


def test_an_empty_site_answers_too(client, registry):
    registry.hide("zone")
    registry.hide("naselja")
    (catalog,) = client.get("/ogc/collections").json()["collections"]
    assert catalog["itemType"] == "record"
    assert client.get("/ogc/openapi").status_code == 200
    assert client.get("/ogc/collections", headers={"Accept": "text/html"}).status_code == 200
