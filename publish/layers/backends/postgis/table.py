"""The table of one layer in PostGIS: made in one transaction out of layer.parquet, never changed.

Rows have a key, an id, the columns c0, c1 …, the box and the geometry of what is shown, and the
GeoJSON Feature ready to be sent; in the order of the keys, which is that of layer.parquet.
"""

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psycopg
import pyarrow as pa
import shapely

from datasets.errors import PublishError
from datasets.model import Column
from datasets.store import Store
from publish.layers import geojson
from publish.layers.arrays import Boxes, Geometries
from publish.layers.backends.postgis.connections import (
    SCHEMA,
    Connection,
    Row,
    connect,
    named,
    sayable,
    table_of,
)
from publish.layers.build import RepeatedId
from publish.layers.geojson import FeatureId
from publish.layers.labels import in_latin, label, twin
from publish.layers.manifest import Manifest, manifest
from publish.layers.rows import every, values
from publish.layers.sqlite import MAX_INDEXED_CHARACTERS, MAX_INDEXES
from publish.layers.table import boxes

TYPES = {
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
    "string[]": 'text[] collate "C"',
    "integer[]": "bigint[]",
    "number[]": "double precision[]",
    "boolean[]": "boolean[]",
}
TEXT = 'text collate "C"'  # in the order of code points, as SQLite
WIRE = {
    "bigint": "int8",
    "double precision": "float8",
    "boolean": "bool",
    TEXT: "text",
    TYPES["string[]"]: "text[]",
    "bigint[]": "int8[]",
    "double precision[]": "float8[]",
    "boolean[]": "bool[]",
}
GRACE_S = 3600.0  # a table without a folder may be that old: its build may not have ended
CORNERS = [2, 3, 0, 1]  # a box of PostgreSQL begins with its upper right one


def keep(url: str, folder: Path) -> None:
    """Make the table of a layer's folder in a database, unless it is there."""
    made = manifest(folder)
    try:
        with contextlib.closing(connect(url, reading=False)) as connection:
            fill(connection, folder, table_of(folder))
    except RepeatedId as error:
        raise error.told(made.layer, made.id_column) from None
    except psycopg.Error as error:
        raise PublishError(f"{named(url)}: layer {made.layer} cannot be kept: {error}") from None


def fill(connection: Connection, folder: Path, table: str) -> None:
    """Make the table of a layer's folder, unless it is there; raises RepeatedId.

    Nobody sees it before it is whole: a process that dies on the way leaves nothing.
    """
    made = manifest(folder)
    with connection.transaction():
        execute(connection, "select pg_advisory_xact_lock(hashtext(%s))", table)
        if execute(connection, "select to_regclass(%s)", f"{SCHEMA}.{table}") != [(None,)]:
            return
        create(connection, made, table)
        copy(connection, folder, made, table)
        index(connection, made, table)
        note = orjson.dumps({"layer": made.layer, "sha": made.as_layer().sha, "built": time.time()})
        execute(connection, f"comment on table {SCHEMA}.{table} is {literal(note.decode())}")


def execute(connection: Connection, statement: str, *values: Any) -> list[Row]:
    """Run a statement of ours; gives its rows, if it has any."""
    cursor = connection.execute(statement, values or None)
    return cursor.fetchall() if cursor.description else []


def create(connection: Connection, made: Manifest, table: str) -> None:
    """Make the empty table.

    Features are as good as ready: they are not compressed, which takes longer than to read them.
    """
    columns = "".join(f", c{i} {kind(column)}" for i, column in enumerate(made.columns))
    execute(
        connection,
        f"create table {SCHEMA}.{table}(pk integer primary key, fid {identity(made)} not null"
        f"{columns}, latin text, area box, geom geometry(Geometry, 4326), feature bytea not null)",
    )
    for column in ("feature", "geom"):
        execute(connection, f"alter table {SCHEMA}.{table} alter {column} set storage external")


def kind(column: Column) -> str:
    """The type of a column in PostgreSQL."""
    return TYPES.get(column.type, TEXT)


def identity(made: Manifest) -> str:
    """The type of the features' ids."""
    return "bigint" if made.id_type == "integer" else TEXT


def copy(connection: Connection, folder: Path, made: Manifest, table: str) -> None:
    """Send the rows; frozen, so that an index alone can answer from the first question on."""
    kinds = [identity(made), *map(kind, made.columns)]
    types = ["int4", *(WIRE.get(each, each) for each in kinds), "text", "bytea", "bytea", "bytea"]
    statement = f"copy {SCHEMA}.{table} from stdin (format binary, freeze)"
    with connection.cursor() as cursor, cursor.copy(statement) as sent:
        sent.set_types(types)
        first = 1
        for batch in every(folder):
            for row in rows(batch, made.columns, first):
                sent.write_row(row)
            first += batch.num_rows


