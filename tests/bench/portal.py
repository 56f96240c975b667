"""A portal that answers as CKAN does: so many datasets of three resources, and who asked at once.

`python tests/bench/portal.py COUNT PORT…`: any path before `/api/` is a portal of its own with the
same datasets. `/stats` tells the requests so far and the most at one time, by port. Answers are
ready-made pieces of a file, so that the process costs little beside what is measured.
"""

import json
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import packages

PAUSE_S = 0.005  # of an answer, as if it came from afar: so requests meet
NAMESPACE = uuid.UUID(int=7)


class Portal:
    """Ready-made packages, and what was asked."""

    def __init__(self, count: int, file: BinaryIO) -> None:
        self.names: list[str] = []
        self.places: list[tuple[int, int]] = []
        self.at_once: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._file, self._lock = file, threading.Lock()
        for number, given in enumerate(packages.datasets(count)):
            line = json.dumps(package(number, given), ensure_ascii=False).encode()
            self.places.append((file.tell(), len(line)))
            self.names.append(given["name"])
            file.write(line)
        file.flush()
        self._numbers = {name: number for number, name in enumerate(self.names)}

    def begins(self, port: str) -> None:
        with self._lock:
            self.asked[port] += 1
            self._now[port] += 1
            self.at_once[port] = max(self.at_once[port], self._now[port])

    def ends(self, port: str) -> None:
        with self._lock:
            self._now[port] -= 1

    def answer(self, path: str, said: Mapping[str, Any]) -> bytes:
        """The body for a path and its parameters."""
        action = path.rstrip("/").rpartition("/")[2]
        if action == "stats":
            return json.dumps({"asked": self.asked, "at_once": self.at_once}).encode()
        if action == "package_list":
            return _result(json.dumps(self.names).encode())
        if action == "package_show":
            return _result(self._piece(self._numbers[str(said["id"])], 1))
        if action == "package_search":
            start, rows = int(said.get("start", 0)), min(int(said.get("rows", 10)), 1000)
            found = b"[" + self._piece(start, rows) + b"]"
            return _result(b'{"count":%d,"results":%b}' % (len(self.names), found))
        return _result(b"{}")

    def _piece(self, start: int, rows: int) -> bytes:
        with self._lock:
            pieces = []
            for place, length in self.places[start : start + rows]:
                self._file.seek(place)
                pieces.append(self._file.read(length))
            return b",".join(pieces)


def _result(body: bytes) -> bytes:
    return b'{"help":"","success":true,"result":%b}' % body


def package(number: int, given: dict[str, Any]) -> dict[str, Any]:
    """A dataset as `package_show` of CKAN answers it."""
    own = str(uuid.uuid5(NAMESPACE, str(number)))
    name = given["owner_org"]
    return given | {
        "id": f"{number:08x}{own[8:]}",  # the order by id is the order of the file
        "type": "dataset",
        "state": "active",
        "private": False,
        "author": None,
        "maintainer": None,
        "version": None,
        "metadata_created": "2026-01-01T10:00:00.000000",
        "metadata_modified": f"2026-02-01T10:00:{number % 60:02}.000000",
        "organization": {"id": own, "name": name, "title": name.title(), "state": "active"},
        "tags": [{"id": own, "display_name": tag["name"]} | tag for tag in given["tags"]],
        "resources": [
            resource
            | {
                "id": str(uuid.uuid5(NAMESPACE, f"{number}/{place}")),
                "position": place,
                "state": "active",
                "created": "2026-01-01T10:00:00.000000",
                "last_modified": "2026-02-01T10:00:00.000000",
                "hash": "",
                "size": 12345,
                "mimetype": None,
            }
            for place, resource in enumerate(given["resources"])
        ],
    }


def handler(portal: Portal) -> type[BaseHTTPRequestHandler]:
    """Make the handler of a portal."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave at once, or TCP waits for 40 ms between them

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._send(parts.path, {key: each[-1] for key, each in parse_qs(parts.query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._send(urlsplit(self.path).path, json.loads(body or b"{}"))

        def _send(self, path: str, said: Mapping[str, Any]) -> None:
            port = str(self.connection.getsockname()[1])
            counted = "/api/" in path
            if counted:
                portal.begins(port)
                time.sleep(PAUSE_S)
            body = portal.answer(path, said)
            if counted:
                portal.ends(port)  # before the answer leaves: its reader may ask at once
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def main(count: int, ports: list[int]) -> None:
    """Serve until the process is ended."""
    with tempfile.TemporaryFile() as file:
        portal = Portal(count, file)
        servers = [ThreadingHTTPServer(("127.0.0.1", port), handler(portal)) for port in ports]
        for server in servers[1:]:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        servers[0].serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(port) for port in sys.argv[2:]])
