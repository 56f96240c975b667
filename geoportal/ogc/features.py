"""Features, answered by pygeoapi's handlers."""

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from pygeoapi.api import itemtypes
from starlette.requests import Request
from starlette.responses import Response

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, config, downloads, filters, linked, parameters
from geoportal.ogc.answers import GEOJSON, NAMES, Answer, mended, written
from geoportal.ogc.asked import HTML, JSON, JSON_LD, Asked, negotiate
from geoportal.ogc.engine import call
from geoportal.ogc.kept import Kept
from geoportal.ogc.openapi_document import ITEMS_FORMAT, operation
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Part, Route, Threads
from geoportal.ogc.problems import Problem
from geoportal.ogc.provider import LAST
from geoportal.registry import Shown
from geoportal.words import word
from publish.formats import formats
from publish.layers.crs import CRS84


def items(asked: Asked) -> Response:
    """A page of features; the answer, its count and its `next` are of one version."""
    shown = asked.shown(_name(asked))
    if form := downloads.wanted(asked.request):
        return downloads.file(asked, shown, form)
    manifest = shown.features.manifest
    known = _known.of(shown, "items", lambda: parameters.of_items(manifest))
    asked = filters.understood(asked.check(known, (*FORMS, *formats())), manifest)
    for other in ("offset", parameters.SORT_BY):
        if AFTER in asked.values and other in asked.values:
            raise Problem(400, f"after: goes without {other}; follow the links `next` as they are")
    try:
        return _features(asked, shown, itemtypes.get_collection_items, "items")
    except TimeoutError:
        if asked.hurried:
            _late.of(shown, "", set).update(asked.values.keys() - SMALL)
        raise


def threads(request: Request) -> Threads:
    """Those of long work for a file, of heavy work for a filter or an order, else the quick ones.

    What asks for small JSON out of files at hand needs none. It is not known before how small: a
    page that is slow to find, or has many bytes, is given up and made in a thread.
    """
    if downloads.wanted(request):
        return Threads.LONG
    asked = request.query_params
    form = asked.get("f") or negotiate(request.headers.get("accept", ""))
    shown = _at_hand(request)
    if form == JSON and shown and _is_small(asked, shown):
        return Threads.AT_ONCE
    return Threads.CHEAP if asked.keys() <= QUICK else Threads.HEAVY


def _at_hand(request: Request) -> Shown | None:
    """The layer asked for, where it lies in a file that was read and found whole before."""
    portal = request.app.state.portal
    view = portal.registry.glimpse()
    shown = view.collections.get(request.path_params["collection"]) if view else None
    is_here = (
        portal.config.layers.backend == "sqlite"
        and shown is not None
        and shown in _read
        and request.query_params.get("v", str(shown.version)) == str(shown.version)
    )
    return shown if is_here else None


def _is_small(asked: Mapping[str, str], shown: Shown) -> bool:
    """Tell whether a question is small as a rule: a page, a box, values of columns.

    A column whose question was late once is not tried again.
    """
    more = asked.keys() - SMALL
    columns = parameters.queryable(shown.features.manifest.columns) if more else ()
    return more <= {column.name for column in columns} - _late.of(shown, "", set)


def item(asked: Asked) -> Response:
    """One feature."""
    shown = asked.shown(_name(asked))
    crs = _known.of(shown, "item", lambda: _of_item(shown))
    asked = asked.check(crs, FORMS)
    feature = str(asked.request.path_params["feature"])
    return _features(asked, shown, itemtypes.get_collection_item, "item", feature)


def _features(
    asked: Asked, shown: Shown, handler: Callable[..., Any], template: str, *feature: str
) -> Response:
    named = asked.versioned(shown.version)
    cache = FOR_EVER if asked.pinned else answers.FRESH
    place = named.href(asked.format)
    tag = answers.etag(shown.layer.sha, shown.version, asked.language, place, cache)
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    ready_made = asked.format == JSON and not feature
    api = config.view(asked, (shown,), ready_made=ready_made)
    more = _reread(asked) | {"v": str(shown.version)}
    headers, document = call(handler, asked, api, shown.layer.id, *feature, **more)
    _read.add(shown)
    document.pop("timeStamp", None)  # optional; all else is the same whenever one asks
    last = document.pop(LAST, None)
    mended(document, named, GEOJSON, FORMS)
    if not feature and _by_key(asked):
        _lead_on(document, named, last)
    crs = {"Content-Crs": headers["Content-Crs"]}
    if asked.format == JSON_LD:
        at = f"{asked.base_url}/collections/{shown.layer.id}"
        linked_data = linked.feature(document, at) if feature else linked.page(document, at)
        return written(asked, Answer(linked_data, template, NAMES[JSON_LD], crs), tag, cache)
    if asked.format == JSON:
        return written(asked, Answer(document, template, GEOJSON, crs), tag, cache)
    values = {"shown": shown, "pager": _pager(asked, document), "files": downloads.same(asked)}
    return written(asked, Answer(document, template, GEOJSON, crs, values), tag, cache)


def _of_item(shown: Shown) -> tuple[Parameter, ...]:
    return parameters.V, parameters.of_layer(parameters.CRS, shown.features.manifest)


def _by_key(asked: Asked) -> bool:
    """Tell whether pages follow each other by key: who counts features himself goes on to count.

    A page for people tells how many features it has passed over, unless it was led to by key.
    """
    if asked.format == HTML and AFTER not in asked.values:
        return False
    return "offset" not in asked.values and parameters.SORT_BY not in asked.values


def _lead_on(document: dict[str, Any], asked: Asked, last: int | None) -> None:
    """Let `next` begin after the last key of this page: page 1,000 then costs what the first does.

    pygeoapi's own link counts features; `last` is None where nothing follows.
    """
    links = document["links"]
    at = next((i for i, link in enumerate(links) if link["rel"] == "next"), len(links))
    found = links[at : at + 1] or [{"rel": "next", "title": word(asked.language, "next")}]
    own = {"type": MEDIA[asked.format], "href": asked.href(asked.format, after=last)}
    links[at : at + 1] = [] if last is None else [found[0] | own]


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


FORMS = (JSON, JSON_LD, HTML)
MEDIA = NAMES | {JSON: GEOJSON}
AFTER = parameters.AFTER.name
SMALL = frozenset({"f", "v", "limit", "offset", AFTER, "bbox"})
"""Parameters of questions that are small as a rule."""
QUICK = SMALL | {"crs", "bbox-crs", "datetime"}
"""Parameters of questions that need not look at each feature."""
_read: weakref.WeakSet[Shown] = weakref.WeakSet()
"""The layers of which this process has given features."""
_late: Kept[Shown, set[str]] = Kept()
"""The columns that a question asked for which took too long for others to wait."""
_known: Kept[Shown, tuple[Parameter, ...]] = Kept()

COLLECTION = "/collections/{collection}"
FEATURES = "http://www.opengis.net/spec/ogcapi-features"
IN_QUERY = [parameter.name for parameter in parameters.ITEMS]
TEMPLATE = "/collections/{collectionId}"
TYPES = (GEOJSON, NAMES[JSON_LD], "text/html")
PART = Part(
    routes=(
        Route(f"{COLLECTION}/items", items, threads),
        Route(f"{COLLECTION}/items/{{feature:path}}", item, threads),
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
        f"{TEMPLATE}/items": operation(
            "Features", "items", (*TYPES, *downloads.MEDIA), IN_QUERY, form=ITEMS_FORMAT
        ),
        f"{TEMPLATE}/items/{{featureId}}": operation("One feature", "item", TYPES, ["v", "crs"]),
    },
)
