"""Atom feeds: what is new in the catalog, 20 datasets a page, newest first.

    /feeds/dataset.atom  /feeds/organization/X.atom  /feeds/group/X.atom  /feeds/tag/X.atom
    /feeds/custom.atom?q=&fq=&ext_bbox=

Rule: RFC 4287 (Atom), RFC 5005 (pages). An entry's id is its dataset's UUID, which never changes.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import HTTPException, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute, Route

from datasets.names import NAMESPACE
from datasets.text import Text
from geoportal.dcat.asked import Asked, asked, headers_of, last_page, search, tag_of, unchanged
from geoportal.markdown import plain
from geoportal.pages import listing
from geoportal.portal import Portal
from publish.catalog.errors import NotAuthorized, NotFound, ValidationError
from publish.dcat.terms import clean, date, iri, mail
from publish.dcat.words import titles
from publish.package import text_of

PAGE = 20
ATOM = "http://www.w3.org/2005/Atom"
NEWEST = "metadata_modified desc"
LONGEST_SUMMARY = 1000
READ = ["GET", "HEAD"]


def everything(request: Request) -> Response:
    """The newest datasets of the catalog."""
    return _feed(request, "dataset", Text(), "")


def custom(request: Request) -> Response:
    """The newest of the datasets that a search finds."""
    wanted = asked(request)
    return _feed(request, "custom", Text(f"{wanted.q} {' '.join(wanted.fq)}".strip()), "")


def organization(request: Request) -> Response:
    """The newest datasets of an organization."""
    return _of_group(request, "organization", "organization")


def group(request: Request) -> Response:
    """The newest datasets of a group."""
    return _of_group(request, "group", "groups")


def _of_group(request: Request, kind: str, field: str) -> Response:
    catalog = listing.anonymous(request.app.state.portal)
    name = request.path_params["name"]
    try:
        shown = catalog.call_action(f"{kind}_show", {"id": name})
    except (NotFound, NotAuthorized, ValidationError):
        raise HTTPException(404, f"there is no {kind} {name[:100]!r}") from None
    path = f"{kind}/{shown['name']}"
    return _feed(request, path, titles(shown), f'{field}:"{shown["name"]}"')


def tag(request: Request) -> Response:
    """The newest datasets with a tag."""
    name = request.path_params["name"].replace('"', "").replace("\\", "").replace("\0", "")
    return _feed(request, f"tag/{name}", Text(name), f'tags:"{name}"')


def _feed(request: Request, path: str, of: Text, fq: str) -> Response:
    """Write a feed: of what, and the filter that finds it."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    wanted = asked(request)
    headers = headers_of(tag_of(portal, f"atom-{language}"), Vary="Accept-Encoding")
    if same := unchanged(request, headers):
        return same
    narrowed = replace(wanted, fq=(*wanted.fq, *([fq] if fq else [])))
    found = search(portal, narrowed, PAGE, NEWEST)
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _head(feed, portal, wanted, f"{request.state.prefix}/feeds/{path}.atom", of, found, language)
    for package in found["results"]:
        _entry(SubElement(feed, "entry"), portal, package, language)
    content = tostring(feed, "utf-8", xml_declaration=True)
    return Response(content, 200, headers, "application/atom+xml")


def _head(
    feed: Element,
    portal: Portal,
    wanted: Asked,
    path: str,
    of: Text,
    found: Mapping[str, Any],
    language: str,
) -> None:
    site = portal.config.site
    title = " – ".join(filter(None, (clean(of.said(language)), Text(site.title).said(language))))
    address = iri(portal.site_url + path) or portal.site_url
    _text(feed, "id", uuid.uuid5(NAMESPACE, f"feed\n{address}{wanted.query(1)}").urn)
    _text(feed, "title", title)
    _text(feed, "updated", _updated(found["results"]))
    _text(SubElement(feed, "author"), "name", site.title)
    pages = last_page(wanted, found["count"], PAGE)
    numbers = {
        "self": wanted.page,
        "first": 1,
        "previous": wanted.page - 1,
        "next": wanted.page + 1,
        "last": pages,
    }
    for relation, number in numbers.items():
        if 1 <= number <= pages:
            _link(feed, relation, address + wanted.query(number), "application/atom+xml")
    _link(feed, "alternate", f"{portal.site_url}/data", "text/html")


def _updated(packages: list[Mapping[str, Any]]) -> str:
    newest = date(max((each["metadata_modified"] for each in packages), default=""))
    return newest.text if newest else "1970-01-01T00:00:00Z"


def _entry(entry: Element, portal: Portal, package: Mapping[str, Any], language: str) -> None:
    """Write a dataset as an entry."""
    page = f"{portal.site_url}/data/{package['name']}"
    _text(entry, "id", uuid.UUID(package["id"]).urn)
    _text(entry, "title", titles(package).said(language))
    for name, key in (("updated", "metadata_modified"), ("published", "metadata_created")):
        if found := date(package[key]):
            _text(entry, name, found.text)
    _author(SubElement(entry, "author"), package, language)
    if notes := plain(text_of(package, "notes").said(language)):
        _text(entry, "summary", notes[:LONGEST_SUMMARY])
    for tag in package["tags"]:
        SubElement(entry, "category", {"term": clean(tag["name"])})
    _link(entry, "alternate", page, "text/html")
    statements = f"{portal.site_url}/dataset/{package['id']}.jsonld"
    _link(entry, "describedby", statements, "application/ld+json")


def _author(author: Element, package: Mapping[str, Any], language: str) -> None:
    """Name who published it, with an address where the package has one."""
    _text(author, "name", titles(package["organization"]).said(language))
    if address := mail(package.get("maintainer_email")) or mail(package.get("author_email")):
        _text(author, "email", address.removeprefix("mailto:"))


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = clean(text)


def _link(parent: Element, relation: str, href: str, media_type: str) -> None:
    SubElement(parent, "link", {"rel": relation, "href": href, "type": media_type})


def routes() -> list[BaseRoute]:
    """The addresses of the feeds."""
    named = {"organization": organization, "group": group, "tag": tag}
    return [
        Route("/feeds/dataset.atom", everything, methods=READ),
        Route("/feeds/custom.atom", custom, methods=READ),
        *(Route(f"/feeds/{kind}/{{name}}.atom", do, methods=READ) for kind, do in named.items()),
    ]
