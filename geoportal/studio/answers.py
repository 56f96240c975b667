"""What every answer of the studio has in common: private, and a refusal in plain words."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from datasets.errors import NotFound
from geoportal.ckan.errors import BadRequest
from geoportal.pages.problems import problem
from geoportal.rendering import linker, page
from publish.catalog.errors import NotAuthorized
from publish.catalog.errors import NotFound as Unknown
from publish.errands import Busy

PRIVATE = {
    "Cache-Control": "private, no-store",
    "Vary": "Accept-Encoding, Cookie",
    "X-Robots-Tag": "noindex, nofollow",
}


class Refused(Exception):  # noqa: N818 - it is told to a person, as a message of the catalogues
    """What a person asked for is not done; `key` is the sentence that says why and what to do."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status, self.key, self.values = status, key, values


class SignedOut(Exception):  # noqa: N818
    """Nobody is signed in, and a page was asked for that needs it."""


class Private(APIRoute):
    """A route of the studio: no answer is kept by anybody, not even one that refuses."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give the handler, its errors told in the studio's words."""
        handler = super().get_route_handler()

        async def private(request: Request) -> Response:
            try:
                response = await handler(request)
            except SignedOut:
                response = _to_sign_in(request)
            except (Refused, BadRequest, Busy, NotAuthorized) as error:
                response = _refused(request, error)
            except (NotFound, Unknown) as error:
                response = problem(request, 404, str(error))
            except RequestValidationError:
                response = problem(request, 400, "")
            except HTTPException as error:
                response = problem(request, error.status_code, error.detail)
            response.headers.update(PRIVATE)
            return response

        return private


def _refused(request: Request, error: Exception) -> Response:
    told = _told(error)
    return page(request, "studio/refused.html", told.status, key=told.key, values=told.values)


def _told(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, BadRequest):
        return Refused(error.status, "studio_long" if error.status == 413 else "studio_broken")
    return Refused(409, "studio_busy") if isinstance(error, Busy) else Refused(403, "studio_others")


def _to_sign_in(request: Request) -> Response:
    """Go to the form. From another site the browser sends no strict cookie: ask once more then."""
    link = linker(request.app.state.portal, request.state.language)
    path = request.scope["path"]
    if request.headers.get("sec-fetch-site") == "cross-site":
        response = page(request, "studio/onward.html", href=link(path))
        response.headers["Refresh"] = f"0; url={link(path)}"
        return response
    return RedirectResponse(link("/sign-in", next=path), 303)


def go(request: Request, path: str, **query: object) -> Response:
    """Go on to a page of ours, by GET, in the language of the request."""
    link = linker(request.app.state.portal, request.state.language)
    return RedirectResponse(link(path, **query), 303)
