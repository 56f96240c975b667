"""The demo's datasets as DCAT: real descriptions of seven datasets and a faulty one."""

import json

import pytest
from rdflib import DCAT, DCTERMS, RDF

from datasets import config as configuration
from harvesters import open_sources
from publish import package as ckan
from publish.dcat import SYNTAXES, Issuer, schema_org, single_graph
from publish.desk import open_desk
from tests.publish.dcat.odd import SITE_URL, faults, read


@pytest.fixture(scope="module")
def demo(project, tmp_path_factory):
    """Every dataset of the demo as the catalog answers it, before layers are built."""
    config, document = configuration.load(project / "datasets" / "demo" / "config.yml")
    desk = open_desk(config, tmp_path_factory.mktemp("demo"), SITE_URL)
    for each in config.organizations:
        desk.catalog.call_action("organization_create", ckan.organization(each.name, config))
    with desk.store.desk("harvest") as into:
        for source in open_sources(config, document):
            for record in (r for page in source.harvest(desk.http) for r in page.records):
                dataset = source.collect(record, {}, desk.http, into).dataset
                desk.catalog.call_action("package_create", ckan.package(dataset, 1, ()))
    found = desk.catalog.call_action("package_search", {"rows": 100})["results"]
    yield Issuer(config.site, SITE_URL), found
    desk.versions.close()


def test_every_dataset_of_the_demo_keeps_to_the_shapes(demo):
    issuer, found = demo
    assert len(found) == 12
    for package in found:
        graph = read("xml", SYNTAXES["xml"].write(single_graph(issuer, package)))
        assert faults(graph) == "", package["name"]
        (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
        assert {each.language for each in graph.objects(dataset, DCTERMS.title)} == {
            "sr",
            "sr-Latn",
            "en",
        }
        files = [each for each in package["resources"] if each["resource_type"] == "file"]
        assert len(list(graph.objects(None, DCAT.downloadURL))) == len(files)


def test_every_dataset_of_the_demo_names_its_columns(demo):
    issuer, found = demo
    for package in found:
        said = schema_org(issuer, package, "en")
        described = any(json.loads(each.get("schema") or "{}") for each in package["resources"])
        assert bool(said.get("variableMeasured")) == described
