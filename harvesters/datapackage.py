"""A Data Package behind an address: its descriptor, or a zip with the descriptor in it."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from datasets.errors import ReadingError
from datasets.record import Collected, Distribution, Known, Page, Record
from harvesters.fetching.address import without_secrets
from harvesters.fetching.http import Fetched, Http
from harvesters.folders.parts import fetched_table
from harvesters.packages import remote_package
from harvesters.packages.descriptions import as_record
from harvesters.packages.package import package
from harvesters.packages.unzip import unpacked
from harvesters.sources import collecting
from harvesters.sources.source import Name, NameOrNothing, WebSource


class Datapackage(WebSource):
    """A package of version 1 or 2 is one dataset, known by `dataset`, else by the source's name.

    `url` is that of datapackage.json, of datapackage.yaml, of a folder (with a slash at its end)
    with the former in it, or of a zip. Files, schemas and dialects are taken from below the
    descriptor, files also from whole addresses. A table in parts is joined.
    """

    organization: Name
    dataset: NameOrNothing = ""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the package; raises HarvestError when its descriptor does not come."""
        record = self._zipped(http) if self._is_zip else self._described(http)
        if self.title:
            record = replace(record, title=replace(record.title, own=self.title))
        yield Page((record,), total=1)

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Get the files of the package."""
        if not self._is_zip:
            return collecting.collect(self, record, known, http, into)
        folder = self._unpacked(http, into)
        dataset = package(
            folder, source=self.name, organization=self.organization, remote_id=record.remote_id
        )
        return Collected(replace(dataset, name=record.name, title=record.title))

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Fetch a file, or the parts of one."""
        if urls := distribution.hints.get("parts"):
            return fetched_table(urls, distribution.name, http, into)
        return http.fetch(distribution.url, into, known=known)

    @property
    def _is_zip(self) -> bool:
        return urlsplit(self.url).path.lower().endswith(".zip")

    def _described(self, http: Http) -> Record:
        url = f"{self.url}datapackage.json" if self.url.endswith("/") else self.url
        wanted, remote_id = self.dataset or None, self.dataset or self.name
        try:
            described = remote_package.described_at(url, http)
        except ReadingError as error:
            return remote_package.broken(error, url, remote_id=remote_id, called=remote_id)
        return remote_package.record(described, url, http, remote_id=remote_id, name=wanted)

    def _zipped(self, http: Http) -> Record:
        with tempfile.TemporaryDirectory() as desk:
            folder = self._unpacked(http, Path(desk))
            dataset = package(
                folder,
                source=self.name,
                organization=self.organization,
                remote_id=self.dataset or self.name,
                name=self.dataset or None,
            )
            seen = hashlib.sha256()
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                seen.update(f"{path.relative_to(folder)}\0".encode(errors="replace"))
                with path.open("rb") as file:
                    seen.update(hashlib.file_digest(file, "sha256").digest())
        record = as_record(dataset, seen.hexdigest())
        return replace(record, address=without_secrets(self.url))

    def _unpacked(self, http: Http, into: Path) -> Path:
        fetched = http.fetch(self.url, into)
        folder = into / (self.dataset or self.name)
        folder.mkdir()
        return unpacked(fetched.path, folder, http.max_bytes, fetched.url)
