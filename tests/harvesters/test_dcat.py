"""DCAT: documents of every syntax, pages, identities, and nothing that is ever fetched for them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.catalogs import dcat
from harvesters.dcat import Dcat
from harvesters.documents import rdf
from tests.upstream import Reply

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PARKS = """
<https://podaci.example.rs/skup/parkovi> a dcat:Dataset ;
  dct:identifier "parkovi" ;
  dct:title "Паркови"@sr-Cyrl, "Parkovi"@sr-Latn, "Parks"@en, "Parks"@de ;
  dct:description "Сви паркови у граду."@sr ;
  dct:publisher [ a foaf:Organization ; foaf:name "Градска управа Крагујевца" ] ;
  dct:creator [ a foaf:Person ; foaf:name "Петар Петровић" ] ;
  dcat:keyword "зелене површине"@sr, "parks"@en ;
  dct:modified "2025-03-04T10:00:00Z"^^xsd:dateTime ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> ;
  dct:temporal [ dcat:startDate "2020-01-01"^^xsd:date ; dcat:endDate "2024-12-31"^^xsd:date ] ;
  dct:spatial [ dcat:bbox "POLYGON((20.8 43.9,21.1 43.9,21.1 44.2,20.8 44.2,20.8 43.9))" ] ;
  dcat:contactPoint [ vcard:hasEmail <mailto:geoportal@kragujevac.rs> ] ;
  dcat:distribution <https://podaci.example.rs/skup/parkovi/csv>, [
      dct:title "О парковима" ; dcat:accessURL <https://podaci.example.rs/parkovi> ] .
<https://podaci.example.rs/skup/parkovi/csv> a dcat:Distribution ;
  dct:title "Табела" ; dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ;
  dcat:byteSize "1200"^^xsd:decimal ;
  dcat:downloadURL <https://podaci.example.rs/d/42> .
