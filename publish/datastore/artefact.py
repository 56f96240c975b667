"""The table of a published version: built once from its Parquet blob, never written again.

It lies beside the blob under the blob's hash, so equal tables of many versions are one file.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datasets.errors import PublishError
from datasets.store import Store
from datasets.typed import SAID, as_text
from publish.datastore import table
from publish.datastore.fields import Field
from publish.datastore.table import About, Row

FILE = "table.sqlite"
TYPES = {
    "integer": "int8",
    "number": "float8",
    "boolean": "bool",
    "date": "date",
    "datetime": "timestamp",
    "time": "time",
    "string[]": "_text",
    "integer[]": "_int8",
    "number[]": "_float8",
    "boolean[]": "_bool",
}
"""Types of the datastore by those of Table Schema; all others are text."""

MAX_INDEXES = 16
MAX_INDEXED_CHARACTERS = 200  # nobody asks for a paragraph by equality, and its index is a copy
_building = threading.Lock()


def ensure(store: Store, sha256: str) -> Path:
    """Give the table of a Parquet blob, built now where it is not there.

    Raises NotFound without the blob, PublishError when it cannot be written: a full disk.
    """
    place = store.table(f"{sha256}-{table.FORMAT}")
    if not (place / FILE).is_file():
        with _building:  # who waited finds it there
            if not (place / FILE).is_file():
                with store.desk("datastore") as into:
                    _build(store.blob(sha256), into / FILE)
                    store.adopt(into, place)
    return place / FILE


def _build(parquet: Path, path: Path) -> None:
    try:
        build(parquet, path)
    except sqlite3.OperationalError as error:
        raise PublishError(f"the table of {parquet.name[:12]} cannot be written: {error}") from None


def build(parquet: Path, path: Path) -> None:
    """Write the table of a Parquet file: rows as they stand, from `_id` 1, indexed to be asked."""
    with pq.ParquetFile(parquet) as source:
        columns = json.loads(source.schema_arrow.metadata[SAID])["columns"]
        key = json.loads(source.schema_arrow.metadata[SAID])["primary_key"]
        fields = tuple(_field(column) for column in columns)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for pragma in ("page_size = 8192", "journal_mode = off", "synchronous = off"):
                connection.execute(f"pragma {pragma}")
            connection.execute("begin")
            made = About(fields, tuple(key))
            table.create(connection, made)
            names = [column["name"] for column in columns]
            made = table.insert(connection, made, _rows(source, names))
            table.remember(connection, made)
            _finish(connection, fields)


def _field(column: dict[str, Any]) -> Field:
    title = column["title"]
    info = {"label": title} if title and title != column["name"] else {}
    return Field(column["name"], TYPES.get(column["type"], "text"), info)


def _rows(source: pq.ParquetFile, names: Sequence[str]) -> Iterator[Row]:
    for i in range(source.num_row_groups):
        group = source.read_row_group(i)
        yield from zip(*(_values(group.column(name)) for name in names), strict=True)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column as they are kept: a list as JSON; what is no number is none."""
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
    values: list[Any] = as_text(column).to_pylist()
    if pa.types.is_temporal(kind):
        return [None if value is None else value.isoformat() for value in values]
    return values


def _finish(connection: sqlite3.Connection, fields: Sequence[Field]) -> None:
    """Index the first short columns, merge the words, commit."""
    indexed = 0
    for i, each in enumerate(fields):
        if indexed == MAX_INDEXES:
            break
        if each.type == "text" or each.type[0] == "_":
            longest = connection.execute(f"select max(length(c{i})) from t").fetchone()[0]
            if longest is not None and longest > MAX_INDEXED_CHARACTERS:
                continue
        connection.execute(f"create index i_c{i} on t(c{i})")
        indexed += 1
    if fields:
        connection.execute("insert into words(words) values('optimize')")
    connection.execute("analyze")
    connection.execute("commit")
