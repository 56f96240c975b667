"""Features, answered by pygeoapi's handlers."""

from collections.abc import Callable
from typing import Any

from pygeoapi.api import itemtypes
from starlette.requests import Request
from starlette.responses import Response

from geoportal.ogc import answers, config, downloads, filters, parameters
from geoportal.ogc.answers import GEOJSON, Answer, mended, written
from geoportal.ogc.asked import JSON, PAGES, Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Part, Route, Threads
from geoportal.registry import Shown
from publish.formats import formats
from publish.layers.crs import CRS84


def items(asked: Asked) -> Response:
    """A page of features; the answer, its count and its `next` are of one version."""
    shown = asked.shown(_name(asked))
    if form := downloads.wanted(asked.request):
        return downloads.file(asked, shown, form)
    known = parameters.of_items(shown.features.manifest)
    asked = asked.check(known, (*PAGES, *formats()))
    asked = filters.understood(asked, shown.features.manifest)
    return _features(asked, shown, itemtypes.get_collection_items, "items")


def threads(request: Request) -> Threads:
    """Those of long work for a file, of heavy work for a filter, else the quick ones."""
    if downloads.wanted(request):
        return Threads.LONG
    return filters.threads(request)


def item(asked: Asked) -> Response:
    """One feature."""
    shown = asked.shown(_name(asked))
    crs = parameters.of_layer(parameters.CRS, shown.features.manifest)
    asked = asked.check((parameters.V, crs))
    feature = str(asked.request.path_params["feature"])
    return _features(asked, shown, itemtypes.get_collection_item, "item", feature)


def _features(
    asked: Asked, shown: Shown, handler: Callable[..., Any], template: str, *feature: str
) -> Response:
    named = asked.versioned(shown.version)
    cache = answers.FOR_EVER if asked.pinned else answers.FRESH
    place = named.href(asked.format)
    tag = answers.etag(shown.layer.sha, shown.version, asked.language, place, cache)
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    ready_made = asked.format == JSON and not feature
    api = config.view(asked, (shown,), ready_made=ready_made)
    more = _reread(asked) | {"v": str(shown.version)}
    headers, document = call(handler, asked, api, shown.layer.id, *feature, **more)
    document.pop("timeStamp", None)  # optional; all else is the same whenever one asks
    mended(document, named, GEOJSON)
    crs = {"Content-Crs": headers["Content-Crs"]}
    values = {"shown": shown, "pager": _pager(asked, document)}
    return written(asked, Answer(document, template, GEOJSON, crs, values), tag, cache)


def _pager(asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
    """Which features a page shows, and the links of its document to those before and after."""
    offset = int(str(asked.values.get("offset", 0)))
    pages = {link["rel"]: link["href"].replace("f=json", "f=html", 1) for link in document["links"]}
    return {
        "first": offset + 1,
        "last": offset + document.get("numberReturned", 0),
        "previous": pages.get("prev"),
        "next": pages.get("next"),
    }


def _name(asked: Asked) -> str:
    return str(asked.request.path_params["collection"])


def _reread(asked: Asked) -> dict[str, str]:
    """Parameters written as we understood them: pygeoapi reads them anew, and more loosely."""
    more = {name: str(asked.values[name]) for name in ("limit", "offset") if name in asked.values}
    keys = asked.values.get(parameters.SORT_BY)
    if isinstance(keys, tuple):
        more[parameters.SORT_BY] = ",".join(keys)
    if (box := parameters.lonlat(asked.values)) is not None:
        more["bbox"] = ",".join(map(str, box))
    if "bbox-crs" in asked.values:
        more["bbox-crs"] = CRS84
    return more


COLLECTION = "/collections/{collection}"
FEATURES = "http://www.opengis.net/spec/ogcapi-features"
NAMES = [parameter.name for parameter in parameters.ITEMS]
TEMPLATE = "/collections/{collectionId}"
TYPES = (GEOJSON, "text/html")
PART = Part(
    routes=(
        Route(f"{COLLECTION}/items", items, threads),
        Route(f"{COLLECTION}/items/{{feature:path}}", item),
    ),
    collection=downloads.links,
    classes=(
        f"{FEATURES}-1/1.0/conf/core",
        f"{FEATURES}-1/1.0/conf/geojson",
        f"{FEATURES}-1/1.0/conf/html",
        f"{FEATURES}-1/1.0/conf/oas30",
        f"{FEATURES}-2/1.0/conf/crs",
    ),
    paths={
        f"{TEMPLATE}/items": operation("Features", "items", TYPES, NAMES),
        f"{TEMPLATE}/items/{{featureId}}": operation("One feature", "item", TYPES, ["v", "crs"]),
    },
)
