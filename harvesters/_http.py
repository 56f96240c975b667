"""The one HTTP client of all harvesters: guarded, bounded in bytes and time, nothing left half.

Rules: docs/decisions/0004-guarded-http.md.
"""

import contextlib
import importlib.metadata
import logging
import os
import re
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import unquote, urlsplit, urlunsplit

import httpcore
import httpx

from datasets import config
from datasets.errors import BlockedAddress, HarvestError
from datasets.names import file_name
from datasets.record import Known
from harvesters._guard import Guard, Named, Resolve

logging.getLogger("httpx").setLevel(logging.WARNING)  # its notes hold whole addresses, keys too

MAX_REDIRECTS = 5
MAX_ANSWER_BYTES = 50_000_000  # of an API; a page of a thousand datasets has about 5
_TRANSPORT = (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError)
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException)
_REMEDY = {
    401: "it wants a name and password, or a key: renew them",
    403: "it refuses us: ask its owner, or upload the file by hand",
    404: "the file moved: check the address",
    410: "the file was removed: check the address",
    429: "it is busy: try again later",
    451: "it refuses us here: ask its owner, or upload the file by hand",
    503: "it is busy: try again later",
}
_SECRET = re.compile(r"token|key|secret|sig|pass|auth|credential", re.IGNORECASE)
_EXTENDED = re.compile(r"filename\*\s*=\s*([\w-]*)'[^']*'([^;\s]+)", re.IGNORECASE)
_PLAIN = re.compile(r'filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came whole. `url` is where it was in the end, without secrets."""

    path: Path
    url: str
    filename: str
    content_type: str
    etag: str
    last_modified: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said when it was asked once; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


type Files = Mapping[str, tuple[str, BinaryIO]]
"""Files of a form: field to file name and opened file."""


class Http:
    """Fetches files over HTTP(S) from public servers and from private ones named in config.yml."""

    def __init__(
        self,
        settings: config.Http,
        *,
        resolve: Resolve = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings, self._resolve, self._clock, self._own_tls = settings, resolve, clock, tls
        self._named = tuple(Named.parse(host) for host in settings.allow_private)

    @property
    def max_bytes(self) -> int:
        """The bytes that one dataset may have."""
        return self._settings.max_bytes

    def fetch(self, url: str, into: Path, *, known: Known | None = None) -> Fetched:
        """Fetch one file into a new folder in `into`, under the name that its server gives it.

        Raises HarvestError, or BlockedAddress, which name the address and the way out; then
        nothing of the file is left.
        """
        guard = self._guard()
        with _told(url), _kept_if_whole(into) as folder, self._client(guard) as client:
            answer = self._follow(client, guard, url)
            with contextlib.closing(answer):
                filename = _filename(answer)
                size_bytes = self._receive(answer, folder / filename)
            return Fetched(
                path=folder / filename,
                url=without_secrets(str(answer.url)),
                filename=filename,
                content_type=answer.headers.get("content-type", "").partition(";")[0].strip(),
                etag=answer.headers.get("etag", ""),
                last_modified=answer.headers.get("last-modified", ""),
                size_bytes=size_bytes,
            )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Ask a server once, and give whatever it answers.

        No redirect is followed: a key that is sent along is for this address alone. Raises
        HarvestError or BlockedAddress as `fetch` does.
        """
        with _told(url), self._client(self._guard()) as client:
            request = client.build_request(
                method, url, headers=headers, content=content, data=form, files=files
            )
            _refuse_address(request.url)
            answer = client.send(request, stream=True)
            with contextlib.closing(answer):
                _refuse_encoding(answer)
                pieces, size = [], 0
                for piece in answer.iter_raw():
                    size += len(piece)
                    if size > max_bytes:
                        raise HarvestError(f"answers with more than {max_bytes} bytes")
                    pieces.append(piece)
            return Answer(answer.status_code, dict(answer.headers), b"".join(pieces))

    def _guard(self) -> Guard:
        ends = self._clock() + self._settings.deadline_s
        return Guard(self._named, resolve=self._resolve, clock=self._clock, ends=ends)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._own_tls or httpx.create_ssl_context()

    def _client(self, guard: Guard) -> httpx.Client:
        return httpx.Client(
            transport=_Transport(guard, self._tls),
            trust_env=False,  # no proxy, no .netrc: only config.yml says where we go
            timeout=self._settings.timeout_s,
            headers={
                "User-Agent": user_agent(self._settings.contact),
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
        )

    def _follow(self, client: httpx.Client, guard: Guard, url: str) -> httpx.Response:
        """Follow redirects to an answer; each hop is checked like the first."""
        request = client.build_request("GET", url)
        _refuse_address(request.url)
        for _ in range(MAX_REDIRECTS + 1):
            answer = client.send(request, stream=True)
            if answer.next_request is None:
                return answer
            answer.close()
            _refuse_address(answer.next_request.url)
            _refuse_inward(guard, request.url, answer.next_request.url)
            request = answer.next_request
        raise HarvestError(f"is redirected more than {MAX_REDIRECTS} times: check the address")

    def _receive(self, answer: httpx.Response, path: Path) -> int:
        """Write the body as it was sent; give its size in bytes."""
        limit, size = self._settings.max_bytes, 0
        _refuse_answer(answer, limit)
        with path.open("wb") as out:
            for piece in answer.iter_raw():  # with a size it would wait until that much came
                size += len(piece)
                if size > limit:
                    raise HarvestError(_too_large(limit))
                out.write(piece)
        return size


class _Transport(httpx.BaseTransport):
    """httpx over connections that a guard makes; httpx's own transport takes none."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, network_backend=guard, max_connections=2
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), request=request
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


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


def shown(url: str) -> str:
    """Give an address as it may stand in a message: no password, no query.

    >>> shown("https://me:secret@opendata.rs/f.csv?token=1#x")
    'https://opendata.rs/f.csv'
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"^(\w+://)[^/]*@", r"\1", bare)[:300]


def without_secrets(url: str) -> str:
    """Give an address as it may be published: no password, no part of the query that is a key.

    >>> without_secrets("https://me:pw@opendata.rs/f?id=5&api_key=1")
    'https://opendata.rs/f?id=5'
    """
    parts = urlsplit(url)
    query = [p for p in parts.query.split("&") if not _SECRET.search(p.partition("=")[0])]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "&".join(query), ""))


@contextlib.contextmanager
def _kept_if_whole(into: Path) -> Iterator[Path]:
    """Lend a new folder in `into`; it is gone when the block fails."""
    folder, whole = Path(tempfile.mkdtemp(dir=into, prefix="fetched-")), False
    try:
        yield folder
        whole = True
    finally:
        if not whole:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Say of every failure which address it was, without what is secret in it."""
    try:
        yield
    except HarvestError as error:
        raise type(error)(
            f"{shown(url)}: {error}", error.fault, **{"address": shown(url)} | error.values
        ) from None
    except _TIMEOUTS:
        raise HarvestError(
            f"{shown(url)}: the answer was not whole in time; try later, or raise"
            " http.timeout_s and http.deadline_s in config.yml"
        ) from None
    except _TRANSPORT as error:
        raise HarvestError(f"{shown(url)}: {_broken(error)}") from None
    except (httpx.InvalidURL, UnicodeError):
        raise HarvestError(f"{shown(url)}: is not an address; check how it is written") from None
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else str(error)
        raise HarvestError(f"{shown(url)}: the file cannot be written: {said}") from None


def _broken(error: Exception) -> str:
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        reason = said.partition("failed: ")[2].partition(" (_ssl")[0]
        return f"the server's certificate is not valid ({reason}): tell its owner"
    if isinstance(error, httpcore.ConnectError | httpx.ConnectError):
        return f"the server cannot be reached ({said}): check the address, or try later"
    return f"the answer broke off or is not HTTP ({said}): try later, or tell the server's owner"


def _refuse_address(url: httpx.URL) -> None:
    if (url.port or 0) > 65535:
        raise HarvestError(f"port {url.port} does not exist; check the address")
    if url.scheme not in ("http", "https") or not url.host:
        raise BlockedAddress(
            f"leads to {shown(str(url))!r}; only http:// and https:// are harvested"
        )


def _refuse_inward(guard: Guard, here: httpx.URL, there: httpx.URL) -> None:
    """Refuse that a server outside sends us to a private one: only config.yml may."""
    if guard.is_named(*_place(there)) and not guard.is_named(*_place(here)):
        raise BlockedAddress(
            f"leads to {shown(str(there))!r}, a private server; if it is meant, give that address"
        )


def _place(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode(), url.port or (443 if url.scheme == "https" else 80)


def _refuse_answer(answer: httpx.Response, max_bytes: int) -> None:
    if answer.status_code != 200:
        remedy = _REMEDY.get(answer.status_code, "try later, or tell the server's owner")
        raise HarvestError(f"the server answered {answer.status_code}: {remedy}")
    _refuse_encoding(answer)
    if int(answer.headers.get("content-length", 0)) > max_bytes:
        raise HarvestError(_too_large(max_bytes))


def _refuse_encoding(answer: httpx.Response) -> None:
    encoding = answer.headers.get("content-encoding", "identity").lower()
    if encoding not in ("", "identity"):
        raise HarvestError(f"came compressed ({encoding[:20]}) unasked: tell the server's owner")


def _too_large(max_bytes: int) -> str:
    return f"is larger than {max_bytes} bytes; http.max_bytes in config.yml sets the limit"


def _filename(answer: httpx.Response) -> str:
    """The name that the server gives the file, else the last part of its address, made safe."""
    header = answer.headers.get("content-disposition", "")
    if found := _EXTENDED.search(header):
        encoding = "latin-1" if found[1].lower() == "iso-8859-1" else "utf-8"
        return file_name(unquote(found[2], encoding, "replace"))
    found = _PLAIN.search(header)
    said = unquote(found[1] or found[2] or "").strip() if found else ""
    return file_name(said or answer.url.path)
