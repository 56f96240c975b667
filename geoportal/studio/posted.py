"""What a form of the studio sent, once it is sure that a page of ours sent it.

The request's origin is looked at before its body is read; the session and the form's secret
before anything is done. Files are kept as they come, in a folder that is gone when the answer is.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from geoportal.ckan.errors import BadRequest
from geoportal.ckan.multipart import read_form
from geoportal.ckan.request import FORM, MULTIPART, kind_of, pieces
from geoportal.figures import size
from geoportal.portal import Portal
from geoportal.studio.answers import Refused
from geoportal.studio.clerk import Clerk, clerk_of
from publish.catalog.call import Upload

MOST_BYTES = 200_000  # of a form without a file
MOST_FIELDS = 1000
UNREAD = 4  # times the limit: so much of a file that is too long is thrown away before the answer

type Words = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that is ours: who sent it, its words, its files and the folder where they lie."""

    clerk: Clerk
    words: Words
    files: Mapping[str, Upload] = field(default_factory=lambda: MappingProxyType({}))
    folder: Path = Path()

    def word(self, name: str) -> str:
        """The word of a field, without blanks around it; empty when it is not there."""
        return word(self.words, name)


def word(words: Words, name: str) -> str:
    """The first word of a field, without blanks around it; empty when it is not there."""
    return words.get(name, [""])[0].strip()


def from_here(request: Request) -> None:
    """Refuse what another site's page sent, or what does not say whose page sent it."""
    portal: Portal = request.app.state.portal
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    own = {_origin(portal.site_url), f"{request.url.scheme}://{host}".lower()}
    if site != "same-origin" or origin.lower() not in own:
        raise Refused(403, "studio_forged")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


async def words_of(request: Request) -> Words:
    """The words of a form without files; raises Refused for what is none, BadRequest."""
    if kind_of(request) != FORM:
        raise Refused(400, "studio_broken")
    body = b"".join([piece async for piece in pieces(request, MOST_BYTES)])
    try:
        return parse_qs(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Refused(400, "studio_broken") from None


async def posted(request: Request) -> Posted:
    """A form without files."""
    from_here(request)
    clerk = await _clerk(request)
    words = await words_of(request)
    _check(clerk, words)
    return Posted(clerk, words)


async def sent(request: Request) -> AsyncIterator[Posted]:
    """A form with files."""
    from_here(request)
    clerk = await _clerk(request)
    if kind_of(request) != MULTIPART:
        raise Refused(400, "studio_broken")
    portal: Portal = request.app.state.portal
    most = portal.config.catalog.max_upload_bytes
    async with contextmanager_in_threadpool(portal.store.desk("upload")) as folder:
        yield await _received(request, clerk, folder, most)


async def _received(request: Request, clerk: Clerk, folder: Path, most: int) -> Posted:
    stream = pieces(request, most + MOST_BYTES)
    try:
        form = await read_form(stream, request.headers["content-type"], folder, most)
    except BadRequest as error:
        if error.status == 413:
            await _let_out(request, most * UNREAD)
            raise Refused(
                413, "studio_too_large", most=size(request.state.language, most)
            ) from None
        raise
    words: dict[str, list[str]] = {}
    for name, text in form.texts:
        words.setdefault(name, []).append(text)
    _check(clerk, words)
    return Posted(clerk, words, form.files, folder)


async def _let_out(request: Request, most: int) -> None:
    """Throw the rest away: a browser that may not send to the end shows no answer."""
    try:
        async for piece in request.stream():
            most -= len(piece)
            if most < 0:
                return
    except (ClientDisconnect, RuntimeError):
        return


async def _clerk(request: Request) -> Clerk:
    clerk = await run_in_threadpool(clerk_of, request)
    if clerk is None:
        raise Refused(403, "studio_session_ended")
    return clerk


def _check(clerk: Clerk, words: Words) -> None:
    if not clerk.is_own(word(words, "csrf")):
        raise Refused(403, "studio_forged")


Form = Annotated[Posted, Depends(posted)]
FormWithFile = Annotated[Posted, Depends(sent)]
