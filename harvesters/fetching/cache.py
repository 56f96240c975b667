"""Answers of one source that are kept with what their server calls them, to ask if they changed."""

import hashlib
import json
import os
import tempfile
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harvesters.fetching.ask import Ask
from harvesters.fetching.reply import Reply

MAX_BYTES = 200_000_000  # of one source, packed; about 100,000 records as JSON
_LEVEL = 1  # metadata shrink to a fifth at 100 MB a second


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was, and the file that it is in."""

    path: Path
    status: int
    url: str
    headers: Mapping[str, str]
    packed: bytes

    def reply(self) -> Reply | None:
        """The answer again, noted as used; None when it is broken: it is gone then."""
        with suppress(OSError):
            try:
                body = zlib.decompress(self.packed)
            except zlib.error:
                self.path.unlink(missing_ok=True)
                return None
            os.utime(self.path)
        return Reply(self.status, self.url, self.headers, body, unchanged=True)


class Cache:
    """A folder of answers, one file each; safe for threads and processes, and never needed."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._size: int | None = None
        self._lock = threading.Lock()

    def find(self, ask: Ask, secrets: Mapping[str, str]) -> Kept | None:
        """What was answered to the same question before; None also when it cannot be read."""
        path = self._path(ask, secrets)
        try:
            head, _, packed = path.read_bytes().partition(b"\n")
            said = json.loads(head)
            return Kept(path, said["status"], said["url"], said["headers"], packed)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, reply: Reply, ask: Ask, secrets: Mapping[str, str]) -> None:
        """Keep an answer whose server can tell whether it changed; nothing when the folder is full.

        Rule: RFC 9111 on `no-store` and `Vary: *`.
        """
        headers = reply.headers
        if not (headers.get("etag") or headers.get("last-modified")):
            return
        if "no-store" in headers.get("cache-control", "").lower() or headers.get("vary") == "*":
            return
        head = {"status": reply.status, "url": reply.url, "headers": dict(headers)}
        packed = json.dumps(head).encode() + b"\n" + zlib.compress(reply.body, _LEVEL)
        with suppress(OSError):  # a disk that is full is told where something must be written
            if self._reserved(len(packed)):
                self._write(self._path(ask, secrets), packed)

    def sweep(self, since: float) -> None:
        """Remove what nobody has used since a moment, in seconds since 1970."""
        for path in self._files():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < since:
                    path.unlink()
        with self._lock:
            self._size = None

    def _path(self, ask: Ask, secrets: Mapping[str, str]) -> Path:
        """A file for each question; who asks with another key may be answered otherwise."""
        said: list[Any] = [ask.method, str(ask.url), sorted(ask.headers.items())]
        said.append(sorted(secrets.items()))
        return self._folder / hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def _files(self) -> list[Path]:
        return list(self._folder.iterdir()) if self._folder.is_dir() else []

    def _reserved(self, size: int) -> bool:
        """Take bytes of what the source may use; what is replaced counts until the next sweep."""
        with self._lock:
            if self._size is None:
                self._size = sum(path.stat().st_size for path in self._files())
            if self._size + size > self._max_bytes:
                return False
            self._size += size
            return True

    def _write(self, path: Path, packed: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(packed)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
