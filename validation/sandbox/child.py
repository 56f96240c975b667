"""The child: a fork of the server that closes itself in, does one task, and answers one JSON.

It has no network from its birth. Limits and Landlock come before it looks at its file; Landlock
does not reach threads that are already there, so a child with more than one goes no further.
"""

import contextlib
import ctypes
import errno
import importlib
import json
import os
import resource
import signal
import sys
import sysconfig
import tempfile
import traceback
from collections.abc import Collection, Iterator, Mapping
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, NoReturn

from validation.sandbox import landlock

OPEN_FILES = 128
CPU_GRACE_S = 5
LANDLOCK_ALONE = 4  # the version from which Landlock also closes TCP
UNFLUSHED = 120
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/local/lib", "/etc/ld.so.cache")
OF_THE_SYSTEM = {
    errno.ENOMEM: "memory",
    errno.EFBIG: "size",
    errno.ENOSPC: "disk",
    errno.EDQUOT: "disk",
}
HARMLESS = ("/usr/share/zoneinfo", "/etc/localtime", "/etc/mime.types", "/dev/urandom")


def live(job: int, answer: int, *, alone: bool) -> NoReturn:
    """Do the job that a file descriptor holds, write its answer to another, and end.

    `alone` says that this process is in a network namespace of its own.
    """
    code = 1
    try:
        said = _said(job, alone=alone)
        code = _answered(answer, json.dumps(said, allow_nan=False).encode())
    except BaseException:  # noqa: BLE001 - the last frame: what is wrong must be told, then the end
        traceback.print_exc()
    finally:
        _flush()
        os._exit(code)


def _said(descriptor: int, *, alone: bool) -> dict[str, Any]:
    with os.fdopen(descriptor, "rb") as file:
        job = json.load(file)
    os.environ["TMPDIR"] = tempfile.tempdir = job["write"]
    limit(job["limits"])
    return protect(job, alone=alone) or perform(job)


def _answered(descriptor: int, answer: bytes) -> int:
    """Write the answer; give the exit code, which tells of a disk that is full."""
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(answer)
    except OSError as error:
        if error.errno not in OF_THE_SYSTEM:
            raise
        return UNFLUSHED
    return 0


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # the disk is full: there is nobody to tell
            stream.flush()


def limit(limits: Mapping[str, int]) -> None:
    """Set what the kernel counts for us, and die with the server."""
    for name, soft, hard in (
        ("AS", limits["memory_bytes"], limits["memory_bytes"]),
        ("CPU", limits["cpu_s"], limits["cpu_s"] + CPU_GRACE_S),
        ("FSIZE", limits["file_bytes"], limits["file_bytes"]),
        ("NOFILE", OPEN_FILES, OPEN_FILES),
        ("CORE", 0, 0),
    ):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (soft, hard))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def protect(job: Mapping[str, Any], *, alone: bool) -> dict[str, Any] | None:
    """Close the files; give a refusal when neither namespace nor Landlock protects us."""
    abi = landlock.abi() if sys.platform == "linux" else 0
    job["protection"].update(namespace=alone, landlock=abi)
    if not alone and abi < LANDLOCK_ALONE and not job["limits_only"]:
        return {"stopped": "unprotected", "protection": job["protection"]}
    if abi:
        if (threads := len(list(Path("/proc/self/task").iterdir()))) > 1:
            raise RuntimeError(f"a child was born with {threads} threads")
        landlock.restrict(readable(job), [Path(job["write"]), Path("/dev/null")])
    return None


def readable(job: Mapping[str, Any]) -> Iterator[Path]:
    """Give what may be read: the job's files, Python, its packages and our own code."""
    root = Path(job["root"])
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    libraries = (str(Path(sys.base_prefix, "lib")), *LIBRARIES)
    for path in (*job["read"], *python, *libraries, *HARMLESS):
        if Path(path).exists():
            yield Path(path)
    yield root / "datasets"
    yield root / "validation"


def perform(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do the task; what the file did to us is an answer, what we did wrong is a traceback."""
    module, _, function = job["task"].partition(":")
    if job["drivers"]:
        load_gdal(job["drivers"])
    try:
        task = getattr(importlib.import_module(module), function)
        return {"result": task(job["arguments"]), "protection": job["protection"]}
    except MemoryError:
        return {"stopped": "memory"}
    except OSError as error:
        if error.errno == errno.EACCES and error.filename in job["read"]:
            return {"stopped": "denied", "path": error.filename}
        if error.errno not in OF_THE_SYSTEM:
            raise
        return {"stopped": OF_THE_SYSTEM[error.errno]}
    except BaseException as error:  # a panic of a Rust library is not an Exception
        if type(error).__module__ != "pyo3_runtime":
            raise
        return {"stopped": "crash"}


class Blocked(MetaPathFinder):
    """Makes importing a library fail as if it were not installed."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def find_spec(self, fullname: str, *_: Any) -> None:
        """Refuse the libraries and all that is in them; leave others to the next finder."""
        if fullname.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{fullname} is kept out of this child", name=fullname)


def keep_out(*, gdal: bool) -> None:
    """Let GDAL in only where it is needed.

    pandas is kept out because pyarrow and pyogrio load it if they can, at 0.4 s.
    """
    sys.meta_path.insert(0, Blocked("pandas", "geopandas", *(() if gdal else ("pyogrio",))))


def load_gdal(drivers: Collection[str]) -> None:
    """Load GDAL, and refuse to go on with any driver but those.

    Each child loads it anew: in a fork of a process that had loaded it, GDAL opens databases and
    finds no tables in them.
    """
    gdal = importlib.import_module("pyogrio")
    if extra := set(gdal.list_drivers()) - set(drivers):
        raise RuntimeError(f"GDAL_SKIP left drivers that must be off: {sorted(extra)}")
