"""The syntaxes in which a document can be had: its ending, its media type, what writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from publish.dcat.graph import Graph
from publish.dcat.jsonld import jsonld
from publish.dcat.rdfxml import rdfxml
from publish.dcat.turtle import turtle


@dataclass(frozen=True, slots=True)
class Syntax:
    """A way to write a graph; `ending` is that of the address."""

    ending: str
    media_type: str
    write: Callable[[Graph], str]


_ALL = (
    Syntax("ttl", "text/turtle", turtle),
    Syntax("rdf", "application/rdf+xml", rdfxml),
    Syntax("xml", "application/rdf+xml", rdfxml),
    Syntax("n3", "text/n3", turtle),  # Turtle is a part of N3
    Syntax("jsonld", "application/ld+json", jsonld),
)
SYNTAXES: Mapping[str, Syntax] = {syntax.ending: syntax for syntax in _ALL}
"""By ending."""
