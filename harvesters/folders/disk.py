"""A folder of this machine as a listing: nothing outside of it, no litter, no data file opened."""

import os
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from datasets.errors import HarvestError
from harvesters.folders.tree import MAX_DEPTH, MAX_LEVELS, Entry, besides, spelled
from harvesters.packages.package import DESCRIPTORS
from harvesters.values.formats import is_litter

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest that a zip can say


class Disk:
    """The files below a folder, by their paths from it.

    Raises HarvestError when it is not there, or cannot be listed to its end.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise HarvestError(
                f"{root}: there is no such folder; is the disk mounted?",
                "folder-missing",
                address=str(root),
            )
        self.root = root.resolve()
        self.outward: list[str] = []  # links to other places that would be datasets

    def files(self, below: str = "") -> list[Entry]:
        """List what lies in a folder and deeper, as far down as a dataset may have files."""
        try:
            return list(self._files(self.root / below, below, package=False))
        except OSError as error:
            raise HarvestError(
                f"{error.filename}: cannot be listed: {error.strerror}; let the user who runs eMap"
                " read it",
                "folder-missing",
                address=str(error.filename),
            ) from None

    def _files(self, folder: Path, path: str, *, package: bool) -> Iterator[Entry]:
        inside = sorted(p for p in folder.iterdir() if not is_litter(p.name))
        package = package or any(p.name in DESCRIPTORS for p in inside)
        level = len(PurePosixPath(path).parts)
        for each in inside:
            place = f"{path}/{each.name}" if path else each.name
            if each.is_symlink() and not self._is_inward(each):
                self.outward.append(place)
            elif not each.is_dir():
                yield from _entry(each, place)
            elif not each.is_symlink() and level < (MAX_LEVELS if package else MAX_DEPTH):
                yield from self._files(each, place, package=package)

    def _is_inward(self, link: Path) -> bool:
        return not link.is_dir() and link.resolve().is_relative_to(self.root)

    def around(self, path: str) -> list[Entry]:
        """List a loose file and what may belong to it; nothing when it is gone."""
        near = [path, *besides(path)]
        folder, _, name = path.rpartition("/")
        if name.lower().endswith(".shp"):
            try:
                inside = [p.name for p in (self.root / folder).iterdir() if not p.is_dir()]
            except OSError:
                return []
            near = [f"{folder}/{name}" if folder else name for name in inside]
        return [entry for each in near for entry in _entry(self.root / each, each)]

    def is_outward(self, path: str) -> bool:
        """Tell whether a path is a link that may not be followed."""
        link = self.root / path
        return link.is_symlink() and not self._is_inward(link)

    def holds_descriptor(self, path: str) -> bool:
        """Tell whether a folder, or a link to one, has a descriptor in it."""
        return any(os.path.lexists(self.root / path / name) for name in DESCRIPTORS)

    def near(self, place: str) -> str:
        """Give the path of a place as the disk spells it; accents may be written apart there."""
        path = self.root
        for part in PurePosixPath(place).parts:
            spellings = [part, *(unicodedata.normalize(form, part) for form in ("NFC", "NFD"))]
            there = next((s for s in spellings if os.path.lexists(path / s)), None)
            path = path / (there or _mixed(path, part))
        return "" if path == self.root else path.relative_to(self.root).as_posix()


def _mixed(folder: Path, part: str) -> str:
    """Find a name of which only some accents are apart."""
    inside = folder.iterdir() if folder.is_dir() else iter(())
    return next((p.name for p in inside if spelled(p.name) == part), part)


def _entry(path: Path, place: str) -> Iterator[Entry]:
    try:
        seen = path.stat()
    except FileNotFoundError:  # it went away while we looked
        return
    yield Entry(place, seen.st_size, str(seen.st_mtime_ns))


def refuse_empty(count: int, where: str, *, loose: bool) -> None:
    """Raise HarvestError when a folder holds no dataset at all."""
    if count:
        return
    what = f"{DESCRIPTORS[0]} or data file" if loose else DESCRIPTORS[0]
    raise HarvestError(
        f"{where}: no {what} in it or {MAX_DEPTH} folders deep; is the disk mounted, and does each"
        " dataset have its descriptor?",
        "folder-empty",
        address=where,
    )


def zipped(files: Sequence[Path], stem: str, into: Path) -> Path:
    """Pack the parts of a shapefile; the same parts make the same bytes."""
    path = into / f"{stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files):
            member = zipfile.ZipInfo(file.name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(member, "w") as out:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
    return path