def rows(batch: pa.Table, columns: Sequence[Column], first: int) -> Iterator[Sequence[Any]]:
    """The rows of features with the keys `first`, `first` + 1 …, as `create` has the columns."""
    exact: Geometries = shapely.from_wkb(batch["geometry"].to_numpy(zero_copy_only=False))
    shown = geojson.rounded(exact)
    ids, told = batch["id"].to_pylist(), values(batch, columns)
    own = label(columns) if twin(columns) else None
    yield from zip(
        range(first, first + len(ids)),
        map(sayable, ids),
        *(_typed(batch[column.name], column) for column in columns),
        map(sayable, map(in_latin, batch[own.name].to_pylist())) if own else repeat(None, len(ids)),
        areas(boxes(shown)),
        drawn(shown),
        geojson.fragments(ids, shown, columns, told),
        strict=True,
    )


def _typed(column: pa.ChunkedArray, described: Column) -> Iterable[Any]:
    """The values of a column in the type it has in the table."""
    plain = column.to_pylist()
    if described.type == "time":
        return [None if moment is None else moment.isoformat() for moment in plain]
    if described.items == "string":
        return [v and [i and sayable(i) for i in v] for v in plain]
    return map(sayable, plain) if kind(described) == TEXT else plain


def areas(found: Boxes) -> list[bytes | None]:
    """Boxes as PostgreSQL takes them on the wire; a box of NaN is no geometry."""
    wire = np.ascontiguousarray(found[:, CORNERS], dtype=">f8")
    return [
        None if missing else row.tobytes()
        for row, missing in zip(wire, np.isnan(found[:, 0]), strict=True)
    ]


def drawn(shown: Geometries) -> list[bytes | None]:
    """Geometries as EWKB in two dimensions."""
    placed = shapely.set_srid(shown, 4326)
    wkb: list[bytes | None] = shapely.to_wkb(placed, output_dimension=2, include_srid=True).tolist()
    return wkb


def index(connection: Connection, made: Manifest, table: str) -> None:
    """Index what can be asked for, as layer.sqlite does; raises RepeatedId.

    Each index ends in the key, so that it gives the features it finds in their order.
    """
    place = f"{SCHEMA}.{table}"
    try:
        with connection.transaction():
            execute(connection, f"create unique index on {place}(fid)")
    except psycopg.errors.UniqueViolation:
        raise RepeatedId(repeated(connection, place)) from None
    for i in indexed(connection, made.columns, place):
        execute(connection, f"create index on {place}(c{i} nulls first, pk)")
    for i in (i for i, column in enumerate(made.columns) if column.items):
        execute(connection, f"create index on {place} using gin(c{i})")
    execute(connection, f"create index on {place} using gist(area) include (pk)")
    execute(connection, f"create index on {place} using gist(geom)")  # for filters, and for others
    execute(connection, f"analyze {place}")


def repeated(connection: Connection, place: str) -> FeatureId:
    """An id that two features have."""
    twice = f"select fid from {place} group by fid having count(*) > 1 order by fid limit 1"
    found: FeatureId = execute(connection, twice)[0][0]
    return found


def indexed(connection: Connection, columns: Sequence[Column], place: str) -> list[int]:
    """The first 16 columns whose values are short enough to be asked for."""
    texts = [i for i, column in enumerate(columns) if kind(column) == TEXT]
    longest = ", ".join(f"max(length(c{i}))" for i in texts) or "0"
    found = execute(connection, f"select {longest} from {place}")[0]
    long = {
        i for i, size in zip(texts, found, strict=False) if (size or 0) > MAX_INDEXED_CHARACTERS
    }
    single = (i for i, column in enumerate(columns) if not column.items)
    return [i for i in single if i not in long][:MAX_INDEXES]


def literal(text: str) -> str:
    """A text as it stands in a statement that takes no values."""
    said: str = psycopg.sql.Literal(text).as_string()
    return said


def drop_lost(url: str, store: Store) -> None:
    """Drop the tables whose layer is not in the store an hour after they were made.

    A process that died between the table and the folder leaves one; so does who removes a folder.
    """
    tables = (
        "select relname, obj_description(c.oid) from pg_class c"
        " where relkind = 'r' and relnamespace = %s::regnamespace"
    )
    with contextlib.closing(connect(url, reading=False)) as connection:
        for table, note in execute(connection, tables, SCHEMA):
            said = orjson.loads(note or "{}")
            is_settled = said and time.time() - said["built"] > GRACE_S
            if is_settled and not store.layer(said["layer"], said["sha"]).is_dir():
                execute(connection, f"drop table if exists {SCHEMA}.{table}")
