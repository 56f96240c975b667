"""A folder of a web server that lists its files: a "web accessible folder", or WAF."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import Field

from datasets.errors import HarvestError, ReadingError
from datasets.model import Finding
from datasets.record import Distribution, Known, Page, Record
from datasets.text import Text
from harvesters.documents import xml
from harvesters.fetching.http import Fetched, Http
from harvesters.folders.disk import refuse_empty
from harvesters.folders.index import Index
from harvesters.folders.parts import fetched_shapefile
from harvesters.folders.tree import (
    MAX_DEPTH,
    Entry,
    Found,
    found,
    is_beside,
    is_data,
    owner,
    spelled,
)
from harvesters.packages import descriptions, remote_package
from harvesters.packages.resources import Broken
from harvesters.sources.source import WebSource
from harvesters.values.formats import file_format
from harvesters.values.mapping import text as words

PAGE = 100  # datasets
METADATA_BYTES = 5_000_000


class HttpIndex(WebSource):
    """Each data file below `url` is a dataset, or each folder with data files (`dataset_is`).

    A folder with a datapackage.json is a Data Package; a `.yml` beside a file describes it; an
    ISO 19139 record (`.xml`) is a dataset of links. Without an `organization` the first folder
    names it. A dataset is known by its path, one of a metadata record by its identifier.
    """

    dataset_is: Literal["file", "folder"] = "file"
    depth: int = Field(default=MAX_DEPTH, ge=0, le=MAX_DEPTH)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of their paths.

        Raises HarvestError when a page of the listing does not come, or nothing is in it.
        """
        index = Index(self.url, self.depth, http).read()
        datasets = self._found(index)
        refuse_empty(len(datasets), self.url, loose=True)
        left = [one for one in datasets if one.place > at]
        for start in range(0, max(1, len(left)), PAGE):
            some = left[start : start + PAGE]
            records = [record for one in some if (record := self._record(one, index))]
            more = start + PAGE < len(left)
            skipped = len(some) - len(records) + (0 if start else index.skipped)
            yield Page(tuple(records), some[-1].place if more else "", None, skipped)

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Fetch a file; the parts of a shapefile become one zip."""
        if urls := distribution.hints.get("shapefile"):
            return fetched_shapefile(urls, distribution.name, http, into)
        return http.fetch(distribution.url, into, known=known)

    def _found(self, index: Index) -> list[Found]:
        entries = index.entries
        metadata = [e for e in entries if e.path.lower().endswith(".xml") and not _is_shp_xml(e)]
        records = [Found(e.path, e.path, described=e.path, files=(e,)) for e in metadata]
        datasets = found(entries, loose=True)
        packages = [one for one in datasets if one.descriptor]
        owned = {entry.path for one in packages for entry in one.files}
        if self.dataset_is == "folder":
            datasets = [*packages, *_folders(entries, owned)]
        records = [one for one in records if one.path not in owned]
        return sorted([*datasets, *records], key=lambda one: one.place)

    def _record(self, one: Found, index: Index) -> Record | None:
        """Describe one dataset; None for XML that is no metadata record."""
        if one.described and one.described == one.path:
            found_record = _metadata(index.urls[one.path], index.http)
            if found_record is None:
                return None
            record = found_record
        elif one.descriptor:
            record = self._package(one, index)
        else:
            record = self._files(one, index)
        organization, unnamed = owner(one.place, self.organization or record.organization)
        dated = all(entry.stamp for entry in one.files)
        return replace(
            record,
            organization=organization,
            modified=record.modified or (one.modified if dated else ""),
            findings=(*unnamed, *record.findings),
        )

    def _package(self, one: Found, index: Index) -> Record:
        place = f"{one.path}/{one.descriptor}" if one.path else one.descriptor
        url, called = index.urls[place], PurePosixPath(one.place).name or self.name
        try:
            described = remote_package.described_at(url, index.http)
        except ReadingError as error:
            return remote_package.broken(error, url, remote_id=one.place, called=called)
        return remote_package.record(described, url, index.http, remote_id=one.place)

    def _files(self, one: Found, index: Index) -> Record:
        """Describe loose files, by the words beside them."""
        called = one.called if one.path else self.name
        described, findings = _beside(one, index)
        name = descriptions.name_of(called, one.place)
        said = descriptions.record({"name": name, **described}, remote_id=one.place, called=called)
        parts, broken = _distributions(one, described, index)
        return replace(
            said,
            title=said.title if described.get("title") else Text(PurePosixPath(called).name),
            address=index.urls.get(one.path, index.url),
            distributions=tuple(parts),
            findings=(*said.findings, *findings, *broken),
        )


def _is_shp_xml(entry: Entry) -> bool:
    return entry.path.lower().endswith(".shp.xml")


def _folders(entries: Sequence[Entry], owned: set[str]) -> list[Found]:
    """Each folder with a data file in it, and all of its files."""
    there: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.path not in owned and not entry.path.lower().endswith(".xml"):
            there.setdefault(entry.path.rpartition("/")[0], []).append(entry)
    return [
        Found(path or ".", path, files=tuple(files))
        for path, files in there.items()
        if any(is_data(entry.path) for entry in files)
    ]


def _metadata(url: str, http: Http) -> Record | None:
    """Read a metadata record; None for any other XML."""
    from harvesters.catalogs import iso  # noqa: PLC0415 - owslib is loaded where a listing has records

    reply = http.get(url, accept="application/xml, */*;q=0.5", max_bytes=METADATA_BYTES)
    try:
        root = xml.root(reply.body, url)
    except HarvestError:
        return None
    return iso.record(root, url) if xml.local(root) in iso.RECORDS else None


def _beside(one: Found, index: Index) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Read the words beside a file; a document that is broken is a finding."""
    if not one.described:
        return {}, ()
    try:
        return remote_package.described_at(index.urls[one.described], index.http), ()
    except ReadingError as error:
        fault = Broken("descriptor", str(error), "correct the file", reason=str(error))
        return {}, (fault.finding(),)


