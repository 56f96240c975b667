"""In what form a resource is given to Frictionless: flat local files that we named ourselves."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from frictionless import Dialect, Package, Resource, Schema

from validation import schemas
from validation.reading.cells import Cells
from validation.table import read_cells

CANONICAL = {
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminator": "\r\n",
    "skipInitialSpace": False,
}


@dataclass(frozen=True, slots=True)
class Form:
    """A table as the child gets it, all of it JSON.

    `file` is its name in the folder `work`: a link to the file itself when it is delimited text
    (`original`), else the CSV that is made here of the `cells`, with the row numbers of the
    original. `header_row` is 0 for layers, whose features are counted from 1.
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


def opened(form: Form, schema: Schema, references: Sequence[Form]) -> Resource:
    """Give Frictionless' resource of a form, in a package with those that its keys refer to."""
    resources = [_resource(form, schema)]
    for other in references:
        known, _problems = schemas.sound(other.schema)
        if known is not None:
            resources.append(_resource(other, known))
    return Package(resources=resources, basepath=form.work).resources[0]


def _resource(form: Form, schema: Schema) -> Resource:
    if form.original:
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
    cells = form.read()
    _write(Path(form.work, form.file), form, cells)
    if not form.labels:
        schema = Schema.from_descriptor({"fields": [{"name": "fid", "type": "integer"}]})
    descriptor = {"headerRows": [max(form.header_row, 1)], "csv": CANONICAL}
    resource = Resource(
        name=form.name,
        path=form.file,
        scheme="file",
        format="csv",
        encoding="utf-8",
        dialect=Dialect.from_descriptor(descriptor),
        schema=schema,
        basepath=form.work,
    )
    _number(resource, cells.column("row").to_pylist())
    return resource


def _write(path: Path, form: Form, cells: pa.Table) -> None:
    """Write the cells as CSV, below as many empty lines as stand above the header.

    A layer without attributes gets a column of its features' numbers: Frictionless has no tables
    without columns.
    """
    labels = list(form.labels)
    names = [name for name in cells.column_names if name[0] == "c"] if labels else ["row"]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\r\n" * (max(form.header_row, 1) - 1))
        writer = csv.writer(file)
        writer.writerow(labels or ["fid"])
        for batch in cells.select(names).to_batches():
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows(_records(columns, len(labels) or 1))


def _records(columns: list[list[Any]], width: int) -> Iterator[list[Any]]:
    """Yield rows; a cell to the right of the header counts only where there is one."""
    for row in zip(*columns, strict=True):
        cells = list(row)
        while len(cells) > width and not cells[-1]:
            cells.pop()
        yield cells


def _number(resource: Resource, rows: Sequence[int]) -> None:
    """Let Frictionless count rows as the original does, in its errors and in their notes."""
    plain = type(resource.dialect)

    class Numbered(plain):  # type: ignore[misc, valid-type]
        def read_enumerated_content_stream(self, cell_stream: Any) -> Iterator[tuple[int, Any]]:
            content = plain.read_enumerated_content_stream(self, cell_stream)
            yield from zip(rows, (cells for _, cells in content), strict=False)

    resource.dialect.__class__ = Numbered
