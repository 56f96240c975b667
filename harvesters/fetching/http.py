"""The one HTTP client of all harvesters: guarded, bounded in bytes and time, nothing left half.

Rules: docs/decisions/0004-guarded-http.md.
"""

import contextlib
import copy
import importlib.metadata
import logging
import re
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import overload
from urllib.robotparser import RobotFileParser

import httpx

from datasets import config
from datasets.errors import BlockedAddress, HarvestError
from datasets.record import Known
from harvesters.fetching import robots
from harvesters.fetching.address import Place, place, refuse_address, shown, without_secrets
from harvesters.fetching.ask import NO_HEADERS, Ask, Home, tags
from harvesters.fetching.cache import Cache, Kept
from harvesters.fetching.download import Download, body, kept_if_whole
from harvesters.fetching.faults import refused_status, told
from harvesters.fetching.guard import Guard, Named, Resolve
from harvesters.fetching.hosts import Hosts
from harvesters.fetching.reply import Answer, Fetched, Files, Reply, is_page
from harvesters.fetching.retry import Experience
from harvesters.fetching.wire import Wire

__all__ = ["Answer", "Fetched", "Files", "Http", "Reply", "is_page", "shown", "without_secrets"]

logging.getLogger("httpx").setLevel(logging.WARNING)  # its notes hold whole addresses, keys too

MAX_REDIRECTS = 5
MAX_ANSWER_BYTES = 50_000_000  # of an API; a page of a thousand datasets has about 5


