"""A real HTTP server on 127.0.0.1 whose answers a test decides, and which keeps what was asked."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Said:
    """What is answered; `body` that is no text or bytes becomes JSON."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Portal:
    """Answers with `answer(asked)`; a `Said` put into `next` is answered before it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.next: list[Said] = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True

            def _act(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                address = urlsplit(self.path)
                headers = {key.lower(): value for key, value in self.headers.items()}
                asked = Asked(
                    self.command,
                    address.path,
                    dict(parse_qsl(address.query)),
                    headers,
                    self.rfile.read(length),
                )
                portal.asked.append(asked)
                said = portal.next.pop(0) if portal.next else portal.answer(asked)
                self._say(said)

            def _say(self, said: Said) -> None:
                if said.status == 0:  # the connection breaks
                    self.close_connection = True
                    return
                body = said.body
                if not isinstance(body, bytes):
                    body = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = _act

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    answer: Callable[[Asked], Said] = staticmethod(lambda asked: Said(404, {"message": "nothing"}))

    def writes(self) -> list[str]:
        """Method and path of all that was asked and does not read."""
        reading = ("_show", "_list", "_search", "_list_for_user")
        return [
            f"{a.method} {a.path}"
            for a in self.asked
            if a.method != "GET" and not a.path.endswith(reading)
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
