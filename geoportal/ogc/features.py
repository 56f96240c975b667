"""Features: as GeoJSON out of the layer's own bytes, else answered by pygeoapi's handlers."""

import weakref
from collections.abc import Mapping
from typing import Any

from pygeoapi.api import itemtypes
from starlette.requests import Request
from starlette.responses import Response

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, config, downloads, filters, geojson, linked, parameters
from geoportal.ogc.answers import GEOJSON, NAMES, Answer, written
from geoportal.ogc.asked import JSON, JSON_LD, Asked, negotiate
from geoportal.ogc.engine import call
from geoportal.ogc.geojson import FORMS
from geoportal.ogc.kept import Kept
from geoportal.ogc.openapi_document import ITEMS_FORMAT, operation
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Part, Route, Threads
from geoportal.ogc.problems import Problem
from geoportal.ogc.provider import LAST
from geoportal.registry import Shown
from publish.formats import formats
from publish.layers.crs import CRS84
from publish.layers.manifest import SQLITE


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
    if asked.values.get("limit") == geojson.usual_size(asked):
        asked = asked.without("limit")
    try:
        return _answer(asked, shown)
    except TimeoutError:
        if asked.hurried:
            _remember(shown, asked)
        raise


def _remember(shown: Shown, asked: Asked) -> None:
    """Keep what was late: the kind of the filter where there is one, else the columns asked for."""
    late = _late.of(shown, "", set)
    text = dict(asked.query).get(parameters.FILTER.name)
    if text is None:
        late.update(asked.values.keys() - SMALL)
    elif len(late) < MOST_LATE:
        late.add(filters.kind(text))


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

    A column whose question was late once is not tried again, nor is a filter of a kind that was.
    """
    more, late = asked.keys() - SMALL, _late.of(shown, "", set)
    text = asked.get(parameters.FILTER.name)
    if text is not None:
        may_be = len(text) <= SHORT and _light.of(shown, "", lambda: _is_light(shown))
        if not may_be or len(late) >= MOST_LATE or filters.kind(text) in late:
            return False
        more -= {parameters.FILTER.name, parameters.FILTER_LANG.name}
    columns = parameters.queryable(shown.features.manifest.columns) if more else ()
    return more <= {column.name for column in columns} - late


def _is_light(shown: Shown) -> bool:
    """Whether a layer's features are small: to compare the place of one keeps nobody waiting."""
    size_bytes = (shown.features.folder / SQLITE).stat().st_size
    return size_bytes <= LIGHT_BYTES * shown.features.manifest.features


def item(asked: Asked) -> Response:
    """One feature."""
    shown = asked.shown(_name(asked))
    crs = _known.of(shown, "item", lambda: _of_item(shown))
    return _answer(asked.check(crs, FORMS), shown, str(asked.request.path_params["feature"]))


def _answer(asked: Asked, shown: Shown, *fid: str) -> Response:
    """A page of features, or the one of an id."""
    named = asked.versioned(shown.version)
    cache = FOR_EVER if asked.pinned else answers.FRESH
    tag = answers.etag(
        shown.layer.sha, shown.version, asked.language, named.href(asked.format), cache
    )
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    headers = {"Content-Crs": f"<{asked.values.get('crs', CRS84)}>"}
    if asked.format == JSON:
        write = geojson.feature if fid else geojson.page
        body = write(named, shown, *fid)
        _read.add(shown)
        return answers.sent(asked, body, tag, cache, GEOJSON, headers)
    document = by_pygeoapi(named, shown, *fid)
    template = "item" if fid else "items"
    if asked.format == JSON_LD:
        at = f"{asked.base_url}/collections/{shown.layer.id}"
        linked_data = linked.feature(document, at) if fid else linked.page(document, at)
        return written(asked, Answer(linked_data, template, NAMES[JSON_LD], headers), tag, cache)
    values = {"shown": shown, "pager": _pager(asked, document), "files": downloads.same(asked)}
    return written(asked, Answer(document, template, GEOJSON, headers, values), tag, cache)


def by_pygeoapi(asked: Asked, shown: Shown, *fid: str) -> dict[str, Any]:
    """The document of a page or of a feature as pygeoapi's handlers make it, with our links.

    pygeoapi's own leave `offset` or the version out, and `next` counts features.
    """
    handler = itemtypes.get_collection_item if fid else itemtypes.get_collection_items
    api = config.view(asked, (shown,))
    _, document = call(handler, asked, api, shown.layer.id, *fid, **_reread(asked))
    document.pop("timeStamp", None)  # optional; all else is the same whenever one asks
    if fid:
        document["links"] = geojson.feature_links(asked, shown)
    else:
        document["links"] = geojson.page_links(asked, shown, document.pop(LAST))
    return document


def _of_item(shown: Shown) -> tuple[Parameter, ...]:
    return parameters.V, parameters.of_layer(parameters.CRS, shown.features.manifest)


def _pager(asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
    """Which features a page shows, and the links of its document to those before and after."""
    offset = int(str(asked.values.get("offset", 0)))
    pages = {link["rel"]: link["href"] for link in document["links"]}
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
    more = {"limit": str(geojson.size(asked))}
    if (box := parameters.lonlat(asked.values)) is not None:
        more |= {"bbox": ",".join(map(str, box)), "bbox-crs": CRS84}
    return more


AFTER = parameters.AFTER.name
SMALL = frozenset({"f", "v", "limit", "offset", AFTER, "bbox"})
"""Parameters of questions that are small as a rule."""
QUICK = SMALL | {"crs", "bbox-crs", "datetime"}
"""Parameters of questions that need not look at each feature."""
_read: weakref.WeakSet[Shown] = weakref.WeakSet()
"""The layers of which this process has given features."""
_late: Kept[Shown, set[str]] = Kept()
"""The columns, and the kinds of filters, of questions that took too long for others to wait."""
_light: Kept[Shown, bool] = Kept()
LIGHT_BYTES = 10_000
"""Of a feature in its file, with all that is indexed of it."""
MOST_LATE = 1000
"""Where so many are known, all filters of a layer have a thread."""
SHORT = 1000
"""Characters of a filter that is read while others wait; the worst take 2 ms."""
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
