"""Vector tiles, out of a layer's archive or made while one waits.

pygeoapi's own tile route cannot send the stored gzip bytes, needs `f=` and trusts its numbers.
"""

import gzip
import re

from starlette.responses import Response

from geoportal.ogc import answers, parameters
from geoportal.ogc.asked import HTML, JSON, MVT, Asked
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Part, Route, Threads
from geoportal.ogc.problems import Problem, bad
from geoportal.ogc.tilesets import MEDIA_TYPE, known_set
from geoportal.registry import Shown
from publish.layers import webmercatorquad
from publish.layers.mvt import live_tile
from publish.layers.pmtiles import archived_tile

LIVE_CAP = 20_000
BUILDING = {"emap-tiles": "building"}
SOON = "public, max-age=10"  # a tile that another will replace when the archive is there


def tile(asked: Asked) -> Response:
    """One tile as stored, gzip bytes where the client takes them; 204 where nothing is."""
    if "tms" in asked.request.path_params:
        known_set(asked)
    shown = asked.shown(asked.request.path_params["collection"])
    asked = asked.check((parameters.V,), (MVT, JSON, HTML))
    z, x, y = (number(asked, name) for name in "zxy")
    try:
        webmercatorquad.check(z, x, y)
    except ValueError as error:
        raise Problem(404, str(error)) from None
    packed = takes_gzip(asked.request.headers.get("accept-encoding", ""))
    if shown.archive is None:
        return _live(asked, shown, z, x, y)
    cache = answers.FOR_EVER if asked.pinned else answers.FRESH
    tag = answers.etag(shown.layer.sha, shown.archive.name, z, x, y, packed)
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    found = archived_tile(shown.archive, z, x, y)
    headers = {**answers.COMMON, "Cache-Control": cache, "ETag": tag}
    if found is None:
        return Response(status_code=204, headers=headers)
    if packed:
        return Response(found, 200, {**headers, "Content-Encoding": "gzip"}, MEDIA_TYPE)
    return Response(gzip.decompress(found), 200, headers, MEDIA_TYPE)


def _live(asked: Asked, shown: Shown, z: int, x: int, y: int) -> Response:
    """A tile made now, until the archive is there: nobody may keep it for long."""
    headers = {**answers.COMMON, **BUILDING, "Cache-Control": SOON}
    made = live_tile(shown.features, shown.layer, z, x, y, LIVE_CAP)
    if not made:
        return Response(status_code=204, headers=headers)
    return Response(made, 200, headers, MEDIA_TYPE)


def number(asked: Asked, name: str) -> int:
    """A part of a tile's address; raises Problem for anything but a few digits."""
    given = str(asked.request.path_params[name])
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise bad(name, given, "a whole number from 0")
    return int(given)


def takes_gzip(accept_encoding: str) -> bool:
    """Tell whether a client takes gzip.

    >>> [takes_gzip(h) for h in ("br, gzip;q=0.5", "gzip;q=0", "*", "")]
    [True, False, True, False]
    """
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.strip().partition(";")
        weights[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return weights.get("gzip", weights.get("*", False))


TEMPLATE = "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
PART = Part(
    routes=(
        Route("/collections/{collection}/tiles/{tms}/{z}/{y}/{x}", tile, Threads.HEAVY),
        Route("//tiles/{collection}/{z}/{x}/{y}.mvt", tile, Threads.HEAVY),
    ),
    classes=("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",),
    paths={TEMPLATE: operation("One vector tile", "tile", (MEDIA_TYPE,), ["v"])},
)
