"""A folder of Data Packages, such as a municipality's share: one subfolder a dataset."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from datasets import names
from datasets.errors import HarvestError
from datasets.model import Dataset, Finding
from datasets.record import Collected, Known, Page, Record
from harvesters._formats import is_litter
from harvesters._http import Http
from harvesters._package import DESCRIPTORS, broken, folder_name, is_package, package
from harvesters._resources import Broken
from harvesters._source import Source

MAX_DEPTH = 3


class Folder(Source):
    """Each subfolder, at most three deep, with a datapackage.yaml, .yml or .json is a dataset.

    Without an `organization` the first folder under `path` names it. A dataset is known by its
    place under `path`: a folder that is renamed is another dataset.
    """

    path: Path

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of their places.

        Raises HarvestError when the folder is missing, empty, without any dataset, or cannot be
        listed to its end: a disk that is not mounted is not a deletion.
        """
        records = tuple(_record(self._dataset(folder)) for folder in self._folders())
        yield Page(records, total=len(records))

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Take the dataset from its folder, as it is now."""
        return Collected(self._dataset(self._root / record.remote_id))

    @property
    def _root(self) -> Path:
        return self.path.resolve()

    def _folders(self) -> list[Path]:
        """List the folders of all datasets before any is read, so that none is missed unseen."""
        if not self.path.is_dir():
            raise HarvestError(f"{self.path}: there is no such folder; is the disk mounted?")
        try:
            found = list(_packages(self._root, MAX_DEPTH))
        except OSError as error:
            raise HarvestError(
                f"{error.filename}: cannot be listed: {error.strerror}; let the user who runs eMap"
                " read it"
            ) from None
        if not found:
            raise HarvestError(
                f"{self.path}: no {DESCRIPTORS[0]} in it or {MAX_DEPTH} folders deep; is the disk"
                " mounted, and does each dataset have its descriptor?"
            )
        return sorted(found, key=self._place)

    def _place(self, folder: Path) -> str:
        return unicodedata.normalize("NFC", folder.relative_to(self._root).as_posix())

    def _dataset(self, folder: Path) -> Dataset:
        place = self._place(folder)
        organization, unnamed = self._organization(folder)
        if folder.is_symlink():
            return broken(
                _link(place),
                name=folder_name(folder, place),
                source=self.name,
                organization=organization,
                remote_id=place,
            )
        dataset = package(folder, source=self.name, organization=organization, remote_id=place)
        return replace(dataset, findings=(*unnamed, *dataset.findings))

    def _organization(self, folder: Path) -> tuple[str, tuple[Finding, ...]]:
        parts = folder.relative_to(self._root).parts
        if self.organization:
            return self.organization, ()
        try:
            if len(parts) > 1:
                return names.slug(parts[0]), ()
        except ValueError:
            pass
        fault = Broken(
            "organization-missing",
            "nothing says whose dataset this is",
            "put it into a folder with the organization's name, or give the source an"
            " `organization` in config.yml",
            place=self._place(folder),
        )
        return "", (fault.finding(),)


def _packages(folder: Path, depth: int) -> Iterator[Path]:
    """Find folders with a descriptor; what lies under one belongs to it. Raises OSError."""
    if is_package(folder):
        yield folder
    elif depth and not folder.is_symlink():
        for inner in folder.iterdir():
            if inner.is_dir() and not is_litter(inner.name):
                yield from _packages(inner, depth - 1)


def _link(place: str) -> Finding:
    return Broken(
        "file-outside",
        f"the folder {place!r} is a link to another place",
        "put the folder itself there",
        path=place,
    ).finding()


def _twin(dataset: Dataset, first: str) -> Dataset:
    """Give the second dataset of one name another name, and a finding that names the first."""
    fault = Broken(
        "name-twice",
        f"the name {dataset.name!r} belongs to the dataset in {first!r}",
        "give the package another `name`, such as one with the municipality in it",
        name=dataset.name,
        first=first,
    )
    digest = dataset.id.partition("-")[0]
    return replace(
        dataset,
        name=f"{dataset.name[:90]}-{digest}",
        findings=(fault.finding(), *dataset.findings),
    )


def _record(dataset: Dataset) -> Record:
    return Record(
        remote_id=dataset.remote_id,
        title=dataset.title,
        name=dataset.name,
        organization=dataset.organization,
    )
