"""A real server on 127.0.0.1 that answers whatever bytes a test tells it to."""

import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import stamina

from datasets import config
from harvesters.fetching.http import Http

type Answer = bytes | Callable[[socket.socket], None]


class Server:
    """Answers by path: raw bytes, or a function that is given the connection."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError):
                connection, _ = self._socket.accept()
                with connection, suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            head += piece
        self.requests.append(head.decode("latin-1"))
        answer = self.answers[head.split()[1].decode()]
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)

    def close(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    """Try as often as ever, with no time between."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """Make an answer of HTTP/1.1: `answer(b"body", "Name: value", …, status="200 OK")`."""

    def made(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
        length = () if any("Length" in h for h in headers) else (f"Content-Length: {len(body)}",)
        lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, *length, "", ""]
        return "\r\n".join(lines).encode() + body

    return made


@pytest.fixture
def http() -> Http:
    """A client to which 127.0.0.1 is open by name, and nothing else that is private."""
    return Http(config.Http(allow_private=("127.0.0.1",), timeout_s=5, deadline_s=10))


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    """Make a zip of members: names alone, or `name=bytes` for those whose bytes matter."""

    def made(*names: str, **members: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, body in (dict.fromkeys(names, b"x") | members).items():
                archive.writestr(name, body)
        return out.getvalue()

    return made
