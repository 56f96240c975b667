"""The nouns of the product, frozen: what came, what was found, what is public."""

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
type Action = Literal["created", "updated", "unchanged", "held", "removed", "refused"]
type BBox = tuple[float, float, float, float]
"""West, south, east, north in degrees (CRS84)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check has to say about a dataset.

    `check` is the Frictionless error type, or the name of our own check, and the key of the
    sentence in `validation/messages.py`; `values` fill that sentence. `row` counts as the
    original file counts (a spreadsheet's first row is 1; a feature's first is 1), `cell` is a
    spreadsheet address such as D7. `note` is the English sentence for machines and logs.
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


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a dataset.

    `format` is lower case (csv, tsv, xlsx, geojson, gpkg, shp); `filename` is safe in an address;
    `path` is where the bytes are now. `sha256` is empty until the store keeps the bytes.
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


@dataclass(frozen=True, slots=True)
class Dataset:
    """Metadata and files as they came from a source.

    `findings` are faults that the harvester met while it collected this dataset; they are judged
    with all others, so that a broken dataset is refused with a report and the rest go on.
    """

    name: str
    title: Text
    organization: str
    source: str
    remote_id: str
    resources: tuple[Resource, ...] = ()
    notes: Text = Text()
    license_id: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    contributors: tuple[str, ...] = ()
    extras: Mapping[str, str] = made(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def id(self) -> str:
        """The dataset's UUID, the same on every run."""
        return names.dataset_id(self.source, self.remote_id)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings on a dataset; the Frictionless reports of its tables as they were given."""

    dataset: str
    findings: tuple[Finding, ...] = ()
    frictionless: Mapping[str, Any] = made(default_factory=dict)

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

    `type` is a Table Schema type: string, integer, number, boolean, date, datetime or time.
    """

    name: str
    title: str
    type: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One immutable spatial build of a version: an OGC collection.

    `id` is the collection's id, `sha` the hash of its manifest and the name of its folder.
    `geometry_type` is Point, LineString, Polygon, Multi… or Geometry for a mixture.
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


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, numbered state of a dataset.

    `fingerprint` is the hash of all that went in: equal fingerprints are the same version.
    `rows` counts rows and `tables` names the blob of the typed table (Parquet), both by resource
    name; `package` is the CKAN package, its own addresses without the site.
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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a run did with one dataset, and why."""

    dataset: str
    action: Action
    version: int | None = None
    reason: str = ""
