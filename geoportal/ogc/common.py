"""OGC API Common: the landing page, what we conform to, the OpenAPI definition."""

import pygeoapi.api
from starlette.responses import Response

from datasets.text import ENGLISH
from geoportal.ogc import config
from geoportal.ogc.answers import Answer, itself, mended, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import MEDIA_TYPE, Listed, definition, operation
from geoportal.ogc.part import Part, Route


def landing(asked: Asked) -> Response:
    """Where the API leads."""
    asked = asked.check()
    _, document = call(pygeoapi.api.landing_page, asked, config.view(asked, ()))
    document["links"] += [link for part in asked.parts for link in part.landing(asked)]
    return written(asked, Answer(mended(document, asked), "landing"))


def conformance(asked: Asked) -> Response:
    """The standards' classes that hold here."""
    asked = asked.check()
    classes = sorted({name for part in asked.parts for name in part.classes})
    document = {"conformsTo": classes, "links": itself(asked)}
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
    document = definition(
        asked.base_url, title, site.description or title, collections, asked.parts
    )
    return written(asked, Answer(document, "openapi", MEDIA_TYPE))


COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
PART = Part(
    routes=(
        Route("", landing),
        Route("/", landing),
        Route("/conformance", conformance),
        Route("/openapi", openapi),
    ),
    classes=(
        f"{COMMON}/core",
        f"{COMMON}/landing-page",
        f"{COMMON}/json",
        f"{COMMON}/html",
        f"{COMMON}/oas30",
    ),
    paths={
        "/": operation("Where the API leads", "landingPage"),
        "/conformance": operation("What the API conforms to", "conformance"),
        "/openapi": operation("This definition", "openapi", (MEDIA_TYPE, "text/html")),
    },
)
