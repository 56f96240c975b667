"""A folder on another machine: listed and fetched by a protocol, else like a folder of this one."""

import tempfile
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from datasets.errors import HarvestError, ReadingError
from datasets.record import Collected, Distribution, Known, Page, Record
from datasets.text import Text
from harvesters.fetching.http import Http
from harvesters.folders.disk import refuse_empty
from harvesters.folders.listing import is_plain
from harvesters.folders.remote_desk import Desk, taken
from harvesters.folders.tree import (
    MAX_DEPTH,
    MAX_LEVELS,
    Entry,
    Found,
    found,
    owner,
    refuse_many,
    spelled,
)
from harvesters.packages.descriptions import as_dataset, name_of
from harvesters.packages.descriptions import record as described_record
from harvesters.packages.descriptor import MAX_BYTES, document
from harvesters.packages.package import DESCRIPTORS
from harvesters.packages.resources import Broken
from harvesters.sources.source import Source
from harvesters.values.formats import is_litter

PAGE = 100  # datasets
MAX_FOLDERS = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server lists in a folder: a name, whether it is a folder, a size and a stamp."""

    name: str
    is_folder: bool
    size_bytes: int
    stamp: str


class Remote(Protocol):
    """A folder of a server that was opened; paths are seen from it."""

    def listed(self, path: str) -> list[Seen]:
        """List a folder; links are left out. Raises HarvestError."""
        ...

    def get(self, path: str, target: Path, max_bytes: int) -> None:
        """Fetch a file; raises HarvestError when it is larger, or does not come whole."""
        ...

    def address(self, path: str) -> str:
        """Where a file is, without secrets."""
        ...


class RemoteFolder(Source):
    """What the kinds of folders on servers share: the rules of `folder`, files by their stamps."""

    loose: bool = False

    @abstractmethod
    def opened(self, http: Http) -> AbstractContextManager[Remote]:
        """Connect, log in, and lend the folder; raises HarvestError and ConfigError."""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of their places; only descriptors are fetched.

        Raises HarvestError when the folder is missing, empty, or cannot be listed to its end.
        """
        with self.opened(http) as there:
            datasets = found(_entries(there), loose=self.loose)
            refuse_empty(len(datasets), self.address, loose=self.loose)
            left = [one for one in datasets if one.place > at]
            for start in range(0, max(1, len(left)), PAGE):
                records = tuple(self._record(there, one) for one in left[start : start + PAGE])
                more = start + PAGE < len(left)
                yield Page(records, records[-1].remote_id if more else "", len(datasets))

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Get the files of a dataset that changed since they were fetched.

        Raises HarvestError when one is another than was listed: it is being written.
        """
        folder = into / "files"
        folder.mkdir()
        with self.opened(http) as there:
            desk = Desk(there, folder, known, http.max_bytes)
            resources, findings = taken(record, desk, into)
        dataset = as_dataset(
            record,
            source=self.name,
            organization=self.organization or record.organization,
            resources=[desk.unmoved(resource) for resource in resources],
            findings=findings,
        )
        used = {resource.path for resource in resources}
        return Collected(dataset, tuple(f for path, f in desk.files.items() if path in used))

    def _record(self, there: Remote, one: Found) -> Record:
        organization, unnamed = owner(one.place, self.organization)
        said = self._described(there, one)
        return replace(
            said,
            organization=organization,
            address=there.address(one.path),
            modified=one.modified,
            distributions=tuple(_distribution(there, one, entry) for entry in one.files),
            findings=(*unnamed, *said.findings),
        )

    def _described(self, there: Remote, one: Found) -> Record:
        path = f"{one.path}/{one.descriptor}".lstrip("/") if one.descriptor else one.described
        called = PurePosixPath(one.place).name if one.descriptor else one.called
        called = called or self.name  # the folder itself
        title = PurePosixPath(called).name
        made = name_of(called, one.place)
        try:
            described = _document(there, path) if path else {}
        except ReadingError as error:
            fault = Broken("descriptor", str(error), "correct the file", reason=str(error))
            return Record(one.place, Text(title), made, findings=(fault.finding(),))
        said = {"name": made, **described} if not one.descriptor else described
        record = described_record(said, remote_id=one.place, called=called)
        return record if described.get("title") else replace(record, title=Text(title))


def _entries(there: Remote) -> list[Entry]:
    """List all that may belong to a dataset; raises HarvestError for a listing without end."""
    entries: list[Entry] = []
    waiting = [("", 0, False)]
    folders = 0
    while waiting:
        path, level, package = waiting.pop()
        folders += 1
        if folders > MAX_FOLDERS:
            raise HarvestError(
                f"{there.address('')}: has more than {MAX_FOLDERS} folders; give one below it",
                "too-many",
                address=there.address(""),
                limit=str(MAX_FOLDERS),
            )
        inside = [s for s in there.listed(path) if is_plain(s.name) and not is_litter(s.name)]
        package = package or any(seen.name in DESCRIPTORS for seen in inside)
        for seen in inside:
            place = f"{path}/{seen.name}" if path else seen.name
            if not seen.is_folder:
                entries.append(Entry(place, seen.size_bytes, seen.stamp))
            elif level < (MAX_LEVELS if package else MAX_DEPTH):
                waiting.append((place, level + 1, package))
        refuse_many(len(entries), there.address(""))
    return entries


def _distribution(there: Remote, one: Found, entry: Entry) -> Distribution:
    below = entry.path.removeprefix(f"{one.path}/") if one.descriptor else entry.path
    role = "data"
    if entry.path == one.described or (one.descriptor and below == one.descriptor):
        role = "words"
    return Distribution(
        key=spelled(below),
        name=PurePosixPath(entry.path).name,
        url=there.address(entry.path),
        size_bytes=entry.size_bytes,
        modified=entry.stamp,
        hints={"path": entry.path, "below": below, "role": role, "package": bool(one.descriptor)},
    )


def _document(there: Remote, path: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as desk:
        target = Path(desk, "words" + PurePosixPath(path).suffix.lower())
        there.get(path, target, MAX_BYTES + 1)
        return document(target)
