"""Layers and tiles that nobody needs any more: they wait for a while, then they go.

A folder that is not needed gets a mark, an empty file named by its hash, whose time says since
when. One that is needed again loses it. Nobody is asked to stop: who takes a folder up sets its
time, and a folder whose time has moved since we looked is put back.
"""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path

MARKS = "unused"
ASIDE_S = 30 * 86_400.0  # so long a person may look at what was set aside


def take_up(place: Path) -> bool:
    """Tell whether a folder is here, and set its time."""
    try:
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def collect(
    root: Path,
    needed: Callable[[], Container[str]],
    leave: Callable[[Path], object],
    grace_s: float,
) -> Sequence[str]:
    """Remove what has been unneeded for longer than `grace_s`; gives its hashes, each once."""
    found = dict(_folders(root))  # before it is asked what is needed
    wanted = needed()
    marks = root / MARKS
    marks.mkdir(exist_ok=True)
    due = {path: seen for path, seen in found.items() if _is_due(path, wanted, marks, grace_s)}
    gone = sorted({path.name for path in due})
    for path in due:
        leave(path)
    _remove(due, root / "staging")
    waiting = {path.name for path in found} - set(gone)
    for mark in marks.iterdir():
        if mark.name not in waiting:
            mark.unlink(missing_ok=True)
    _remove(dict(_set_aside(root, wanted)), root / "staging")
    return gone


def _folders(root: Path) -> Iterator[tuple[Path, int]]:
    for path in (*root.glob("layers/*/*"), *root.glob("tiles/*")):
        with contextlib.suppress(FileNotFoundError):
            yield path, path.stat().st_mtime_ns


def _is_due(path: Path, wanted: Container[str], marks: Path, grace_s: float) -> bool:
    mark = marks / path.name
    if path.name in wanted:
        mark.unlink(missing_ok=True)
        return False
    if not mark.exists():
        mark.touch()
    return max(mark.stat().st_mtime, path.stat().st_mtime) <= time.time() - grace_s


def _set_aside(root: Path, wanted: Container[str]) -> Iterator[tuple[Path, int]]:
    """What was broken long ago, and was built again or is needed no more."""
    aside = root / "broken"
    for path in (*aside.glob("layers/*/*"), *aside.glob("tiles/*")):
        sha, _, when_ns = path.name.partition("-")
        is_mended = (root / path.relative_to(aside)).with_name(sha).is_dir()
        is_old = int(when_ns or 0) / 1e9 < time.time() - ASIDE_S
        if is_old and (is_mended or sha not in wanted):
            yield path, path.stat().st_mtime_ns


def _remove(folders: Mapping[Path, int], staging: Path) -> None:
    """Take folders away at one stroke each; one that somebody took up meanwhile is put back."""
    for path, seen in folders.items():
        away = staging / f"{MARKS}-{uuid.uuid4()}"
        with contextlib.suppress(FileNotFoundError):  # another process was first
            path.rename(away)
            if away.stat().st_mtime_ns != seen and not path.exists():  # or built anew meanwhile
                away.rename(path)
            else:
                shutil.rmtree(away)
