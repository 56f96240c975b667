"""Features as GeoJSON, out of the bytes that the layer keeps: no feature is read to be written.

It is what pygeoapi's handlers answer for the same question, byte for byte (a test compares them),
for a small part of what they cost.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from geoportal.ogc import parameters
from geoportal.ogc.answers import GEOJSON, NAMES, itself
from geoportal.ogc.asked import HTML, JSON, JSON_LD, Asked
from geoportal.ogc.parameters import DEFAULT_ITEMS, HTML_ITEMS
from geoportal.ogc.part import HURRY_S
from geoportal.ogc.problems import Problem
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers import crs
from publish.layers.crs import CRS84
from publish.layers.features import TIMEOUT_S, Features
from publish.layers.query import Query

FORMS = (JSON, JSON_LD, HTML)
MEDIA = NAMES | {JSON: GEOJSON}

type Link = dict[str, Any]

MOST_AT_ONCE = 2**19
"""Bytes of a page that is made while others wait."""


def page(asked: Asked, shown: Shown) -> bytes:
    """A page of features, how many match, and its links; raises Problem for a wrong question."""
    values: Mapping[str, Any] = asked.values
    try:
        found = shown.features.joined(
            query_of(asked, shown.features),
            after=values.get(parameters.AFTER.name),
            offset=values.get("offset", 0),
            limit=size(asked),
            timeout_s=HURRY_S if asked.hurried else TIMEOUT_S,
        )
    except ValueError as error:
        raise Problem(400, str(error)) from None
    if asked.hurried and len(found.features) > MOST_AT_ONCE:
        raise TimeoutError("too many bytes to write while others wait")
    return (
        b'{"type":"FeatureCollection","features":[%b],"numberMatched":%d,"numberReturned":%d,'
        b'"links":%b}'
    ) % (
        _projected(found.features, asked),
        found.matched,
        found.returned,
        orjson.dumps(page_links(asked, shown, found.last)),
    )


def feature(asked: Asked, shown: Shown, fid: str) -> bytes:
    """One feature and its links; raises Problem where there is none of that id."""
    found = shown.features.feature(fid)
    if found is None:
        raise Problem(404, f"there is no feature {fid[:80]!r}")
    links = orjson.dumps(feature_links(asked, shown))
    return b'%b,"links":%b}' % (_projected(found, asked)[:-1], links)


def query_of(asked: Asked, features: Features) -> Query:
    """Which features a request asks for, out of its parameters as they were read."""
    values: Mapping[str, Any] = asked.values
    columns = {column.name for column in parameters.queryable(features.manifest.columns)}
    return features.ask(
        bbox=parameters.lonlat(values),
        equal=[pair for pair in asked.query if pair[0] in columns],
        sort=values.get(parameters.SORT_BY, ()),
        time=values.get("datetime"),
        filter=values.get("filter"),
    )


def size(asked: Asked) -> int:
    """How many features a page has: what was asked for, else what its format shows."""
    limit: Any = asked.values.get("limit", usual_size(asked))
    return int(limit)


def usual_size(asked: Asked) -> int:
    """How many features a page of a format has when nobody says how many."""
    return HTML_ITEMS if asked.format == HTML else DEFAULT_ITEMS


def page_links(asked: Asked, shown: Shown, last: int | None) -> list[Link]:
    """Where a page leads: its other formats, the pages before and after, the collection.

    `last` is its last key, None where no feature follows: `next` begins after it, and page 1,000
    costs what the first does. Who counts features himself goes on to count.
    """
    offset: Any = asked.values.get("offset", 0)
    links = itself(asked, GEOJSON, FORMS)
    if offset:
        links.append(_to(asked, "prev", "previous", offset=max(0, offset - size(asked))))
    if last is not None and _by_key(asked):
        links.append(_to(asked, "next", "next", after=last))
    elif last is not None:
        links.append(_to(asked, "next", "next", offset=offset + size(asked)))
    return [*links, _collection(asked, shown)]


def feature_links(asked: Asked, shown: Shown) -> list[Link]:
    """Where a feature leads: its other formats, the API, the collection."""
    title = word(asked.language, "ogc_api")
    roots = [
        {
            "rel": "root",
            "type": NAMES[form],
            "title": f"{title} ({form.upper()})",
            "href": f"{asked.base_url}?f={form}",
        }
        for form in (JSON, HTML)
    ]
    return [*itself(asked, GEOJSON, FORMS), *roots, _collection(asked, shown)]


def _projected(features: bytes, asked: Asked) -> bytes:
    """Features, with commas between where they are many, in the system asked for."""
    target = str(asked.values.get("crs", CRS84))
    if target == CRS84 or not features:
        return features
    read = orjson.loads(b"[%b]" % features)
    crs.project_features(read, target)
    return orjson.dumps(read)[1:-1]


def _by_key(asked: Asked) -> bool:
    """Tell whether pages follow each other by key, not by count.

    A page for people tells how many features it has passed over, unless it was led to by key.
    """
    if asked.format == HTML and parameters.AFTER.name not in asked.values:
        return False
    return "offset" not in asked.values and parameters.SORT_BY not in asked.values


def _to(asked: Asked, rel: str, title: str, **more: int) -> Link:
    return {
        "rel": rel,
        "type": MEDIA[asked.format],
        "title": word(asked.language, title),
        "href": asked.href(asked.format, **more),
    }


def _collection(asked: Asked, shown: Shown) -> Link:
    return {
        "rel": "collection",
        "type": NAMES[JSON],
        "title": shown.title.said(asked.language) or shown.layer.id,
        "href": f"{asked.base_url}/collections/{shown.layer.id}",
    }
