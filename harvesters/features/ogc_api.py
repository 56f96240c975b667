"""What the OGC API standards share: landing pages, links, collections, pages that follow."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from harvesters.features import paging
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http
from harvesters.values import mapping

JSON = "application/json"
DATA = ("data", "http://www.opengis.net/def/rel/ogc/1.0/data")
ITEMS = ("items", "http://www.opengis.net/def/rel/ogc/1.0/items")


def asked(http: Http, url: str, wanted: str, accept: str = JSON) -> Mapping[str, Any]:
    """Ask for a document; raises HarvestError `wrong-answer` for one that is no object."""
    found = http.get(url, accept=accept).json()
    if not isinstance(found, dict):
        raise wrong_answer(url, wanted)
    return found


def links(document: Mapping[str, Any], rel: str, base: str) -> list[tuple[str, str]]:
    """Give the addresses of a relation with their media types."""
    found = [
        (mapping.address(each.get("href"), base), mapping.text(each.get("type")))
        for each in mapping.entries(document.get("links"))
        if each.get("rel") == rel
    ]
    return [(url, kind) for url, kind in found if url]


def is_collection(document: Mapping[str, Any]) -> bool:
    """Tell whether a document is one collection: it has an id, and a link to its items."""
    return bool(mapping.text(document.get("id"))) and any(
        each.get("rel") in ITEMS for each in mapping.entries(document.get("links"))
    )


def start(http: Http, url: str, wanted: str) -> tuple[str, Mapping[str, Any]]:
    """Give the address and the document that has the collections of a server, or is one.

    What a server calls itself where only a proxy knows it is no address of ours: then the
    collections are asked for below `url`.
    """
    document = asked(http, url, wanted)
    if isinstance(document.get("collections"), list) or is_collection(document):
        return url, document
    found = next((link for rel in DATA for link in links(document, rel, url)), None)
    if found is None:
        raise wrong_answer(url, wanted)
    address, _type = found
    if not paging.same_host(address, url):
        address = below(url, "", "collections")
    document = asked(http, address, wanted)
    if not isinstance(document.get("collections"), list):
        raise wrong_answer(address, wanted)
    return address, document


def below(address: str, remote_id: str, *more: str) -> str:
    """Give the address of a collection, or of what is in it, below that of all."""
    path = urlsplit(address).path.rstrip("/")
    parts = [quote(part, safe=":") for part in (remote_id, *more) if part]
    return urljoin(address, "/".join((path, *parts)))


def next_page(document: Mapping[str, Any], address: str) -> str:
    """Give the address of the next page as the server says it, but never on another server.

    Where a server calls itself by a name that only it knows, what it asks for counts.
    """
    found = links(document, "next", address)
    json = [url for url, kind in found if not kind or "json" in kind.lower()]
    following = next(iter(json or [url for url, _ in found]), "")
    if not following:
        return ""
    said, here = urlsplit(following), urlsplit(address)
    if said.netloc.lower() != here.netloc.lower():
        said = here._replace(query=said.query)
    return said._replace(scheme=here.scheme, fragment="").geturl()
