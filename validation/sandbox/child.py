"""The child: run by its path as a script, closes itself in, does one task, answers one JSON.

The order is the point. The namespaces come first, because `unshare` fails as soon as a second
thread exists; Landlock comes before any library, because it does not reach threads that are
already there; only then is anything of ours or of others imported.
"""

import os
import sys


def leave_network() -> bool:
    """Go into a user and network namespace of our own: no network at all, loopback included."""
    if not hasattr(os, "unshare"):
        return False
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    except OSError:  # many containers forbid it
        return False
    return True


ALONE = leave_network() if __name__ == "__main__" else False

import ctypes  # noqa: E402 - all that follows must come after the first lines
import errno  # noqa: E402
import importlib  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import sysconfig  # noqa: E402
from collections.abc import Iterator, Mapping  # noqa: E402
from importlib.abc import MetaPathFinder  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

OPEN_FILES = 128
CPU_GRACE_S = 5
LANDLOCK_ALONE = 4  # the version from which Landlock also closes TCP
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/local/lib", "/etc/ld.so.cache")
OF_THE_SYSTEM = {
    errno.ENOMEM: "memory",
    errno.EFBIG: "size",
    errno.ENOSPC: "disk",
    errno.EDQUOT: "disk",
}
HARMLESS = ("/usr/share/zoneinfo", "/etc/localtime", "/etc/mime.types", "/dev/urandom")


def main() -> None:
    """Read the job from standard input, close in, do it, answer on what was standard output."""
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not become the answer
    job = json.load(sys.stdin)
    limit(job["limits"])
    sys.path.insert(0, job["root"])
    said = protect(job) or perform(job)
    with os.fdopen(answer, "w", encoding="utf-8") as out:
        json.dump(said, out, allow_nan=False)


def limit(limits: Mapping[str, int]) -> None:
    """Set what the kernel counts for us, and die with the parent."""
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


def protect(job: Mapping[str, Any]) -> dict[str, Any] | None:
    """Close the files; give a refusal when neither namespace nor Landlock protects us."""
    from validation.sandbox import landlock  # noqa: PLC0415 - not before the first lines

    abi = landlock.abi() if sys.platform == "linux" else 0
    job["protection"].update(namespace=ALONE, landlock=abi)
    if not ALONE and abi < LANDLOCK_ALONE and not job["limits_only"]:
        return {"stopped": "unprotected", "protection": job["protection"]}
    if abi:
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
    block_libraries(job["drivers"])
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


def block_libraries(drivers: list[str]) -> None:
    """Let GDAL in only where it is needed, with no driver but those.

    pandas is kept out because pyarrow and pyogrio load it if they can, at 0.4 s a child.
    """
    if not drivers:
        sys.meta_path.insert(0, Blocked("pandas", "geopandas", "pyogrio"))
        return
    sys.meta_path.insert(0, Blocked("pandas", "geopandas"))
    gdal = importlib.import_module("pyogrio")
    if extra := set(gdal.list_drivers()) - set(drivers):
        raise RuntimeError(f"GDAL_SKIP left drivers that must be off: {sorted(extra)}")


if __name__ == "__main__":
    main()
