"""From a record to a dataset: its files fetched, or left where they are as links."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from datasets import names
from datasets.errors import HarvestError
from datasets.formats import READABLE
from datasets.model import Finding, Link, Resource
from datasets.record import Collected, Distribution, Known, Record
from harvesters.fetching.address import without_secrets
from harvesters.fetching.http import Http
from harvesters.packages.descriptions import as_dataset
from harvesters.sources.arrived import accepted, form
from harvesters.values.formats import ending, file_format

if TYPE_CHECKING:
    from harvesters.sources.source import Source

MAX_DISTRIBUTIONS = 500
_OURS = ("disk", "login", "host-key")  # faults that say nothing of the one file
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


@dataclass
class _Parts:
    """What was got of a record so far."""

    resources: list[Resource] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    files: list[Known] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def collect(
    source: "Source",
    record: Record,
    known: Mapping[str, Known],
    http: Http,
    into: Path,
    *,
    whole: bool = False,
) -> Collected:
    """Get what the source's `files` setting asks for; the rest of the record is links.

    A file that is not to be had becomes a link and a warning, unless it is public already: that
    one must not be lost, so HarvestError is raised for the record, as it is for every fault that
    may pass by itself. With `whole` every file must come, of whatever format it is.
    """
    parts = _Parts()
    for distribution in distinct(record.distributions):
        if not (whole or _wanted(source, distribution)):
            parts.links += _link(distribution)
            continue
        try:
            file = _got(source, record, distribution, known, http, into)
            _refuse_much([*parts.files, file], http.max_bytes)
            parts.resources.append(_resource(distribution, file, whole=whole))
            parts.files.append(file)
        except HarvestError as error:
            passing = error.transient or error.fault in _OURS
            if whole or passing or distribution.key in known:
                raise
            parts.links += _link(distribution)
            parts.findings.append(_unreachable(distribution, error))
    dataset = as_dataset(
        record,
        source=source.name,
        organization=source.organization or record.organization,
        resources=parts.resources,
        links=parts.links,
        findings=parts.findings,
    )
    return Collected(dataset, tuple(parts.files))


def wants_files(source: "Source", record: Record) -> bool:
    """Tell whether the source's `files` setting asks for any file of a record."""
    return any(_wanted(source, each) for each in record.distributions)


def _wanted(source: "Source", distribution: Distribution) -> bool:
    if distribution.link or source.files == "none":
        return False
    if source.files == "all" or distribution.as_is:
        return True
    place = PurePosixPath(unquote(urlsplit(distribution.url).path)).name
    said = file_format(distribution.filename or place, distribution.format, distribution.media_type)
    return said in READABLE


def _got(
    source: "Source",
    record: Record,
    distribution: Distribution,
    known: Mapping[str, Known],
    http: Http,
    into: Path,
) -> Known:
    """Get one file, or what is there of it already; raises HarvestError."""
    before = known.get(distribution.key)
    if before and not (before.path and before.path.is_file()):
        before = None  # its bytes are lost: they are fetched again
    fetched = source.fetch(record, distribution, before, http, into)
    if fetched:
        return accepted(distribution, fetched, before)
    if before:
        return before
    address = without_secrets(distribution.url)
    raise HarvestError(
        f"{address}: the server says that the file is unchanged, and was never asked for it:"
        " tell its owner",
        "wrong-answer",
        address=address,
        wanted="200",
    )


def _refuse_much(files: Sequence[Known], max_bytes: int) -> None:
    last = files[-1]
    if sum(file.size_bytes for file in files) > max_bytes:
        raise HarvestError(
            f"{last.url}: with it the dataset is larger than {max_bytes} bytes; http.max_bytes in"
            " config.yml sets the limit",
            "too-large",
            address=last.url,
        )


def distinct(distributions: Iterable[Distribution]) -> list[Distribution]:
    """Give each distribution a key and a name of its own, in the order in which they came.

    One with the key and address of another is the same; one with its key alone is known by the
    address too. Of several with one name the first by key has it, and the others have a hash
    after it, so that their order at the source does not matter.
    """
    keyed: dict[str, Distribution] = {}
    for each in list(distributions)[:MAX_DISTRIBUTIONS]:
        first = keyed.get(each.key)
        if first and first.url == each.url:
            continue
        key = f"{each.key} {each.url}" if first else each.key
        keyed.setdefault(key, replace(each, key=key))
    named: dict[str, str] = {}
    for key in sorted(keyed):
        own = name = _name(keyed[key])
        while own in named:
            own = f"{name[:90]}-{_hash(f'{own} {key}')}"
        named[own] = key
    by_key = {key: name for name, key in named.items()}
    return [replace(each, name=by_key[key]) for key, each in keyed.items()]


def _name(distribution: Distribution) -> str:
    stem = PurePosixPath(distribution.filename).stem
    for said in (distribution.name, distribution.title.own, stem):
        try:
            return names.slug(said)
        except ValueError:
            continue
    return f"resource-{_hash(distribution.key)}"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:8]


def _resource(distribution: Distribution, file: Known, *, whole: bool) -> Resource:
    said = form(distribution, file, whole=whole)
    assert file.path is not None
    return Resource(
        name=distribution.name,
        path=file.path,
        format=said,
        filename=_filename(distribution.name, said, file),
        title=distribution.title,
        description=distribution.description,
        schema=distribution.schema,
        dialect=distribution.dialect,
        encoding=distribution.encoding,
        crs=distribution.crs,
        source_url=file.url,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        key=distribution.key,
        as_is=distribution.as_is or said not in READABLE,
    )


def _filename(name: str, said: str, file: Known) -> str:
    last = ending(said) or PurePosixPath(file.filename).suffix.lstrip(".") or "bin"
    return names.file_name(f"{name}.{last}")


def _link(distribution: Distribution) -> list[Link]:
    """Give the link to a distribution; none where its address is not one of the web."""
    if not _WEB.match(distribution.url):
        return []
    return [
        Link(
            key=distribution.key,
            name=distribution.name,
            url=without_secrets(distribution.url),
            format=distribution.format,
            title=distribution.title,
            description=distribution.description,
            type=distribution.type,
        )
    ]


def _unreachable(distribution: Distribution, error: HarvestError) -> Finding:
    address = error.values.get("address") or without_secrets(distribution.url)
    return Finding(
        "resource-unreachable",
        severity="warning",
        resource=distribution.name,
        note=f"the file at {address} could not be taken ({error.fault}); it is a link now",
        values={"address": address, "fault": error.fault},
        remedy="see that the file can be had at its address",
    )
