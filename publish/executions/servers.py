"""The parent's side of the server of executions (`__main__`): started when there is a first job."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
ALONE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "ARROW_IO_THREADS")
"""Libraries that are told to begin no threads: a fork has none of them."""


class Server:
    """A process that has our code loaded, and forks for each job; begun anew when it is gone."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = orjson.dumps(said)
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, job_id: str) -> bool:
        """Let a process do a job and wait for its end; False when it came too early."""
        done = self._run(job_id)
        return bool(self._run(job_id, anew=True) if done is None else done)

    def _run(self, job_id: str, *, anew: bool = False) -> bool | None:
        """Whether it was done; None where the server was gone before it began."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._order(job_id, theirs, anew=anew)
            said = b""
            while more := ours.recv(16):
                said += more
        return None if not said else len(said) > 1

    def _order(self, job_id: str, told: socket.socket, *, anew: bool) -> None:
        with self._lock:
            if anew or self._control is None:
                self._begin()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [job_id.encode()], [told.fileno()])
            except OSError:  # it ended since; who waits for `told` sees that nothing comes
                return

    def _begin(self) -> None:
        self._end()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "publish.executions", str(theirs.fileno())],
                env={**os.environ, **dict.fromkeys(ALONE, "1"), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(self._said)

    def _end(self) -> None:
        if self._control is None or self._process is None:
            return
        self._control.close()
        self._process.wait()
        self._control = self._process = None

    def close(self) -> None:
        """End the server; jobs that are at work go on."""
        with self._lock:
            self._end()
