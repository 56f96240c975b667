"""The routes of the OGC APIs and of the tiles: each request to its operation, in its own thread."""

from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geoportal.ogc import answers, collections, common, features, tiles, tilesets
from geoportal.ogc.asked import HTML, Asked, ask, body, negotiate
from geoportal.ogc.part import Operation, Part, Route, Threads
from geoportal.ogc.problems import Problem
from geoportal.rendering import page
from publish.layers.integrity import BrokenLayer

PARTS: tuple[Part, ...] = (common.PART, collections.PART, features.PART, tilesets.PART, tiles.PART)
"""Every standard that is served; the first route that fits a path answers."""

MOST_BROKEN = 10
"""So many broken versions of a layer are passed over in one request."""


def routes() -> APIRouter:
    """All routes below /ogc and /tiles; they read `app.state.portal`."""
    router = APIRouter()
    limiters = {threads: anyio.CapacityLimiter(threads.value) for threads in Threads}
    rest = Route("/{rest:path}", nothing)
    for route in (*(route for part in PARTS for route in part.routes), rest):
        path = route.path.removeprefix("/") if route.path.startswith("//") else f"/ogc{route.path}"
        answer = endpoint(route.operation, limiters[route.threads])
        router.add_route(path, answer, methods=list(route.methods), include_in_schema=False)
    return router


def endpoint(
    operation: Operation, limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    """An operation as an endpoint; it runs in one of the limiter's threads."""

    async def handler(request: Request) -> Response:
        try:
            request.state.body = await body(request)
        except Problem as problem:
            return refused(problem, request)
        return await anyio.to_thread.run_sync(respond, operation, request, limiter=limiter)

    return handler


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
    """Answer a request; a layer whose files are broken is set aside, and its former one asked."""
    portal = request.app.state.portal
    for _ in range(MOST_BROKEN):
        try:
            return operation(ask(request, portal, PARTS))
        except BrokenLayer as broken:
            portal.registry.lose(broken)
    raise Problem(503, "the files of this collection are broken; it comes back when mended")


def refused(problem: Problem, request: Request) -> Response:
    """A problem as JSON, or as a page for a browser."""
    form = request.query_params.get("f") or negotiate(request.headers.get("accept", ""))
    if form != HTML:
        return problem.response()
    response = page(request, "ogc/problem.html", problem.status, document=problem.document())
    response.headers.update({**answers.COMMON, "Cache-Control": "no-store"})
    return response


def nothing(asked: Asked) -> Response:
    """404 for an address below /ogc that is not one of ours."""
    raise Problem(404, f"there is nothing at {asked.path[:100]!r}; begin at {asked.base_url}")
