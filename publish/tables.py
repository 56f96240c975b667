"""The typed table of a published resource, kept as Parquet."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from datasets.model import Column
from datasets.store import Store
from datasets.typed import GEOMETRY, ROW, SAID


def is_spatial(table: Path) -> bool:
    """Tell whether a typed table has geometries: those of the file, or points made of columns."""
    with pa.memory_map(str(table)) as source:
        return GEOMETRY in pa.ipc.open_file(source).schema.names


def columns(table: Path) -> list[Column]:
    """The columns of a typed table, as Arrow IPC or as Parquet, but for its geometry."""
    with table.open("rb") as file:
        is_arrow = file.read(6) == b"ARROW1"
    if not is_arrow:
        return _columns(pq.read_schema(table))
    with pa.memory_map(str(table)) as source:
        return _columns(pa.ipc.open_file(source).schema)


def _columns(schema: pa.Schema) -> list[Column]:
    return [Column(**each) for each in json.loads(schema.metadata[SAID])["columns"]]


def keep(table: Path, store: Store) -> str:
    """Keep a typed table (Arrow IPC) as a Parquet blob; gives its sha256."""
    with pa.memory_map(str(table)) as source:
        typed = pa.ipc.open_file(source).read_all()
        attributes = typed.drop_columns(
            [name for name in (ROW, GEOMETRY) if name in typed.column_names]
        )
        with store.desk("table") as into:
            path = into / "table.parquet"
            pq.write_table(attributes, path, compression="zstd", row_group_size=10_000)
            return store.keep_file(path)[0]
