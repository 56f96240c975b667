"""Typed tables as validation leaves them, and layers built of them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely

ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "time": pa.time64("us"),
}


@pytest.fixture
def typed_table(tmp_path: Path) -> Callable[..., Path]:
    """Write a typed table: geometries, and columns as {name: (type, values)}."""

    def write(
        geometries: Sequence[shapely.Geometry | None],
        columns: dict[str, tuple[str, Sequence[Any]]] | None = None,
        *,
        primary_key: Sequence[str] = (),
        geometry_type: str = "Geometry",
        name: str = "table.arrow",
    ) -> Path:
        columns = columns or {}
        said = {
            "columns": [
                {"name": n, "title": n.title(), "type": t} for n, (t, _) in columns.items()
            ],
            "primary_key": list(primary_key),
            "crs": "EPSG:4326",
            "operation": "",
            "geometry_type": geometry_type,
        }
        fields = [(n, ARROW[t]) for n, (t, _) in columns.items()]
        fields += [("__row", pa.int64()), ("__geometry", pa.binary())]
        arrays = [pa.array(v, ARROW[t]) for t, v in columns.values()]
        arrays.append(pa.array(range(1, len(geometries) + 1), pa.int64()))
        arrays.append(pa.array(shapely.to_wkb(list(geometries)), pa.binary()))
        schema = pa.schema(fields, metadata={b"emap": json.dumps(said).encode()})
        path = tmp_path / name
        with pa.ipc.new_file(path, schema) as file:
            file.write_table(pa.table(arrays, schema=schema), max_chunksize=1000)
        return path

    return write
