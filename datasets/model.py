"""The nouns of the product, frozen: what came, what was found, what is public."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Any, Literal

from datasets import names
from datasets.text import Text

type Schema = Mapping[str, Any]
"""A Table Schema (Frictionless, v1): `fields`, `primaryKey`, `missingValues` …"""

type Severity = Literal["error", "warning", "note"]
type Action = Literal[
    "created", "updated", "unchanged", "held", "missing", "withdrawn", "refused", "failed"
]
"""What a run did with a dataset. `held` waits for a person, `refused` did not pass the checks,
`failed` could not be got whole and is tried again, `missing` is gone at the source and still
public in its days of grace; in all four what was public stays public."""
type BBox = tuple[float, float, float, float]
"""West, south, east, north in degrees (CRS84)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded transform of how a resource is read: a repair of `validation/repairs`, by name.

    A step is a rule, not a list of cells: it finds by itself what it mends, so that it mends the
    next delivery too. `field` is the label of the column it is about, empty for the whole table
    or the geometries; `values` are its options, all text. Steps are done in order.
    """

    repair: str
    field: str = ""
    values: Mapping[str, str] = made(default_factory=dict)

    @property
    def id(self) -> str:
        """Eight characters by which a person names a step; the same for the same step."""
        said = [self.repair, self.field, *(f"{k}={v}" for k, v in sorted(self.values.items()))]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Sample:
    """One place that a step changes, before and after; `row` as the original counts."""

    row: int | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that is offered with a finding: what it would change, and some places as examples.

    `count` is of cells, rows or features. An `exact` one loses nothing and may be accepted
    unseen; any other waits for a person's word.
    """

    step: Step
    count: int = 0
    samples: tuple[Sample, ...] = ()
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a report shows of a resource: the rows that its findings are about.

    `rows` are cells as they stand, cut short, by the row's number in the original; `labels` head
    them, the first one standing in column `first_column` (1 = A); `numbers` has the columns where
    a repair left some out. `places` are GeoJSON
    geometries in CRS84, simplified, by the feature's number. Personal data are masked.
    """

    labels: tuple[str, ...] = ()
    first_column: int = 1
    rows: Mapping[int, tuple[str, ...]] = made(default_factory=dict)
    places: Mapping[int, str] = made(default_factory=dict)
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check has to say about a dataset.

    `check` is the Frictionless error type, or the name of our own check, and the key of the
    sentence in `validation/messages.py`; `values` fill that sentence. `row` counts as the
    original file counts (a spreadsheet's first row is 1; a feature's first is 1), `cell` is a
    spreadsheet address such as D7. `note` is the English sentence for machines and logs.
    `values["count"]` is of all findings of this kind in this column, told or not. `offers` are
    repairs: the first is proposed, any other is an alternative to it, and a person chooses.
    """

    check: str
    severity: Severity = "error"
    resource: str = ""
    row: int | None = None
    field: str = ""
    cell: str = ""
    note: str = ""
    values: Mapping[str, str] = made(default_factory=dict)
    remedy: str = ""
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a dataset.

    `format` is lower case (csv, tsv, xlsx, geojson, gpkg, shp); `filename` is safe in an address;
    `path` is where the bytes are now. `sha256` is empty until the store keeps the bytes. `key` is
    what the source calls the file for ever, where that is not the name: the resource's id is made
    of it. A file that is `as_is` is published byte for byte and not read: it has no rows. `recipe`
    are the repairs that a person accepted for it.
    """

    name: str
    path: Path
    format: str
    filename: str
    title: Text = Text()
    description: Text = Text()
    schema: Schema | None = None
    dialect: Mapping[str, Any] | None = None
    encoding: str = ""
    crs: str = ""
    source_url: str = ""
    size_bytes: int = 0
    sha256: str = ""
    key: str = ""
    as_is: bool = False
    recipe: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a dataset that stays where it is: a service, a page, a file that is not copied.

    `key` is what the source calls it for ever; `type` is CKAN's word for what is there: `api`,
    `documentation`, `file` or empty.
    """

    key: str
    name: str
    url: str
    format: str = ""
    title: Text = Text()
    description: Text = Text()
    type: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Metadata and files as they came from a source.

    `findings` are faults that the harvester met while it collected this dataset; they are judged
    with all others, so that a broken dataset is refused with a report and the rest go on.
    `provenance` are extras that tell how a version came here; they are no part of what it is, so a
    dataset of which nothing else changed is the same version.
    """

    name: str
    title: Text
    organization: str
    source: str
    remote_id: str
    resources: tuple[Resource, ...] = ()
    links: tuple[Link, ...] = ()
    notes: Text = Text()
    license_id: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    contributors: tuple[str, ...] = ()
    extras: Mapping[str, str] = made(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    provenance: Mapping[str, str] = made(default_factory=dict)

    @property
    def id(self) -> str:
        """The dataset's UUID, the same on every run."""
        return names.dataset_id(self.source, self.remote_id)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings on a dataset; the Frictionless reports of its tables as they were given.

    `excerpts` are by resource name.
    """

    dataset: str
    findings: tuple[Finding, ...] = ()
    frictionless: Mapping[str, Any] = made(default_factory=dict)
    excerpts: Mapping[str, Excerpt] = made(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True when nothing stops publication."""
        return not any(finding.severity == "error" for finding in self.findings)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity, in order."""
        return tuple(finding for finding in self.findings if finding.severity == severity)


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute of a layer: its public name (ASCII), its title as people know it, its type.

    `type` is a Table Schema type: string, integer, number, boolean, date, datetime or time; or the
    type of the items of a list, behind which stands []: string[], integer[], number[], boolean[].
    """

    name: str
    title: str
    type: str

    @property
    def items(self) -> str:
        """The type of a list's items; nothing for a column of single values.

        >>> Column("boje", "Боје", "string[]").items, Column("boja", "Боја", "string").items
        ('string', '')
        """
        return self.type.removesuffix("[]") if self.type.endswith("[]") else ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One immutable spatial build of a version: an OGC collection.

    `id` is the collection's id, `sha` the hash of its manifest and the name of its folder.
    `geometry_type` is Point, LineString, Polygon, Multi… or Geometry for a mixture. `times` names
    the column that says when a feature was, or the two that say from when to when; `interval` is
    the first and the last moment in them, as ISO 8601.
    """

    id: str
    dataset: str
    resource: str
    sha: str
    geometry_type: str
    features: int
    bbox_lonlat: BBox | None
    columns: tuple[Column, ...]
    without_geometry: int = 0
    times: tuple[str, ...] = ()
    interval: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, numbered state of a dataset.

    `fingerprint` is the hash of all that went in: equal fingerprints are the same version.
    `rows` counts rows, `tables` names the blob of the typed table (Parquet) and `schemas` are those
    by which they were judged, all by resource name; `package` is the CKAN package, its own
    addresses without the site.
    """

    dataset: str
    number: int
    fingerprint: str
    created: str
    source: str
    resources: tuple[Resource, ...]
    layers: tuple[Layer, ...]
    rows: Mapping[str, int]
    tables: Mapping[str, str]
    package: Mapping[str, Any]
    schemas: Mapping[str, Schema] = made(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run did with one dataset, and why."""

    dataset: str
    action: Action
    version: int | None = None
    reason: str = ""
