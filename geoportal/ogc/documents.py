"""Documents of our own: what we conform to, and the OpenAPI definition."""

from starlette.responses import Response

from datasets.text import ENGLISH
from geoportal.ogc.answers import Answer, itself, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.openapi_document import MEDIA_TYPE, Listed, definition

SPEC = "http://www.opengis.net/spec"
CLASSES = (
    f"{SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{SPEC}/ogcapi-common-1/1.0/conf/landing-page",
    f"{SPEC}/ogcapi-common-1/1.0/conf/json",
    f"{SPEC}/ogcapi-common-1/1.0/conf/html",
    f"{SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{SPEC}/ogcapi-common-2/1.0/conf/collections",
    f"{SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{SPEC}/ogcapi-features-1/1.0/conf/html",
    f"{SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{SPEC}/ogcapi-common-3/1.0/conf/schemas",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/core",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/mvt",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/tileset",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/tilesets-list",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/oas30",
)
"""Conformance classes that hold; nothing of Part 4, because nobody writes here."""


def conformance(asked: Asked) -> Response:
    """The standards' classes that hold here."""
    asked = asked.check()
    document = {"conformsTo": CLASSES, "links": itself(asked)}
    return written(asked, Answer(document, "conformance"))


def openapi(asked: Asked) -> Response:
    """The OpenAPI definition, following the publications."""
    asked = asked.check()
    site, language = asked.portal.config.site, asked.language
    title = site.title_en if language == ENGLISH and site.title_en else site.title
    collections = tuple(
        Listed(shown.layer.id, shown.title.said(language) or shown.layer.id, shown.layer.columns)
        for shown in asked.view.collections.values()
    )
    document = definition(asked.base_url, title, site.description or title, collections)
    return written(asked, Answer(document, "openapi", MEDIA_TYPE))
