"""The typed table: what validation leaves for publish, as an Arrow IPC file.

One column for each public name, typed by the schema that judged it; `ROW` says where a row stood
in the original, from 1; `GEOMETRY`, where the table is spatial, is WKB in CRS84 (lon, lat), in two
dimensions, null where there is none. The schema's metadata under `SAID` are JSON: `columns`
(name, title, type), `primary_key`, `crs`, `operation` (PROJ's name of it), `geometry_type`.
"""

import orjson
import pyarrow as pa

ROW, GEOMETRY, SAID = "__row", "__geometry", b"emap"

ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
    "string[]": pa.list_(pa.string()),
    "integer[]": pa.list_(pa.int64()),
    "number[]": pa.list_(pa.float64()),
    "boolean[]": pa.list_(pa.bool_()),
}
"""Types of columns with an Arrow type of their own; all others stay text."""


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of lists as JSON text, for what holds no lists; any other as it is.

    >>> as_text(pa.chunked_array([[["липа", "ђ"], [], None]])).to_pylist()
    ['["липа","ђ"]', '[]', None]
    """
    if not pa.types.is_list(column.type):
        return column
    said = (None if v is None else orjson.dumps(v).decode() for v in column.to_pylist())
    return pa.chunked_array([pa.array(said, pa.string())])
