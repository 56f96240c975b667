"""An answer on its way out: links mended, format chosen, validators for caches."""

import hashlib
import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import Response

from geoportal.ogc.asked import HTML, JSON, JSON_LD, PAGES, Asked
from geoportal.ogc.shelf import Pairs
from geoportal.rendering import page
from geoportal.words import word

NAMES = {
    JSON: "application/json",
    HTML: "text/html",
    JSON_LD: "application/ld+json",
}
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
FORMS = {
    NAMES[JSON]: "JSON",
    NAMES[HTML]: "HTML",
    GEOJSON: "GeoJSON",
    SCHEMA: "JSON",
    "text/csv": "CSV",
    "application/vnd.oai.openapi+json": "JSON",
}
RELATION = "http://www.opengis.net/def/rel/ogc/1.0"
IN_FORMS = {
    "items": "ogc_items",
    "root": "ogc_api",
    "service-desc": "ogc_definition",
    "service-doc": "ogc_definition",
    f"{RELATION}/queryables": "ogc_queryables",
    f"{RELATION}/schema": "ogc_schema",
}
"""Relations of links of which there is one for each format, and the words for their titles."""
TITLES = IN_FORMS | {
    "conformance": "ogc_conformance",
    f"{RELATION}/conformance": "ogc_conformance",
    "data": "ogc_collections",
    "next": "next",
    "prev": "previous",
    f"{RELATION}/processes": "ogc_processes",
}
NOT_OURS = ("application/ld+json",)  # formats that pygeoapi offers and we do not
FRESH = "public, no-cache"
SOFTWARE = (importlib.metadata.version("pygeoapi"), 4)
"""Part of every validator: raise the number when the same question gets other bytes."""
OF_UNCHANGED = frozenset(
    (b"etag", b"cache-control", b"vary", b"access-control-allow-origin", b"x-content-type-options")
)
COMMON = {"Vary": "Accept, Accept-Encoding", "Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True)
class Answer:
    """A document in its JSON form, the template that shows it, and what else goes with it."""

    document: Mapping[str, Any]
    template: str
    media_type: str = NAMES[JSON]
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def etag(*parts: object) -> str:
    """A strong validator of what all these parts identify."""
    return '"' + hashlib.sha256(repr((SOFTWARE, *parts)).encode()).hexdigest()[:32] + '"'


def of_unchanged(headers: Pairs) -> Pairs:
    """Those of an answer's headers that go with 304 too (RFC 9110 §15.4.5), and our own."""
    return [pair for pair in headers if pair[0] in OF_UNCHANGED]


def tagged(body: bytes) -> tuple[bytes, str]:
    """Bytes and their validator."""
    return body, etag(hashlib.sha256(body).hexdigest())


def known(asked: Asked, tag: str) -> bool:
    """True when the answer with this validator need not be made: the client has it, or we do."""
    return bool(asked.request.scope["state"]["asking"].knows(tag))


def unchanged(tag: str, cache: str = FRESH) -> Response:
    """304: the client's copy is good."""
    return Response(status_code=304, headers={**COMMON, "ETag": tag, "Cache-Control": cache})


def written(asked: Asked, answer: Answer, tag: str = "", cache: str = FRESH) -> Response:
    """The answer in the format asked for; without a validator it gets that of its bytes."""
    if asked.format == HTML:
        response = page(
            asked.request,
            f"ogc/{answer.template}.html",
            document=answer.document,
            local=lambda href: href.removeprefix(asked.portal.site_url),
            **answer.values,
        )
        response.headers.update(COMMON)
        return response
    body = orjson.dumps(answer.document)
    tag = tag or etag(hashlib.sha256(body).hexdigest())
    if known(asked, tag):
        return unchanged(tag, cache)
    return sent(asked, body, tag, cache, answer.media_type, answer.headers)


def sent(
    asked: Asked,
    body: bytes,
    tag: str,
    cache: str = FRESH,
    media_type: str = NAMES[JSON],
    more: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Bytes that are ready, with what caches want to know of them."""
    headers = {**more, **COMMON, "ETag": tag, "Cache-Control": cache}
    headers["Content-Language"] = asked.language
    return Response(body, 200, headers, media_type)


def mended(
    document: dict[str, Any],
    asked: Asked,
    media_type: str = NAMES[JSON],
    forms: Iterable[str] = PAGES,
) -> dict[str, Any]:
    """The document with links to itself that are right, and none to what is not here.

    pygeoapi's own leave `offset` or the version out, and offer formats and services that we lack.
    """
    links = ours(document["links"], asked.language)
    kept = [link for link in links if link["rel"] not in ("self", "alternate")]
    document["links"] = [*itself(asked, media_type, forms), *kept]
    return document


def ours(links: Iterable[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """The links that lead to something we serve, under titles in a language."""
    return [titled(link, language) for link in links if not link["type"].startswith(NOT_OURS)]


def titled(link: dict[str, Any], language: str) -> dict[str, Any]:
    """The link with our title where pygeoapi's is English whatever the language is."""
    kind = link["type"].partition(";")[0]
    if link["rel"] in ("self", "alternate"):
        form = HTML if kind == NAMES[HTML] else JSON
        return link | {"title": word(language, f"ogc_as_{form}")}
    if link["rel"] not in TITLES:
        return link
    title = word(language, TITLES[link["rel"]])
    return link | {"title": f"{title} ({FORMS[kind]})" if link["rel"] in IN_FORMS else title}


def itself(
    asked: Asked, media_type: str = NAMES[JSON], forms: Iterable[str] = PAGES
) -> list[dict[str, Any]]:
    """Links to this document in each of its formats; the one at hand is `self`."""
    media = NAMES | {JSON: media_type}
    return [
        {
            "rel": "self" if form == asked.format else "alternate",
            "type": media[form],
            "title": word(asked.language, f"ogc_as_{form}"),
            "href": asked.href(form),
        }
        for form in forms
    ]