class Http:
    """Asks public servers over HTTP(S), and private ones named in config.yml; threads may share it.

    One that is `bound` belongs to one source: its connections, its secrets, what it learnt of
    hosts. `slots` is the folder by which processes that ask the same hosts know of each other.
    """

    def __init__(
        self,
        settings: config.Http,
        *,
        slots: Path | None = None,
        resolve: Resolve = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings, self._resolve, self._clock, self._tls = settings, resolve, clock, tls
        self._hosts = Hosts(slots, per_host=settings.per_host)
        self._listed = [Named.parse(host) for host in settings.allow_private]
        self._settle(None, None)

    def _settle(self, home: Home | None, cache: Cache | None) -> None:
        """Begin anew with what belongs to one source."""
        self._home, self._cache = home, cache
        own = [named for named in self._listed if home is None or named.host == home.at[0]]
        foreign = [named for named in self._listed if named not in own]
        self._guard = Guard(own, foreign=foreign, resolve=self._resolve, clock=self._clock)
        self._wire = Wire(self._guard, self._tls)
        self._experience = Experience(self._clock)
        self._rules: dict[str, RobotFileParser] = {}
        self._delays: dict[Place, float] = {}

    @property
    def max_bytes(self) -> int:
        """The bytes that all files of one dataset may have together."""
        return self._settings.max_bytes

    def bound(
        self, home: str, *, secrets: Mapping[str, str] = NO_HEADERS, cache: Path | None = None
    ) -> "Http":
        """Make the client of one source, whose address `home` is; empty for one without.

        `secrets` are headers that go to the home's scheme, host and port alone. Of the private
        hosts in config.yml it reaches its home only: what a server writes into its metadata must
        not lead us elsewhere in a network. `cache` is a folder of its own, where answers of `get`
        are kept and asked for again only when they have changed.
        """
        own = copy.copy(self)
        with told(home):
            own._settle(Home.of(home, secrets), Cache(cache) if cache else None)
        return own

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        accept: str = "*/*",
        headers: Mapping[str, str] = NO_HEADERS,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Reply:
        """Get a document.

        `params` are added to the query of the address. Raises HarvestError or BlockedAddress,
        whose fault says what happened, for every answer that is not 200 to 299 as well.
        """
        with told(url):
            whole = str(httpx.URL(url).copy_merge_params(params)) if params else url
            ask = Ask("GET", whole, {"Accept": accept, **headers})
            return self._known_or_new(ask, max_bytes) if self._cache else self._new(ask, max_bytes)

    def post(
        self,
        url: str,
        *,
        content: bytes = b"",
        media_type: str,
        accept: str = "*/*",
        headers: Mapping[str, str] = NO_HEADERS,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Reply:
        """Ask by POST, which must change nothing: it may be sent again. Raises as `get` does."""
        with told(url):
            said = {"Accept": accept, "Content-Type": media_type, **headers}
            return self._new(Ask("POST", url, said, content), max_bytes)

    @overload
    def fetch(
        self, url: str, into: Path, *, known: None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Fetched: ...

    @overload
    def fetch(
        self, url: str, into: Path, *, known: Known | None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Fetched | None: ...

    def fetch(
        self,
        url: str,
        into: Path,
        *,
        known: Known | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Fetched | None:
        """Fetch one file into a new folder in `into`, under the name that its server gives it.

        None when it is `known` and its server says that it is the same still. One that broke off
        is gone on with where the server can. Raises HarvestError, or BlockedAddress, which name
        the address and the way out; then nothing of it is left.
        """
        with told(url), kept_if_whole(into) as folder:
            asked = tags(known.etag, known.last_modified) if known else {}
            ask = Ask("GET", url, headers, None, asked, known.url if known else "")
            download = Download(folder, self.max_bytes)

            def take(answer: httpx.Response) -> Fetched | None:
                return None if answer.status_code == 304 and asked else download.take(answer)

            return self._tried(ask, take, download.asks_for)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
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
            with self._sent(client, request) as answer:
                return Answer(answer.status_code, dict(answer.headers), body(answer, max_bytes))

    def allowed(self, url: str) -> bool:
        """Tell whether robots.txt of the host lets us, who follow links there; asked for once.

        A delay between requests that it wants is kept from then on, a minute at most. Raises
        HarvestError when it cannot be got, unless there is none.
        """
        with told(url):
            parts = httpx.URL(url)
            refuse_address(parts)
            at = robots.address(parts)
            if at not in self._rules:
                self._rules[at] = robots.rules(at, self.get)
                self._delays[place(parts)] = float(self._rules[at].crawl_delay(robots.NAME) or 0)
            return self._rules[at].can_fetch(robots.NAME, url)

    def sweep(self, since: float) -> None:
        """Remove kept answers that were not asked for since a moment, in seconds since 1970.

        After a complete gather: what it did not use is of records that are gone.
        """
        if self._cache:
            self._cache.sweep(since)

    def connected(self, host: str, port: int) -> socket.socket:
        """Connect to a checked address, for a protocol that is not HTTP; its steps time out.

        Raises HarvestError or BlockedAddress as `get` does.
        """
        with told(f"{host}:{port}"):
            made = self._guard.connected(host, port, self._settings.timeout_s)
            made.settimeout(self._settings.timeout_s)
            return made

    def close(self) -> None:
        """Close the connections that wait; they are opened again when they are needed."""
        self._wire.close()

    def _known_or_new(self, ask: Ask, max_bytes: int) -> Reply:
        """A document as it was kept, where its server says that it is the same."""
        assert self._cache is not None
        secrets = self._home.secrets if self._home else NO_HEADERS
        kept = self._cache.find(ask, secrets)
        reply = self._kept_or_new(kept, ask, max_bytes) if kept else self._new(ask, max_bytes)
        if not reply.unchanged:
            self._cache.keep(reply, ask, secrets)
        return reply

    def _kept_or_new(self, kept: Kept, ask: Ask, max_bytes: int) -> Reply:
        def take(answer: httpx.Response) -> Reply | None:
            return None if answer.status_code == 304 else _reply(answer, max_bytes)

        asked = tags(kept.headers.get("etag", ""), kept.headers.get("last-modified", ""))
        conditional = replace(ask, tags=asked, tagged=kept.url)
        return self._tried(conditional, take) or kept.reply() or self._new(ask, max_bytes)

    def _new(self, ask: Ask, max_bytes: int) -> Reply:
        return self._tried(ask, lambda answer: _reply(answer, max_bytes))

    def _tried[T](
        self,
        ask: Ask,
        take: Callable[[httpx.Response], T],
        more: Callable[[], Mapping[str, str]] = dict,
    ) -> T:
        """What `take` makes of the answer, tried again while it fails by what passes by itself.

        `more` are headers that may be others at each try.
        """

        def once() -> T:
            with told(ask.url), self._answer(ask, more()) as answer:
                return take(answer)

        with told(ask.url), self._in_time():
            at, attempts = place(httpx.URL(ask.url)), self._settings.attempts
            return self._experience.tried(at, once, attempts, self._guard.left_s)

    @contextlib.contextmanager
    def _answer(self, ask: Ask, more: Mapping[str, str]) -> Iterator[httpx.Response]:
        """The answer after redirects, each of them checked like the first address."""
        client = self._client(self._wire)
        request = client.build_request(
            ask.method, ask.url, headers={**ask.headers, **more}, content=ask.content
        )
        for _ in range(MAX_REDIRECTS + 1):
            ask.tag(request)
            if self._home:
                self._home.seal(request)
            with self._sent(client, request) as answer:
                if answer.status_code == 304:
                    deque(answer.iter_raw(), 0)  # one not read to its end costs the connection
                if answer.next_request is None:
                    yield answer
                    return
                self._refuse_redirect(request, answer.next_request)
            request = answer.next_request
        raise HarvestError(
            f"is redirected more than {MAX_REDIRECTS} times: check the address", "redirects"
        )

    @contextlib.contextmanager
    def _sent(self, client: httpx.Client, request: httpx.Request) -> Iterator[httpx.Response]:
        """The answer of one host, while one of its slots is ours; waiting for it costs no time."""
        refuse_address(request.url)
        at, settings = place(request.url), self._settings
        pause_s = max(settings.pause_s, self._delays.get(at, 0.0))
        with contextlib.ExitStack() as held:
            with self._guard.unhurried():
                held.enter_context(
                    self._hosts.slot(at, pause_s=pause_s, wait_s=settings.deadline_s)
                )
            yield held.enter_context(contextlib.closing(client.send(request, stream=True)))

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


def _reply(answer: httpx.Response, max_bytes: int) -> Reply:
    """The document that an answer is; 206 is a part that nobody asked for."""
    if not 200 <= answer.status_code < 300 or answer.status_code == 206:
        raise refused_status(answer)
    return Reply(
        answer.status_code,
        without_secrets(str(answer.url)),
        dict(answer.headers),
        body(answer, max_bytes),
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
