"""The one HTTP client of all harvesters: guarded, bounded in bytes and time, nothing left half.

Rules: docs/decisions/0004-guarded-http.md.
"""

import contextlib
import importlib.metadata
import logging
import re
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import overload

import httpx

from datasets import config
from datasets.errors import BlockedAddress, HarvestError
from datasets.record import Known
from harvesters._address import Place, place, refuse_address, shown, without_secrets
from harvesters._faults import refused_status, told
from harvesters._guard import Guard, Named, Resolve
from harvesters._reply import Answer, Fetched, Files, Reply, content_type, filename, is_page
from harvesters._wire import Wire

__all__ = ["Answer", "Fetched", "Files", "Http", "Reply", "is_page", "shown", "without_secrets"]

logging.getLogger("httpx").setLevel(logging.WARNING)  # its notes hold whole addresses, keys too

MAX_REDIRECTS = 5
MAX_ANSWER_BYTES = 50_000_000  # of an API; a page of a thousand datasets has about 5
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request as it is meant. `tags` are sent to the address `tagged` alone: they are of it."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str] = _NONE
    content: bytes | None = None
    tags: Mapping[str, str] = _NONE
    tagged: str = ""


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a source is, and the headers that nobody else may see."""

    scheme: str
    at: Place
    secrets: Mapping[str, str] = field(default=_NONE, repr=False)

    def sealed(self, request: httpx.Request) -> httpx.Request:
        """Give a request its secrets when it goes home; take them from one that does not."""
        for name, value in self.secrets.items():
            if (request.url.scheme, place(request.url)) == (self.scheme, self.at):
                request.headers[name] = value
            else:
                request.headers.pop(name, None)
        return request


class Http:
    """Asks public servers over HTTP(S), and private ones named in config.yml; threads may share it.

    One that is `bound` keeps the connections and the secrets of one source.
    """

    def __init__(
        self,
        settings: config.Http,
        *,
        resolve: Resolve = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
        home: _Home | None = None,
    ) -> None:
        self._settings, self._resolve, self._clock, self._tls = settings, resolve, clock, tls
        self._home = home
        listed = [Named.parse(host) for host in settings.allow_private]
        own = [named for named in listed if home is None or named.host == home.at[0]]
        foreign = [named for named in listed if named not in own]
        self._guard = Guard(own, foreign=foreign, resolve=resolve, clock=clock)
        self._wire = Wire(self._guard, tls)

    def bound(
        self, home: str, *, secrets: Mapping[str, str] = _NONE, cache: Path | None = None
    ) -> "Http":
        """Make the client of one source, whose address `home` is; empty for one without.

        `secrets` are headers that go to the home's scheme, host and port alone. Of the private
        hosts in config.yml it reaches its home only. `cache` is a folder of answers that are asked
        for only when they have changed.
        """
        url = httpx.URL(home if home.startswith(("http://", "https://")) else "")
        return Http(
            self._settings,
            resolve=self._resolve,
            clock=self._clock,
            tls=self._tls,
            home=_Home(url.scheme, place(url), dict(secrets)),
        )

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        accept: str = "*/*",
        headers: Mapping[str, str] = _NONE,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Reply:
        """Get a document.

        `params` are added to the query of the address. Raises HarvestError or BlockedAddress,
        whose fault says what happened, for every answer that is not 200 to 299 as well.
        """
        with told(url):
            whole = httpx.URL(url)
            whole = whole.copy_merge_params(params) if params else whole
            return self._document(_Ask("GET", whole, {"Accept": accept, **headers}), max_bytes)

    def post(
        self,
        url: str,
        *,
        content: bytes = b"",
        media_type: str,
        accept: str = "*/*",
        headers: Mapping[str, str] = _NONE,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Reply:
        """Ask by POST, which must change nothing: it may be sent again. Raises as `get` does."""
        with told(url):
            said = {"Accept": accept, "Content-Type": media_type, **headers}
            return self._document(_Ask("POST", httpx.URL(url), said, content), max_bytes)

    def _document(self, ask: _Ask, max_bytes: int) -> Reply:
        with self._in_time(), self._answer(ask) as answer:
            if not 200 <= answer.status_code < 300 or answer.status_code == 206:
                raise refused_status(answer.status_code)
            return Reply(
                answer.status_code,
                without_secrets(str(answer.url)),
                dict(answer.headers),
                _body(answer, max_bytes),
            )

    @overload
    def fetch(
        self, url: str, into: Path, *, known: None = None, headers: Mapping[str, str] = _NONE
    ) -> Fetched: ...

    @overload
    def fetch(
        self, url: str, into: Path, *, known: Known | None, headers: Mapping[str, str] = _NONE
    ) -> Fetched | None: ...

    def fetch(
        self,
        url: str,
        into: Path,
        *,
        known: Known | None = None,
        headers: Mapping[str, str] = _NONE,
    ) -> Fetched | None:
        """Fetch one file into a new folder in `into`, under the name that its server gives it.

        None when it is `known` and its server says that it is the same still. Raises HarvestError,
        or BlockedAddress, which name the address and the way out; then nothing of it is left.
        """
        tags = _tags(known.etag, known.last_modified) if known else {}
        with told(url), self._in_time(), _kept_if_whole(into) as folder:
            ask = _Ask("GET", httpx.URL(url), headers, None, tags, known.url if known else "")
            with self._answer(ask) as answer:
                if answer.status_code == 304 and tags:
                    return None
                return self._received(answer, folder)

    def _received(self, answer: httpx.Response, folder: Path) -> Fetched:
        """Write the body as it was sent."""
        limit, size, path = self._settings.max_bytes, 0, folder / filename(answer)
        if answer.status_code != 200:
            raise refused_status(answer.status_code)
        _refuse_promise(answer, limit, "http.max_bytes in config.yml sets the limit")
        with path.open("wb") as out:
            for piece in answer.iter_raw():  # with a size it would wait until that much came
                size += len(piece)
                if size > limit:
                    raise _too_large(limit, "http.max_bytes in config.yml sets the limit")
                out.write(piece)
        return Fetched(
            path=path,
            url=without_secrets(str(answer.url)),
            filename=path.name,
            content_type=content_type(answer.headers),
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            size_bytes=size,
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = _NONE,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Ask a server once, on a connection of its own, and give whatever it answers.

        No redirect is followed: a key that is sent along is for this address alone. Raises
        HarvestError or BlockedAddress as `fetch` does.
        """
        wire = Wire(self._guard, self._tls)
        with told(url), self._in_time(), contextlib.closing(wire):
            client = self._client(wire)
            request = client.build_request(
                method, url, headers=headers, content=content, data=form, files=files
            )
            refuse_address(request.url)
            with contextlib.closing(client.send(request, stream=True)) as answer:
                body = _body(answer, max_bytes)
            return Answer(answer.status_code, dict(answer.headers), body)

    @property
    def max_bytes(self) -> int:
        """The bytes that all files of one dataset may have together."""
        return self._settings.max_bytes

    def close(self) -> None:
        """Close the connections that wait; they are opened again when they are needed."""
        self._wire.close()

    def _in_time(self) -> contextlib.AbstractContextManager[None]:
        return self._guard.until(self._clock() + self._settings.deadline_s)

    def _client(self, wire: Wire) -> httpx.Client:
        """A client for one request and its redirects: cookies live no longer, connections do."""
        return httpx.Client(
            transport=wire,
            trust_env=False,  # no proxy, no .netrc: only config.yml says where we go
            timeout=self._settings.timeout_s,
            headers={
                "User-Agent": user_agent(self._settings.contact),
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
        )

    @contextlib.contextmanager
    def _answer(self, ask: _Ask) -> Iterator[httpx.Response]:
        """The answer after redirects, each of them checked like the first address."""
        client = self._client(self._wire)
        request = client.build_request(
            ask.method, ask.url, headers=ask.headers, content=ask.content
        )
        for _ in range(MAX_REDIRECTS + 1):
            refuse_address(request.url)
            self._dress(request, ask)
            with contextlib.closing(client.send(request, stream=True)) as answer:
                if answer.next_request is None:
                    yield answer
                    return
                self._refuse_redirect(request, answer.next_request)
            request = answer.next_request
        raise HarvestError(
            f"is redirected more than {MAX_REDIRECTS} times: check the address", "redirects"
        )

    def _dress(self, request: httpx.Request, ask: _Ask) -> None:
        """Give a request what is for its address alone."""
        if self._home:
            self._home.sealed(request)
        for name, value in ask.tags.items():
            request.headers.pop(name, None)
            if without_secrets(str(request.url)) == ask.tagged:
                request.headers[name] = value

    def _refuse_redirect(self, here: httpx.Request, there: httpx.Request) -> None:
        """Refuse what would turn a question into another, or lead us in from outside."""
        if there.method != here.method:
            raise HarvestError(
                f"sends us to {shown(str(there.url))!r}, which is not asked with {here.method}:"
                " give the address that answers itself",
                "redirects",
            )
        if self._guard.is_named(*place(there.url)) and not self._guard.is_named(*place(here.url)):
            raise BlockedAddress(
                f"leads to {shown(str(there.url))!r}, a private server; if it is meant, give that"
                " address"
            )


def _tags(etag: str, last_modified: str) -> dict[str, str]:
    """The headers that ask for a body only when it is another."""
    said = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in said.items() if value}


