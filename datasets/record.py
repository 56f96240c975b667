"""What a source says it has, before any file is fetched: records, their distributions, pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.model import Dataset, Finding
from datasets.text import Text


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file, service or page that a record names.

    `key` is what the source calls it for ever: its remote id, else its address without secrets,
    else its name. `format` is one lower-case word where the source tells it. `digest` is
    `sha256:…` or `md5:…` where the source tells it. One that is a `link` is never fetched; `type`
    is CKAN's word for what is there: `api`, `documentation`, `file` or empty. `hints` is what the
    kind of source needs in order to get it, as JSON.
    """

    key: str
    name: str
    url: str = ""
    format: str = ""
    title: Text = Text()
    description: Text = Text()
    filename: str = ""
    media_type: str = ""
    modified: str = ""
    size_bytes: int = 0
    digest: str = ""
    schema: Mapping[str, Any] | None = None
    dialect: Mapping[str, Any] | None = None
    encoding: str = ""
    crs: str = ""
    link: bool = False
    as_is: bool = False
    type: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A dataset as its source describes it.

    `remote_id` never changes at the source; a title or a name may. `modified` is the source's own
    stamp of the last change, in whatever form it has, or empty. `url` is its page at the source,
    `address` where the record itself was read. `organization` is the publisher's name as a CKAN
    name, where the source tells it and config.yml does not. `findings` are what is broken in it.
    """

    remote_id: str
    title: Text
    name: str = ""
    organization: str = ""
    organization_title: str = ""
    notes: Text = Text()
    license_id: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    address: str = ""
    contributors: tuple[str, ...] = ()
    modified: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)
    distributions: tuple[Distribution, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a source. `next` is where a later run can go on; the last page has none.

    `total` is how many records the source says it has in all, if it says so; `skipped` counts
    entries of this page that are no datasets.
    """

    records: tuple[Record, ...]
    next: str = ""
    total: int | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was last fetched: what its server said of it, and where its bytes are."""

    key: str
    url: str
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    size_bytes: int = 0
    filename: str = ""
    content_type: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """A dataset with its files, and what to remember of them for the next time."""

    dataset: Dataset
    files: tuple[Known, ...] = ()
