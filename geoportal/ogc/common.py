"""OGC API Common: the landing page, what we conform to, the OpenAPI definition."""

import orjson
import pygeoapi.api
from starlette.responses import Response

from geoportal.ogc import answers, config
from geoportal.ogc.answers import Answer, itself, mended, written
from geoportal.ogc.asked import HTML, Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import MEDIA_TYPE, definition, operation
from geoportal.ogc.part import Part, Route


def landing(asked: Asked) -> Response:
    """Where the API leads."""
    asked = asked.check()
    _, document = call(pygeoapi.api.landing_page, asked, config.view(asked, ()))
    # pygeoapi writes /TileMatrixSets; the standard, and `tilesets.landing`, /tileMatrixSets.
    kept = [link for link in document["links"] if not link["rel"].endswith("/tiling-schemes")]
    # Processes 1.0 and Common have the registered name, Features 1.0 the short one
    again = [one | {"rel": REGISTERED} for one in kept if one["rel"] == "conformance"]
    more = [link for part in asked.parts for link in part.landing(asked)]
    document["links"] = [*kept, *again, *more]
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
    site = asked.portal.config.site
    body, tag = definition(asked.base_url, site, asked.language, asked.view, asked.parts)
    if asked.format == HTML:
        return written(asked, Answer(orjson.loads(body), "openapi"))
    if answers.known(asked, tag):
        return answers.unchanged(tag)
    return answers.sent(asked, body, tag, media_type=MEDIA_TYPE)


REGISTERED = f"{config.REL}/conformance"
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
