"""The catalog as DCAT over HTTP: syntaxes, pages, negotiation, what is hidden."""

import orjson
import pytest
from rdflib import DCAT, DCTERMS, RDF, Literal, Namespace, URIRef

from publish.dcat import SYNTAXES
from tests.publish.dcat.odd import PARSED, faults, read

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
NAMES = ("naselja-oko-nisa", "parkovi")


def titles(graph):
    return {str(each) for each in graph.objects(None, DCTERMS.title)}


def ids(graph):
    datasets = graph.subjects(RDF.type, DCAT.Dataset)
    return [str(graph.value(each, DCTERMS.identifier)) for each in datasets]


@pytest.fixture
def many(catalog):
    """205 datasets, each made after the other."""
    catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
    with catalog.transaction() as within:
        for n in range(205):
            given = {"name": f"skup-{n:03}", "owner_org": "grad-nis", "title": f"Скуп {n}"}
            within.call_action("package_create", {**given, "tags": [{"name": f"broj {n % 2}"}]})
    return catalog


def walk(client, address):
    """Follow the pages as a harvester does; gives the graphs."""
    graphs = []
    while address:
        graphs.append(read("ttl", client.get(address).raise_for_status().text))
        view = graphs[-1].value(None, RDF.type, HYDRA.PartialCollectionView)
        address = graphs[-1].value(view, HYDRA.next)
        assert len(graphs) < 10
    return graphs


@pytest.mark.parametrize("ending", SYNTAXES)
def test_the_catalog_of_a_town_keeps_to_the_shapes(pages, ending):
    answer = pages.get(f"/catalog.{ending}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{SYNTAXES[ending].media_type}; charset=utf-8"
    graph = read(ending, answer.text)
    assert faults(graph) == ""
    assert "Насеља око Ниша" in " ".join(titles(graph))


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_answers_by_name_and_by_id_with_the_same(pages, name):
    package = pages.get(f"/api/3/action/package_show?id={name}").json()["result"]
    by_name, by_id = (pages.get(f"/dataset/{key}.ttl") for key in (name, package["id"]))
    assert by_name.status_code == 200 and by_name.text == by_id.text
    graph = read("ttl", by_name.text)
    assert faults(graph) == ""
    address = URIRef(f"{pages.base_url}".rstrip("/") + f"/dataset/{package['id']}")
    assert (address, RDF.type, DCAT.Dataset) in graph


@pytest.mark.parametrize("name", NAMES)
def test_every_address_of_a_distribution_answers(pages, name):
    graph = read("ttl", pages.get(f"/dataset/{name}.ttl").text)
    for property_ in (DCAT.accessURL, DCAT.downloadURL, DCAT.landingPage, DCAT.endpointURL):
        for address in graph.objects(None, property_):
            answer = pages.get(str(address), follow_redirects=True)
            assert answer.status_code == 200, address


@pytest.mark.parametrize("path", ["/dataset/parkovi", "/data/parkovi"])
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.5, */*;q=0.1", "application/rdf+xml"),
        ("text/html, text/turtle", "text/html"),
        ("text/html;q=0.1, text/turtle", "text/turtle"),
        ("text/turtle;q=0, */*", "text/html"),
        ("text/turtle;q=x", "text/html"),
        ("*/*", "text/html"),
    ],
)
def test_accept_decides_between_a_page_and_statements(pages, path, accept, media_type):
    answer = pages.get(path, headers={"Accept": accept}, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "accept" in answer.headers["vary"].lower()


def test_a_page_names_its_statements(pages):
    answer = pages.get("/data/parkovi")
    package = pages.get("/api/3/action/package_show?id=parkovi").json()["result"]
    for ending, syntax in SYNTAXES.items():
        if ending != "rdf":  # xml names the same media type
            place = f"/dataset/{package['id']}.{ending}"
            assert (
                f'{place}>; rel="alternate"; type="{syntax.media_type}"' in answer.headers["link"]
            )
            assert f'type="{syntax.media_type}" href="' in answer.text


def test_who_has_a_document_is_told_so(pages):
    for path in ("/catalog.ttl", "/dataset/parkovi.jsonld", "/data.json", "/feeds/dataset.atom"):
        first = pages.get(path)
        again = pages.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert pages.get(path, headers={"If-None-Match": '"0"'}).status_code == 200
        assert pages.head(path).headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/catalog.doc", 404, "there is no format 'doc'; there are ttl"),
        ("/dataset/parkovi.exe", 404, "there is no format 'exe'"),
        ("/dataset/nema.ttl", 404, "there is no public dataset 'nema'"),
        ("/dataset/%00.ttl", 404, "there is no public dataset"),
        ("/catalog.ttl?page=0", 400, "pages are numbered from 1"),
        ("/catalog.ttl?page=x", 400, "'x' is no page"),
        ("/catalog.ttl?page=99999999", 400, "is no page"),
        ("/catalog.ttl?page=2", 404, "there is no page 2; the last one is 1"),
        ("/catalog.ttl?modified_since=juče", 400, "is no date; write 2026-01-31"),
        ("/catalog.ttl?modified_since=2026", 400, "is no date"),
        ("/catalog.ttl?q=title:%22x", 400, "q, fq"),
        ("/catalog.ttl?q=%00", 400, "NUL"),
        ("/dcat.json?page=-1", 400, "is no page"),
        ("/sitemap-9.xml", 404, "there is no sitemap 9"),
    ],
)
def test_what_cannot_be_answered_is_told_in_a_sentence(pages, path, status, words):
    answer = pages.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_what_is_private_deleted_or_a_draft_is_nowhere(catalog, client):
    catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
    tag = {"owner_org": "grad-nis", "tags": [{"name": "oznaka"}]}
    catalog.call_action("package_create", {"name": "javni", **tag})
    catalog.call_action("package_create", {"name": "tajni", "private": True, **tag})
    catalog.call_action("package_create", {"name": "nacrt", "state": "draft", **tag})
    catalog.call_action("package_create", {"name": "obrisan", **tag})
    catalog.call_action("package_delete", {"id": "obrisan"})
    for path in (
        "/catalog.ttl",
        "/catalog.jsonld?q=*:*&fq=capacity:private",
        "/dcat.json",
        "/data.json",
        "/sitemap.xml",
        "/feeds/dataset.atom",
        "/feeds/tag/oznaka.atom",
        "/feeds/organization/grad-nis.atom",
        "/feeds/custom.atom?fq=state:draft",
        "/feeds/custom.atom?fq=state:deleted",
    ):
        text = client.get(path).raise_for_status().text
        assert not [name for name in ("tajni", "nacrt", "obrisan") if name in text], path
    for name in ("tajni", "nacrt", "obrisan"):
        for path in (f"/dataset/{name}.ttl", f"/dataset/{name}", f"/data/{name}"):
            assert client.get(path, headers={"Accept": "text/turtle"}).status_code == 404


