"""The operations of the OGC APIs and of the tiles: each request to its own, in a thread for it."""

import logging
from collections.abc import Callable

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from datasets.errors import PublishError
from geoportal.ogc import (
    answers,
    collections,
    common,
    edr,
    features,
    filters,
    processes,
    records,
    schemas,
    styles,
    tiles,
    tilesets,
)
from geoportal.ogc.asked import HTML, ask, body, negotiate
from geoportal.ogc.part import Operation, Part, Threads
from geoportal.ogc.problems import Problem
from geoportal.ogc.routing import Table, address
from geoportal.rendering import page
from publish.formats import formats
from publish.layers.integrity import Broken

PARTS: tuple[Part, ...] = (
    common.PART,
    records.PART,
    collections.PART,
    features.PART,
    filters.PART,
    schemas.PART,
    tilesets.PART,
    tiles.PART,
    edr.PART,
    styles.PART,
    processes.PART,
)
"""Every standard that is served; the first route that fits a path answers."""

LOG = logging.getLogger(__name__)
MOST_BROKEN = 10
"""So many broken versions of a layer are passed over in one request."""


FOLDERS = frozenset(address(route).split("/")[1] for part in PARTS for route in part.routes)
"""The first words of all addresses that are answered here."""
WAITING = 32
"""For each thread so many requests may wait; one more is told to come back."""

_table = Table(route for part in PARTS for route in part.routes)


class Rooms:
    """The threads that operations run in: so many of each kind, and so many who wait for them."""

    def __init__(self) -> None:
        self._limiters = {kind: anyio.CapacityLimiter(kind.value) for kind in Threads if kind.value}

    async def run[T](self, kind: Threads, work: Callable[[], T]) -> T:
        """Work done in a thread of a kind; raises Problem 503 when too many wait for one."""
        limiter = self._limiters[kind]
        if limiter.statistics().tasks_waiting >= WAITING * kind.value:
            raise Problem(503, "too many such questions at once; ask again in a while", "Busy")
        return await anyio.to_thread.run_sync(work, limiter=limiter)


async def answer[T](request: Request, rooms: Rooms, finish: Callable[[Response], T]) -> T:
    """Answer a request in the thread of its route; `finish` has the last word, in there too."""
    try:
        scope = request.scope
        if request.method == "OPTIONS":
            return finish(preflight())
        route, scope["path_params"] = _table.find(scope["path"], request.method)
        request.state.body = await body(request)
        kind = route.threads if isinstance(route.threads, Threads) else route.threads(request)
        request.state.hurried = kind is Threads.AT_ONCE
        if kind is Threads.AT_ONCE:
            try:
                return finish(answered(route.operation, request))
            except TimeoutError:
                kind, request.state.hurried = Threads.CHEAP, False
        return await rooms.run(kind, lambda: finish(respond(route.operation, request)))
    except Problem as problem:
        return finish(refused(problem, request))
    except PublishError as error:
        LOG.error("%s: %s", request.url.path, error)
        away = Problem(503, "the site cannot answer this now", "ServiceUnavailable")
        return finish(refused(away, request))


def preflight() -> Response:
    """What a browser may send from a page of another site (CORS): nothing here knows who asks."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
            "Access-Control-Allow-Headers": "Content-Type, Prefer, If-None-Match",
            "Access-Control-Max-Age": "86400",
        },
    )


def respond(operation: Operation, request: Request) -> Response:
    """Answer a request, or say in its format why not."""
    try:
        return answered(operation, request)
    except Problem as problem:
        return refused(problem, request)
    except TimeoutError:
        late = "the question took too long; ask for a smaller bbox or by an indexed column"
        return refused(Problem(503, late, "ServerBusy"), request)


def answered(operation: Operation, request: Request) -> Response:
    """Answer a request; what is broken is set aside, and it is asked again without."""
    portal = request.app.state.portal
    for _ in range(MOST_BROKEN):
        try:
            return operation(ask(request, portal, PARTS))
        except Broken as broken:
            portal.registry.lose(broken)
    raise Problem(503, "the files of this collection are broken; it comes back when mended")


def refused(problem: Problem, request: Request) -> Response:
    """A problem as JSON, or as a page for a browser; a file that is none is told in either."""
    form = request.query_params.get("f")
    if form is None or form in formats():
        form = negotiate(request.headers.get("accept", ""))
    if form != HTML:
        return problem.response()
    response = page(request, "ogc/problem.html", problem.status, document=problem.document())
    response.headers.update({**answers.COMMON, **problem.headers})
    return response
