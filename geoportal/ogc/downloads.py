"""Downloads: `items?f=<format>` gives all features that match as a file, sent as it is made."""

import importlib.metadata
import itertools
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import anyio
import anyio.lowlevel
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from geoportal.caching import FOR_EVER
from geoportal.ogc import answers, filters, parameters
from geoportal.ogc.asked import ACCEPTED, Asked, negotiate
from geoportal.ogc.geojson import query_of
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.part import Link, Threads
from geoportal.ogc.problems import Problem
from geoportal.ogc.tiles import takes_gzip
from geoportal.registry import Shown
from geoportal.words import word
from publish.formats import Format, Selection, formats
from publish.layers import crs, integrity
from publish.layers.crs import CRS84

BEGINNING = 64 * 1024
"""So many bytes are made before the first is sent: what goes wrong early is said as a problem."""
MOST_OPEN = 32
MOST_S = 1800.0
"""A client that takes longer gets no more: it holds a file open."""
LEVEL = 3
"""Of gzip: 36 MB of features become 5 MB in 0.3 s; level 6 takes three times as long for 4 MB."""
ALL = 2**53 - 1
WRITERS = tuple(map(importlib.metadata.version, ("pyarrow", "pyogrio", "shapely", "xlsxwriter")))
"""Part of every validator: another release may write other bytes."""
MEDIA = {form.media_type.partition(";")[0]: name for name, form in formats().items()}
KNOWN = MEDIA | ACCEPTED
OWN: Mapping[str, Parameter | None] = {
    "limit": replace(parameters.LIMIT, read=parameters.whole("limit", 1, ALL)),
    "after": None,
}
"""Parameters of a page that a file has another way, or not at all: it is not cut into pages."""


def wanted(request: Request) -> Format | None:
    """The format that a request for features wants as a file; None where it wants a page of them.

    `f` decides, else the Accept header; `application/geo+json` is the page that Features, Part 1,
    asks for, so that all of it as one file is `f=geojson`.
    """
    given = request.query_params.get("f")
    return formats().get(given or negotiate(request.headers.get("accept", ""), KNOWN))


def file(asked: Asked, shown: Shown, form: Format) -> Response:
    """All features that match as a file; `limit` and `offset` count where they are given.

    It runs until the first bytes are known. Raises Problem for a question or a CRS that the layer
    or the format does not know, and when too many files are on their way.
    """
    manifest = shown.features.manifest
    known = (OWN.get(each.name, each) for each in parameters.of_items(manifest))
    asked = replace(asked, format=form.name).check(filter(None, known), (form.name,))
    asked = filters.understood(asked, manifest)
    tag = _tag(asked, shown)
    cache = FOR_EVER if asked.pinned else answers.FRESH
    if answers.known(asked, tag):
        return answers.unchanged(tag, cache)
    headers = {"ETag": tag, "Cache-Control": cache}
    if form.is_text and takes_gzip(asked.request.headers.get("accept-encoding", "")):
        headers = {**headers, "ETag": f'{tag[:-1]}-gzip"', "Content-Encoding": "gzip"}
    return _answer(asked, selected(asked, shown), form, headers)


def _answer(
    asked: Asked, selection: Selection, form: Format, headers: Mapping[str, str]
) -> Response:
    if _Open.count >= MOST_OPEN:
        raise Problem(503, "too many files are being sent; ask again in a minute", "ServerBusy")
    for name in selection.manifest.files:
        integrity.whole(selection.features.folder, name)
    headers = {**_headers(selection, form), **headers}
    try:
        form.check(selection)
        if asked.request.method == "HEAD":
            return Download(iter(()), headers, form.media_type)
        length, parts = form.begin(selection)
        if "Content-Encoding" in headers:
            parts = gzipped(parts)
        elif length is not None:
            headers["Content-Length"] = str(length)
        return Download(_begun(parts), headers, form.media_type)
    except ValueError as error:
        raise Problem(400, f"f={form.name}: {error}") from None