"""


def source(url, **more):
    return Dcat(name="grad", kind="dcat", url=url, **more)


def turtle(text):
    return Reply((PREFIXES + text).encode(), type="text/turtle")


def harvested(upstream, http, body, path="/catalog", **more):
    upstream.answers[path] = body if isinstance(body, Reply) else turtle(body)
    return [r for page in source(upstream.url + path, **more).harvest(http) for r in page.records]


def test_a_dataset_is_described_in_the_words_of_dcat(upstream, http):
    (record,) = harvested(upstream, http, PARKS)
    assert record.remote_id == "parkovi"
    assert (record.title.said("sr-Cyrl"), record.title.said("en")) == ("Паркови", "Parks")
    assert record.title.said("sr-Latn") == "Parkovi"
    assert record.organization == "gradska-uprava-kragujevca"
    assert record.organization_title == "Градска управа Крагујевца"
    assert record.license_id == "cc-by"
    assert record.tags == ("зелене површине",)
    assert record.modified == "2025-03-04T10:00:00Z"
    assert record.url == "https://podaci.example.rs/skup/parkovi"
    assert record.findings == ()
    spatial = record.extras["spatial"]
    assert dict(record.extras) == {
        "frequency": "annual",
        "temporal_start": "2020-01-01",
        "temporal_end": "2024-12-31",
        "spatial": spatial,
        "contact_email": "geoportal@kragujevac.rs",
    }
    assert json.loads(spatial)["coordinates"][0][0] == [20.8, 43.9]


def test_a_file_is_fetched_and_what_has_only_an_access_address_is_a_page(upstream, http):
    (record,) = harvested(upstream, http, PARKS)
    file, page = record.distributions
    assert (file.key, file.format) == ("https://podaci.example.rs/skup/parkovi/csv", "csv")
    assert (file.link, file.size_bytes) == (False, 1200)
    assert (page.key, page.link, page.type) == (page.url, True, "documentation")


def test_persons_are_not_named(upstream, http):
    person = PARKS.replace("geoportal@", "petar.petrovic@")
    (record,) = harvested(upstream, http, person)
    assert record.contributors == ()
    assert "contact_email" not in record.extras


def test_our_name_for_an_organization_stands_for_theirs(upstream, http):
    theirs = {"Градска управа Крагујевца": "kragujevac"}
    (record,) = harvested(upstream, http, PARKS, organizations=theirs)
    assert record.organization == "kragujevac"


@pytest.mark.parametrize(
    ("path", "media_type", "syntax"),
    [
        ("/catalog.ttl", "text/html", "turtle"),
        ("/catalog.rdf", "application/octet-stream", "xml"),
        ("/catalog.xml", "text/plain", "pretty-xml"),
        ("/catalog.jsonld", "text/plain", "json-ld"),
        ("/catalog", "text/turtle; charset=utf-8", "turtle"),
        ("/catalog", "application/ld+json", "json-ld"),
        ("/catalog.nt", "", "nt"),
        ("/catalog", "application/octet-stream", "nt"),
        ("/catalog.ttl", "text/turtle", "xml"),  # all of them wrong
        ("/catalog.json", "application/json", "turtle"),
    ],
)
def test_every_syntax_says_the_same(upstream, http, path, media_type, syntax):
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph().parse(data=PREFIXES + PARKS, format="turtle")
    body = b"\xef\xbb\xbf" + graph.serialize(format=syntax).encode()
    (record,) = harvested(upstream, http, Reply(body, type=media_type), path=path)
    (plain,) = harvested(upstream, http, PARKS, path="/plain")
    # blank nodes have no order
    ordered = {each.key: each for each in record.distributions}
    assert ordered == {each.key: each for each in plain.distributions}
    assert replace(record, distributions=()) == replace(plain, distributions=())


def test_relative_addresses_are_seen_from_the_document(upstream, http):
    body = '<skup/1> a dcat:Dataset ; dct:title "Дрвеће" .'
    (record,) = harvested(upstream, http, body, path="/dcat/catalog")
    assert record.remote_id == f"{upstream.url}/dcat/skup/1"


def test_a_dataset_without_a_name_of_its_own_is_known_by_title_and_publisher(upstream, http):
    body = '[] a dcat:Dataset ; dct:title "Дрвеће" ; dct:publisher [ foaf:name "{}" ] .'
    ids = [harvested(upstream, http, body.format(who))[0].remote_id for who in ("А", "Б", "А")]
    assert ids[0] == ids[2] != ids[1]


def test_the_second_of_one_identifier_has_a_finding_and_another_identity(upstream, http):
    body = "".join(
        f'<https://a.rs/{n}> a dcat:Dataset ; dct:identifier "TODO" ; dct:title "{n}" .'
        for n in (1, 2)
    )
    first, second = harvested(upstream, http, body)
    assert (first.remote_id, first.findings) == ("TODO", ())
    assert second.remote_id == "https://a.rs/2"
    assert [(f.check, f.severity) for f in second.findings] == [("identity-twice", "error")]


def test_a_mere_name_of_a_dataset_elsewhere_is_skipped(upstream, http):
    body = PARKS + (
        "<https://a.rs/wms> a dcat:DataService ; dcat:servesDataset <https://b.rs/1> ."
        "<https://b.rs/1> a dcat:Dataset ."
    )
    upstream.answers["/catalog"] = turtle(body)
    (page,) = source(f"{upstream.url}/catalog").harvest(http)
    assert ([r.remote_id for r in page.records], page.skipped) == (["parkovi"], 1)


def test_a_dataset_without_a_title_is_kept_with_a_finding(upstream, http):
    (record,) = harvested(upstream, http, "<https://a.rs/1> a dcat:Dataset .")
    assert record.title.own == "https://a.rs/1"
    assert [f.check for f in record.findings] == ["record-broken"]


def test_a_service_of_a_dataset_is_a_link(upstream, http):
    body = PARKS + (
        "<https://a.rs/wms> a dcat:DataService ; dct:title 'WMS' ;"
        " dcat:endpointURL <https://a.rs/ows> ;"
        " dcat:servesDataset <https://podaci.example.rs/skup/parkovi> ."
    )
    (record,) = harvested(upstream, http, body)
    service = record.distributions[-1]
    assert (service.url, service.type, service.format) == ("https://a.rs/ows", "api", "wms")


def test_a_series_is_a_dataset_and_its_members_name_it(upstream, http):
    body = (
        '<https://a.rs/popisi> a dcat:DatasetSeries ; dct:title "Пописи" .'
        '<https://a.rs/popis-2022> a dcat:Dataset ; dct:title "Попис 2022" ;'
        " dcat:inSeries <https://a.rs/popisi> ."
    )
    records = {r.remote_id: r for r in harvested(upstream, http, body)}
    assert records["https://a.rs/popis-2022"].extras["in_series"] == "https://a.rs/popisi"
    assert records["https://a.rs/popisi"].title.own == "Пописи"


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ("POLYGON((44 20,44 121,45 121,44 20))", "turned"),
        ("POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))", "world"),
        ("POINT(20.9 44.0)", "point"),
    ],
)
def test_an_area_that_cannot_be_meant_is_found(upstream, http, box, reason):
    body = f'<https://a.rs/1> a dcat:Dataset ; dct:title "1" ; dct:spatial [ dcat:bbox "{box}" ] .'
    (record,) = harvested(upstream, http, body)
    assert [(f.check, f.values["type"]) for f in record.findings] == [("extent-odd", reason)]
    assert ("spatial" in record.extras) == (reason == "point")


# ---- pages ------------------------------------------------------------------------------------


def paged(upstream, number, onward, path="/catalog.ttl"):
    """A page with one dataset and the next page as Turtle says it: `<…>` or `"…"`."""
    following = f"hydra:next {onward} ;" if onward else ""
    return turtle(
        f"<{upstream.url}{path}> a hydra:PartialCollectionView ; {following} hydra:totalItems 3 ."
        f'<https://a.rs/{number}> a dcat:Dataset ; dct:title "{number}" .'
    )


def by_page(upstream, onward):
    upstream.answers["/catalog.ttl"] = lambda asked: paged(
        upstream, n := int(asked.query.get("page", 1)), onward(n)
    )
    return source(f"{upstream.url}/catalog.ttl")


@pytest.mark.parametrize("form", ["<{url}/catalog.ttl?page={n}>", '"{url}/catalog.ttl?page={n}"'])
def test_the_next_page_may_be_a_node_or_a_text(upstream, http, form):
    def onward(n):
        return form.format(url=upstream.url, n=n + 1) if n < 3 else ""

    found = list(by_page(upstream, onward).harvest(http))
    assert [r.remote_id for page in found for r in page.records] == [
        f"https://a.rs/{n}" for n in (1, 2, 3)
    ]
    assert [bool(page.next) for page in found] == [True, True, False]
    assert {page.total for page in found} == {3}


def test_a_harvest_goes_on_where_a_page_left_off(upstream, http):
    url = f"{upstream.url}/catalog.ttl?page="
    grad = by_page(upstream, lambda n: f'"{url}{n + 1}"' if n < 3 else "")
    first = next(iter(grad.harvest(http)))
    rest = [r.remote_id for page in grad.harvest(http, first.next) for r in page.records]
    assert rest == ["https://a.rs/2", "https://a.rs/3"]


def test_a_server_that_knows_itself_by_another_name_is_asked_by_ours(upstream, http):
    inner = '"http://catalog.internal:8080/catalog.ttl?page=2"'
    grad = by_page(upstream, lambda n: inner if n == 1 else "")
    assert len([r for page in grad.harvest(http) for r in page.records]) == 2
    assert [asked.query for asked in upstream.asked] == [{}, {"page": "2"}]


def test_a_next_page_at_another_address_of_another_host_is_refused(upstream, http):
    grad = by_page(upstream, lambda _: '"http://169.254.169.254/latest/meta-data"')
    with pytest.raises(HarvestError) as raised:
        list(grad.harvest(http))
    assert raised.value.fault == "wrong-answer"
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("onward", [lambda n: 1 if n == 3 else n + 1, lambda n: n])
def test_pages_that_go_in_circles_are_a_fault(upstream, http, onward):
    grad = by_page(upstream, lambda n: f'"{upstream.url}/catalog.ttl?page={onward(n)}"')
    with pytest.raises(HarvestError) as raised:
        list(grad.harvest(http))
    assert raised.value.fault == "paging-loop"


def test_pages_that_bring_the_same_under_ever_new_addresses_are_a_fault(upstream, http):
    upstream.answers["/catalog.ttl"] = lambda asked: paged(
        upstream, 7, f'"{upstream.url}/catalog.ttl?page={int(asked.query.get("page", 1)) + 1}"'
    )
    with pytest.raises(HarvestError) as raised:
        list(source(f"{upstream.url}/catalog.ttl").harvest(http))
    assert raised.value.fault == "paging-loop"
    assert len(upstream.asked) == 2


def test_empty_pages_without_end_are_a_fault(upstream, http):
    upstream.answers["/catalog.ttl"] = lambda asked: turtle(
        f"<{upstream.url}/catalog.ttl> a hydra:PartialCollectionView ;"
        f" hydra:next '{upstream.url}/catalog.ttl?page={int(asked.query.get('page', 1)) + 1}' ."
    )
    with pytest.raises(HarvestError) as raised:
        list(source(f"{upstream.url}/catalog.ttl").harvest(http))
    assert raised.value.fault == "paging-loop"


def test_a_catalog_without_datasets_is_an_empty_page_and_no_fault(upstream, http):
    upstream.answers["/catalog"] = turtle("<https://a.rs/> a dcat:Catalog .")
    (page,) = source(f"{upstream.url}/catalog").harvest(http)
    assert (page.records, page.next) == ((), "")


# ---- what is no DCAT ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<!DOCTYPE html><html><title>Login</title></html>", "page-instead"),
        (b"", "file-empty"),
        (b"{}", "wrong-answer"),
        (b'{"@context": "https://schema.org/", "@type": "Dataset"}', "wrong-answer"),
        (b'{"@id": "a",}', "not-rdf"),
        (b"@prefix dct: <http://purl.org/dc/terms/> . <a> dcat:title 1 .", "not-rdf"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", "not-rdf"),
        (b"[" * 100_000, "not-rdf"),
        (b"\x00\x01\x02\xff", "not-rdf"),
        (b"a,b,c\n1,2,3\n", "not-rdf"),
        (b"<a> <b> <c> .", "wrong-answer"),
    ],
)
def test_what_is_no_dcat_fails_with_a_reason(upstream, http, body, fault):
    upstream.answers["/catalog"] = Reply(body, type="application/octet-stream")
    with pytest.raises(HarvestError) as raised:
        list(source(f"{upstream.url}/catalog").harvest(http))
    assert raised.value.fault == fault


@pytest.mark.parametrize(
    "document",
    [
        '{"@context": "CANARY/dcat.jsonld", "@graph": []}',
        '{"@context": ["CANARY/c", {"a": "b:c"}], "@graph": [{"a": 1}]}',
        '{"@context": {"@import": "CANARY/c"}, "a": 1}',
        '{"@context": {"a": {"@id": "b:c", "@context": "CANARY/c"}}, "a": {"x": 1}}',
        '{"@context": [["CANARY/c"]], "a": 1}',
        '{"@context": {"@context": "CANARY/c"}, "a": 1}',
        '{"@context": "file:///etc/passwd", "a": 1}',
        '{"@id": "b:c", "x:y": {"@context": "CANARY/c", "a": 1}}',
        '<!DOCTYPE r SYSTEM "CANARY/d.dtd"><r/>',
        '<!DOCTYPE r [<!ENTITY e SYSTEM "CANARY/e">]><r>&e;</r>',
        '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r a="b">&e;</r>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "CANARY/p"> %p;]><r/>',
        '<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="CANARY/x"/></r>',
        "<> <http://www.w3.org/2002/07/owl#imports> <CANARY/owl> .",
        "@prefix a: <CANARY/p#> . @base <CANARY/b> . <> a a:b .",
    ],
)
def test_nothing_is_ever_fetched_for_a_document(upstream, document):
    body = document.replace("CANARY", upstream.url).encode()
    try:
        rdf.graph(body, "https://a.rs/catalog")
    except HarvestError as error:
        assert error.fault in ("wrong-answer", "not-rdf")  # noqa: PT017 -- either is right
    assert upstream.asked == []


def test_entities_do_not_grow(upstream, http):
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(HarvestError) as raised:
        rdf.graph(f"{bomb}]><r>&i;</r>".encode(), "https://a.rs/c.rdf")
    assert raised.value.fault == "not-rdf"


def test_a_known_context_is_put_in_the_place_of_its_address(upstream, http):
    document = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dataset": [{"@type": "dcat:Dataset", "identifier": "1", "title": "Паркинг"}],
    }
    reply = Reply(json.dumps(document).encode(), type="application/json")
    (record,) = harvested(upstream, http, reply)
    assert (record.remote_id, record.title.own) == ("1", "Паркинг")


def test_numbers_stay_as_short_as_they_were_written(upstream, http):
    body = (
        '<https://a.rs/1> a dcat:Dataset ; dct:title "1", 1e999999999, "1e999999999"^^xsd:decimal .'
    )
    assert len(harvested(upstream, http, body)) == 1


def test_publishers_that_are_called_by_each_other_have_no_name(upstream, http):
    body = """<https://a.rs/1> a dcat:Dataset ; dct:title "Паркинг" ; dct:publisher _:b .
        _:b foaf:name _:c . _:c foaf:name _:b . <https://a.rs/1> dcat:keyword <https://a.rs/1> ."""
    (record,) = harvested(upstream, http, body)
    assert record.title.own == "Паркинг"


