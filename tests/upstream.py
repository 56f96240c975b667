"""A real server on 127.0.0.1 that plays an upstream: answers of functions, bytes or recordings."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass(frozen=True)
class Asked:
    """A request: `query` has the last value of each parameter."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


type Answer = bytes | Reply | dict[str, Any] | list[Any] | Callable[[Asked], Any]
"""What a path answers: bytes, JSON, a Reply, or a function of the request that gives one."""


class Upstream:
    """Answers by path; `asked` are the requests so far, `at_once` the most that ran together."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                with suppress(ConnectionError):
                    outer.answer(self)

            do_GET = do_POST = do_HEAD = do_PROPFIND = _answer  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("content-length") or 0)
        asked = Asked(
            handler.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(length),
        )
        with self._lock:
            self.asked.append(asked)
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            self._send(handler, self._reply(asked))
        finally:
            with self._lock:
                self._now -= 1

    def _reply(self, asked: Asked) -> Reply:
        found: Any = self.answers.get(asked.path, Reply(b"no such page", 404, "text/plain"))
        if callable(found):
            found = found(asked)
        if isinstance(found, Reply):
            return found
        if isinstance(found, bytes):
            return Reply(found, type="application/octet-stream")
        return Reply(json.dumps(found).encode())

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        headers = {"Content-Type": reply.type, "Content-Length": str(len(reply.body))}
        handler.send_response(reply.status)
        for name, value in (headers | dict(reply.headers)).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(reply.body)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """An upstream without any page yet."""
    running = Upstream()
    yield running
    running.close()
