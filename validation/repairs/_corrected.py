"""The corrected file: what a recipe made of a file, written as CSV, GeoJSON or XLSX.

The original stays as it came; this one is what may be published in its place, or given back.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from datasets.errors import ReadingError
from validation import descriptors
from validation.reading.reading import Reading
from validation.sandbox import Sandbox
from validation.table import read_cells

TASK = "validation.repairs._corrected:write"
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
PLAIN = ("integer", "number", "boolean")
MOST_ROWS = 1_048_575  # of a sheet, below its header
DECIMALS = 7  # of degrees: a centimetre

type Job = Mapping[str, Any]
type Rows = Iterator[tuple[str | None, ...]]


def corrected(reading: Reading, sandbox: Sandbox, into: Path, format_: str = "") -> Path:
    """Write the cells of a reading into a folder; gives the file, named like the original.

    The format is csv for tables and geojson (in CRS84) for layers, unless told: csv, geojson or
    xlsx. Raises ReadingError that says why it cannot be written.
    """
    ending = format_ or ("geojson" if reading.spatial else "csv")
    if ending not in WRITERS or (ending == "geojson" and not reading.spatial):
        raise ReadingError(f"{reading.resource.name}: cannot be written as {ending!r}")
    stem = reading.resource.filename.rpartition(".")[0] or reading.resource.name
    path = into.resolve() / f"{Path(stem).name}.{ending}"
    job = {
        "cells": str(reading.cells.resolve()),
        "file": str(path),
        "format": ending,
        "labels": reading.labels,
        "types": _types(reading),
        "spatial": reading.spatial,
        "crs": reading.crs or reading.resource.crs,
    }
    fault = sandbox.run(TASK, job, read=[reading.cells], write=into)
    if fault:
        raise ReadingError(f"{reading.resource.name}: {fault}")
    return path


def _types(reading: Reading) -> list[str]:
    """Give the type of each column, where its values stand as every program writes them."""
    known = {
        field["name"]: str(field.get("type", ""))
        for field in descriptors.fields(reading.schema)
        if not {"decimalChar", "groupChar", "trueValues", "falseValues"} & field.keys()
    }
    return [known.get(label, "") for label in reading.labels]


def write(job: Job) -> str:
    """Write the file, inside the child; gives what is wrong, empty when all is well."""
    cells = read_cells(Path(job["cells"]))
    try:
        WRITERS[job["format"]](job, cells)
    except ReadingError as error:
        return str(error)
    return ""


def _rows(cells: pa.Table) -> Rows:
    names = [name for name in cells.column_names if name[0] == "c"]
    for batch in cells.select(names).to_batches(10_000):
        if names:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    if not names:
        yield from repeat((), cells.num_rows)


def _write_csv(job: Job, cells: pa.Table) -> None:
    with Path(job["file"]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(job["labels"])
        writer.writerows(_within(row, len(job["labels"])) for row in _rows(cells))


def _within(row: Sequence[str | None], width: int) -> Sequence[str | None]:
    """Leave out blank cells to the right of the header."""
    end = len(row)
    while end > width and not row[end - 1]:
        end -= 1
    return row[:end]


def _write_geojson(job: Job, cells: pa.Table) -> None:
    with Path(job["file"]).open("wb") as file:
        file.write(b'{"type": "FeatureCollection", "features": [')
        before = chain([b"\n"], repeat(b",\n"))
        shapes = _shapes(cells.column("geometry"), job["crs"])
        for row, shape, comma in zip(_rows(cells), shapes, before, strict=False):
            file.write(comma + orjson.dumps(_feature(job, row, shape)))
        file.write(b"\n]}\n")


def _feature(job: Job, row: Sequence[str | None], shape: str | None) -> dict[str, Any]:
    values = (_json(cell, type_) for cell, type_ in zip(row, job["types"], strict=False))
    return {
        "type": "Feature",
        "geometry": orjson.Fragment(shape) if shape else None,
        "properties": dict(zip(job["labels"], values, strict=False)),
    }


def _json(cell: str | None, type_: str) -> Any:
    """Give a cell as JSON has it: a number digit for digit, null where nothing is written."""
    if not cell:
        return None
    is_plain = type_ in PLAIN and (NUMBER.fullmatch(cell) or cell in ("true", "false"))
    return orjson.Fragment(cell) if is_plain else cell


def _shapes(wkb: pa.ChunkedArray, crs: str) -> Iterator[str | None]:
    """Give the geometries as GeoJSON in CRS84."""
    import shapely  # noqa: PLC0415 - a table needs no GEOS and no PROJ

    from validation.crs import to_lonlat  # noqa: PLC0415

    there = to_lonlat(shapely.from_wkb(wkb.to_numpy(), on_invalid="ignore"), crs)
    shapes = there.geometries
    if there.operation:
        shapes = shapely.transform(shapes, lambda numbers: numbers.round(DECIMALS))
    for shape in shapes:
        yield None if shape is None else str(shapely.to_geojson(shape))


def _write_xlsx(job: Job, cells: pa.Table) -> None:
    """Write a sheet; numbers of number columns are numbers there, all else is text."""
    from openpyxl import Workbook  # noqa: PLC0415 - only who asks for a workbook needs it
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    if cells.num_rows > MOST_ROWS:
        raise ReadingError(f"a sheet holds no more than {MOST_ROWS} rows; write csv")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Podaci")

    def cell(value: str | None, type_: str) -> Any:
        if value and type_ in ("integer", "number") and NUMBER.fullmatch(value):
            return float(value) if "." in value else int(value)
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value or ""))
        made.data_type = "s"  # a text that begins with = is no formula
        return made if value else None

    sheet.append([cell(label, "") for label in job["labels"]])
    types = [*job["types"], *repeat("", cells.num_columns)]
    for row in _rows(cells):
        sheet.append([cell(value, type_) for value, type_ in zip(row, types, strict=False)])
    book.save(job["file"])


WRITERS: Mapping[str, Callable[[Job, pa.Table], None]] = {
    "csv": _write_csv,
    "geojson": _write_geojson,
    "xlsx": _write_xlsx,
}
