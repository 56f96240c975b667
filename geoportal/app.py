"""The web application: routes put together, errors turned into statuses in one table."""

import mimetypes
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from datasets import config as configuration
from datasets import errors
from datasets.config import Config
from geoportal import (
    brand,
    ckan,
    dataset,
    datastore,
    dcat,
    developers,
    emap,
    embeds,
    files,
    ogc,
    organizations,
    pages,
    pwa,
    studio,
    uploads,
)
from geoportal.compression import Compression
from geoportal.headers import SecurityHeaders
from geoportal.language import LanguagePrefix
from geoportal.pages.problems import problem
from geoportal.portal import Portal, open_portal
from geoportal.raster import pages as pictures
from geoportal.static_files import Static
from geoportal.versions import STATIC
from publish.layers.integrity import Broken

STATUS = {
    errors.NotFound: 404,
    errors.ConfigError: 500,
    errors.PublishError: 503,
    errors.EmapError: 500,
    TimeoutError: 503,  # a question to a layer took too long
}


def create_app(config: Config, state: Path, site_url: str) -> FastAPI:
    """Make the application over a state folder; it never needs a restart to see a publication."""
    mimetypes.add_type("text/javascript", ".mjs")  # a module of another type is not run
    app = FastAPI(
        title=config.site.title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # ckanapi follows no redirect on POST
        lifespan=living,
    )
    portal = open_portal(config, state, site_url)
    app.state.portal = portal
    app.router.routes.extend(dcat.routes())  # first: they look at Accept where pages do not
    for part in (
        ckan,
        datastore,
        files,
        uploads,
        studio,
        pages,
        organizations,
        dataset,
        emap,
        embeds,
        developers,
    ):
        app.include_router(part.routes())
    for router in (brand.router, pwa.router, pictures.router):
        app.include_router(router)
    app.add_api_route("/health", health, methods=["GET", "HEAD"])
    app.mount("/static", Static(directory=STATIC))
    for kind, status in STATUS.items():
        app.add_exception_handler(kind, _answer(status))
    for refused in (HTTPException, RequestValidationError):
        app.add_exception_handler(refused, _refused)
    app.add_exception_handler(Broken, _broken)
    known = dict(app.exception_handlers)
    app.add_exception_handler(Exception, _bug)  # not known to the front: the server logs it
    app.add_middleware(Compression, minimum_size=1000, compresslevel=5)
    app.add_middleware(LanguagePrefix, default=config.site.language)
    app.add_middleware(SecurityHeaders, hosts=config.map.hosts)
    app.add_middleware(ckan.ActionApi, catalog=portal.catalog)
    app.add_middleware(ogc.Front, language=config.site.language, handlers=known)
    return app


@asynccontextmanager
async def living(app: FastAPI) -> AsyncIterator[None]:
    """While it serves, jobs that nobody does are looked for."""
    portal: Portal = app.state.portal
    with portal.runner.looking():
        yield


def from_environment() -> FastAPI:
    """Make the application in a worker process of `emap serve`, which set these variables."""
    file = os.environ["EMAP_CONFIG"]
    config = configuration.load(Path(file))[0] if file else Config()
    return create_app(config, Path(os.environ["EMAP_STATE"]), os.environ["EMAP_SITE_URL"])


def health(request: Request) -> Response:
    """Say whether the catalog answers: for monitors and load balancers; /status is for people."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    return JSONResponse(
        {
            "ok": True,
            "revision": view.revision,
            "collections": len(view.collections),
            "worker": os.getpid(),
            "alarms": portal.alarms(),
        },
        headers={"Cache-Control": "no-store"},
    )


def _answer(status: int) -> Callable[[Request, Exception], Response]:
    def handler(request: Request, error: Exception) -> Response:
        message = str(error) if status == 404 else "the site cannot answer this now"
        return problem(request, status, message)

    return handler


def _broken(request: Request, error: Exception) -> Response:
    """Set the layer aside and let the client ask again: it gets the former version."""
    assert isinstance(error, Broken)
    request.app.state.portal.registry.lose(error)
    same = request.url.replace(path=f"{request.state.prefix}{request.url.path}")
    return RedirectResponse(same, 307, {"Cache-Control": "no-store"})


async def _bug(request: Request, error: Exception) -> Response:
    """Answer something; the server goes on to raise the error, so that it is seen."""
    answer = ckan.bug(request, request.app.state.portal.catalog)
    if answer is not None:
        return answer.response()
    return problem(request, 500, "the site cannot answer this now")


def _refused(request: Request, error: Exception) -> Response:
    """Answer what the framework refused: an unknown path, a wrong method or parameter."""
    if isinstance(error, RequestValidationError):
        wrong = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
        return problem(request, 400, wrong)
    assert isinstance(error, HTTPException)
    response = problem(request, error.status_code, error.detail)
    response.headers.update(error.headers or {})
    return response
