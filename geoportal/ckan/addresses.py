"""The addresses below /api beside actions: versions, words for forms, and what is gone.

    /api/util/dataset/autocomplete?incomplete=   {"ResultSet": {"Result": [...]}}
    /api/util/user/autocomplete?q=               a bare list

Each is an action in another dress; /api/1/util and /api/2/util are the same.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from datasets.names import slug
from geoportal.ckan.actions import cross_origin, user_of
from geoportal.ckan.answer import Answer, told
from geoportal.ckan.locales import Locale
from geoportal.ckan.openapi import description
from publish.catalog.call import SYSTEM
from publish.catalog.errors import CKANAPIError

VERSIONS = {"/api": 1, "/api/1": 1, "/api/2": 2, "/api/3": 3}
UTIL = ("/api/util", "/api/1/util", "/api/2/util")
ACTIONS = ("/api/3/action/{name}", "/api/action/{name}")
WRITING = ["PUT", "PATCH", "DELETE"]
MOST = 100
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4}){0,2}")


@dataclass(frozen=True, slots=True)
class Completion:
    """An action that completes what somebody types: its parameter here, how many it gives.

    With `for_all` anybody gets what a signed-in caller would.
    """

    action: str
    asked: str
    limit: int
    shaped: Callable[[list[Any]], Any] = list
    for_all: bool = False


def _result_set(found: Iterable[Any]) -> Any:
    return {"ResultSet": {"Result": list(found)}}


def _named(key: str) -> Callable[[list[Any]], Any]:
    return lambda found: _result_set({key: each} for each in found)


COMPLETIONS = {
    "dataset/autocomplete": Completion("package_autocomplete", "incomplete", 10, _result_set),
    "tag/autocomplete": Completion("tag_autocomplete", "incomplete", 10, _named("Name")),
    "resource/format_autocomplete": Completion(
        "format_autocomplete", "incomplete", 5, _named("Format")
    ),
    "user/autocomplete": Completion("user_autocomplete", "q", 20, for_all=True),  # as user_list
    "group/autocomplete": Completion("group_autocomplete", "q", 20),
    "organization/autocomplete": Completion("organization_autocomplete", "q", 20),
}


def routes() -> APIRouter:
    """The addresses; actions themselves are answered before, in `ActionApi`."""
    router = APIRouter()

    def add(path: str, answer: Callable[[Request], Response]) -> None:
        router.add_route(path, answer, ["GET", "HEAD"], include_in_schema=False)

    for path, number in VERSIONS.items():
        add(path, _always({"version": number}))
    for start in UTIL:
        for path, completion in COMPLETIONS.items():
            add(f"{start}/{path}", _completes(completion))
        add(f"{start}/dataset/munge_title_to_name", _slugs("title"))
        add(f"{start}/dataset/munge_name", _slugs("name"))
    for start in ("/api", "/api/1", "/api/2"):
        add(f"{start}/i18n/{{language}}", _translations)
    add("/api/3/openapi.json", openapi)
    for path in ACTIONS:
        router.add_route(path, _not_allowed, WRITING, include_in_schema=False)
    return router


def openapi(request: Request) -> Response:
    """Describe the Action API to programs."""
    return _answered(request, description(request.app.state.portal.site_url))


def _translations(request: Request) -> Response:
    """CKAN's own scripts ask for their words here; ours have none of them."""
    if not LOCALE.fullmatch(request.path_params["language"]):
        return Response(b"Bad request - Unknown locale", 400, media_type="text/plain")
    return Response(b"{}", media_type="text/html")


def _always(value: Any) -> Callable[[Request], Response]:
    return lambda request: _answered(request, value)


def _completes(completion: Completion) -> Callable[[Request], Response]:
    """Complete what was typed; nothing typed is nothing found."""

    def answer(request: Request) -> Response:
        typed = request.query_params.get(completion.asked, "")
        if not typed.strip():
            return _answered(request, completion.shaped([]))
        limit = request.query_params.get("limit", "")
        wanted = min(int(limit), MOST) if limit.isdecimal() and len(limit) < 5 else completion.limit
        catalog = request.app.state.portal.catalog
        user = user_of(catalog, request) or (SYSTEM if completion.for_all else None)
        try:
            asked = {"q": typed, "limit": wanted}
            found = catalog.as_user(user).call_action(completion.action, asked)
        except CKANAPIError as error:
            status, fault = told(error)
            return _answered(request, Locale(request.state.language).said(fault), status)
        return _answered(request, completion.shaped(found))

    return answer


def _slugs(asked: str) -> Callable[[Request], Response]:
    """Make a name of a title, as a form does while somebody types it."""

    def answer(request: Request) -> Response:
        try:
            return _answered(request, slug(request.query_params.get(asked, "")))
        except ValueError:
            return _answered(request, "")

    return answer


def _answered(request: Request, value: Any, status: int = 200) -> Response:
    return Answer(orjson.dumps(value), status, cross_origin(request)).response()


def _not_allowed(request: Request) -> Response:
    raise HTTPException(405)
