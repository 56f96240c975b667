"""What a Data Package's descriptor says of its dataset, and a record as the dataset it becomes.

Rule: Data Package 1 and 2 (datapackage.org); `profile` and `$schema` are not followed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from datasets import names
from datasets.model import Dataset, Finding, Link, Resource
from datasets.record import Record
from datasets.text import Text
from harvesters.packages.descriptor import text
from harvesters.packages.resources import Broken
from harvesters.values.licenses import license_id
from harvesters.values.mapping import address, entries, tags
from harvesters.values.mapping import text as words

OF_DCAT = (
    "theme",
    "frequency",
    "temporal_start",
    "temporal_end",
    "rights",
    "language",
    "issued",
)
"""Keys of a descriptor that become extras of the same name: docs/dcat.md says what each means."""


def record(
    described: Mapping[str, Any], *, remote_id: str, called: str, name: str | None = None
) -> Record:
    """Make a record of a descriptor; `called` is its folder's or file's name, for want of better.

    It has no distributions: those are files here, and addresses there.
    """
    made, unnamed = _name(described, called, remote_id) if name is None else (name, ())
    own, keywords = text(described, "title"), described.get("keywords")
    return Record(
        remote_id=remote_id,
        title=own if own else Text(called),
        name=made,
        notes=text(described, "description"),
        license_id=_license(described),
        tags=tags(keywords if isinstance(keywords, list) else []),
        url=address(described.get("homepage")),
        contributors=_contributors(described),
        extras=_extras(described),
        findings=unnamed,
    )


def as_dataset(
    record: Record,
    *,
    source: str,
    organization: str,
    resources: Sequence[Resource] = (),
    links: Sequence[Link] = (),
    findings: Sequence[Finding] = (),
) -> Dataset:
    """Make the dataset of a record, with what was got of it and found on the way."""
    return Dataset(
        name=record.name,
        title=record.title,
        organization=organization,
        source=source,
        remote_id=record.remote_id,
        resources=tuple(resources),
        links=tuple(links),
        notes=record.notes,
        license_id=record.license_id,
        tags=record.tags,
        url=record.url,
        contributors=record.contributors,
        extras=record.extras,
        findings=(*record.findings, *findings),
    )


def as_record(dataset: Dataset, modified: str) -> Record:
    """Describe a dataset that lies ready; `modified` is the stamp of its files."""
    return Record(
        remote_id=dataset.remote_id,
        title=dataset.title,
        name=dataset.name,
        organization=dataset.organization,
        notes=dataset.notes,
        license_id=dataset.license_id,
        tags=dataset.tags,
        url=dataset.url,
        contributors=dataset.contributors,
        extras=dataset.extras,
        modified=modified,
        findings=dataset.findings,
    )


def _name(
    described: Mapping[str, Any], called: str, remote_id: str
) -> tuple[str, tuple[Finding, ...]]:
    """Make the dataset's name of the package's, or of its folder's when it has none."""
    own = described.get("name")
    said = own if isinstance(own, str) and own.strip() else called
    try:
        return names.slug(said), ()
    except ValueError as error:
        fault = Broken(
            "name-missing",
            str(error),
            "give the package a name of a-z 0-9 - _, as in gradski-parking",
            name=said[:100],
        )
        return name_of(called, remote_id), (fault.finding(),)


def name_of(called: str, remote_id: str) -> str:
    """Make a dataset's name of its folder's, or of its place when that has no letters."""
    try:
        return names.slug(called)
    except ValueError:
        return f"dataset-{hashlib.sha256(remote_id.encode(errors='replace')).hexdigest()[:8]}"


def _license(described: Mapping[str, Any]) -> str:
    """Give CKAN's id of the first licence; a licence that CKAN does not list stays as it is.

    >>> _license({"licenses": [{"name": "CC-BY-4.0"}]}), _license({"licenses": [{"name": "MIT"}]})
    ('cc-by', 'MIT')
    """
    listed = described.get("licenses")
    first = listed[0] if isinstance(listed, list) and listed else described.get("license")
    said = first.get("name") or first.get("path") if isinstance(first, dict) else first
    return license_id(said) if isinstance(said, str) else ""


def _contributors(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Give who made it: a body before a person; addresses of people are not passed on."""
    listed = entries(described.get("contributors"))
    titles = (words(entry.get("organization")) or words(entry.get("title")) for entry in listed)
    return tuple(dict.fromkeys(title for title in titles if title))


def _extras(described: Mapping[str, Any]) -> dict[str, str]:
    """Give what has no field of its own: the sources, one a line, the version, what DCAT asks."""
    said = {"sources": "\n".join(filter(None, map(_source, entries(described.get("sources")))))}
    for key in ("version", *OF_DCAT):
        value = described.get(key)
        if isinstance(value, str | int | float):
            said[key] = str(value).strip()
    return {key: words for key, words in said.items() if words}


def _source(entry: Mapping[str, Any]) -> str:
    title, place = words(entry.get("title")), address(entry.get("path"))
    return f"{title} ({place})" if title and place else title or place
