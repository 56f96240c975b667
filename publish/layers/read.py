"""Reading a layer.sqlite: features, one feature, counts."""

import contextlib
import functools
import sqlite3
import threading
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely

from datasets.errors import PublishError
from datasets.model import BBox
from publish.cql2.functions import teach
from publish.layers import search as sql
from publish.layers.features import (
    MAX_INTEGER,
    TIMEOUT_S,
    Features,
    Keys,
    Page,
    check_page,
    counts,
    identity,
)
from publish.layers.geojson import FeatureId, Value
from publish.layers.integrity import Seen, whole
from publish.layers.manifest import FORMAT, SQLITE
from publish.layers.query import Query
from publish.layers.sqlite import APPLICATION_ID

MOST_BYTES = 2**28
"""Of one value, so of the features of a page joined."""
MAX_OPEN = 16
"""Files a thread holds open: 40 threads of a server stay below 1,024 handles."""


class Connections(OrderedDict[tuple[Path, Seen | None], sqlite3.Connection]):
    """The open layers of one thread, the longest unused first; all are closed with the thread."""

    def take(self, folder: Path) -> sqlite3.Connection:
        """The connection of a folder, opened if need be; one too many closes the oldest.

        Raises BrokenLayer when the file is not the one that was built.
        """
        file = folder, whole(folder, SQLITE)  # one that was built again is another file
        if file not in self:
            self[file] = _connect(folder)
        self.move_to_end(file)
        while len(self) > MAX_OPEN:
            self.popitem(last=False)[1].close()
        return self[file]

    def __del__(self) -> None:
        for connection in self.values():
            connection.close()


class _Own(threading.local):
    def __init__(self) -> None:
        self.connections = Connections()


_own = _Own()


def open_layer(folder: Path) -> sqlite3.Connection:
    """The read-only connection of this thread to a layer's folder.

    Use it at once and do not keep it: after 16 other layers it is closed. The file is taken as
    immutable, so a folder must never change after its rename. Raises PublishError naming it.
    """
    return _own.connections.take(folder)


def _connect(folder: Path) -> sqlite3.Connection:
    path = folder / SQLITE
    address = f"file:{urllib.parse.quote(str(path))}?mode=ro&immutable=1"
    try:
        # another thread may close it: the one that collects a dead thread's garbage
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, isolation_level=None
        )
    except sqlite3.Error as error:
        raise PublishError(f"layer {folder.name}: layer.sqlite: {error}") from None
    try:
        _tune(connection)
    except (sqlite3.Error, ValueError) as error:
        connection.close()
        raise PublishError(f"layer {folder.name}: layer.sqlite is not ours: {error}") from None
    return connection


