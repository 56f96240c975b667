"""A folder of Data Packages, such as a municipality's share: one subfolder a dataset."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field

from datasets.errors import HarvestError
from datasets.model import Dataset, Finding
from datasets.record import Collected, Known, Page, Record
from harvesters.fetching.http import Http
from harvesters.folders.disk import Disk, refuse_empty, zipped
from harvesters.folders.tree import Found, found, is_data, owner, refuse_many, spelled
from harvesters.packages.descriptions import as_record, name_of
from harvesters.packages.package import broken, loose_file, loose_record, package
from harvesters.packages.resources import Broken
from harvesters.sources.source import Source

PAGE = 200  # datasets


class Folder(Source):
    """Each subfolder, at most three deep, with a datapackage.yaml, .yml or .json is a dataset.

    With `loose` each data file outside of them is one too, and a `.yml` beside it describes it.
    Without an `organization` the first folder under `path` names it. A dataset is known by its
    place under `path`: a folder that is renamed is another dataset. One of which a file changes
    while we look, and changed less than `settle_s` seconds ago, waits for the next run.
    """

    path: Path
    loose: bool = False
    settle_s: float = Field(default=5, ge=0)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of their places; no data file is opened.

        Raises HarvestError when the folder is missing, empty, without any dataset, or cannot be
        listed to its end: a disk that is not mounted is not a deletion.
        """
        disk = Disk(self.path)
        datasets = self._found(disk)
        left = [dataset for dataset in datasets if dataset.place > at]
        for start in range(0, max(1, len(left)), PAGE):
            records = tuple(self._record(disk, one) for one in left[start : start + PAGE])
            more = start + PAGE < len(left)
            yield Page(records, records[-1].remote_id if more else "", len(datasets))

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Take the dataset from its folder, as it is now.

        Raises HarvestError while it is being written, and when it went away since it was seen.
        """
        disk = Disk(self.path)
        one = self._again(disk, record.remote_id)
        self._refuse_unsettled(one, record)
        return Collected(self._dataset(disk, one, into))

    def _found(self, disk: Disk) -> list[Found]:
        """Find all datasets before any is described, so that none is missed unseen."""
        entries = disk.files()
        refuse_many(len(entries), str(self.path))
        datasets = found(entries, loose=self.loose)
        links = [Found(spelled(path), path, link=True) for path in self._links(disk, datasets)]
        refuse_empty(len(datasets) + len(links), str(self.path), loose=self.loose)
        return sorted([*datasets, *links], key=lambda one: one.place)

    def _links(self, disk: Disk, datasets: list[Found]) -> list[str]:
        """The links that would be datasets if they were followed."""
        packages = tuple(f"{one.path}/" if one.path else "" for one in datasets if one.descriptor)
        return [
            path
            for path in disk.outward
            if not path.startswith(packages)
            and (disk.holds_descriptor(path) or (self.loose and is_data(path)))
        ]

    def _again(self, disk: Disk, place: str) -> Found:
        """Look at one dataset a second time; raises HarvestError when it is gone."""
        path = disk.near(place)
        if disk.is_outward(path):
            return Found(place, path, link=True)
        inside = (disk.root / path).is_dir()
        entries = disk.files(path) if inside else disk.around(path)
        seen = found(entries, loose=not inside)
        one = next((one for one in seen if one.place == place), None)
        if one is None:
            raise _changing(disk.root / path, "it went away while it was looked at")
        return one

    def _refuse_unsettled(self, one: Found, record: Record) -> None:
        """Refuse what changed between two looks and may be changing still."""
        if one.link or one.modified == record.modified:
            return
        youngest = max(int(entry.stamp) for entry in one.files) / 1e9
        if time.time() - youngest < self.settle_s:
            raise _changing(self.path / one.path, "it is being written")

    def _record(self, disk: Disk, one: Found) -> Record:
        if one.link or one.descriptor:
            return as_record(self._package(disk, one), one.modified)
        record, _ = self._loose(disk, one)
        organization, unnamed = owner(one.place, self.organization)
        return replace(
            record,
            organization=organization,
            modified=one.modified,
            findings=(*unnamed, *record.findings),
        )

    def _dataset(self, disk: Disk, one: Found, into: Path) -> Dataset:
        if one.link or one.descriptor:
            return self._package(disk, one)
        record, described = self._loose(disk, one)
        organization, unnamed = owner(one.place, self.organization)
        path = disk.root / one.path
        if path.suffix.lower() == ".shp":
            path = zipped([disk.root / entry.path for entry in one.data], path.stem, into)
        dataset = loose_file(path, record, described, source=self.name, organization=organization)
        return replace(dataset, findings=(*unnamed, *dataset.findings))

    def _loose(self, disk: Disk, one: Found) -> tuple[Record, dict[str, Any]]:
        beside = disk.root / one.described if one.described else None
        title = PurePosixPath(one.place).stem
        return loose_record(beside, called=one.called, title=title, remote_id=one.place)

    def _package(self, disk: Disk, one: Found) -> Dataset:
        organization, unnamed = owner(one.place, self.organization)
        folder = disk.root / one.path
        if one.link:
            return broken(
                _outside(one.place),
                name=name_of(folder.name, one.place),
                source=self.name,
                organization=organization,
                remote_id=one.place,
            )
        dataset = package(folder, source=self.name, organization=organization, remote_id=one.place)
        return replace(dataset, findings=(*unnamed, *dataset.findings))


def _changing(path: Path, what: str) -> HarvestError:
    return HarvestError(
        f"{path}: {what}; it is taken when it stays the same", "broken-off", address=str(path)
    )


def _outside(place: str) -> Finding:
    return Broken(
        "file-outside",
        f"{place!r} is a link to another place",
        "put the folder or file itself there",
        path=place,
    ).finding()
