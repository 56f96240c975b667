"""GeoParquet: Parquet whose `geo` metadata say which column holds shapes; read without GDAL.

The metadata are a stranger's: a name in them counts only when a column bears it. Rule: GeoParquet
1.1, and 1.0 and 0.4 as far as they are the same; encodings WKB and the native ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from datasets.model import Finding
from validation.reading.canonical import table_type, texts, written
from validation.reading.cells import (
    Cells,
    Unreadable,
    bytes_left_out,
    check_width,
    empty,
    row_numbers,
)
from validation.reading.geojson import DEFAULT_CRS
from validation.reading.geometries import Geometries, decoded_one_by_one, flat, lost
from validation.reading.systems import code

BATCH_ROWS = 65_536
MOST_METADATA_BYTES = 16 << 20
NATIVE = {
    "point": 0,
    "linestring": 1,
    "multipoint": 1,
    "polygon": 2,
    "multilinestring": 2,
    "multipolygon": 3,
}
"""How many lists lie around the coordinates of each native encoding."""
MARKS = (b"geoarrow.wkb", b"ogc.wkb")


@dataclass(frozen=True, slots=True)
class Shapes:
    """The column that holds the geometries: its number, encoding and CRS, and its bounds' one."""

    column: int
    encoding: str
    crs: str
    bounds: str = ""


def is_geoparquet(path: Path) -> bool:
    """Tell whether a Parquet file says where its geometries are."""
    schema = _opened(path).schema_arrow
    return b"geo" in (schema.metadata or {}) or any(map(_marked, schema))


