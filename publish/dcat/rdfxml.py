"""A graph in RDF/XML: one element a thing, flat.

Rule: RDF 1.1 XML Syntax, https://www.w3.org/TR/rdf-syntax-grammar/.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from publish.dcat.graph import About, Graph
from publish.dcat.terms import PREFIXES, Blank, Literal, Node, Term, full

_NAMESPACES = " ".join(f"xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in PREFIXES.items())
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF {_NAMESPACES}>\n'


def rdfxml(graph: Graph) -> str:
    """Write a graph in RDF/XML."""
    things = (_element(thing, about) for thing, about in graph.things.items())
    return _HEAD + "".join(things) + "</rdf:RDF>\n"


def _element(thing: Node, about: About) -> str:
    name, *others = about.kinds
    lines = [f"    <rdf:type rdf:resource={quoteattr(full(kind))}/>\n" for kind in others]
    lines += _lines(about)
    return f"  <{name} {_named(thing, 'about')}>\n{''.join(lines)}  </{name}>\n"


def _named(thing: Node, attribute: str) -> str:
    if isinstance(thing, Blank):
        return f'rdf:nodeID="{thing}"'
    return f"rdf:{attribute}={quoteattr(thing)}"


def _lines(about: About) -> Iterator[str]:
    for property_, value in about.pairs:
        if isinstance(value, Literal):
            yield f"    <{property_}{_marked(value)}>{escape(value.text)}</{property_}>\n"
        else:
            yield f"    <{property_} {_pointer(value)}/>\n"


def _pointer(value: Term) -> str:
    if isinstance(value, Blank):
        return f'rdf:nodeID="{value}"'
    return f"rdf:resource={quoteattr(full(str(value)))}"


def _marked(literal: Literal) -> str:
    if literal.language:
        return f' xml:lang="{literal.language}"'
    return f' rdf:datatype="{full(literal.datatype)}"' if literal.datatype else ""
