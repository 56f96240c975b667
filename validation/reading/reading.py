"""What a resource holds, read once: the noun that reading hands to the judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.model import Finding, Offer, Resource, Sample, Schema, Step
from validation.reading.numbering import original


@dataclass(frozen=True, slots=True)
class Reading:
    """A resource read once: its cells as they stand, and what we understood of its form.

    `cells` is an Arrow IPC file: text columns c0..cn, int64 `row`, and binary `geometry` (WKB in
    the file's CRS, x before y) when the file is `spatial`. A cell that is not there at all (a
    short row) is null, an empty one is "". Columns beyond `labels` hold the cells that stand to
    the right of the header. `row` counts from 1 as the original does: records of a delimited
    file, rows of a sheet (both with the header), features of a layer (which has no header).

    `table` is where validate() writes the typed table. `labels` are the header's words, one a
    column. `encoding` is a Python codec; `dialect` a Frictionless dialect (v5) that reads the
    original like this; `header_row` is 0 where there is none. `sheet` is the sheet or the layer.
    `first_column` is the sheet's column in which c0 stands (1 = A), `numbers` those of all columns
    where a repair left some out. `crs` is "EPSG:6316", WKT
    where no code fits, or empty. `schema` is the declared one, else the one proposed for these
    cells. When `findings` hold an error, `rows` is 0 and `cells` may not exist. A `repaired` one
    was read by the resource's recipe: its cells are judged, not the original's. One that is
    `as_is` turned out to be no table, and nobody said that it was: it has no cells.

    A table with longitude and latitude columns is not `spatial` here: its points are made from
    the typed table.
    """

    resource: Resource
    cells: Path
    table: Path
    labels: tuple[str, ...] = ()
    rows: int = 0
    encoding: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    header_row: int = 0
    sheet: str = ""
    first_column: int = 1
    numbers: tuple[int, ...] = ()
    crs: str = ""
    schema: Schema = field(default_factory=dict)
    spatial: bool = False
    repaired: bool = False
    as_is: bool = False
    findings: tuple[Finding, ...] = ()

    def number(self, column: int) -> int:
        """Give the number in the original (1 = A) of a column, from 0."""
        return original(self.numbers, self.first_column, column)

    @property
    def ok(self) -> bool:
        """True when the file could be read."""
        return not any(finding.severity == "error" for finding in self.findings)


def offer(said: Mapping[str, Any]) -> Offer:
    """Make an offer of what the child says in JSON."""
    samples = tuple(Sample(**sample) for sample in said["samples"])
    return Offer(Step(**said["step"]), said["count"], samples, said["exact"])


def finding_of(said: Mapping[str, Any]) -> Finding:
    """Make a finding of what the child says in JSON."""
    return Finding(**{**said, "offers": tuple(offer(each) for each in said["offers"])})
