"""In what form a resource is given to Frictionless: flat local files that we named ourselves."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from frictionless import Dialect, Package, Resource, Schema

from validation import descriptors, schemas
from validation.fast.cells import CellsSource
from validation.reading.cells import Cells
from validation.table import read_cells

CANONICAL = {
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminator": "\r\n",
    "skipInitialSpace": False,
}

FIRST_ROWS = 200
"""More than Frictionless looks at to know a table's form."""


@dataclass(frozen=True, slots=True)
class Form:
    """A table as the child gets it, all of it JSON.

    `file` is its name in the folder `work`: a link to the file itself when it is delimited text
    (`original`), else a CSV that is made here of the `cells`; its rows have the numbers that they
    have in the original. `header_row` is 0 for layers, whose features are counted from 1.
    """

    name: str
    place: str
    work: str
    file: str
    schema: Mapping[str, Any]
    original: bool = False
    format: str = "csv"
    encoding: str | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)
    cells: str = ""
    labels: Sequence[str] = ()
    header_row: int = 1
    spatial: bool = False
    crs: str = ""

    def read(self) -> pa.Table:
        """Give the cells."""
        return read_cells(Path(self.cells))

    def as_cells(self) -> Cells:
        """Give the cells as repairs take them."""
        table = self.read()
        return Cells(
            tuple(self.labels),
            [table.column(name) for name in table.column_names if name[0] == "c"],
            table.column("row"),
            table.column("geometry") if self.spatial else None,
            crs=self.crs,
        )


def opened(
    form: Form, schema: Schema, references: Sequence[Form]
) -> tuple[Resource, CellsSource | None]:
    """Give Frictionless' resource of a form, in a package with those that its keys refer to.

    Where the file is not the original, its rows come from the cells, and the file has the first
    of them only; unless its own keys refer to it.
    """
    own = descriptors.referred(form.schema) & {"", form.name}
    cells = None if form.original else CellsSource(Path(form.cells), len(form.labels))
    resources = [_resource(form, schema, cells, rows=None if own else FIRST_ROWS)]
    for other in references:
        known, _problems = schemas.sound(other.schema)
        if known is not None:
            theirs = None if other.original else CellsSource(Path(other.cells), len(other.labels))
            resources.append(_resource(other, known, theirs))
    return Package(resources=resources, basepath=form.work).resources[0], cells


def _resource(
    form: Form, schema: Schema, cells: CellsSource | None, rows: int | None = None
) -> Resource:
    """Give the resource of a form; its first `rows`, or all, are written where it has no file."""
    if cells is None:
        return Resource(
            name=form.name,
            path=form.file,
            scheme="file",
            format=form.format,
            encoding=form.encoding,
            dialect=Dialect.from_descriptor(dict(form.dialect)),
            schema=schema,
            basepath=form.work,
        )
    _write(Path(form.work, form.file), form, cells, rows)
    if not form.labels:
        schema = Schema.from_descriptor({"fields": [{"name": "fid", "type": "integer"}]})
    descriptor = {"headerRows": [max(form.header_row, 1)], "csv": CANONICAL}
    return Resource(
        name=form.name,
        path=form.file,
        scheme="file",
        format="csv",
        encoding="utf-8",
        dialect=Dialect.from_descriptor(descriptor),
        schema=schema,
        basepath=form.work,
    )


def _write(path: Path, form: Form, cells: CellsSource, rows: int | None) -> None:
    """Write the cells as CSV, below as many empty lines as stand above the header.

    A layer without attributes gets a column of its features' numbers: Frictionless has no tables
    without columns.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\r\n" * (max(form.header_row, 1) - 1))
        writer = csv.writer(file)
        writer.writerow(form.labels or ["fid"])
        writer.writerows(row for _, row in islice(cells.rows(), rows))
