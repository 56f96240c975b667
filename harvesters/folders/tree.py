"""What a listing of files holds: packages by their descriptors, and loose files, each a dataset.

The listing may be of a disk or of a server: only names, sizes and stamps are looked at.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from datasets import names
from datasets.errors import HarvestError
from datasets.formats import READABLE
from datasets.model import Finding
from harvesters.packages.package import DESCRIPTORS
from harvesters.packages.resources import Broken
from harvesters.values.formats import file_format

MAX_DEPTH = 3  # folders down to that of a dataset
MAX_FILES = 100_000  # in all; a listing that never ends is a loop
MAX_LEVELS = 12  # folders below that of a dataset
MAYBE_DATA = (".txt", ".json", ".xml")
SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".shp.xml")
_BESIDE = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a listing: its path below the root as the listing spells it, size and stamp."""

    path: str
    size_bytes: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset of a listing: a folder with a descriptor, or a loose file with its parts.

    `place` is its path in one spelling (NFC), and its identity; `files` are all that belong to it.
    One that is a `link` to another place is not looked into.
    """

    place: str
    path: str
    descriptor: str = ""
    described: str = ""
    files: tuple[Entry, ...] = ()
    link: bool = False

    @property
    def data(self) -> list[Entry]:
        """The files of a loose dataset without the words beside them."""
        return [entry for entry in self.files if entry.path != self.described]

    @property
    def called(self) -> str:
        """What a loose dataset is called: its place without the ending."""
        return str(PurePosixPath(self.place).with_suffix(""))

    @property
    def modified(self) -> str:
        """A stamp of all its files: it changes when a name, a size or a time does."""
        seen = hashlib.sha256()
        for entry in sorted(self.files, key=lambda entry: entry.path):
            seen.update(f"{spelled(entry.path)}\0{entry.size_bytes}\0{entry.stamp}\n".encode())
        return seen.hexdigest()


def spelled(path: str) -> str:
    """Give a path in one spelling (NFC): disks of Macs write accents apart."""
    return unicodedata.normalize("NFC", path.encode(errors="replace").decode())


def parts(path: str) -> tuple[str, ...]:
    """Give the parts of a path below a root; none for the root itself."""
    return PurePosixPath(path).parts


def found(entries: Sequence[Entry], *, loose: bool) -> list[Found]:
    """Find the datasets of a listing, in the order of their places."""
    packages = _packages(entries)
    owned: dict[str, list[Entry]] = {path: [] for path in packages}
    others: list[Entry] = []
    for entry in entries:
        owner = _owner(entry.path, packages)
        (others if owner is None else owned[owner]).append(entry)
    datasets = [
        Found(spelled(path) or ".", path, packages[path], files=tuple(files))
        for path, files in owned.items()
    ]
    datasets += _loose(others) if loose else []
    return sorted(datasets, key=lambda dataset: dataset.place)


def _packages(entries: Iterable[Entry]) -> Mapping[str, str]:
    """The folders with a descriptor and none above, each with the descriptor that is read."""
    found: dict[str, str] = {}
    for entry in entries:
        folder, _, name = entry.path.rpartition("/")
        if name in DESCRIPTORS and len(parts(folder)) <= MAX_DEPTH:
            first = found.get(folder, name)
            found[folder] = min(first, name, key=DESCRIPTORS.index)
    return {path: name for path, name in found.items() if not _owner(path, found)}


def _owner(path: str, packages: Mapping[str, str]) -> str | None:
    """The nearest folder above a path that is a package's."""
    while path:
        path = path.rpartition("/")[0]
        if path in packages:
            return path
    return None


def _loose(entries: Sequence[Entry]) -> list[Found]:
    shallow = [e for e in entries if len(parts(e.path)) <= MAX_DEPTH + 1]
    there = {entry.path: entry for entry in shallow}
    shapes = {_stem(path) for path in there if path.lower().endswith(".shp")}
    made = []
    for entry in shallow:
        described = _beside(entry.path, there)
        is_part = _is_part(entry.path) and _stem(entry.path) in shapes
        if not is_data(entry.path, described=bool(described), is_part=is_part):
            continue
        files = [entry]
        if entry.path.lower().endswith(".shp"):
            files = [e for e in shallow if _stem(e.path) == _stem(entry.path) and _is_part(e.path)]
        files += [there[described]] if described else []
        made.append(Found(spelled(entry.path), entry.path, "", described, tuple(files)))
    return made


def is_data(path: str, *, described: bool = False, is_part: bool = False) -> bool:
    """Tell whether a loose file is a dataset; texts, JSON and XML only with words beside.

    >>> is_data("nis/Putevi.CSV"), is_data("procitaj.txt"), is_data("putevi.dbf", is_part=True)
    (True, False, False)
    """
    lower = path.lower()
    if is_part or lower.endswith(".shp"):
        return lower.endswith(".shp")
    return file_format(lower) in READABLE and (described or not lower.endswith(MAYBE_DATA))


def _stem(path: str) -> str:
    """A path without ending, in lower case: parts of a shapefile differ in case.

    >>> _stem("nis/Putevi.SHP.xml"), _stem("nis/putevi.dbf")
    ('nis/putevi', 'nis/putevi')
    """
    lower = path.lower()
    ending = next((e for e in sorted(SHAPEFILE, key=len, reverse=True) if lower.endswith(e)), "")
    return lower[: -len(ending)] if ending else lower


def _is_part(path: str) -> bool:
    return path.lower().endswith(SHAPEFILE)


def besides(path: str) -> list[str]:
    """Where the words of a loose file may lie, the best place first.

    >>> besides("nis/putevi.csv")[:2]
    ['nis/putevi.yml', 'nis/putevi.yaml']
    """
    stem = str(PurePosixPath(path).with_suffix(""))
    return [f"{before}{ending}" for before in (stem, path) for ending in _BESIDE]


def is_beside(path: str) -> bool:
    """Tell whether a file is no data, but may be the words of another."""
    return path.lower().endswith(_BESIDE)


def _beside(path: str, there: Mapping[str, Entry]) -> str:
    return next((each for each in besides(path) if each in there), "")


def owner(place: str, own: str) -> tuple[str, tuple[Finding, ...]]:
    """Give the organization of a dataset: the source's own, else the first folder of its place.

    A finding says it when there is neither.
    """
    first, deeper = parts(place)[:1], len(parts(place)) > 1
    if own:
        return own, ()
    try:
        if deeper:
            return names.slug(first[0]), ()
    except ValueError:
        pass
    fault = Broken(
        "organization-missing",
        "nothing says whose dataset this is",
        "put it into a folder with the organization's name, or give the source an"
        " `organization` in config.yml",
        place=place,
    )
    return "", (fault.finding(),)


def refuse_many(count: int, where: str) -> None:
    """Raise HarvestError when a listing has more files than are looked at."""
    if count > MAX_FILES:
        raise HarvestError(
            f"{where}: holds more than {MAX_FILES} files; give the source a folder below it",
            "too-many",
            address=where,
            limit=str(MAX_FILES),
        )