def read_parquet(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a Parquet file: a layer if it says where its geometries are, else a table."""
    file = _opened(path)
    shapes = _shapes(file.schema_arrow) if is_geoparquet(path) else None
    return _read(file, shapes, arguments)


def read_geoparquet(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a GeoParquet file; raises Unreadable when its metadata name no column that is there."""
    file = _opened(path)
    return _read(file, _shapes(file.schema_arrow), arguments)


def _read(file: pq.ParquetFile, shapes: Shapes | None, arguments: Mapping[str, Any]) -> Cells:
    if not file.metadata.num_rows:
        raise empty()
    check_width(len(file.schema_arrow))
    try:
        table = _table(file, arguments["inflated_bytes"])
        return _cells(table, shapes) if shapes else _attributes(table, range(table.num_columns))
    except MemoryError:  # one of Arrow's exceptions too
        raise
    except (pa.ArrowException, OSError) as error:
        raise _damaged(str(error)) from None


def _cells(table: pa.Table, shapes: Shapes) -> Cells:
    names = [name for name in table.column_names if name != shapes.bounds]
    numbers = [i for i in map(table.column_names.index, names) if i != shapes.column]
    geometries, faults = _geometries(table.column(shapes.column), shapes.encoding)
    geometry, notes = flat(geometries)
    cells = _attributes(table, numbers).and_found(*faults, *notes)
    return replace(cells, geometry=geometry, crs=shapes.crs)


def _attributes(table: pa.Table, numbers: Sequence[int]) -> Cells:
    """Make cells of the columns of these numbers, each with the type that the file has for it."""
    findings: list[Finding] = []
    names = table.column_names
    columns = [table.column(i) for i in numbers]
    return Cells(
        labels=tuple(names[i] for i in numbers),
        columns=[_texts(names[i], c, findings) for i, c in zip(numbers, columns, strict=True)],
        rows=row_numbers(range(1, table.num_rows + 1)),
        encoding="utf-8",
        types={place: _type(column.type) for place, column in enumerate(columns)},
        findings=tuple(findings),
    )


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(
            path,
            pre_buffer=False,
            thrift_string_size_limit=MOST_METADATA_BYTES,
            thrift_container_size_limit=1_000_000,
        )
    except (pa.ArrowException, OSError) as error:
        raise _damaged(str(error)) from None


def _table(file: pq.ParquetFile, inflated_bytes: int) -> pa.Table:
    """Read all rows; a column that repeats one value weighs nothing until it is spelled out."""
    batches, size = [], 0
    for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
        plain = pa.record_batch([_plain(c) for c in batch.columns], names=batch.schema.names)
        size += plain.nbytes
        if size > inflated_bytes:
            raise Unreadable("file-too-large", "the file holds more than may be read of one file")
        batches.append(plain)
    return pa.Table.from_batches(batches)


def _plain(column: pa.Array) -> pa.Array:
    """Spell out a column of which only the distinct values are kept."""
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def _shapes(schema: pa.Schema) -> Shapes:
    """Find the column of geometries: the primary one if there is such a column, else the first."""
    said = _metadata(schema)
    known = said.get("columns")
    columns = known if isinstance(known, dict) else {}
    names = [name for name in schema.names if isinstance(columns.get(name), dict)]
    if said.get("primary_column") in names:
        names.insert(0, said["primary_column"])
    if names and schema.names.count(names[0]) == 1:
        column = columns[names[0]]
        encoding = str(column.get("encoding", "WKB"))
        return Shapes(schema.names.index(names[0]), encoding, _crs(column), _bounds(column, schema))
    marked = [i for i, field in enumerate(schema) if _marked(field)]
    if marked:
        return Shapes(marked[0], "WKB", _extension_crs(schema.field(marked[0])))
    raise _damaged("its metadata name no column of geometries that is there")


def _metadata(schema: pa.Schema) -> Mapping[str, Any]:
    try:
        said = orjson.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except orjson.JSONDecodeError as error:
        raise _damaged(f"its metadata are not JSON: {error.msg}") from None
    return said if isinstance(said, dict) else {}


def _marked(field: pa.Field) -> bool:
    return (field.metadata or {}).get(b"ARROW:extension:name") in MARKS


def _crs(column: Mapping[str, Any]) -> str:
    """Give the CRS: degrees where the key is left out, unknown where it is null."""
    if "crs" not in column:
        return DEFAULT_CRS
    said = column["crs"]
    if isinstance(said, dict):
        return code(orjson.dumps(said).decode())
    return code(said) if isinstance(said, str) else ""


def _extension_crs(field: pa.Field) -> str:
    try:
        said = orjson.loads(field.metadata.get(b"ARROW:extension:metadata", b"{}") or b"{}")
    except orjson.JSONDecodeError:
        return ""
    return _crs(said) if isinstance(said, dict) else ""


def _bounds(column: Mapping[str, Any], schema: pa.Schema) -> str:
    """Give the column of bounding boxes, which says nothing new; empty where there is none."""
    try:
        name = column["covering"]["bbox"]["xmin"][0]
    except (KeyError, TypeError, IndexError):
        return ""
    is_there = isinstance(name, str) and schema.names.count(name) == 1
    return name if is_there and pa.types.is_struct(schema.field(name).type) else ""


def _geometries(column: pa.ChunkedArray, encoding: str) -> tuple[Geometries, list[Finding]]:
    kind = encoding.lower()
    binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
    if kind == "wkb" and binary:
        wkb = column.to_pylist()
        geometries = decoded_one_by_one(wkb)
        return geometries, lost(wkb, geometries)
    if kind in NATIVE and _depth(column.type) == NATIVE[kind]:
        return _native(column.combine_chunks(), kind), []
    raise _damaged(f"its geometries are in a form that is not read here: {encoding[:40]!r}")


def _depth(kind: pa.DataType) -> int:
    """Count the lists around a struct of x and y; -1 where there is none."""
    depth = 0
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, depth = kind.value_type, depth + 1
    names = [kind.field(i).name for i in range(kind.num_fields)] if pa.types.is_struct(kind) else []
    return depth if names[:2] == ["x", "y"] else -1


def _native(column: pa.Array, kind: str) -> Geometries:
    """Build geometries of lists of coordinates; missing ones are None."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    there = np.asarray(column.is_valid())
    level = column.drop_null()
    offsets: list[NDArray[np.int64]] = []
    for _ in range(NATIVE[kind]):
        offsets.append(np.cumsum([0, *level.value_lengths().fill_null(0).to_pylist()]))
        level = level.flatten()
    xy = [np.asarray(level.field(i).to_numpy(zero_copy_only=False), float) for i in (0, 1)]
    made = np.full(len(column), None, dtype=object)
    made[there] = shapely.from_ragged_array(
        GeometryType[kind.upper()], np.column_stack(xy), tuple(reversed(offsets)) or None
    )
    return made


def _texts(name: str, column: pa.ChunkedArray, findings: list[Finding]) -> pa.ChunkedArray:
    """Write a column as text; bytes are no cells."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        findings.append(bytes_left_out(name))
        return pa.chunked_array([pa.array([""] * len(column), pa.string())])
    if pa.types.is_timestamp(kind) or pa.types.is_map(kind):
        values = column.to_pylist()
        return pa.chunked_array([pa.array([_value(v) for v in values], pa.string())])
    return texts(column)


def _value(value: Any) -> str:
    return written(dict(value) if isinstance(value, list) else value)


def _type(kind: pa.DataType) -> str:
    return "number" if pa.types.is_decimal(kind) else table_type(kind)


def _damaged(detail: str) -> Unreadable:
    return Unreadable(
        "file-damaged",
        f"the GeoParquet cannot be read ({detail[:200]}); export it again",
        format="geoparquet",
        detail=detail[:200],
    )