def _tune(connection: sqlite3.Connection) -> None:
    for pragma in ("query_only = on", "trusted_schema = off", "mmap_size = 1073741824"):
        connection.execute(f"pragma {pragma}")
    (application,) = connection.execute("pragma application_id").fetchone()
    (version,) = connection.execute("pragma user_version").fetchone()
    if (application, version) != (APPLICATION_ID, FORMAT):
        raise ValueError(f"store format {application:x}/{version}, this program reads {FORMAT}")
    connection.create_function("touches", 5, _touches, deterministic=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    teach(connection)


def _touches(fragment: bytes, west: float, south: float, east: float, north: float) -> bool:
    """Whether a feature's geometry and a box have a point in common."""
    geometry = shapely.from_geojson(fragment)
    return bool(shapely.intersects(geometry, _rectangle(west, south, east, north)))


@functools.lru_cache(64)
def _rectangle(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """The box as a geometry, which a box without width or height is too."""
    return shapely.MultiPoint([(west, south), (east, north)]).envelope


@contextlib.contextmanager
def _limited(folder: Path, timeout_s: float) -> Iterator[sqlite3.Connection]:
    """Lend the connection for one statement that may run so long; raises TimeoutError.

    What counts is the time of the processor: on a busy machine a question that costs little would
    else be given up and asked again. Raises ValueError for a page of more bytes than one may have.
    """
    connection, steps = open_layer(folder), OFTEN if timeout_s < 1 else SELDOM
    end = time.thread_time() + timeout_s
    connection.set_progress_handler(lambda: time.thread_time() > end, steps)
    try:
        yield connection
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TimeoutError(f"layer {folder.name}: no answer within {timeout_s} s") from None
    except sqlite3.DataError:
        raise ValueError(
            "limit: so many features are too large for a page; ask for fewer"
        ) from None
    finally:
        connection.set_progress_handler(None, 0)


SELDOM, OFTEN = 10_000, 500
"""Steps of SQLite between looks at the clock; in some hundred of them lie many geometries."""
FETCHED = 1000
"""Candidates that are read before it is looked whether they are too many."""
FRAGMENTS = " cross join f on f.pk = s.pk"
BOXED = (
    "with s as materialized (select pk from rt where xmax >= :w and xmin <= :e"
    " and ymax >= :s and ymin <= :n order by pk limit -1)"
    " select {} from s cross join a on a.pk = s.pk{}"
    " where a.xmax >= :w and a.xmin <= :e and a.ymax >= :s and a.ymin <= :n limit :limit"
)


class SqliteFeatures(Features):
    """The features of a layer's folder that has a layer.sqlite."""

    def page(
        self,
        query: Query,
        *,
        after: int | None = None,
        offset: int = 0,
        limit: int,
        timeout_s: float = TIMEOUT_S,
    ) -> list[tuple[int, bytes]]:
        """Key and fragment of the features that match."""
        check_page(query, offset, after, limit)
        start = after or 0
        if query == Query():  # keys are 1, 2, 3 …: an offset is a key
            start, offset = min(start + offset, MAX_INTEGER), 0
        statement, bound = sql.select(query, self.manifest, start)
        with _limited(self.folder, timeout_s) as connection:
            page = {**bound, "limit": limit, "offset": offset}
            return connection.execute(statement, page).fetchall()

    def joined(
        self,
        query: Query,
        *,
        after: int | None = None,
        offset: int = 0,
        limit: int,
        timeout_s: float = TIMEOUT_S,
    ) -> Page:
        """A page, and how many match: of one search where nobody has counted them yet."""
        check_page(query, offset, after, limit)
        known = self.known(query)
        every = known is None and after is None and not query.sort
        before, limit = offset, min(limit, MAX_INTEGER - 1)
        if query == Query():  # keys are 1, 2, 3 …: an offset is a key
            after, before = min((after or 0) + offset, MAX_INTEGER), 0
        statement, bound = sql.joined(query, self.manifest, after or 0, every=every)
        part = {"most": -1, "start": 0, "offset": before}
        if not every:
            part = {"most": limit + 1, "start": before, "offset": 0}
        with _limited(self.folder, timeout_s) as connection:
            asked = {**bound, **part, "limit": limit}
            row = connection.execute(statement, asked).fetchone()
        found, returned, last, features = row
        if every:
            known, follows = found, before + returned < found
            counts.keep((self.folder, query.digest), found)
        else:
            known = self.count(query, timeout_s=timeout_s) if known is None else known
            follows = found > limit
        return Page(known, returned, last if follows else None, features or b"")

    def counted(self, query: Query, timeout_s: float) -> int:
        """How many features match, by looking."""
        statement, bound = sql.count(query, self.manifest)
        with _limited(self.folder, timeout_s) as connection:
            return int(connection.execute(statement, bound).fetchone()[0])

    def keys(self, query: Query, *, timeout_s: float = TIMEOUT_S) -> Keys:
        """The keys of all features that match."""
        statement, bound = sql.keys(query, self.manifest)
        with _limited(self.folder, timeout_s) as connection:
            rows = connection.execute(statement, {**bound, "limit": -1, "offset": 0})
            return np.fromiter((key for (key,) in rows), dtype=np.int64)

    def feature(self, fid: str) -> bytes | None:
        """One feature by its id."""
        key = identity(fid, self.manifest.id_type)
        if key is None:
            return None
        row = open_layer(self.folder).execute(
            "select f.feature from a cross join f on f.pk = a.pk where a.fid = ?", (key,)
        )
        found: tuple[bytes] | None = row.fetchone()
        return None if found is None else found[0]

    def candidates(
        self, bbox: BBox, most: int, most_bytes: int
    ) -> Sequence[tuple[FeatureId, bytes, *tuple[Value, ...]]] | None:
        """Id, fragment and attributes of all features whose box touches a box."""
        width = len(self.manifest.columns)
        attributes = "".join(f", a.c{i}" for i in range(width))
        statement = BOXED.format(f"a.fid, f.feature{attributes}", FRAGMENTS)
        found: list[tuple[FeatureId, bytes, *tuple[Value, ...]]] = []
        size_bytes = 0
        with _limited(self.folder, TIMEOUT_S) as connection:
            rows = connection.execute(statement, _box(bbox, most + 1))
            while some := rows.fetchmany(FETCHED):
                found += some
                size_bytes += sum(len(fragment) for _, fragment, *_ in some)
                if len(found) > most or size_bytes > most_bytes:
                    return None
        return found


def _box(bbox: BBox, limit: int) -> Mapping[str, Value]:
    return {**dict(zip("wsen", bbox, strict=True)), "limit": limit}
