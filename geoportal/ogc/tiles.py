"""Vector tiles, out of a layer's archive or made while one waits, and the archive itself.

pygeoapi's own tile route cannot send the stored gzip bytes, needs `f=` and trusts its numbers.
"""

import functools
import gzip
import re

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, parameters
from geoportal.ogc.asked import HTML, JSON, MVT, Asked
from geoportal.ogc.kept import Kept
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Part, Route, Threads
from geoportal.ogc.problems import Problem, bad
from geoportal.ogc.tilesets import (
    ARCHIVE_TYPE,
    LIVE_ZOOMS,
    MEDIA_TYPE,
    VECTOR_TILES,
    known_set,
    limits,
)
from geoportal.registry import Shown
from publish.layers import webmercatorquad
from publish.layers.integrity import BrokenArchive
from publish.layers.pmtiles import archived_tile, header, unpacked

LIVE_CAP = 20_000
GZIP_LEVEL = 4
STATE = "emap-tiles"
BUILDING, TOO_MUCH = {STATE: "building"}, {STATE: "too-much"}
PACKED = {"Content-Encoding": "gzip"}
SOON = "public, max-age=10"  # a tile that another will replace when the archive is there

_archives: Kept[Shown, str] = Kept()

type Place = tuple[int, int, int]


def tile(asked: Asked) -> Response:
    """One tile: as it is stored, made now where the archive ends, 204 where nothing is.

    Until there is an archive only zooms of LIVE_ZOOMS are made, and nobody keeps them for long.
    """
    if "tms" in asked.request.path_params:
        known_set(asked)
    shown = asked.shown(asked.request.path_params["collection"])
    asked = asked.check((parameters.V,), (MVT, JSON, HTML))
    place = z, x, y = number(asked, "z"), number(asked, "x"), number(asked, "y")
    try:
        webmercatorquad.check(z, x, y)
    except ValueError as error:
        raise Problem(404, str(error)) from None
    if shown.archive is None:
        return _for_now(asked, shown, place)
    packed = takes_gzip(asked.request.headers.get("accept-encoding", ""))
    told = headers(pinned=asked.pinned)
    told["ETag"] = tag(shown, place, pinned=asked.pinned, packed=packed)
    if answers.known(asked, told["ETag"]):
        return answers.unchanged(told["ETag"], told["Cache-Control"])
    if z <= header(shown.archive).max_zoom:
        stored = archived_tile(shown.archive, z, x, y)
        return _sent(stored or _nothing(asked, shown, place), told, packed=packed)
    made = _made(shown, place)
    made = _nothing(asked, shown, place) if made == b"" else made
    return _sent(made, told if made is not None else {**told, **TOO_MUCH}, packed=packed)


def headers(*, pinned: bool) -> dict[str, str]:
    """What is said of every tile that is there for good; `pinned` where the address has `v`."""
    return {**answers.COMMON, "Cache-Control": FOR_EVER if pinned else answers.FRESH}


def tag(shown: Shown, place: Place, *, pinned: bool, packed: bool) -> str:
    """The validator of a tile; another one where it may be kept for ever."""
    file = shown.archive.name if shown.archive else ""
    archive = _archives.of(shown, pinned, lambda: answers.etag(shown.layer.sha, file, pinned))
    return '{}-{}-{}-{}{}"'.format(archive[:-1], *place, "-gzip" if packed else "")


def _for_now(asked: Asked, shown: Shown, place: Place) -> Response:
    """A tile while the archive is being built."""
    headers = {**answers.COMMON, **BUILDING, "Cache-Control": SOON}
    made = _made(shown, place) if place[0] >= LIVE_ZOOMS[0] else None
    packed = takes_gzip(asked.request.headers.get("accept-encoding", ""))
    return _sent(made, headers, packed=packed)


def _made(shown: Shown, place: Place) -> bytes | None:
    """A tile of the features, gzip; no bytes where nothing is, None where it would be too much."""
    made = shown.features.tile(shown.layer, *place, cap=LIVE_CAP)
    return gzip.compress(made, GZIP_LEVEL, mtime=0) if made else made


def _nothing(asked: Asked, shown: Shown, place: Place) -> bytes:
    """An empty tile; raises Problem 404 where the tileset says that there is none.

    Rule: OGC 20-057, /req/core/tc-error. Other addresses of tiles know no limits.
    """
    z, x, y = place
    ends = limits(z, shown)
    within = (
        ends["minTileRow"] <= y <= ends["maxTileRow"]
        and ends["minTileCol"] <= x <= ends["maxTileCol"]
    )
    if "tms" in asked.request.path_params and not within:
        there = ", ".join(f"{name} {value}" for name, value in ends.items() if name[:1] == "m")
        raise Problem(404, f"tile {z}/{y}/{x} is outside the limits of the tileset: {there}")
    return b""


