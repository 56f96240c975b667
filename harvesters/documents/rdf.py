"""RDF as servers send it: Turtle, N-Triples, RDF/XML and JSON-LD, made of bytes and nothing else.

rdflib reads it and is never let near its own opener of addresses: XML comes to it as events of our
parser, JSON-LD as values in which every context is written out (`_contexts.py`). Literals keep the
form they came in; rdflib would write the number 1e999999999 out in digits.
"""

import contextlib
import copy
import json
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.xmlreader import Locator

from datasets.errors import HarvestError
from harvesters.documents import xml
from harvesters.documents.contexts import bundled
from harvesters.fetching.http import shown

if TYPE_CHECKING:
    from rdflib import Graph

ACCEPT = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1"
_ENDINGS = {
    "ttl": "turtle",
    "n3": "turtle",  # of which its own formulas and rules are no part
    "nt": "turtle",
    "rdf": "xml",
    "xml": "xml",
    "owl": "xml",
    "jsonld": "json-ld",
    "json": "json-ld",
}
_MEDIA_TYPES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "text/n3": "turtle",
    "text/rdf+n3": "turtle",
    "application/n-triples": "turtle",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
}
_XML = re.compile(rb"<(\?xml|!--|!DOCTYPE|[A-Za-z][\w.-]*(:[\w.-]+)?[\s/>])")
# What rdflib raises over documents that are broken: its errors have no common ancestor.
_BROKEN = (
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)


def graph(body: bytes, address: str, media_type: str = "") -> "Graph":
    """Read a document; its relative addresses are relative to `address`.

    The syntax is that of the address's ending, else of the media type, else what the first bytes
    look like; where one fails the next is tried. Raises HarvestError `not-rdf`.
    """
    failed: list[HarvestError] = []
    for syntax in dict.fromkeys(_syntaxes(body, address, media_type)):
        found = _new()
        try:
            with _told(address):
                _READ[syntax](body, address, found)
        except HarvestError as error:
            if error.fault not in ("not-rdf", "not-xml"):
                raise
            failed.append(error)
        else:
            return found
    if not failed:
        raise _not_rdf(address, "none of its syntaxes begins so")
    raise _not_rdf(address, failed[0].values["reason"])


def graph_of(elements: Iterable[xml.Element], address: str) -> "Graph":
    """Read elements `rdf:RDF`, or nodes, of a larger document of XML, as one graph."""
    found = _new()
    with _told(address):
        for element in elements:
            _add_xml(element, address, found)
    return found


def _new() -> "Graph":
    import rdflib  # noqa: PLC0415 -- a quarter of a second, for those alone who have such a source

    rdflib.NORMALIZE_LITERALS = False
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # else a line for each odd literal
    return rdflib.Graph(bind_namespaces="none")


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    """Say of whatever rdflib stumbles over that the document is no RDF, and why."""
    from rdflib.exceptions import Error  # noqa: PLC0415 -- as above

    try:
        yield
    except (*_BROKEN, Error) as error:
        raise _not_rdf(address, _line(error)) from None


def _not_rdf(address: str, reason: str) -> HarvestError:
    return HarvestError(
        f"{shown(address)}: is no RDF that can be read ({reason}): tell the server's owner",
        "not-rdf",
        address=shown(address),
        reason=reason,
    )


def _syntaxes(body: bytes, address: str, media_type: str) -> Iterator[str]:
    """Give what the document may be, the likeliest first, without what its first bytes refute.

    >>> list(_syntaxes(b'{"@id": ""}', "https://opendata.rs/catalog.ttl", "text/html"))
    ['json-ld']
    >>> list(_syntaxes(b"[] a <b> .", "https://opendata.rs/catalog", "text/turtle"))
    ['turtle', 'json-ld', 'turtle']
    """
    start = body[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16: of these only XML is
    looks = {
        "xml": wide or bool(_XML.match(start)),
        "json-ld": start.startswith((b"{", b"[")),
        "turtle": not wide and not start.startswith((b"{", b"<?xml", b"<rdf:RDF")),
    }
    ending = PurePosixPath(urlsplit(address).path).suffix.lower().removeprefix(".")
    said = (_ENDINGS.get(ending, ""), _MEDIA_TYPES.get(media_type, ""))
    yield from (syntax for syntax in (*said, *looks) if looks.get(syntax))


def _turtle(body: bytes, address: str, into: "Graph") -> None:
    into.parse(data=body.decode("utf-8-sig"), format="turtle", publicID=address)


def _rdf_xml(body: bytes, address: str, into: "Graph") -> None:
    _add_xml(xml.root(body, address), address, into)


class _Place(Locator):
    """Where a document is, for its relative addresses."""

    def __init__(self, address: str) -> None:
        self._address = address

    def getSystemId(self) -> str:  # noqa: N802 -- SAX's name
        return self._address


def _add_xml(element: xml.Element, address: str, into: "Graph") -> None:
    from lxml.sax import ElementTreeProducer  # noqa: PLC0415 -- as rdflib
    from rdflib.plugins.parsers.rdfxml import RDFXMLHandler  # noqa: PLC0415 -- as rdflib

    handler = RDFXMLHandler(into)
    handler.setDocumentLocator(_Place(address))
    alone = copy.copy(element)
    alone.tail = None  # what comes after it is none of it
    ElementTreeProducer(alone, handler).saxify()


def _json_ld(body: bytes, address: str, into: "Graph") -> None:
    from rdflib.plugins.parsers.jsonld import to_rdf  # noqa: PLC0415 -- as rdflib

    said = json.loads(body.decode("utf-8-sig"))
    to_rdf(bundled(said, shown(address)), into, base=address)


_READ = {"turtle": _turtle, "xml": _rdf_xml, "json-ld": _json_ld}


def _line(error: Exception) -> str:
    """Give what is wrong, and on which line, without a piece of the document."""
    why, lines = getattr(error, "_why", ""), getattr(error, "lines", None)
    if why and isinstance(lines, int):
        return f"line {lines + 1}: {why}"[:200]
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]