def selected(asked: Asked, shown: Shown) -> Selection:
    """What a request asks for, in the version that it means."""
    limit = asked.values.get("limit")
    return Selection(
        features=shown.features,
        query=query_of(asked, shown.features),
        crs=str(asked.values.get("crs", CRS84)),
        language=asked.language,
        title=shown.title.said(asked.language) or shown.layer.id,
        offset=int(str(asked.values.get("offset", 0))),
        limit=None if limit is None else int(str(limit)),
        archive=shown.archive,
        desk=asked.portal.store.desk,
    )


def _tag(asked: Asked, shown: Shown) -> str:
    address = asked.versioned(shown.version).href(asked.format)
    tiles = shown.archive and shown.archive.name
    return answers.etag(shown.layer.sha, tiles, asked.language, address, WRITERS)


def _headers(selection: Selection, form: Format) -> dict[str, str]:
    """A file is handed over, never shown: no sniffing, no scripts, no page of ours."""
    return {
        **answers.COMMON,
        "Content-Disposition": f'attachment; filename="{selection.name}.{form.ending}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Content-Language": selection.language,
        "Content-Crs": f"<{selection.crs}>",
    }


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, the first of them made now."""
    first, size = [], 0
    for part in parts:
        first.append(part)
        size += len(part)
        if size >= BEGINNING:
            break
    return itertools.chain([b"".join(first)], parts)


def gzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts as one stream of gzip, without a date."""
    packer = zlib.compressobj(LEVEL, wbits=31)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


class _Open:
    """How many files this process is sending."""

    count = 0


class Download(StreamingResponse):
    """Bytes that are made as the client takes them, in threads that are few.

    A fault after the first bytes ends the connection, so that no client takes a part for all.
    """

    def __init__(self, parts: Iterator[bytes], headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(_sent(parts), headers=dict(headers), media_type=media_type)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it."""
        _Open.count += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            _Open.count -= 1


async def _sent(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    limiter, last = _limiter(), time.monotonic() + MOST_S
    while (part := await anyio.to_thread.run_sync(next, parts, None, limiter=limiter)) is not None:
        if time.monotonic() > last:
            raise TimeoutError(f"a file was not taken within {MOST_S:.0f} s")
        if part:
            yield part


_limiters: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("downloads")


def _limiter() -> anyio.CapacityLimiter:
    """The threads in which files go on, one set for each event loop."""
    try:
        return _limiters.get()
    except LookupError:
        _limiters.set(made := anyio.CapacityLimiter(Threads.LONG.value))
        return made


def links(asked: Asked, shown: Shown) -> list[Link]:
    """The files of a collection, for its description; the list of all collections is without."""
    if asked.path == "/collections":
        return []
    return [
        {
            "rel": "enclosure",
            "type": form.media_type,
            "title": form.title,
            "href": address(asked.base_url, shown.layer.id, name),
        }
        for name, form in formats().items()
    ]


def address(base_url: str, collection: str, form: str, **more: str) -> str:
    """Where a collection is as a file."""
    return f"{base_url}/collections/{collection}/items?{urlencode({'f': form, **more}, safe=':/')}"


def same(asked: Asked) -> list[tuple[str, str]]:
    """The files of what a page of features shows a part of: title and address, by title."""
    cut = (parameters.LIMIT.name, parameters.OFFSET.name, parameters.AFTER.name)
    every = asked.without(*cut)
    return sorted((form.title, every.href(name)) for name, form in formats().items())


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form for a collection's files offers: formats and CRS, each a value and its words."""

    collection: str
    formats: tuple[tuple[str, str], ...]
    systems: tuple[tuple[str, str], ...]
    chosen: str = "gpkg"


def choices(shown: Shown, language: str) -> Choices:
    """The formats in the order of their titles, and the CRS in which east stands before north.

    EPSG:4326 is CRS84 with its axes changed over, and a form is not the place to tell them apart.
    """
    by_title = sorted(formats().items(), key=lambda pair: pair[1].title.lower())
    systems = [crs.place(uri) for uri in crs.offered(shown.features.manifest)]
    return Choices(
        shown.layer.id,
        tuple((name, f"{f.title} – {word(language, f'format_{name}')}") for name, f in by_title),
        tuple((each.uri, _system(each)) for each in systems if not each.swapped),
    )


def _system(system: crs.Crs) -> str:
    return "WGS 84" if system.uri == CRS84 else f"{system.name} (EPSG:{crs.epsg(system.uri)})"
