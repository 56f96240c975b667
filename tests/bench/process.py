"""Start a process, and say what it and its children cost: CPU seconds, memory."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def serving(command: Sequence[str], url: str, env: Mapping[str, str]) -> Iterator[int]:
    """Run a server until the block ends; yields its process id when `url` answers."""
    process = subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.PIPE)
    try:
        _answered(process, url)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answered(process: "subprocess.Popen[bytes]", url: str, deadline_s: float = 120) -> None:
    ends = time.monotonic() + deadline_s
    while time.monotonic() < ends:
        if process.poll() is not None:
            stderr = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"{process.args} ended with {process.returncode}: {stderr[-2000:]}")
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer in {deadline_s} s")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of a process, its living and its waited-for children."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(value) for value in fields[11:15])
    return total / TICKS


def memory_mb(pid: int, what: str = "VmRSS") -> float:
    """Memory of a process and its descendants in MB: VmRSS now, VmHWM at the most."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{each}/status").read_text().splitlines():
                if line.startswith(what):
                    total += int(line.split()[1])
    return total / 1024