def _sent(stored: bytes | None, headers: dict[str, str], *, packed: bool) -> Response:
    """A gzipped tile as the client takes it; 204 when there is none."""
    if not stored:
        return Response(status_code=204, headers=headers)
    if packed:
        return Response(stored, 200, {**headers, **PACKED}, MEDIA_TYPE)
    return Response(unpacked(stored), 200, headers, MEDIA_TYPE)


def threads(request: Request) -> Threads:
    """None for a tile that is stored, or is none; those for heavy work to make one."""
    given = request.path_params
    view = request.app.state.portal.registry.glimpse()
    shown = view.collections.get(given["collection"]) if view else None
    if shown is None or request.query_params.get("v", str(shown.version)) != str(shown.version):
        return Threads.HEAVY
    try:
        highest = header(shown.archive).max_zoom if shown.archive else LIVE_ZOOMS[0] - 1
    except BrokenArchive:  # the operation will see it too, and have it set aside
        return Threads.HEAVY
    is_live = re.fullmatch(r"[0-9]{1,2}", given["z"]) and int(given["z"]) > highest
    return Threads.HEAVY if is_live else Threads.AT_ONCE


def archive(asked: Asked) -> Response:
    """The archive of all tiles as it lies on the disk, whole or by Range (RFC 9110 §14)."""
    asked = asked.as_json().check((parameters.V,), (JSON,))
    shown = asked.shown(asked.request.path_params["collection"])
    if shown.archive is None:
        raise Problem(404, f"the tiles of {shown.layer.id} are being built; ask again in a while")
    cache = FOR_EVER if asked.pinned else answers.FRESH
    tag = answers.etag(shown.layer.sha, shown.archive.name)
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    headers = {
        **answers.COMMON,
        "Cache-Control": cache,
        "ETag": tag,
        "Access-Control-Expose-Headers": "ETag, Content-Range, Content-Length",
    }
    header(shown.archive)  # it is whole
    scope, size_bytes = asked.request.scope, shown.archive.stat().st_size
    kept = [pair for pair in scope["headers"] if pair[0] != b"range"]
    given = asked.request.headers.get("range", "")
    fresh = asked.request.headers.get("if-range", tag) == tag
    if asked.request.method == "GET" and fresh and (ranges := asked_ranges(given)):
        if not any(_has(part, size_bytes) for part in ranges):
            told = {**headers, "Content-Range": f"bytes */{size_bytes}"}
            raise Problem(
                416, f"Range: {given[:60]!r} is not within {size_bytes} bytes", "", headers=told
            )
        kept.append((b"range", given.encode()))
    scope["headers"] = kept
    return FileResponse(shown.archive, headers=headers, media_type=ARCHIVE_TYPE)


def asked_ranges(given: str) -> list[str]:
    """The parts of a Range header that names bytes; none of any other (RFC 9110 §14.2).

    >>> [asked_ranges(h) for h in ("bytes=0-9, 20-", "bytes=-5", "bytes=5-1", "lines=1-2")]
    [['0-9', '20-'], ['-5'], [], []]
    """
    unit, _, ranges = given.partition("=")
    parts = [part.strip() for part in ranges.split(",")]
    return parts if unit.strip().lower() == "bytes" and all(map(_is_one, parts)) else []


def _is_one(given: str) -> bool:
    found = RANGE.fullmatch(given)
    return found is not None and (not found[2] or int(found[1]) <= int(found[2]))


def _has(part: str, size_bytes: int) -> bool:
    """Whether a file has any byte of a range; `-0` are the last none."""
    first, _, last = part.partition("-")
    return int(first) < size_bytes if first else int(last) > 0


RANGE = re.compile(r"([0-9]{1,99})-([0-9]{1,99})?|-[0-9]{1,99}", re.ASCII)


def number(asked: Asked, name: str) -> int:
    """A part of a tile's address; raises Problem for anything but a few digits."""
    given = str(asked.request.path_params[name])
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise bad(name, given, "a whole number from 0")
    return int(given)


@functools.lru_cache(64)
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
        Route("/collections/{collection}/tiles/{tms}/{z}/{y}/{x}", tile, threads),
        Route("//tiles/{collection}/{z}/{x}/{y}.mvt", tile, threads),
        Route("//tiles/{collection}.pmtiles", archive),
    ),
    classes=("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",),
    paths={TEMPLATE: operation("One vector tile", f"{VECTOR_TILES}.getTile", (MEDIA_TYPE,), ["v"])},
)
