"""Politeness by host: so many requests at once, and a pause before each.

It holds for all threads, and for all processes that are given one folder. A slot is a locked
file: the kernel unlocks it when its process dies, so nothing is ever left to be cleared by hand.
"""

import fcntl
import os
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.errors import HarvestError
from harvesters.fetching.address import Place

BUCKETS = 1024  # files are few whatever hosts are named; two hosts of one bucket share its slots
LONGEST_PAUSE_S = 60.0
_LOOK_S = 0.02  # between two looks for a free slot


class Hosts:
    """The slots of all hosts; a host is a name and a port."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        per_host: int = 2,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._slots = _Files(folder, per_host) if folder else _Memory(per_host)
        self._now, self._sleep = now, sleep

    @contextmanager
    def slot(self, place: Place, *, pause_s: float, wait_s: float) -> Iterator[None]:
        """Hold a slot of a host for the block, which begins `pause_s` after the last one began.

        Raises HarvestError `busy` when no slot is free for `wait_s`.
        """
        bucket = zlib.crc32(f"{place[0]}:{place[1]}".encode()) % BUCKETS
        with self._slots.one(bucket, wait_s):
            if pause_s > 0:
                self._pause(bucket, min(pause_s, LONGEST_PAUSE_S))
            yield

    def _pause(self, bucket: int, pause_s: float) -> None:
        with self._slots.turn(bucket) as last:
            left = last + pause_s - self._now()
            self._sleep(min(max(left, 0.0), pause_s))  # a clock that was set back adds nothing
            self._slots.begin(bucket, self._now())


class _Files:
    """Slots that processes of one machine share."""

    def __init__(self, folder: Path, per_host: int) -> None:
        self._folder, self._per_host = folder, per_host

    @contextmanager
    def one(self, bucket: int, wait_s: float) -> Iterator[None]:
        """Hold any of a host's slots."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ends = time.monotonic() + wait_s
        while not (file := self._free(bucket)):
            if time.monotonic() > ends:
                raise _all_taken(wait_s)
            time.sleep(_LOOK_S * random.uniform(0.5, 1.5))
        try:
            yield
        finally:
            os.close(file)

    def _free(self, bucket: int) -> int | None:
        for number in range(self._per_host):
            file = self._opened(f"{bucket:03x}.{number}")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                return file
        return None

    def _opened(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def turn(self, bucket: int) -> Iterator[float]:
        """Be the next to begin; gives when the last request began, in seconds since 1970."""
        file = self._opened(f"{bucket:03x}.turn")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield os.fstat(file).st_mtime
        finally:
            os.close(file)

    def begin(self, bucket: int, when: float) -> None:
        """Note that a request begins; the turn is held."""
        os.utime(self._folder / f"{bucket:03x}.turn", (when, when))


class _Memory:
    """Slots that threads of one process share."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._slots: dict[int, threading.BoundedSemaphore] = {}
        self._turns: dict[int, threading.Lock] = {}
        self._begun: dict[int, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def one(self, bucket: int, wait_s: float) -> Iterator[None]:
        """Hold any of a host's slots."""
        with self._lock:
            slots = self._slots.setdefault(bucket, threading.BoundedSemaphore(self._per_host))
        if not slots.acquire(timeout=wait_s):
            raise _all_taken(wait_s)
        try:
            yield
        finally:
            slots.release()

    @contextmanager
    def turn(self, bucket: int) -> Iterator[float]:
        """Be the next to begin; gives when the last request began, in seconds since 1970."""
        with self._lock:
            turn = self._turns.setdefault(bucket, threading.Lock())
        with turn:
            yield self._begun.get(bucket, 0.0)

    def begin(self, bucket: int, when: float) -> None:
        """Note that a request begins; the turn is held."""
        self._begun[bucket] = when


def _all_taken(wait_s: float) -> HarvestError:
    return HarvestError(
        f"our own other requests of this host took longer than {wait_s:g} seconds: try later,"
        " or raise http.per_host in config.yml",
        "busy",
    )
