"""Whether a layer's files are those that were built; asked before anything of them is served."""

import functools
import hashlib
import os
import re
from pathlib import Path

from datasets.errors import PublishError
from publish.layers.manifest import MANIFEST, PARQUET, manifest

UNKNOWN = ""

type Seen = tuple[int, int, int]


class Broken(PublishError):
    """A file is missing or has other bytes than when it was made; `folder` is to be set aside."""

    def __init__(self, folder: Path, message: str) -> None:
        super().__init__(message)
        self.folder = folder


class BrokenLayer(Broken):
    """It is a file of a layer."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(folder, f"layer {folder.parent.name}/{folder.name}: {fault}")


class BrokenArchive(Broken):
    """It is an archive of tiles."""

    def __init__(self, archive: Path, fault: str) -> None:
        super().__init__(archive.parent, f"tiles {archive.name}: {fault}; build it again")


def whole(folder: Path, name: str) -> Seen | None:
    """Which file on the disk it is; raises BrokenLayer unless it is as it was built.

    The file is hashed once in the life of the process, and again when its size, its time or its
    place on the disk has changed: asking costs two looks at the disk.
    """
    seen = look(folder, name)
    fault = _fault(folder, MANIFEST, look(folder, MANIFEST)) or _fault(folder, name, seen)
    if fault:
        raise BrokenLayer(folder, fault)
    return seen


def parquet(folder: Path) -> Path:
    """The GeoParquet of a layer, which is as it was built; raises BrokenLayer."""
    whole(folder, PARQUET)
    return folder / PARQUET


def fault_of(folder: Path) -> str:
    """What is wrong with any file of a layer, empty when they are whole; every file is hashed."""
    _fault.cache_clear()
    try:
        whole(folder, MANIFEST)
        for name in manifest(folder).files:
            whole(folder, name)
    except PublishError as error:
        return str(error)
    return ""


@functools.lru_cache(8192)
def _address(folder: Path, name: str) -> str:
    """The path as text: to make it takes five times as long as to look there."""
    return str(folder / name)


def look(folder: Path, name: str) -> Seen | None:
    """Which file lies there now; None where there is none."""
    try:
        found = os.stat(_address(folder, name))  # noqa: PTH116 - asked on every request
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@functools.lru_cache(8192)
def _fault(folder: Path, name: str, seen: Seen | None) -> str:
    if seen is None:
        return f"{name} is missing"
    built = _named(folder) if name == MANIFEST else manifest(folder).files.get(name)
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return "" if built in (digest, UNKNOWN) else f"{name} has changed since it was built"


def _named(folder: Path) -> str:
    """The hash that a folder of the store is named by; one that lies elsewhere has none."""
    return folder.name if re.fullmatch(r"[0-9a-f]{64}", folder.name) else UNKNOWN
