import uuid

import pytest
from rdflib import DCAT, RDF, Graph, Literal, URIRef

from publish.dcat import SYNTAXES, Page, catalog_graph, single_graph
from publish.dcat.terms import IRI
from tests.publish.dcat.odd import ODD, SITE_URL, faults, read

DCTERMS = "http://purl.org/dc/terms/"


def test_a_catalog_of_odd_packages_keeps_to_the_shapes(written):
    assert faults(read("ttl", written["ttl"])) == ""


@pytest.mark.parametrize("name", ["drvece", *ODD])
def test_a_document_of_one_package_keeps_to_the_shapes(issuer, packages, name):
    graph = read("ttl", SYNTAXES["ttl"].write(single_graph(issuer, packages[name])))
    assert faults(graph) == ""


def test_a_well_described_dataset_lacks_nothing_recommended(issuer, packages):
    graph = read("ttl", SYNTAXES["ttl"].write(single_graph(issuer, packages["drvece"])))
    of_api = URIRef(
        f"{SITE_URL}/dataset/{packages['drvece']['id']}/resource/"
        f"{packages['drvece']['resources'][1]['id']}"
    )
    graph.add((of_api, URIRef(f"{DCTERMS}description"), Literal("said by hand")))
    assert faults(graph, warnings=True) == ""


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("http://purl.org/dc/terms/title", None),
        ("http://purl.org/dc/terms/description", None),
        ("http://purl.org/dc/terms/identifier", None),
        ("http://data.europa.eu/r5r/applicableLegislation", None),
        ("http://purl.org/dc/terms/modified", Literal("2026-01-01")),
        ("http://www.w3.org/ns/dcat#theme", Literal("ENVI")),
        ("http://purl.org/dc/terms/accrualPeriodicity", URIRef("https://x.rs/often")),
    ],
)
def test_the_shapes_find_what_is_wrong(issuer, packages, property_, value):
    graph = read("ttl", SYNTAXES["ttl"].write(single_graph(issuer, packages["drvece"])))
    dataset = next(graph.subjects(RDF.type, DCAT.Dataset))
    graph.remove((dataset, URIRef(property_), None))
    if value is not None:
        graph.add((dataset, URIRef(property_), value))
    assert property_.rpartition("/")[2].rpartition("#")[2] in faults(graph)


def test_the_shapes_want_an_address_for_a_distribution(issuer, packages):
    graph: Graph = read("ttl", SYNTAXES["ttl"].write(single_graph(issuer, packages["drvece"])))
    graph.remove((None, DCAT.accessURL, None))
    assert "accessURL" in faults(graph)


def test_a_package_cannot_take_the_addresses_of_other_things(issuer, packages):
    authority = "http://publications.europa.eu/resource/authority/"
    trees = packages["drvece"]
    taken = [
        f"{authority}data-theme/ENVI",
        f"{authority}frequency/ANNUAL",
        f"{authority}licence/CC_BY_4_0",
        f"{SITE_URL}/organization/{trees['organization']['id']}",
        f"{SITE_URL}/dataset/{trees['id']}",
        f"{SITE_URL}/ogc",
        f"{SITE_URL}/",
    ]
    keys = ("conforms_to", "documentation", "applicable_legislation", "spatial_uri")
    thieves = [
        {
            **packages["nothing"],
            "id": str(uuid.uuid4()),
            "extras": [{"key": key, "value": address} for key in keys],
            "license_id": address,
        }
        for address in taken
    ]
    page = Page(8, 100, {"this": IRI(f"{SITE_URL}/catalog.ttl")})
    graph = catalog_graph(issuer, [*thieves, trees], page)
    assert faults(read("ttl", SYNTAXES["ttl"].write(graph))) == ""
