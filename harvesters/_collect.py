"""From a record to a dataset: its files fetched, or left where they are as links."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.model import Dataset, Link, Resource
from datasets.record import Collected, Distribution, Known, Record
from harvesters._formats import READABLE, ending, file_format
from harvesters._http import Fetched, Http

if TYPE_CHECKING:
    from harvesters._source import Source


def collect(
    source: "Source", record: Record, known: Mapping[str, Known], http: Http, into: Path
) -> Collected:
    """Get what the source's `files` setting asks for; the rest of the record is links."""
    resources, links, files = [], [], []
    for distribution in record.distributions:
        if not _wanted(source, distribution):
            links.append(_link(distribution))
            continue
        before = known.get(distribution.key)
        fetched = source.fetch(record, distribution, before, http, into)
        kept = _known(distribution, fetched) if fetched else before
        if kept is None:
            continue
        files.append(kept)
        resources.append(_resource(distribution, kept))
    dataset = Dataset(
        name=record.name,
        title=record.title,
        organization=source.organization or record.organization,
        source=source.name,
        remote_id=record.remote_id,
        resources=tuple(resources),
        links=tuple(links),
        notes=record.notes,
        license_id=record.license_id,
        tags=record.tags,
        url=record.url,
        contributors=record.contributors,
        extras=record.extras,
        findings=record.findings,
    )
    return Collected(dataset, tuple(files))


def _wanted(source: "Source", distribution: Distribution) -> bool:
    if distribution.link or source.files == "none":
        return False
    return source.files == "all" or distribution.as_is or distribution.format in READABLE


def _known(distribution: Distribution, fetched: Fetched) -> Known:
    return Known(
        key=distribution.key,
        url=fetched.url,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        size_bytes=fetched.size_bytes,
        filename=fetched.filename,
        content_type=fetched.content_type,
        path=fetched.path,
    )


def _resource(distribution: Distribution, kept: Known) -> Resource:
    form = file_format(kept.filename, distribution.format, kept.content_type)
    assert kept.path is not None
    return Resource(
        name=distribution.name,
        path=kept.path,
        format=form,
        filename=f"{distribution.name}.{ending(form)}",
        title=distribution.title,
        description=distribution.description,
        schema=distribution.schema,
        dialect=distribution.dialect,
        encoding=distribution.encoding,
        crs=distribution.crs,
        source_url=kept.url,
        size_bytes=kept.size_bytes,
        sha256=kept.sha256,
        key=distribution.key,
        as_is=distribution.as_is or form not in READABLE,
    )


def _link(distribution: Distribution) -> Link:
    return Link(
        key=distribution.key,
        name=distribution.name,
        url=distribution.url,
        format=distribution.format,
        title=distribution.title,
        description=distribution.description,
        type=distribution.type,
    )
