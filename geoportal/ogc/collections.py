"""OGC API Common, Part 2: which collections there are, and what each is."""

from typing import Any

import orjson
import pygeoapi.api
from starlette.responses import Response

from geoportal.ogc import answers, config, parameters
from geoportal.ogc.answers import Answer, mended, sent, written
from geoportal.ogc.asked import HTML, Asked
from geoportal.ogc.downloads import choices
from geoportal.ogc.engine import call
from geoportal.ogc.kept import Kept
from geoportal.ogc.openapi_document import described as queried
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Part, Route
from geoportal.registry import Shown, View

MOST = 1000
LIMIT = Parameter(
    "limit",
    "The most collections in one answer; `next` leads on.",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST},
    parameters.up_to(MOST),
)
_pages = Kept[View, tuple[bytes, str]]()
_descriptions = Kept[Shown, bytes]()


def collections(asked: Asked) -> Response:
    """A page of the collections, in the order of their ids; those that are no layers first."""
    asked = asked.check((LIMIT, parameters.OFFSET))
    if asked.format == HTML:
        return written(asked, Answer(orjson.loads(orjson.dumps(listed(asked))), "collections"))
    key = (asked.base_url, asked.language, asked.href())
    body, tag = _pages.of(asked.view, key, lambda: answers.tagged(orjson.dumps(listed(asked))))
    return answers.unchanged(tag) if answers.known(asked, tag) else sent(asked, body, tag)


def listed(asked: Asked) -> dict[str, Any]:
    """The document of a page, its descriptions ready to be sent."""
    start, count = (int(str(asked.values.get(*each))) for each in (("offset", 0), ("limit", MOST)))
    _, document = call(pygeoapi.api.describe_collections, asked, config.view(asked, ()))
    others = [orjson.dumps(one) for part in asked.parts for one in part.others(asked)]
    shown = list(asked.view.collections.values())
    total = len(others) + len(shown)
    first = others[start : start + count]
    more = shown[max(start - len(others), 0) :][: count - len(first)]
    found = [*first, *(description(one, asked) for one in more)]
    document["collections"] = [orjson.Fragment(one) for one in found]
    document |= {"numberMatched": total, "numberReturned": len(found)}
    document = mended(document, asked)
    document["links"] += _turning(asked, start, count, total)
    return document


def _turning(asked: Asked, start: int, count: int, total: int) -> list[dict[str, str]]:
    """Links to the pages before and after this one, where there are."""
    turns = {"next": start + count} if start + count < total else {}
    if start:
        turns["prev"] = max(start - count, 0)
    return [
        {
            "rel": rel,
            "type": answers.NAMES[asked.format],
            "href": asked.href(asked.format, offset=offset),
        }
        for rel, offset in turns.items()
    ]


def description(shown: Shown, asked: Asked) -> bytes:
    """The description of a collection, as it stands in the list."""

    def made() -> bytes:
        api = config.view(asked, (shown,))
        _, document = call(pygeoapi.api.describe_collections, asked, api, shown.layer.id)
        return orjson.dumps(described(document, shown, asked))

    return _descriptions.of(shown, (asked.base_url, asked.language), made)


def collection(asked: Asked) -> Response:
    """One collection."""
    asked = asked.check((parameters.V,))
    shown = asked.shown(asked.request.path_params["collection"])
    api = config.view(asked, (shown,))
    _, document = call(pygeoapi.api.describe_collections, asked, api, shown.layer.id)
    document = mended(described(document, shown, asked), asked)
    values = {"shown": shown, "files": choices(shown, asked.language)}
    return written(asked, Answer(document, "collection", values=values))


def described(document: dict[str, Any], shown: Shown, asked: Asked) -> dict[str, Any]:
    """A collection's description with its version, its publisher, and links that we serve."""
    document["links"] = answers.ours(document["links"], asked.language)
    for interval in document["extent"].get("temporal", {}).get("interval", ()):
        # a + in an address is a space, and clients put these moments into one as they are
        interval[:] = [moment and moment.replace("+00:00", "Z") for moment in interval]
    document["attribution"] = shown.organization_title.said(asked.language) or shown.organization
    document["version"] = str(shown.version)
    document["updated"] = shown.modified
    document["links"] += [link for part in asked.parts for link in part.collection(asked, shown)]
    for part in asked.parts:
        document.update(part.members(asked, shown))
    return document


PART = Part(
    routes=(Route("/collections", collections), Route("/collections/{collection}", collection)),
    classes=("http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",),
    paths={
        "/collections": operation(
            "All collections", "collections", more=[queried(LIMIT), queried(parameters.OFFSET)]
        ),
        "/collections/{collectionId}": operation("One collection", "collection", names=["v"]),
    },
)