def test_pages_hold_every_dataset_once(many, client):
    graphs = walk(client, "/catalog.ttl")
    found = [each for graph in graphs for each in ids(graph)]
    assert [len(ids(graph)) for graph in graphs] == [100, 100, 5]
    assert len(set(found)) == 205
    total = Literal(205)
    assert all((None, HYDRA.totalItems, total) in graph for graph in graphs)


def test_a_change_while_pages_are_read_shifts_nothing(many, client):
    first = read("ttl", client.get("/catalog.ttl").text)
    for n in (3, 150):
        many.call_action("package_patch", {"id": f"skup-{n:03}", "title": "Промењен"})
    many.call_action("package_create", {"name": "aaa-nov", "owner_org": "grad-nis"})
    rest = walk(client, "/catalog.ttl?page=2")
    found = [each for graph in (first, *rest) for each in ids(graph)]
    assert len(found) == len(set(found)) == 206


def test_filters_are_kept_from_page_to_page(many, client):
    graphs = walk(client, '/catalog.ttl?fq=tags:"broj 1"&q=skup')
    assert [len(ids(graph)) for graph in graphs] == [100, 2]


def test_only_what_changed_since_is_given(many, client):
    since = many.call_action("package_show", {"id": "skup-200"})["metadata_modified"]
    graph = read("ttl", client.get(f"/catalog.ttl?modified_since={since}").text)
    assert len(ids(graph)) == 5
    future = client.get("/catalog.ttl?modified_since=2999-01-01")
    assert ids(read("ttl", future.text)) == [] and faults(read("ttl", future.text)) == ""


def test_an_empty_catalog_is_a_catalog(empty):
    for ending in PARSED:
        graph = read(ending, empty.get(f"/catalog.{ending}").text)
        assert faults(graph) == "" and ids(graph) == []


def test_a_plain_list_has_the_datasets_of_a_page(many, client):
    listed = orjson.loads(client.get("/dcat.json?page=3").content)
    assert [each["title"] for each in listed] == [f"Скуп {n}" for n in range(200, 205)]


def test_a_changed_dataset_has_another_validator(many, client):
    before = client.get("/dataset/skup-001.ttl").headers["etag"]
    many.call_action("package_patch", {"id": "skup-001", "title": "Промењен"})
    after = client.get("/dataset/skup-001.ttl", headers={"If-None-Match": before})
    assert after.status_code == 200 and "Промењен" in after.text


def test_a_renamed_publisher_has_its_new_name_at_once(catalog, client):
    catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
    catalog.call_action("package_create", {"name": "drvece", "owner_org": "grad-nis"})
    before = client.get("/dataset/drvece.ttl")
    catalog.call_action("organization_patch", {"id": "grad-nis", "title": "Општина Ниш"})
    after = client.get("/dataset/drvece.ttl", headers={"If-None-Match": before.headers["etag"]})
    assert "Град Ниш" in before.text
    assert after.status_code == 200 and "Општина Ниш" in after.text
