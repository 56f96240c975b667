"""OGC API Common, Part 2: which collections there are, and what each is."""

from typing import Any

import pygeoapi.api
from starlette.responses import Response

from geoportal.ogc import answers, config, parameters
from geoportal.ogc.answers import Answer, mended, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Part, Route
from geoportal.registry import Shown


def collections(asked: Asked) -> Response:
    """All collections, in the order of their ids."""
    asked = asked.check()
    tag = answers.etag(asked.view.revision, asked.base_url, asked.language, asked.href())
    if answers.known(asked, tag):
        return answers.unchanged(tag)
    shown = asked.view.collections
    api = config.view(asked, shown.values())
    _, document = call(pygeoapi.api.describe_collections, asked, api)
    for one in document["collections"]:
        described(one, shown[one["id"]], asked)
    return written(asked, Answer(mended(document, asked), "collections"), tag)


def collection(asked: Asked) -> Response:
    """One collection."""
    asked = asked.check((parameters.V,))
    shown = asked.shown(asked.request.path_params["collection"])
    api = config.view(asked, (shown,))
    _, document = call(pygeoapi.api.describe_collections, asked, api, shown.layer.id)
    document = mended(described(document, shown, asked), asked)
    return written(asked, Answer(document, "collection", values={"shown": shown}))


def described(document: dict[str, Any], shown: Shown, asked: Asked) -> dict[str, Any]:
    """A collection's description with its version, its publisher, and links that we serve."""
    document["links"] = answers.ours(document["links"])
    document["attribution"] = shown.organization_title.said(asked.language) or shown.organization
    document["version"] = str(shown.version)
    document["updated"] = shown.modified
    document["links"] += [link for part in asked.parts for link in part.collection(asked, shown)]
    return document


PART = Part(
    routes=(Route("/collections", collections), Route("/collections/{collection}", collection)),
    classes=("http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",),
    paths={
        "/collections": operation("All collections", "collections"),
        "/collections/{collectionId}": operation("One collection", "collection", names=["v"]),
    },
)
