"""layer.sqlite: narrow attributes, ready features and an R*Tree, in a file never written again."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from datasets.model import Column
from publish.layers import rtree
from publish.layers.arrays import Boxes
from publish.layers.geojson import FeatureId, Value
from publish.layers.manifest import FORMAT

APPLICATION_ID = int.from_bytes(b"eMap")
MAX_INDEXES = 16
MAX_INDEXED_CHARACTERS = 200  # nobody asks for a paragraph by equality, and its index is a copy
PRAGMAS = ("page_size = 8192", "journal_mode = off", "synchronous = off")
SQLITE = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}


def create(path: Path, columns: Sequence[Column]) -> sqlite3.Connection:
    """Make the empty tables; one transaction is open until `finish`.

    The columns are called c0, c1 …: a name out of a file never reaches SQL. There is no journal,
    because a build that dies leaves a folder that nobody looks at.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {FORMAT}")
    attributes = "".join(f", c{i} {SQLITE.get(c.type, 'TEXT')}" for i, c in enumerate(columns))
    connection.execute("begin")
    connection.execute(
        f"create table a(pk integer primary key, fid{attributes},"
        " xmin real, ymin real, xmax real, ymax real)"
    )
    connection.execute("create table f(pk integer primary key, feature blob)")
    for i in lists(columns):
        connection.execute(
            f"create table l{i}(item, pk integer, primary key(item, pk)) without rowid"
        )
    connection.execute("create virtual table rt using rtree(pk, xmin, xmax, ymin, ymax)")
    return connection


def lists(columns: Sequence[Column]) -> list[int]:
    """The columns of lists, whose items lie in l0, l1 … with the keys of the features."""
    return [i for i, column in enumerate(columns) if column.items]


def insert_items(
    connection: sqlite3.Connection,
    first: int,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
) -> None:
    """Add the items of lists, by which filters find the features with the keys `first` and on."""
    for i in lists(columns):
        found = ((item, pk) for pk, row in enumerate(rows, first) for item in _items(row[i]))
        connection.executemany(f"insert or ignore into l{i} values(?, ?)", found)


def _items(text: Value) -> list[Value]:
    if text is None:
        return []
    return [item for item in orjson.loads(str(text)) if item is not None]


def insert(
    connection: sqlite3.Connection,
    first: int,
    ids: Sequence[FeatureId],
    rows: Sequence[Sequence[Value]],
    found: Boxes,
    features: Iterable[bytes],
) -> None:
    """Add features with the keys `first`, `first` + 1 …; a box of NaN is no geometry.

    Their boxes go into the R*Tree all at once, by `finish`.
    """
    keys = range(first, first + len(ids))
    corners = found.tolist()  # SQLite stores NaN as NULL
    attributes = (
        (pk, fid, *row, *box) for pk, fid, row, box in zip(keys, ids, rows, corners, strict=True)
    )
    marks = ",".join("?" * (len(rows[0]) + 6))
    connection.executemany(f"insert into a values({marks})", attributes)
    connection.executemany("insert into f values(?, ?)", zip(keys, features, strict=True))


def finish(
    connection: sqlite3.Connection, columns: Sequence[Column], boxes: rtree.Single
) -> FeatureId | None:
    """Index and commit; gives an id that two features have, or None when the file is good.

    `boxes` are those of all features that have a geometry, as `rtree.outwards` gives them.
    """
    try:
        connection.execute("create unique index i_fid on a(fid)")
    except sqlite3.IntegrityError:
        twice = connection.execute("select fid from a group by fid having count(*) > 1 limit 1")
        repeated: FeatureId = twice.fetchone()[0]
        return repeated
    rtree.pack(connection, boxes)
    for i in _indexed(connection, columns):
        connection.execute(f"create index i_c{i} on a(c{i})")
    connection.execute("analyze")
    connection.execute("commit")
    return None


def _indexed(connection: sqlite3.Connection, columns: Sequence[Column]) -> list[int]:
    """The first 16 columns whose values are short enough to be asked for."""
    short = []
    for i, column in enumerate(columns):
        if column.items:  # nobody asks for a whole list
            continue
        if column.type == "string":
            longest = connection.execute(f"select max(length(c{i})) from a").fetchone()[0]
            if longest is not None and longest > MAX_INDEXED_CHARACTERS:
                continue
        short.append(i)
    return short[:MAX_INDEXES]
