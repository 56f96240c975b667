"""Shapefile, zipped: for programs that read nothing else, with what its rules cost told beside it.

Rule: Esri's white paper of 1998; dBASE names have 10 characters, its texts 254 bytes.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from datasets.model import Column
from datasets.text import ENGLISH, Text
from publish.formats import _gdal
from publish.formats._format import Format, read
from publish.formats._names import shortened
from publish.formats._selection import Selection
from publish.formats._stream import zipped

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES = 254
MOST_NUMBER = 1e23
"""More digits than the 24 characters of a number would be written as another number."""
MOST_TOTAL = 2**31 - 1
WIDTHS = {"integer": 18, "number": 24, "boolean": 1, "date": 10}
KINDS = {"points": "MultiPoint", "lines": "LineString", "polygons": "Polygon"}
HEADS = (
    Text("Колона у датотеци", {ENGLISH: "Column in the file"}),
    Text("Колона", {ENGLISH: "Column"}),
    Text("Наслов", {ENGLISH: "Title"}),
    Text("Тип", {ENGLISH: "Type"}),
)


class Shapefile(Format):
    """A zip of .shp, .shx, .dbf, .prj and .cpg (UTF-8), and a table of the shortened names.

    A Shapefile holds one kind of geometry: a layer of several becomes a Shapefile for points, one
    for lines and one for polygons. Times are text; text is cut at 254 bytes.
    """

    title = "Shapefile"
    media_type = "application/zip"
    ending = "shp.zip"

    def check(self, selection: Selection) -> None:
        """Raise ValueError for more than the 2 GB that a part of a Shapefile may have."""
        super().check(selection)
        width = sum(WIDTHS.get(column.type, 80) for column in selection.columns)
        if selection.count * width > MOST_TOTAL:
            raise ValueError(
                f"{selection.count} features do not fit into the 2 GB of a Shapefile;"
                " take gpkg, or ask for fewer with bbox or limit"
            )

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The zip; its parts are files first, since a Shapefile tells its length in front."""
        with selection.desk("file") as desk:
            for name, kind, rows in _separate(selection):
                _save(selection, desk / f"{name}.shp", kind, rows)
            paths = sorted(desk.iterdir())
            files = ((path.name, read(path)) for path in paths)
            names = (f"{selection.name}_columns.csv", iter([_names(selection)]))
            yield from zipped(iter([*files, names]))


def _separate(selection: Selection) -> "Iterator[tuple[str, str, Iterator[pa.Table]]]":
    """A name, a kind and features for each Shapefile; without a place they go with the points."""
    if selection.geometry_type != "Geometry":
        yield selection.name, selection.geometry_type, selection.tables()
        return
    for dimension, (word, kind) in enumerate(KINDS.items()):
        yield f"{selection.name}_{word}", kind, _of_dimension(selection, dimension)


def _of_dimension(selection: Selection, dimension: int) -> "Iterator[pa.Table]":
    import pyarrow as pa  # noqa: PLC0415 - large

    for rows, shapes in selection.shapes():
        dimensions = np.maximum(shapely.get_dimensions(shapes), 0)
        yield rows.filter(pa.array(dimensions == dimension))


def _save(selection: Selection, path: Path, kind: str, rows: "Iterator[pa.Table]") -> None:
    columns = selection.columns
    names = shortened([column.name for column in columns])
    schema = _gdal.schema_of(selection, [_dbase(column) for column in columns], names)
    fitted = (_fitted(table, columns, names) for table in rows)
    options = {"ENCODING": "UTF-8", "DBF_DATE_LAST_UPDATE": "2000-01-01"}
    _gdal.save(selection, path, "ESRI Shapefile", fitted, schema, kind, **options)


def _dbase(column: Column) -> Column:
    """A column in a type that dBASE has: times and lists become text."""
    kind = "string" if column.items or column.type in ("datetime", "time") else column.type
    return Column(column.name, column.title, kind)


def _fitted(rows: "pa.Table", columns: tuple[Column, ...], names: list[str]) -> "pa.Table":
    """Rows under their short names, texts cut between two characters."""
    import pyarrow as pa  # noqa: PLC0415 - large

    arrays = [_fit(rows[column.name], column.type) for column in columns]
    return pa.table([*arrays, rows["geometry"]], names=[*names, "geometry"])


def _fit(values: "pa.ChunkedArray", kind: str) -> "pa.ChunkedArray | pa.Array":
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    from datasets.typed import as_text  # noqa: PLC0415 - as above

    values = as_text(values)
    if kind in ("datetime", "time"):
        return pa.array([v and v.isoformat() for v in values.to_pylist()], pa.string())
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.less(pc.abs(values), MOST_NUMBER), values, None)
    if not pa.types.is_string(values.type):
        return values
    if (pc.max(pc.binary_length(values)).as_py() or 0) <= MOST_BYTES:
        return values
    cut = (v and v.encode()[:MOST_BYTES].decode(errors="ignore") for v in values.to_pylist())
    return pa.array(cut, pa.string())


def _names(selection: Selection) -> bytes:
    """Which short name stands for which column: CSV."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([head.said(selection.language) for head in HEADS])
    short = shortened([column.name for column in selection.columns])
    for name, column in zip(short, selection.columns, strict=True):
        table.writerow([name, column.name, selection.said(column), column.type])
    return text.getvalue().encode()
