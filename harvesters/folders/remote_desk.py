"""The files of one dataset on a server, laid out in a folder here; unchanged ones are not sent."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from datasets.errors import HarvestError, ReadingError
from datasets.model import Finding, Resource
from datasets.record import Distribution, Known, Record
from harvesters.folders.disk import zipped
from harvesters.folders.tree import spelled
from harvesters.packages.descriptor import document
from harvesters.packages.resources import Broken, described_file, resources
from harvesters.values.mapping import entries, listed

if TYPE_CHECKING:
    from harvesters.folders.remote_folder import Remote


@dataclass
class Desk:
    """Fetches into `folder`; all files together are no larger than `max_bytes`."""

    there: "Remote"
    folder: Path
    known: Mapping[str, Known]
    max_bytes: int
    files: dict[Path, Known] = field(default_factory=dict)

    def get(self, part: Distribution) -> Path:
        """Lay one file out; raises HarvestError when it does not come as it was listed."""
        target = self.folder / str(part.hints["below"])
        target.parent.mkdir(parents=True, exist_ok=True)
        before = self.known.get(part.key)
        if before and before.path and before.path.is_file() and before.last_modified == _tag(part):
            _linked(before.path, target)
            self.files[target] = before
            return target
        left = self.max_bytes - sum(file.size_bytes for file in self.files.values())
        if part.size_bytes > left:
            raise HarvestError(
                f"{part.url}: with it the dataset is larger than {self.max_bytes} bytes;"
                " http.max_bytes in config.yml sets the limit",
                "too-large",
                address=part.url,
                limit=str(self.max_bytes),
            )
        self.there.get(str(part.hints["path"]), target, left)
        self.files[target] = _known(part, target)
        return target

    def unmoved(self, resource: Resource) -> Resource:
        """Let a resource that is unchanged stay where its bytes lie."""
        file = self.files.get(resource.path)
        if file is None or file.path is None:
            return resource
        return replace(resource, path=file.path, sha256=file.sha256)


def _tag(part: Distribution) -> str:
    return f"{part.size_bytes} {part.modified}"


def _linked(path: Path, target: Path) -> None:
    """Give a file a second name where the disk can, else copy it."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _known(part: Distribution, path: Path) -> Known:
    size = path.stat().st_size
    if size != part.size_bytes:
        raise HarvestError(
            f"{part.url}: has {size} bytes, and was listed with {part.size_bytes}: it is being"
            " written, and taken when it stays the same",
            "broken-off",
            address=part.url,
        )
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Known(
        key=part.key,
        url=part.url,
        last_modified=_tag(part),  # a stamp that is not believed when all is verified
        sha256=sha256,
        size_bytes=size,
        filename=path.name,
        path=path,
    )


def taken(record: Record, desk: Desk, into: Path) -> tuple[Sequence[Resource], Sequence[Finding]]:
    """Fetch what a record's dataset is made of; what cannot be taken are findings."""
    words = [part for part in record.distributions if part.hints.get("role") == "words"]
    data = [part for part in record.distributions if part.hints.get("role") == "data"]
    if record.findings and not data:
        return (), ()
    try:
        described = document(desk.get(words[0])) if words else {}
    except ReadingError:  # the record has the finding
        return (), ()
    if words and words[0].hints.get("package"):
        wanted = _named(described)
        for part in data:
            if part.key in wanted:
                desk.get(part)
        return resources(desk.folder, described)
    return _loose(record, data, described, desk, into)


def _loose(
    record: Record,
    data: Sequence[Distribution],
    described: Mapping[str, Any],
    desk: Desk,
    into: Path,
) -> tuple[Sequence[Resource], Sequence[Finding]]:
    """Make the one resource of loose files: the first, or all parts of a shapefile."""
    paths = [desk.get(part) for part in data]
    path = next((p for p in paths if p.suffix.lower() == ".shp"), paths[0])
    if path.suffix.lower() == ".shp":
        path = zipped(paths, path.stem, into)
    try:
        return (described_file(path, record.name, described),), ()
    except Broken as fault:
        return (), (fault.finding(record.name),)


def _named(described: Mapping[str, Any]) -> set[str]:
    """The files that a descriptor names, each in one spelling."""
    said = [
        value
        for entry in entries(described.get("resources"))
        for key in ("path", "schema", "dialect")
        for value in listed(entry.get(key))
    ]
    return {spelled(str(PurePosixPath(value))) for value in said if isinstance(value, str)}
