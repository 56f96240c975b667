"""httpx over connections that a guard makes; httpx's own transport takes none."""

import ssl
import threading
import weakref
from collections.abc import Iterator
from functools import cache

import httpcore
import httpx

from harvesters.fetching.guard import Guard

KEPT = 20  # connections that wait for the next request; of one host there are few


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that are believed; reading them takes as long as a page of records."""
    return httpx.create_ssl_context()


class Wire(httpx.BaseTransport):
    """Connections of one client, opened as they are needed and kept; any thread may ask."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._guard, self._tls = guard, tls
        self._pool: httpcore.ConnectionPool | None = None
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection that is open, or over one that the guard makes."""
        answer = self._opened().handle_request(
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

    def _opened(self) -> httpcore.ConnectionPool:
        with self._lock:
            if self._pool is None:
                self._pool = httpcore.ConnectionPool(
                    ssl_context=self._tls or trusted(),
                    network_backend=self._guard,
                    max_connections=None,  # the slots of the hosts are the limit
                    max_keepalive_connections=KEPT,
                    keepalive_expiry=15,
                )
                weakref.finalize(self, self._pool.close)
            return self._pool

    def close(self) -> None:
        """Close what is open; the next request opens anew."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
