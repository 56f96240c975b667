"""Stylesheets of the collections: one colour and shape everywhere, in MapLibre's way and in SLD."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import orjson
import pytest

from geoportal.ogc.stylesheets import Drawn, mapbox, sld
from geoportal.palette import SHAPES, Symbol, symbols

SLD_TYPE = "application/vnd.ogc.sld+xml"
IN = {"sld": "http://www.opengis.net/sld"}


def drawn(kind: str, shape: str = "circle") -> Drawn:
    return Drawn("drvece", "Дрвеће <1>", kind, Symbol("#0072b2", shape), "/tiles/d.json", None)


def test_every_collection_has_a_style_that_is_found_from_it(client):
    page = client.get("/ogc/collections/zone").json()
    (where,) = [x["href"] for x in page["links"] if x["rel"].endswith("/1.0/styles")]
    listed = client.get(where).json()
    assert listed["default"] == "default"
    (one,) = listed["styles"]
    assert (one["id"], one["title"]) == ("default", "Насеља")
    for link in one["links"]:
        assert link["rel"] == "stylesheet"
        assert client.get(link["href"]).headers["content-type"] == link["type"]


def test_all_styles_are_listed_by_their_collections(client):
    landing = client.get("/en/ogc").json()["links"]
    (where,) = [x["href"] for x in landing if x["rel"].endswith("/1.0/styles")]
    listed = client.get(where).json()["styles"]
    assert {one["id"] for one in listed} == {"naselja", "zone"}
    for one in listed:
        for link in one["links"]:
            assert client.get(link["href"]).status_code == 200


def test_a_maplibre_style_draws_the_tiles_of_its_collection(client):
    answer = client.get("/ogc/collections/zone/styles/default")
    assert answer.headers["content-type"] == "application/vnd.mapbox.style+json"
    style = answer.json()
    assert style["version"] == 8
    source = style["sources"]["zone"]
    assert source["type"] == "vector"
    tiles = client.get(source["url"]).json()
    inside = {one["id"] for one in tiles["vector_layers"]}
    assert {layer["source-layer"] for layer in style["layers"]} <= inside
    assert [layer["type"] for layer in style["layers"]] == ["fill", "line"]
    colour = symbols(["naselja", "zone"])["zone"].colour
    assert style["layers"][0]["paint"]["fill-color"] == colour


def test_an_sld_names_its_collection_and_its_colour(client):
    answer = client.get("/ogc/styles/naselja", headers={"Accept": SLD_TYPE})
    assert answer.headers["content-type"] == f"{SLD_TYPE};version=1.0"
    assert answer.content == client.get("/ogc/styles/naselja?f=sld10").content
    root = ET.fromstring(answer.content)
    assert root.attrib["version"] == "1.0.0"
    assert root.findtext("sld:NamedLayer/sld:Name", namespaces=IN) == "naselja"
    assert root.findtext(".//sld:FeatureTypeName", namespaces=IN) == "naselja"
    fill = root.find(".//sld:PointSymbolizer//sld:Fill/sld:CssParameter", IN)
    assert fill is not None
    assert fill.text == symbols(["naselja", "zone"])["naselja"].colour


@pytest.mark.parametrize(
    ("kind", "layers", "rules"),
    [
        ("Point", ["circle"], ["point"]),
        ("MultiLineString", ["line"], ["linestring"]),
        ("MultiPolygon", ["fill", "line"], ["polygon"]),
        ("Geometry", ["fill", "line", "line", "circle"], ["polygon", "linestring", "point"]),
    ],
)
def test_each_kind_of_geometry_is_drawn(kind, layers, rules):
    style = orjson.loads(mapbox(drawn(kind)))
    assert [layer["type"] for layer in style["layers"]] == layers
    assert len({layer["id"] for layer in style["layers"]}) == len(layers)
    root = ET.fromstring(sld(drawn(kind)))
    assert [one.text for one in root.findall(".//sld:Rule/sld:Name", IN)] == rules
    assert root.findtext(".//sld:UserStyle/sld:Title", namespaces=IN) == "Дрвеће <1>"


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_has_its_mark(shape):
    root = ET.fromstring(sld(drawn("Point", shape)))
    mark = root.findtext(".//sld:WellKnownName", namespaces=IN)
    turned = root.findtext(".//sld:Rotation", namespaces=IN)
    assert (mark, turned) == (("square", "45") if shape == "diamond" else (shape, None))


def test_a_title_with_letters_that_xml_lacks_is_written_without_them():
    odd = replace(drawn("Point"), title="а\x00\x1bб")
    assert ET.fromstring(sld(odd)).findtext(".//sld:UserStyle/sld:Title", namespaces=IN) == "аб"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/styles/nema", 404),
        ("/ogc/collections/zone/styles/night", 404),
        ("/ogc/collections/nema/styles", 404),
        ("/ogc/styles/zone?f=qml", 400),
        ("/ogc/styles/zone?colour=red", 400),
        ("/ogc/styles?limit=1", 400),
        ("/ogc/styles/zone?v=9", 410),
    ],
)
def test_what_is_not_there_is_told(client, path, status):
    assert client.get(path).status_code == status


def test_a_stylesheet_is_asked_again_for_nothing(client):
    for path in ("/ogc/styles", "/ogc/styles/zone", "/ogc/styles/zone?f=sld10"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304, path


@pytest.mark.parametrize("path", ["/ogc/styles", "/ogc/collections/zone/styles"])
def test_lists_are_pages_too(client, path):
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "sld10" in page.text
