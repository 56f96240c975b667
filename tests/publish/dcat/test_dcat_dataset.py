import json

import pytest
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import FOAF, PROV, XSD

from publish.dcat import SYNTAXES, data_json, schema_org, single_graph
from tests.publish.dcat.odd import MARKUP, SITE_URL, read

AUTHORITY = "http://publications.europa.eu/resource/authority/"
DCATAP = Namespace("http://data.europa.eu/r5r/")
LOCN = Namespace("http://www.w3.org/ns/locn#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


@pytest.fixture(scope="session")
def graph(issuer, packages):
    return read("ttl", SYNTAXES["ttl"].write(single_graph(issuer, packages["drvece"])))


@pytest.fixture(scope="session")
def dataset(packages):
    return URIRef(f"{SITE_URL}/dataset/{packages['drvece']['id']}")


def one(graph: Graph, thing, property_):
    (found,) = graph.objects(thing, property_)
    return found


def test_a_title_is_said_in_both_scripts_and_in_english(graph, dataset):
    assert set(graph.objects(dataset, DCTERMS.title)) == {
        Literal("Дрвеће у граду", lang="sr"),
        Literal("Drveće u gradu", lang="sr-Latn"),
        Literal("City trees", lang="en"),
    }


def test_keywords_stay_as_they_were_written(graph, dataset):
    assert set(graph.objects(dataset, DCAT.keyword)) == {
        Literal("екологија", lang="sr"),
        Literal("drveće", lang="sr-Latn"),
    }


def test_words_become_entries_of_the_eu_tables(graph, dataset):
    assert one(graph, dataset, DCTERMS.accrualPeriodicity) == URIRef(AUTHORITY + "frequency/ANNUAL")
    assert one(graph, dataset, DCAT.theme) == URIRef(AUTHORITY + "data-theme/ENVI")
    assert one(graph, dataset, DCTERMS.language) == URIRef(AUTHORITY + "language/SRP")
    assert one(graph, dataset, DCTERMS.license) == URIRef(AUTHORITY + "licence/CC_BY_4_0")
    assert one(graph, dataset, DCTERMS.accessRights) == URIRef(AUTHORITY + "access-right/PUBLIC")
    label = graph.value(URIRef(AUTHORITY + "data-theme/ENVI"), SKOS.prefLabel, any=True)
    assert label.language in ("en", "sr")


def test_a_point_is_a_small_box_and_a_geometry(graph, dataset):
    (area,) = set(graph.subjects(DCAT.bbox)) & set(graph.objects(dataset, DCTERMS.spatial))
    box = one(graph, area, DCAT.bbox)
    assert str(box.datatype).endswith("application/vnd.geo+json")
    assert json.loads(box)["coordinates"][0][0] == [21.8999, 43.2999]
    geometry = one(graph, area, LOCN.geometry)
    literals = [each for each in graph.objects(geometry) if isinstance(each, Literal)]
    written = {str(each.datatype).rpartition("#")[2]: str(each) for each in literals}
    assert written["wktLiteral"] == "POINT (21.9 43.3)"
    assert json.loads(written["geoJSONLiteral"])["type"] == "Point"


def test_a_period_has_typed_ends(graph, dataset):
    period = one(graph, dataset, DCTERMS.temporal)
    assert one(graph, period, DCAT.startDate) == Literal("2020", datatype=XSD.gYear)
    assert one(graph, period, DCAT.endDate) == Literal("2025-12-31", datatype=XSD.date)


def test_a_harvested_dataset_names_its_record_and_the_harvest(graph, dataset):
    record = URIRef("https://gis.example.rs/zapis/7")
    assert one(graph, dataset, DCTERMS.source) == record
    assert not list(graph.objects(record, RDF.type))  # else a harvester takes it for ours
    activity = one(graph, dataset, PROV.wasGeneratedBy)
    assert one(graph, activity, PROV.used) == record
    assert one(graph, activity, PROV.endedAtTime) == Literal(
        "2026-03-01T02:10:00Z", datatype=XSD.dateTime
    )


def test_a_contact_and_a_publisher_are_named(graph, dataset):
    assert one(graph, one(graph, dataset, DCAT.contactPoint), VCARD.hasEmail) == URIRef(
        "mailto:zelenilo@nis.example"
    )
    publisher = one(graph, dataset, DCTERMS.publisher)
    assert Literal("Град Ниш", lang="sr") in graph.objects(publisher, FOAF.name)
    assert one(graph, publisher, DCTERMS.type) == URIRef(
        "http://purl.org/adms/publishertype/LocalAuthority"
    )


def test_a_file_is_told_with_size_checksum_and_type(graph, dataset, packages):
    file = URIRef(f"{dataset}/resource/{packages['drvece']['resources'][0]['id']}")
    url = URIRef(f"{SITE_URL}/data/drvece/files/drvece.csv")
    assert one(graph, file, DCAT.accessURL) == one(graph, file, DCAT.downloadURL) == url
    assert one(graph, file, DCAT.byteSize) == Literal("1234", datatype=XSD.nonNegativeInteger)
    assert one(graph, file, DCAT.mediaType) == URIRef(
        "https://www.iana.org/assignments/media-types/text/csv"
    )
    assert one(graph, file, DCTERMS["format"]) == URIRef(AUTHORITY + "file-type/CSV")
    checksum = one(graph, file, SPDX.checksum)
    assert one(graph, checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
    assert str(one(graph, checksum, SPDX.checksumValue)).lower() == "ab" * 32


def test_a_service_is_told_with_the_dataset_that_it_gives(graph, dataset, packages):
    api = URIRef(f"{dataset}/resource/{packages['drvece']['resources'][1]['id']}")
    service = one(graph, api, DCAT.accessService)
    assert (service, RDF.type, DCAT.DataService) in graph
    assert one(graph, service, DCAT.servesDataset) == dataset
    assert not list(graph.objects(api, DCAT.downloadURL))


def test_high_value_brings_its_law_everywhere(graph, dataset):
    law = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    distributions = set(graph.objects(dataset, DCAT.distribution))
    bound = set(graph.subjects(DCATAP.applicableLegislation, law))
    assert {dataset, URIRef(f"{SITE_URL}/ogc")} | distributions == bound


def addresses(graph):
    kinds = {"dcat:Dataset", "dcat:Distribution"}
    return {thing for thing, about in graph.things.items() if kinds & set(about.kinds)}


def test_addresses_outlive_a_new_name_a_new_version_and_new_files(odd_catalog, issuer):
    given = {"name": "stalno", "owner_org": "grad-nis", "resources": [{"url": "http://x.rs/1.csv"}]}
    before = odd_catalog.call_action("package_create", given)
    changed = {"id": before["id"], "name": "novo-ime", "version": "2", "title": "Друго"}
    resource = {"id": before["resources"][0]["id"], "url": "http://x.rs/2.csv"}
    odd_catalog.call_action("package_patch", {**changed, "resources": [resource]})
    after = odd_catalog.call_action("package_show", {"id": "novo-ime"})
    odd_catalog.call_action("package_delete", {"id": before["id"]})
    told = [addresses(single_graph(issuer, each)) for each in (before, after)]
    assert told[0] == told[1] and len(told[0]) == 2


def test_schema_org_tells_what_search_engines_read(issuer, packages):
    said = schema_org(issuer, packages["drvece"], "sr-Latn")
    assert said["name"] == "Drveće u gradu"
    assert said["@type"] == "Dataset" and said["isAccessibleForFree"] is True
    assert said["spatialCoverage"]["geo"]["box"] == "43.2999 21.8999 43.3001 21.9001"
    assert said["temporalCoverage"] == "2020/2025-12-31"
    assert said["distribution"][0]["contentUrl"] == f"{SITE_URL}/data/drvece/files/drvece.csv"
    assert said["distribution"][0]["encodingFormat"] == "text/csv"
    assert said["publisher"]["name"] == "Grad Niš"


def test_schema_org_names_the_columns_of_a_table_schema(issuer, packages):
    fields = [
        {"name": "visina", "title": "Висина (m)"},
        {"name": "visina"},
        {"x": 1},
        5,
        {"name": 7},
    ]
    for schema in (json.dumps({"fields": fields}), {"fields": fields}):
        resource = {**packages["drvece"]["resources"][0], "schema": schema}
        said = schema_org(issuer, {**packages["drvece"], "resources": [resource]}, "en")
        assert said["variableMeasured"] == [
            {"@type": "PropertyValue", "name": "visina", "description": "Висина (m)"}
        ]


@pytest.mark.parametrize("schema", ["{", "[]", '{"fields": 5}', "[" * 10_000, 5, None])
def test_schema_org_leaves_out_a_schema_that_is_none(issuer, packages, schema):
    resource = {**packages["drvece"]["resources"][0], "schema": schema}
    said = schema_org(issuer, {**packages["drvece"], "resources": [resource]}, "en")
    assert "variableMeasured" not in said


def test_every_odd_package_has_its_other_forms(issuer, packages):
    for package in packages.values():
        json.dumps(schema_org(issuer, package, "sr-Cyrl"), allow_nan=False)
        said = data_json(issuer, package)
        assert said["identifier"] == package["id"] and said["description"] and said["keyword"]
        files = said.get("distribution", [])
        assert all(each.keys() & {"accessURL", "downloadURL"} for each in files)


def test_dcat_us_says_how_often_as_an_interval(issuer, packages):
    said = data_json(issuer, packages["drvece"])
    assert said["accrualPeriodicity"] == "R/P1Y"
    assert said["spatial"] == "21.8999,43.2999,21.9001,43.3001"
    assert said["temporal"] == "2020/2025-12-31"
    assert said["contactPoint"]["hasEmail"] == "mailto:zelenilo@nis.example"


def test_markup_is_only_text(issuer, packages):
    graph = read("rdf", SYNTAXES["rdf"].write(single_graph(issuer, packages["markup"])))
    assert MARKUP in {str(each) for each in graph.objects(None, DCTERMS.title)}


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("https://x.rs/a, https://x.rs/b", 2),
        ("https://x.rs/a\nhttps://x.rs/b", 2),
        ('["https://x.rs/a", "https://x.rs/b"]', 2),
        ("https://x.rs/a,b", 1),
        ("https://x.rs/a, ISO 19115", 1),
        ("ISO 19115\nhttps://x.rs/a", 1),
        ("ISO 19115", 0),
    ],
)
def test_several_standards_are_told_apart(issuer, packages, said, count):
    extras = [{"key": "conforms_to", "value": said}]
    graph = single_graph(issuer, {**packages["drvece"], "extras": extras})
    (dataset,) = [about for about in graph.things.values() if "dcat:Dataset" in about.kinds]
    standards = dataset.by_property().get("dct:conformsTo", [])
    assert len(standards) == count and not [each for each in standards if "%20" in each]
