"""udata harvests us, by both of its ways: what its two backends do, read in its source, done here.

Neither follows a redirect. A dataset is known by its id, a resource by its id (as a UUID, later by
its address); both must be the same in every version.
"""

import json
import uuid

import pytest
from rdflib import DCAT, DCTERMS, RDF, Literal, Namespace, URIRef

from tests.publish.dcat.odd import read

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
ENDINGS = {"xml": "xml", "ttl": "ttl", "n3": "n3", "jsonld": "jsonld", "rdf": "rdf"}
TYPES = {
    "text/turtle": "ttl",
    "application/rdf+xml": "rdf",
    "text/n3": "n3",
    "application/ld+json": "jsonld",
}
AREA = {"type": "Polygon", "coordinates": [[[21, 43], [22, 43], [22, 44], [21, 43]]]}
FILES = [
    {"url": "https://nis.example/a.csv", "format": "CSV", "hash": "ab" * 32, "size": 5},
    {"url": "https://nis.example/b.geojson", "format": "GeoJSON", "resource_type": "file"},
]


@pytest.fixture
def portal(catalog):
    """130 datasets of two publishers, two of them with files and an area."""
    for name in ("grad-nis", "opstina-sabac"):
        catalog.call_action("organization_create", {"name": name, "title": name})
    with catalog.transaction() as within:
        for n in range(130):
            owner = "grad-nis" if n % 2 else "opstina-sabac"
            within.call_action("package_create", package(f"skup-{n:03}", owner))
    return catalog


def package(name, owner, **more):
    extras = {
        "spatial": json.dumps(AREA),
        "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
        "temporal_start": "2020-01-01",
        "temporal_end": "2025-12-31",
    }
    return {
        "name": name,
        "title": f"Скуп {name}",
        "owner_org": owner,
        "tags": [{"name": "oznaka"}],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
        "resources": FILES,
        **more,
    }


def ckan(client, query=""):
    """What the CKAN backend does; gives what it takes, by dataset id."""

    def call(action):
        answer = client.get(f"/api/3/action/{action}", follow_redirects=False)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == "application/json"
        body = answer.json()
        assert body["success"] is True
        return body["result"]

    if query:
        names = [each["name"] for each in call(f"package_search?q={query}&rows=1000")["results"]]
    else:
        names = call("package_list")
    return {each["id"]: each for each in (call(f"package_show?id={name}") for name in names)}


def guessed(address, client):
    """The syntax: by the ending of the address, else by HEAD and its media type."""
    ending = address.partition("?")[0].rpartition(".")[2]
    if ending in ENDINGS:
        return ending
    media_type = client.head(address, follow_redirects=False).headers["content-type"]
    return TYPES[media_type.partition(";")[0]]


def dcat(client, address):
    """What the DCAT backend does; gives (identifier, title, distributions) by dataset."""
    syntax = guessed(address, client)
    found, seen = {}, set()
    while address:
        assert address not in seen
        seen.add(address)
        answer = client.get(address, follow_redirects=False)
        assert answer.status_code == 200
        assert "charset=utf-8" in answer.headers["content-type"]  # else it is read as Latin-1
        graph = read(syntax, answer.text)
        view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
        address = str(graph.value(view, HYDRA.next) or "")
        for node in graph.subjects(RDF.type, DCAT.Dataset):
            identifier = str(graph.value(node, DCTERMS.identifier))
            assert identifier not in found
            found[identifier] = (graph, node)
    return found


def distributions(graph, node):
    """Each file as (id, address, format, checksum)."""
    for each in graph.objects(node, DCAT.distribution):
        url = graph.value(each, DCAT.downloadURL) or graph.value(each, DCAT.accessURL)
        format_ = graph.value(graph.value(each, DCTERMS["format"]), URIRef(RDFS_LABEL))
        checksum = graph.value(each, SPDX.checksum)
        digest = str(graph.value(checksum, SPDX.checksumValue)).lower() if checksum else ""
        yield str(graph.value(each, DCTERMS.identifier)), str(url), str(format_), digest


RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def renewed(catalog, name="skup-001"):
    """Publish a new version of a dataset: another title and another file at the same place."""
    shown = catalog.call_action("package_show", {"id": name})
    files = [{**each, "hash": "cd" * 32} for each in shown["resources"]]
    changed = {"id": shown["id"], "title": "Нови наслов", "version": "2", "resources": files}
    catalog.call_action("package_patch", changed)
    return shown["id"]


def test_the_ckan_backend_takes_every_dataset_once(portal, client):
    found = ckan(client)
    assert len(found) == 130
    ids = [each["id"] for one in found.values() for each in one["resources"]]
    assert len(ids) == len(set(ids)) == 260
    for one in found.values():
        assert uuid.UUID(one["id"]) and one["type"] == "dataset" and one["private"] is False
        for key in ("title", "tags", "resources", "extras", "metadata_created", "organization"):
            assert one[key] is not None
        for each in one["resources"]:
            assert uuid.UUID(each["id"]) and each["resource_type"] in (None, "file", "api")
            assert all(each[key] is not None for key in ("position", "format", "created", "url"))


def test_the_ckan_backend_takes_what_its_filters_name(portal, client):
    assert len(ckan(client, "organization:grad-nis AND -tags:nema")) == 65
    assert ckan(client, "organization:grad-nis AND -tags:oznaka") == {}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_dcat_backend_takes_the_same_datasets(portal, client, ending):
    found = dcat(client, f"/catalog.{ending}")
    assert set(found) == set(ckan(client))


def test_both_take_the_same_files(portal, client):
    shown = portal.call_action("package_show", {"id": "skup-001"})
    files = sorted(distributions(*dcat(client, "/catalog.xml")[shown["id"]]))
    assert files == sorted(
        (each["id"], each["url"], each["format"], each["hash"]) for each in shown["resources"]
    )


def test_the_dcat_backend_reads_area_period_and_frequency(portal, client):
    shown = portal.call_action("package_show", {"id": "skup-001"})
    graph, node = dcat(client, "/catalog.ttl")[shown["id"]]
    areas = [
        json.loads(literal)
        for literal in graph.objects(graph.value(node, DCTERMS.spatial))
        if isinstance(literal, Literal) and str(literal.datatype).endswith("vnd.geo+json")
    ]
    assert [each["type"] for each in areas] == ["Polygon"]
    period = graph.value(node, DCTERMS.temporal)
    assert not isinstance(period, URIRef)  # it would be fetched
    assert str(graph.value(period, DCAT.startDate)) == "2020-01-01"
    assert str(graph.value(node, DCTERMS.accrualPeriodicity)).endswith("frequency/ANNUAL")


def test_a_syntax_is_known_without_an_ending(portal, client):
    media_type = client.head("/catalog.jsonld").headers["content-type"].partition(";")[0]
    assert TYPES[media_type] == "jsonld"


def test_a_new_version_is_the_same_dataset_with_the_same_files(portal, client):
    before = dcat(client, "/catalog.ttl"), ckan(client)
    id_ = renewed(portal)
    after = dcat(client, "/catalog.ttl"), ckan(client)
    for then, now in zip(before, after, strict=True):
        assert set(then) == set(now)
    assert before[0][id_][1] == after[0][id_][1]
    files = [sorted(row[:2] for row in distributions(*each[0][id_])) for each in (before, after)]
    assert files[0] == files[1]
    files = [[each["id"] for each in one[1][id_]["resources"]] for one in (before, after)]
    assert files[0] == files[1]


def test_three_runs_of_both_ways_find_no_twin(portal, client):
    runs = []
    for _ in range(3):
        runs.append((set(ckan(client)), set(dcat(client, "/catalog.ttl"))))
        renewed(portal)
    assert all(run == runs[0] for run in runs) and len(runs[0][0]) == 130


def test_a_deleted_dataset_is_gone_at_once(portal, client):
    id_ = portal.call_action("package_show", {"id": "skup-001"})["id"]
    portal.call_action("package_delete", {"id": id_})
    assert id_ not in ckan(client) and id_ not in dcat(client, "/catalog.ttl")
