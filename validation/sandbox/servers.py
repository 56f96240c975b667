"""The parent's side of the servers of children: one for each set of libraries that tasks need."""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SERVER = Path(__file__).with_name("server.py")
COMPLAINT_BYTES = 4000
KILLED_WITHIN_S = 30
_starting = threading.Lock()


class Gone(Exception):
    """A server ended before it told how a child of it did; carries what it complained of."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a server has: our code at `root`, GDAL with these drivers or none, modules loaded."""

    root: str
    drivers: tuple[str, ...]
    warm: tuple[str, ...]
    skipped: str = ""


class Server:
    """A server that runs, and the socket on which it takes jobs."""

    def __init__(self, kind: Kind) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server
        said = {
            "root": kind.root,
            "drivers": kind.drivers,
            "warm": kind.warm,
            "control": theirs.fileno(),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(SERVER), json.dumps(said)],
            env=_environment(kind),
            stdin=subprocess.DEVNULL,
            stdout=self.complaints,
            stderr=self.complaints,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    def run(self, files: Sequence[IO[bytes]], wall_s: float) -> int | None:
        """Let a child read its job from the first file, answer and complain into the others.

        Gives its exit code, None when the wall clock ran out. Raises Gone.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                descriptors = [*(file.fileno() for file in files), theirs.fileno()]
                try:
                    socket.send_fds(self.control, [b"job"], descriptors)
                except OSError:
                    raise self._gone() from None
            code = _told(ours, wall_s)
            if code == b"":
                raise self._gone()
            return None if code is None else int.from_bytes(code, signed=True)

    def _gone(self) -> Gone:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        try:
            end = self.complaints.seek(0, os.SEEK_END)
            self.complaints.seek(max(0, end - COMPLAINT_BYTES))
            return Gone(self.complaints.read().decode(errors="replace"))
        except ValueError:  # another thread met the same end first, and closed the file
            return Gone("")

    def close(self) -> None:
        """End it, and all that it still has."""
        self.control.close()
        self.process.wait()
        self.complaints.close()


def _told(ours: socket.socket, wall_s: float) -> bytes | None:
    """Wait for an exit code, b"" when the server is gone; None, once killed, out of time."""
    ours.settimeout(wall_s)
    try:
        return ours.recv(4)
    except TimeoutError:
        ours.shutdown(socket.SHUT_WR)  # the server kills what nobody waits for
        ours.settimeout(KILLED_WITHIN_S)
        with contextlib.suppress(TimeoutError):
            ours.recv(4)
        return None
    except ConnectionError:
        return b""


_servers: dict[tuple[int, Kind], Server] = {}


def run(kind: Kind, files: Sequence[IO[bytes]], wall_s: float) -> int | None:
    """Run a child of a server of this kind, started where there is none. Raises Gone.

    A server that had nothing to do may end at the very moment in which it is asked: then another
    is started, once.
    """
    server = _server(kind)
    try:
        return server.run(files, wall_s)
    except Gone:
        _drop(kind, server)
        for file in files[1:]:
            file.seek(0)
            file.truncate()
        files[0].seek(0)
        return _server(kind).run(files, wall_s)


def _server(kind: Kind) -> Server:
    with _starting:
        key = (os.getpid(), kind)  # a fork of this process has none of its servers
        found = _servers.get(key)
        if found is None or found.process.poll() is not None:
            if found is not None:
                found.close()
            found = _servers[key] = Server(kind)
        return found


def _drop(kind: Kind, gone: Server) -> None:
    """Forget a server that ended; another thread may have started the next one already."""
    with _starting:
        key = (os.getpid(), kind)
        if _servers.get(key) is not gone:
            return
        del _servers[key]
    gone.close()


@atexit.register
def close() -> None:
    """End all servers of this process."""
    for (pid, _), server in list(_servers.items()):
        if pid == os.getpid():
            server.close()
    _servers.clear()


def _environment(kind: Kind) -> dict[str, str]:
    """Give the whole environment of a server: nothing of ours goes along."""
    alone = ("OPENBLAS", "OMP", "RAYON", "MKL")
    return {
        "PATH": os.defpath,
        "TMPDIR": tempfile.gettempdir(),
        "PROJ_NETWORK": "OFF",
        "GDAL_SKIP": kind.skipped,
        "POLARS_MAX_THREADS": "1",
        "ARROW_IO_THREADS": "1",
        **{f"{name}_NUM_THREADS": "1" for name in alone},
    }
