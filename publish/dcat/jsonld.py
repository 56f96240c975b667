"""A graph in JSON-LD, flat, with its context inside: a reader fetches nothing.

Rule: JSON-LD 1.1, https://www.w3.org/TR/json-ld11/.
"""

from typing import Any

import orjson

from publish.dcat.graph import About, Graph
from publish.dcat.terms import PREFIXES, Blank, Literal, Node, Term


def jsonld(graph: Graph) -> str:
    """Write a graph in JSON-LD."""
    things = [_object(thing, about) for thing, about in graph.things.items()]
    return orjson.dumps({"@context": PREFIXES, "@graph": things}).decode()


def _object(thing: Node, about: About) -> dict[str, Any]:
    said: dict[str, Any] = {"@id": _id(thing), "@type": list(about.kinds)}
    for property_, values in about.by_property().items():
        said[property_] = [_value(value) for value in values]
    return said


def _id(term: Term) -> str:
    return f"_:{term}" if isinstance(term, Blank) else str(term)


def _value(term: Term) -> dict[str, str]:
    if not isinstance(term, Literal):
        return {"@id": _id(term)}
    said = {"@value": term.text}
    if term.language:
        said["@language"] = term.language
    elif term.datatype:
        said["@type"] = term.datatype
    return said
