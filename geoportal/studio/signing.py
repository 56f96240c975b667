"""Signing in by an API token, and out."""

import re
import threading
import time
from collections import deque
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from geoportal.portal import Portal
from geoportal.rendering import page
from geoportal.studio.answers import Private, go
from geoportal.studio.clerk import COOKIE, clerk_of, cookie_name, csrf_of, is_alike, is_https
from geoportal.studio.posted import Form, Words, from_here, word, words_of
from publish import sessions
from publish.database import writing

router = APIRouter(route_class=Private, include_in_schema=False)
FORM_COOKIE = "emap-form"  # of the form for signing in, which has no session yet
ONWARD = re.compile(r"/studio(/[a-z0-9_-]+)*")
MOST_FAILURES = 10
WITHIN_S = 300.0
MOST_ADDRESSES = 10_000
LONGEST_TOKEN = 200


class Failures:
    """How often a token was wrong of late, by the address it came from; of this process."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> int:
        """Seconds until this address may try again; 0 when it may now."""
        with self._lock:
            times = self._at.get(address, deque())
            if len(times) < MOST_FAILURES:
                return 0
            return max(0, int(times[0] + WITHIN_S - time.monotonic()) + 1)

    def add(self, address: str) -> None:
        """Count a failure; the oldest addresses are forgotten where there are too many."""
        with self._lock:
            times = self._at.pop(address, None) or deque(maxlen=MOST_FAILURES)
            times.append(time.monotonic())
            self._at[address] = times
            if len(self._at) > MOST_ADDRESSES:
                del self._at[next(iter(self._at))]


FAILURES = Failures()


@router.api_route("/sign-in", methods=["GET", "HEAD"])
def sign_in(
    request: Request, path: Annotated[str, Query(alias="next", max_length=500)] = ""
) -> Response:
    """The form that takes a token."""
    if clerk_of(request) is not None:
        return go(request, onward(path))
    return _form(request, onward(path))


async def _token(request: Request) -> Words:
    from_here(request)
    return await words_of(request)


@router.post("/sign-in")
async def enter(request: Request, words: Annotated[Words, Depends(_token)]) -> Response:
    """Begin a session, always a new one."""
    return await run_in_threadpool(_enter, request, words)


def _enter(request: Request, words: Words) -> Response:
    address = request.client.host if request.client else ""
    wait_s = FAILURES.wait_s(address)
    if wait_s:
        response = _form(request, onward(word(words, "next")), 429, "studio_too_often")
        response.headers["Retry-After"] = str(wait_s)
        return response
    secret = request.cookies.get(cookie_name(request, FORM_COOKIE), "")
    if not secret or not is_alike(word(words, "csrf"), csrf_of(secret)):
        return _form(request, onward(word(words, "next")), 403, "studio_form_old")
    portal: Portal = request.app.state.portal
    token = word(words, "token")
    user = portal.catalog.user_of(token) if len(token) <= LONGEST_TOKEN else None
    if user is None:
        FAILURES.add(address)
        return _form(request, onward(word(words, "next")), 403, "studio_no_token")
    with writing(portal.catalog.engine) as connection:
        sessions.end(connection, request.cookies.get(cookie_name(request), ""))
        begun = sessions.begin(connection, user)
    response = go(request, onward(word(words, "next")))
    _set(request, response, COOKIE, begun, int(sessions.LASTS.total_seconds()))
    _set(request, response, FORM_COOKIE, "", 0)
    return response


@router.post("/sign-out")
def leave(request: Request, form: Form) -> Response:
    """End the session: its cookie is worth nothing from now on."""
    portal: Portal = request.app.state.portal
    with writing(portal.catalog.engine) as connection:
        sessions.end(connection, request.cookies.get(cookie_name(request), ""))
    response = go(request, "/sign-in")
    _set(request, response, COOKIE, "", 0)
    return response


def onward(path: str) -> str:
    """Where to go after signing in: a page of the studio, and nothing else.

    >>> onward("/studio/data/vrtici"), onward("//evil.example"), onward("/studio/../x")
    ('/studio/data/vrtici', '/studio', '/studio')
    """
    return path if ONWARD.fullmatch(path) else "/studio"


def _form(request: Request, next_path: str, status: int = 200, fault: str = "") -> Response:
    known = request.cookies.get(cookie_name(request, FORM_COOKIE), "")
    secret = known or sessions.new_secret()
    values = {"csrf": csrf_of(secret), "next_path": next_path, "fault": fault}
    response = page(request, "studio/sign_in.html", status, **values)
    if not known:
        _set(request, response, FORM_COOKIE, secret, int(sessions.LASTS.total_seconds()))
    return response


def _set(request: Request, response: Response, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=max_age_s,
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="strict",
    )
