import pytest
from hypothesis import given
from hypothesis import strategies as some
from rdflib import DCAT, RDF, BNode, Literal, URIRef
from rdflib.compare import isomorphic

from publish.dcat import SYNTAXES
from publish.dcat.graph import Graph
from publish.dcat.terms import IRI, Blank, clean, date, iri, mail
from publish.dcat.terms import Literal as Words
from tests.publish.dcat.odd import read


@pytest.mark.parametrize("ending", SYNTAXES)
def test_every_syntax_says_the_same(written, ending):
    assert isomorphic(read(ending, written[ending]), read("ttl", written["ttl"]))


@pytest.mark.parametrize("ending", SYNTAXES)
def test_nothing_that_a_publisher_writes_becomes_a_statement(written, packages, ending):
    graph = read(ending, written[ending])
    terms = {str(term) for triple in graph for term in triple if isinstance(term, URIRef)}
    assert not [term for term in terms if term.startswith(("https://evil.example", "javascript"))]
    told = {str(thing) for thing in graph.subjects(RDF.type, DCAT.Dataset)}
    assert told == {f"https://podaci.example.rs/dataset/{each['id']}" for each in packages.values()}


@given(some.text(), some.sampled_from(["", "sr", "sr-Latn", "en"]))
def test_any_text_comes_through_every_syntax(text, language):
    graph = Graph()
    thing, nameless = IRI("https://x.rs/a"), Blank("b1")
    graph.about(thing, "dcat:Dataset").say("dct:title", Words(clean(text), language), nameless)
    graph.about(nameless, "dcat:Distribution")
    for syntax in SYNTAXES.values():
        found = read(syntax, syntax.write(graph))
        assert (URIRef(thing), None, Literal(clean(text), lang=language or None)) in found
        assert len(found) == 4
        assert any(isinstance(each, BNode) for each in found.subjects())


@given(some.text(some.characters(exclude_categories=[])))
def test_any_address_is_whole_or_none(text):
    for url in (text, f"https://x.rs/{text}", f"https://{text}/a?b#c", f"http://x.rs/?{text}"):
        made = iri(url)
        if made is not None:
            assert made.isascii() and not set(made) & set(' <>"{}|\\^`\n\t')
            assert made.startswith(("http://", "https://", "ftp://"))


@given(some.text())
def test_any_text_is_a_date_or_none(text):
    made = date(text)
    assert made is None or made.datatype.startswith("xsd:")


@pytest.mark.parametrize(
    "text", ["a@b", "a@b..rs", "a b@x.rs", "a@x.rs\n", "<a@x.rs>", "a@x.rs,b@x.rs", "", None, 5]
)
def test_what_is_no_mail_address_is_left_out(text):
    assert mail(text) is None


def test_a_users_password_is_not_passed_on():
    assert iri("https://user:secret@x.rs/a") == "https://x.rs/a"
