"""A real server on 127.0.0.1 that plays an upstream: answers of functions, bytes or recordings.

    upstream.answers["/api"] = {"data": []}                          # JSON, bytes, Reply, function
    upstream.answers["/f.csv"] = Reply(b"a,b", headers={"ETag": '"1"', "Accept-Ranges": "bytes"})

A Reply with `ETag` or `Last-Modified` answers 304 to who has it; with `Accept-Ranges: bytes` it
answers 206 to `Range: bytes=N-`, unless `If-Range` is another ETag.

What breaks is switched on by faults, taken in their order; each is used up after `times`:

    upstream.faults.append(Fault("status-500", path="/api", times=2))   # then the answer comes
    upstream.faults.append(Fault("status-429", retry_after="30"))       # any path, once
    upstream.faults.append(Fault("truncated", after=2))                 # the third is cut off

Kinds of fault:

- `status-NNN`: that status, with `Retry-After: retry_after` where it is given;
- `truncated`: half of the body, then the connection is closed;
- `wrong-length`: Content-Length says half of the body, so that half looks whole;
- `drip`: a byte of the body each 20 ms; a client that waits for all waits for long;
- `redirect`: 302 to `to`;
- `html`: a web page with status 200 and the Content-Type of the answer;
- `empty`: status 200 and no byte;
- `reset`: the connection is torn down before any answer.

Nobody waits while an upstream runs: back-off between tries takes no time in this process.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina

PAGE = b"<!DOCTYPE html><html><head><title>Prijava</title></head><body>Prijavite se</body></html>"


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


@dataclass
class Fault:
    """What goes wrong with answers of a path (any when empty), after so many and so often."""

    kind: str
    path: str = ""
    times: int = 1
    after: int = 0
    retry_after: str = ""
    to: str = ""

    def falls_on(self, asked: Asked) -> bool:
        """Count an answer, and tell whether it is to be broken."""
        if self.times < 1 or self.path not in ("", asked.path):
            return False
        self.after -= 1
        if self.after >= 0:
            return False
        self.times -= 1
        return True


type Answer = bytes | Reply | dict[str, Any] | list[Any] | Callable[[Asked], Any]
"""What a path answers: bytes, JSON, a Reply, or a function of the request that gives one."""


class Upstream:
    """Answers by path; `asked` are the requests so far, `at_once` the most that ran together."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # a client may leave when it likes
                    self.close_connection = True

            def _answer(self) -> None:
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
            fault = next((each for each in self.faults if each.falls_on(asked)), None)
        try:
            reply = fulfilled(asked, self._reply(asked))
        finally:
            with self._lock:  # once it is sent, the client may have asked for the next already
                self._now -= 1
        if fault:
            self._break(handler, fault, reply)
        else:
            self._send(handler, reply)

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
        self._head(handler, reply, len(reply.body))
        if handler.command != "HEAD":
            handler.wfile.write(reply.body)

    def _head(self, handler: BaseHTTPRequestHandler, reply: Reply, length: int) -> None:
        headers = {"Content-Type": reply.type, "Content-Length": str(length)}
        handler.send_response(reply.status)
        for name, value in (headers | dict(reply.headers)).items():
            handler.send_header(name, value)
        handler.end_headers()

    def _break(self, handler: BaseHTTPRequestHandler, fault: Fault, reply: Reply) -> None:
        if fault.kind.startswith("status-"):
            later = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            status = int(fault.kind.removeprefix("status-"))
            return self._send(handler, Reply(b"out of order", status, "text/plain", later))
        if fault.kind == "redirect":
            return self._send(handler, Reply(b"", 302, "text/plain", {"Location": fault.to}))
        if fault.kind in ("html", "empty"):
            body = PAGE if fault.kind == "html" else b""
            return self._send(handler, Reply(body, type=reply.type))
        handler.close_connection = True
        half = len(reply.body) // 2
        if fault.kind == "reset":
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            handler.connection.close()
        elif fault.kind == "drip":
            self._head(handler, reply, len(reply.body))
            for byte in reply.body:
                handler.wfile.write(bytes([byte]))
                if self._closing.wait(0.02):
                    break
        elif fault.kind in ("truncated", "wrong-length"):
            self._head(handler, reply, len(reply.body) if fault.kind == "truncated" else half)
            handler.wfile.write(reply.body[:half])
        else:
            raise ValueError(f"no fault {fault.kind!r}")
        return None

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def fulfilled(asked: Asked, reply: Reply) -> Reply:
    """What a server makes of a reply for one who has it, or has a part of it."""
    if reply.status != 200 or asked.method != "GET":
        return reply
    etag, date = (reply.headers.get(name, "") for name in ("ETag", "Last-Modified"))
    if_none, if_since = (
        asked.headers.get(name, "") for name in ("if-none-match", "if-modified-since")
    )
    if (etag and if_none == etag) or (date and not if_none and if_since == date):
        return replace(reply, status=304, body=b"")
    begins, whole = asked.headers.get("range", ""), len(reply.body)
    if not begins or reply.headers.get("Accept-Ranges") != "bytes":
        return reply
    if asked.headers.get("if-range", etag) != etag:
        return reply
    first = int(begins.removeprefix("bytes=").partition("-")[0])
    if first >= whole:
        return Reply(b"", 416, "text/plain", {"Content-Range": f"bytes */{whole}"})
    part = {"Content-Range": f"bytes {first}-{whole - 1}/{whole}"}
    headers = dict(reply.headers) | part
    return replace(reply, status=206, body=reply.body[first:], headers=headers)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """An upstream without any page yet."""
    running = Upstream()
    with stamina.set_testing(True, attempts=10, cap=True):  # as many tries, and no waiting
        yield running
    running.close()