VALUES = st.one_of(
    st.text(max_size=20).map(json.dumps),
    st.sampled_from(["_:b", "<https://a.rs/1>", "<mailto:a b>", "1", "true", '"x"@sr-Cyrl', "<>"]),
    st.sampled_from(['"-1e400"^^xsd:decimal', '"?"^^xsd:date', '"{\\"type\\": 1}"', '"POLYGON(("']),
)
TERMS = """dct:title dct:identifier dct:publisher dct:spatial dct:temporal dct:license dct:modified
 dcat:distribution dcat:downloadURL dcat:accessURL dcat:mediaType dct:format dcat:byteSize
 dcat:keyword dcat:contactPoint vcard:hasEmail dcat:bbox foaf:name dcat:servesDataset""".split()


@given(st.lists(st.tuples(st.sampled_from(["_:b", "_:c", "<>"]), st.sampled_from(TERMS), VALUES)))
def test_any_statements_give_records(said):
    lines = [f"{subject} {term} {value} ." for subject, term, value in said]
    body = PREFIXES + "_:b a dcat:Dataset . _:c a dcat:Dataset . " + " ".join(lines)
    found, skipped = dcat.records(rdf.graph(body.encode(), "https://a.rs/"), "https://a.rs/")
    assert len(found) + skipped == 2
    assert all(record.remote_id and record.title for record in found)