def _distributions(
    one: Found, described: Mapping[str, Any], index: Index
) -> tuple[list[Distribution], list[Finding]]:
    """Name the files of a dataset; those whose words are wrong are findings."""
    inside = found(one.files, loose=True)
    taken = {entry.path for inner in inside for entry in inner.files}
    files = [Found(inner.place, inner.path, files=tuple(inner.data)) for inner in inside]
    rest = [e for e in one.files if e.path not in taken and not is_beside(e.path)]
    files += [Found(entry.path, entry.path, files=(entry,)) for entry in rest]
    parts: list[Distribution] = []
    findings: list[Finding] = []
    for each in files:
        try:
            parts.append(_distribution(each, described, index))
        except Broken as fault:
            findings.append(fault.finding(_name(each.path)))
    return parts, findings


def _distribution(one: Found, described: Mapping[str, Any], index: Index) -> Distribution:
    url = index.urls[one.path]
    filename = PurePosixPath(one.path).name
    whole = sorted(index.urls[entry.path] for entry in one.files if entry.path in index.urls)
    return Distribution(
        key=spelled(one.path),
        name=_name(one.path),
        url=url,
        format=file_format(filename, words(described.get("format"), 20)),
        filename=filename,
        modified=" ".join(entry.stamp for entry in one.files if entry.path == one.path),
        schema=remote_package.inner(described, "schema", url, index.http),
        dialect=remote_package.inner(described, "dialect", url, index.http),
        encoding=words(described.get("encoding"), 40),
        crs=words(described.get("crs"), 5_000),
        hints={"shapefile": whole} if filename.lower().endswith(".shp") else {},
    )


def _name(path: str) -> str:
    return descriptions.name_of(PurePosixPath(spelled(path)).stem, path)
