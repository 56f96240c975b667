"""The routes of the OGC APIs and of the tiles: each request to its operation, in its own thread."""

from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geoportal.ogc import answers, documents, features, tiles, tilesets
from geoportal.ogc.asked import HTML, Asked, ask, negotiate
from geoportal.ogc.problems import Problem
from geoportal.rendering import page

type Operation = Callable[[Asked], Response]

CHEAP_THREADS, HEAVY_THREADS = 16, 4
"""Small reads, and tiles that may have to be made: a queue of these does not hold up those."""

COLLECTION = "/collections/{collection}"
CHEAP: dict[str, Operation] = {
    "": features.landing,
    "/": features.landing,
    "/conformance": documents.conformance,
    "/openapi": documents.openapi,
    "/collections": features.collections,
    COLLECTION: features.collection,
    f"{COLLECTION}/schema": features.schema,
    f"{COLLECTION}/queryables": features.queryables,
    f"{COLLECTION}/items": features.items,
    f"{COLLECTION}/items/{{feature:path}}": features.item,
    f"{COLLECTION}/tiles": tilesets.tilesets,
    f"{COLLECTION}/tiles/{{tms}}": tilesets.tileset,
    "/TileMatrixSets": tilesets.matrix_sets,
    "/TileMatrixSets/{tms}": tilesets.matrix_set,
}
HEAVY: dict[str, Operation] = {
    f"/ogc{COLLECTION}/tiles/{{tms}}/{{z}}/{{y}}/{{x}}": tiles.tile,
    "/tiles/{collection}/{z}/{x}/{y}.mvt": tiles.tile,
}


def routes() -> APIRouter:
    """All routes below /ogc and /tiles; they read `app.state.portal`."""
    router = APIRouter()
    cheap, heavy = anyio.CapacityLimiter(CHEAP_THREADS), anyio.CapacityLimiter(HEAVY_THREADS)
    for path, operation in HEAVY.items():
        _add(router, path, operation, heavy)
    _add(router, "/tiles/{collection}.json", tilesets.tilejson, cheap)
    for path, operation in CHEAP.items():
        _add(router, f"/ogc{path}", operation, cheap)
    _add(router, "/ogc/{rest:path}", nothing, cheap)
    return router


def _add(
    router: APIRouter, path: str, operation: Operation, limiter: anyio.CapacityLimiter
) -> None:
    router.add_route(path, endpoint(operation, limiter), methods=["GET"], include_in_schema=False)


def endpoint(
    operation: Operation, limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    """An operation as an endpoint; it runs in one of the limiter's threads."""

    async def handler(request: Request) -> Response:
        return await anyio.to_thread.run_sync(respond, operation, request, limiter=limiter)

    return handler


def respond(operation: Operation, request: Request) -> Response:
    """Answer a request, or say in its format why not."""
    try:
        return operation(ask(request, request.app.state.portal))
    except Problem as problem:
        return refused(problem, request)
    except TimeoutError:
        late = "the question took too long; ask for a smaller bbox or by an indexed column"
        return refused(Problem(503, late, "ServerBusy"), request)


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