# ---- recordings ---------------------------------------------------------------------------------

BROKEN = {
    "full_croissant_dataset.jsonld": "not-rdf",
    "dataset.ttl": "not-rdf",
    "paged-collection-1.jsonld": "wrong-answer",  # its next page is on another host
}


def test_every_recording_harvests_or_fails_with_a_reason(shared, upstream, http):
    failed = {}
    for path in sorted((shared / "data/upstream/dcat").rglob("*.*")):
        if path.name == "SOURCE.txt":
            continue
        url = f"/{path.name}"
        upstream.answers[url] = Reply(path.read_bytes(), type="text/plain")
        try:
            page = next(iter(source(upstream.url + url).harvest(http)))
        except HarvestError as error:
            failed[path.name] = error.fault
        else:
            assert page.records, path.name
            assert not [f.check for r in page.records for f in r.findings if f.severity == "error"]
    assert failed == BROKEN


def test_the_recorded_pages_hold_four_datasets(shared, upstream, http):
    folder = shared / "data/upstream/dcat/udata-tests"
    upstream.answers["/catalog.jsonld"] = lambda asked: Reply(
        (folder / f"paged-collection-{asked.query.get('page', 1)}.jsonld").read_bytes()
    )
    found = list(source(f"{upstream.url}/catalog.jsonld").harvest(http))
    assert [r.remote_id for page in found for r in page.records] == ["1", "2", "3", "4"]
    assert [page.total for page in found] == [4, 4]
