"""The parent: starts a child for one task, waits, and says in words what became of it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import orjson

from datasets.errors import EmapError, ReadingError
from validation.sandbox import servers
from validation.sandbox.tasks import DRIVERS, GDAL_TASKS, TASKS, WARM

if TYPE_CHECKING:  # pydantic would double a child's start
    from datasets.config import Limits

ROOT = Path(__file__).resolve().parents[2]
ANSWER_BYTES = 32 << 20
COMPLAINT_BYTES = 4000
LIST_DRIVERS = """
import json, sys
sys.modules["geopandas"] = sys.modules["pandas"] = None
import pyogrio
print(json.dumps(sorted(pyogrio.list_drivers())))
"""
OUT_OF_MEMORY = (-signal.SIGKILL, -signal.SIGABRT, 134, 137)  # Rust and C++ abort, the kernel kills
UNFLUSHED = 120  # Python's own: the answer found no room
OUT_OF_TIME = (-signal.SIGXCPU, 152)

type Reason = Literal["memory", "size", "time", "crash"]

SAID: Mapping[Reason, str] = {
    "memory": "the file is too large: reading it takes more memory than is allowed for one file",
    "size": "the file is too large: what it holds takes more room than is allowed for one file",
    "time": "reading the file took longer than is allowed for one file; is it damaged?",
    "crash": "the file is damaged: its reader crashed; save it anew in its own program",
}


class Stopped(ReadingError):
    """A child was stopped by a limit, or its reader crashed: the file is to blame."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SAID[reason])
        self.reason = reason


class SandboxFault(RuntimeError):
    """Our own code in the child is wrong: carries the child's traceback, and must be seen."""


class Sandbox:
    """Runs one of our tasks on foreign files in a child that has no network and few rights.

    The child is a fork of a server that lives in a user and network namespace of its own and has
    our code loaded; it has limits on memory, CPU, time and size of files, and Landlock leaves it
    the files of the task, Python and one folder to write to. Raises EmapError where the system
    can protect it in neither way: then run emap in a virtual machine, or set EMAP_SANDBOX=limits
    and read only files that you trust.
    """

    def __init__(self, limits: "Limits") -> None:
        self.limits = limits
        self.strength = _strength()

    def run(
        self, task: str, arguments: Mapping[str, Any], *, read: Sequence[Path], write: Path
    ) -> Any:
        """Call `module:function` of TASKS with the arguments; give back its JSON value.

        The child may open the files or folders of `read`, and read and write in the folder
        `write`; TMPDIR is there too. Raises Stopped (a ReadingError) when a limit stopped it or a
        foreign reader crashed, EmapError when the disk is full, a file may not
        be read or nothing protects here,
        SandboxFault with the child's traceback when our own code is wrong.
        """
        if task not in TASKS:
            raise SandboxFault(f"{task} is not in validation/sandbox/tasks.py")
        limits = {
            "memory_bytes": self.limits.memory_bytes,
            "cpu_s": self.limits.cpu_s,
            "file_bytes": 2 * self.limits.inflated_bytes,
        }
        answer = _answer(task, arguments, read, write.resolve(), limits, self.limits.wall_s)
        return answer["result"]


def _answer(
    task: str,
    arguments: Mapping[str, Any],
    read: Sequence[Path],
    write: Path,
    limits: Mapping[str, int],
    wall_s: float,
) -> dict[str, Any]:
    job = {
        "task": task,
        "arguments": arguments,
        "root": str(ROOT),
        "read": [str(path.resolve()) for path in read],
        "write": str(write),
        "limits": limits,
        "limits_only": os.environ.get("EMAP_SANDBOX") == "limits",
        "drivers": sorted(DRIVERS) if task in GDAL_TASKS else [],
        "protection": {},
    }
    with (
        tempfile.TemporaryFile(dir=write) as asked,
        tempfile.TemporaryFile(dir=write) as out,
        tempfile.TemporaryFile(dir=write) as err,
    ):
        asked.write(json.dumps(job).encode())
        asked.seek(0)
        try:
            code = servers.run(_kind(task), (asked, out, err), wall_s)
        except servers.Gone as gone:
            raise SandboxFault(f"the server of children ended:\n{gone}") from None
        return _understood(code, _read(out, ANSWER_BYTES + 1), _read(err, -COMPLAINT_BYTES))


def _kind(task: str) -> servers.Kind:
    """Say of which server a task's child is born."""
    warm = WARM.get(task, ())
    if task in GDAL_TASKS:
        return servers.Kind(str(ROOT), tuple(sorted(DRIVERS)), warm, skipped_drivers())
    return servers.Kind(str(ROOT), (), warm)


def _read(file: IO[bytes], size: int) -> bytes:
    """Give the first `size` bytes, or the last when negative."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length + size) if size < 0 else 0)
    return file.read(abs(size))


def _understood(code: int | None, out: bytes, err: bytes) -> dict[str, Any]:
    """Give the child's answer, or raise what its end means."""
    if code is None or code in OUT_OF_TIME:
        raise Stopped("time")
    if code in OUT_OF_MEMORY:
        raise Stopped("memory")
    if code < 0:
        raise Stopped("crash")
    if code == UNFLUSHED:
        raise _stopped({"stopped": "disk"})
    if code > 0:
        raise SandboxFault(f"the child ended with {code}:\n{err.decode(errors='replace')}")
    if len(out) > ANSWER_BYTES:
        raise Stopped("size")
    answer: dict[str, Any] = orjson.loads(out)
    if "stopped" in answer:
        raise _stopped(answer)
    return answer


def _stopped(answer: Mapping[str, Any]) -> EmapError:
    match answer["stopped"]:
        case "memory" | "size" | "crash":
            return Stopped(answer["stopped"])
        case "disk":
            return EmapError(
                "no room is left on the disk of the state folder: make some, run again"
            )
        case "denied":
            return EmapError(f"{answer['path']}: may not be read by this user; give it the right")
        case _:
            return EmapError(
                "foreign files cannot be opened safely here: the system allows neither user "
                "namespaces nor Landlock 4 (Linux 6.7); run emap in a virtual machine, or set "
                "EMAP_SANDBOX=limits and read only files that you trust"
            )


@lru_cache(1)
def skipped_drivers() -> str:
    """Every driver of the installed GDAL that a child must not have, asked in a clean process.

    Comma separated: one of the names holds a space.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-c", LIST_DRIVERS], capture_output=True, check=True, text=True
    )
    return ",".join(name for name in json.loads(done.stdout) if name not in DRIVERS)


@lru_cache(1)
def _strength() -> str:
    """Say what protects a child on this machine; raises EmapError when nothing does."""
    limits = {"memory_bytes": 4 << 30, "cpu_s": 10, "file_bytes": 1 << 20}
    with tempfile.TemporaryDirectory() as folder:
        answer = _answer("validation.sandbox.tasks:nothing", {}, (), Path(folder), limits, 30)
    has = answer["protection"]
    network = "no network (user namespace)" if has["namespace"] else ""
    files = f"files by Landlock {has['landlock']}" if has["landlock"] else ""
    return ", ".join(filter(None, (network, files))) or "limits only (EMAP_SANDBOX=limits)"
