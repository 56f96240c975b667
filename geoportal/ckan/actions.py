"""The Action API: each call of an action is read, made and answered here, ahead of the pages.

It stands before the framework because it is asked thousands of times an hour by machines: no
router, no middleware, one thread for what waits for the database or works long.
"""

import json
import logging
import re
from dataclasses import replace
from typing import Any

import anyio
import anyio.to_thread
import orjson
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from datasets.errors import PublishError
from geoportal.ckan.answer import (
    ALLOW,
    CROSS_ORIGIN,
    PAGE_TYPE,
    SCRIPT_TYPE,
    Answer,
    Header,
    Values,
    refusal,
    told,
)
from geoportal.ckan.errors import BadRequest
from geoportal.ckan.locales import Locale, locale_of
from geoportal.ckan.request import (
    MOST_BYTES,
    MULTIPART,
    Sent,
    body_of,
    in_address,
    in_body,
    in_form,
    kind_of,
)
from geoportal.language import App, Scope
from publish.catalog import Embedded, User
from publish.catalog.errors import CKANAPIError, UnknownAction
from publish.catalog.registry import Action, find

ADDRESS = re.compile(r"(?:/(?P<locale>sr|sr_Latn|en))?/api/(?:3/)?action/(?P<name>[^/]+)")
BUG, UNAVAILABLE = "Internal Server Error", "Service Unavailable"
LOG = logging.getLogger(__name__)
SMALL_BYTES = 10_000  # of a body that is read without a thread
WRITERS = 8  # threads of calls that write
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class ActionApi:
    """Answers calls of actions, and passes all else on.

    /api/3/action/NAME   GET for actions that read, POST for all, HEAD, OPTIONS
    /api/action/NAME     the same; ckanapi asks here
    /sr/api/…, /sr_Latn/api/…, /en/api/…   the same, with messages in a language
    """

    def __init__(self, app: App, catalog: Embedded) -> None:
        self.app, self.catalog = app, catalog
        self.writers = anyio.CapacityLimiter(WRITERS)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer, if the address is an action's."""
        asked = scope["type"] == "http" and ADDRESS.fullmatch(scope["path"])
        if not asked or scope["method"] not in METHODS:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            called = find(asked["name"])
        except UnknownAction as error:
            await refusal(BadRequest(str(error))).send(send, cross_origin(request))
            return
        locale = locale_of(asked["locale"] or "")
        try:
            answer = await self._answer(request, called, locale)
        except BadRequest as error:
            answer = refusal(error)
        except PublishError as error:
            LOG.error("%s: %s", called.name, error)
            answer = failure(self.catalog, called.name, locale, 503, UNAVAILABLE)
        await answer.send(send, cross_origin(request, called))

    async def _answer(self, request: Request, called: Action, locale: Locale) -> Answer:
        """Read what was sent, and call the action: in a thread, for it waits or works long."""
        if request.method == "OPTIONS":
            return Answer(b"", headers=(ALLOW,), kind=PAGE_TYPE)
        sent = in_address(request, called)
        if sent is None and kind_of(request) == MULTIPART:
            return await self._answer_form(request, called, locale)
        body = b"" if sent else await body_of(request)
        if called.pure and len(body) < SMALL_BYTES:
            return self._call(request, called, sent or body, locale)
        return await self._run(request, called, sent or body, locale)

    async def _answer_form(self, request: Request, called: Action, locale: Locale) -> Answer:
        """Take files into a folder that is gone when the call ends; strangers' are short."""
        outside = self.catalog.outside
        known = await run_in_threadpool(user_of, self.catalog, request)
        most = outside.config.catalog.max_upload_bytes if known else MOST_BYTES
        async with contextmanager_in_threadpool(outside.store.desk("upload")) as folder:
            sent = await in_form(request, folder, most)
            return await self._run(request, called, sent, locale)

    async def _run(
        self, request: Request, called: Action, sent: Sent | bytes, locale: Locale
    ) -> Answer:
        """Call the action in a thread; writers, who wait for each other, leave some to readers."""
        limiter = self.writers if called.writes else None
        return await anyio.to_thread.run_sync(
            self._call, request, called, sent, locale, limiter=limiter
        )

    def _call(self, request: Request, called: Action, sent: Sent | bytes, locale: Locale) -> Answer:
        """Call the action; its result, or its error, in CKAN's envelope."""
        sent = sent if isinstance(sent, Sent) else in_body(sent, kind_of(request))
        anonymous = called.pure or sent.callback
        user = None if anonymous else user_of(self.catalog, request)
        body = envelope(self.catalog.site_url, called.name, locale)
        status = 200
        try:
            made = self.catalog.as_user(user).answer(called.name, sent.given, sent.files)
            body |= {"success": True, "result": made.result}
            if called.name == "package_update" and made.changed:
                body["changed_entities"] = {"packages": list(made.changed)}
        except CKANAPIError as error:
            status, fault = told(error)
            body |= {"error": locale.said(fault), "success": False}
        # Refusals are ASCII, as CKAN's: people grep for them in what they logged.
        content = orjson.dumps(body) if status == 200 else json.dumps(body).encode()
        answer = Answer(content, status, private=user is not None)
        if sent.callback and status == 200:
            script = f"{sent.callback}({json.dumps(body)});"  # ASCII: old browsers run it
            answer = Answer(script.encode(), kind=SCRIPT_TYPE)
        return answer.packed() if "gzip" in request.headers.get("accept-encoding", "") else answer


def envelope(site_url: str, name: str, locale: Locale) -> Values:
    """The beginning of every answer: where the help on the action is."""
    return {"help": f"{site_url}{locale.prefix}/api/3/action/help_show?name={name}"}


def user_of(catalog: Embedded, request: Request) -> User | None:
    """The caller: a token alone, after `Bearer`, or in the header of older clients."""
    for name in ("authorization", "x-ckan-api-key"):
        token = request.headers.get(name, "").removeprefix("Bearer ").strip()
        user = catalog.user_of(token) if token else None
        if user is not None:
            return user
    return None


def cross_origin(request: Request, called: Action | None = None) -> tuple[Header, ...]:
    """What lets pages of other sites read; nothing lets them write."""
    asked = "origin" in request.headers and not (called and called.writes)
    return CROSS_ORIGIN if asked else ()


def bug(request: Request, catalog: Embedded) -> Answer | None:
    """What a call of an action gets that fails by a fault of ours; None for other addresses."""
    asked = ADDRESS.fullmatch(request.scope["path"])
    if not asked:
        return None
    locale = locale_of(asked["locale"] or "")
    answer = failure(catalog, asked["name"], locale, 500, BUG)
    # The server closes the connection when the error reaches it: say so, or the next call is cut.
    return replace(answer, headers=(*cross_origin(request), (b"connection", b"close")))


def failure(catalog: Embedded, name: str, locale: Locale, status: int, kind: str) -> Answer:
    """An answer that says no more than that something of ours fails."""
    fault = locale.said({"__type": kind, "message": kind})
    body = envelope(catalog.site_url, name, locale) | {"error": fault, "success": False}
    return Answer(orjson.dumps(body), status)