def _body(answer: httpx.Response, max_bytes: int) -> bytes:
    _refuse_promise(answer, max_bytes, "ask for less at once")
    pieces, size = [], 0
    for piece in answer.iter_raw():  # with a size it would wait until that much came
        size += len(piece)
        if size > max_bytes:
            raise _too_large(max_bytes, "ask for less at once")
        pieces.append(piece)
    return b"".join(pieces)


def _refuse_promise(answer: httpx.Response, max_bytes: int, way_out: str) -> None:
    """Refuse what is compressed or too large by its headers."""
    encoding = answer.headers.get("content-encoding", "identity").lower()
    if encoding not in ("", "identity"):
        raise HarvestError(
            f"came compressed ({encoding[:20]}) unasked: tell the server's owner", "compressed"
        )
    if int(answer.headers.get("content-length", 0)) > max_bytes:
        raise _too_large(max_bytes, way_out)


def _too_large(max_bytes: int, way_out: str) -> HarvestError:
    return HarvestError(
        f"is larger than {max_bytes} bytes; {way_out}", "too-large", limit=str(max_bytes)
    )


def user_agent(contact: str) -> str:
    """Say who we are, and to whom to write.

    >>> user_agent("podaci@sabac.rs").partition(" ")[2]
    '(+podaci@sabac.rs)'
    """
    try:
        version = importlib.metadata.version("emap")
    except importlib.metadata.PackageNotFoundError:  # run from a folder that is not installed
        version = "0"
    said = re.sub(r"[^\x21-\x7e]+|[()]", "", contact)  # a header is ASCII of one line
    return f"eMap/{version}" + (f" (+{said})" if said else "")


@contextlib.contextmanager
def _kept_if_whole(into: Path) -> Iterator[Path]:
    """Lend a new folder in `into`; it is gone when the block fails, or has put nothing there."""
    folder, whole = Path(tempfile.mkdtemp(dir=into, prefix="fetched-")), False
    try:
        yield folder
        whole = any(folder.iterdir())
    finally:
        if not whole:
            shutil.rmtree(folder, ignore_errors=True)
