"""Reading a layer: features, one feature, counts; what the OGC APIs and the pages share."""

import contextlib
import functools
import re
import sqlite3
import threading
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import shapely

from datasets.errors import PublishError
from datasets.model import BBox
from publish.layers import query as sql
from publish.layers.geojson import FeatureId, Value
from publish.layers.manifest import FORMAT, manifest
from publish.layers.query import Query
from publish.layers.sqlite import APPLICATION_ID

__all__ = ["candidates", "count", "feature", "features", "manifest", "open_layer", "page"]

MAX_OPEN = 16
"""Files a thread holds open: 40 threads of a server stay below 1,024 handles."""
TIMEOUT_S = 5.0
MAX_INTEGER = 2**63 - 1


class Connections(OrderedDict[Path, sqlite3.Connection]):
    """The open layers of one thread, the longest unused first; all are closed with the thread."""

    def take(self, folder: Path) -> sqlite3.Connection:
        """The connection of a folder, opened if need be; one too many closes the oldest."""
        if folder not in self:
            self[folder] = _connect(folder)
        self.move_to_end(folder)
        while len(self) > MAX_OPEN:
            self.popitem(last=False)[1].close()
        return self[folder]

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
    path = folder / "layer.sqlite"
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
    """Lend the connection for one statement that may run so long; raises TimeoutError."""
    connection = open_layer(folder)
    end = time.monotonic() + timeout_s
    connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        yield connection
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TimeoutError(f"layer {folder.name}: no answer within {timeout_s} s") from None
    finally:
        connection.set_progress_handler(None, 0)


def features(
    folder: Path,
    *,
    bbox: BBox | None = None,
    equal: Sequence[tuple[str, str]] = (),
    sort: Sequence[str] = (),
    offset: int = 0,
    after: int | None = None,
    limit: int,
    timeout_s: float = TIMEOUT_S,
) -> list[bytes]:
    """Features that match, each a GeoJSON Feature ready to be sent, in an order that never changes.

    A `bbox` finds what its geometry touches, and features without geometry; west > east crosses
    the antimeridian. `equal` are column and value as an address says them; `sort` are columns,
    `-` before one for descending. Raises ValueError naming the wrong value, TimeoutError.
    """
    found = page(
        folder,
        bbox=bbox,
        equal=equal,
        sort=sort,
        offset=offset,
        after=after,
        limit=limit,
        timeout_s=timeout_s,
    )
    return [fragment for _, fragment in found]


def page(
    folder: Path,
    *,
    bbox: BBox | None = None,
    equal: Sequence[tuple[str, str]] = (),
    sort: Sequence[str] = (),
    offset: int = 0,
    after: int | None = None,
    limit: int,
    timeout_s: float = TIMEOUT_S,
) -> list[tuple[int, bytes]]:
    """As `features`, with the key of each: the last one is the `after` of the next page.

    `after` costs the same on every page, `offset` more with each; they add up. With `sort` there
    is only `offset`.
    """
    _check_page(sort, offset, after, limit)
    known = manifest(folder)
    query, start = sql.ask(known, bbox, equal, sort), after or 0
    if query == Query():  # keys are 1, 2, 3 …: an offset is a key
        start, offset = min(start + offset, MAX_INTEGER), 0
    statement, bound = sql.select(query, known, start)
    with _limited(folder, timeout_s) as connection:
        return connection.execute(statement, {**bound, "limit": limit, "offset": offset}).fetchall()


def _check_page(sort: Sequence[str], offset: int, after: int | None, limit: int) -> None:
    for name, number in (("offset", offset), ("limit", limit), ("after", after or 0)):
        if not 0 <= number <= MAX_INTEGER:
            raise ValueError(f"{name}: {number} is not between 0 and {MAX_INTEGER}")
    if sort and after is not None:
        raise ValueError("after: goes with the layer's own order only; use offset with sort")


def count(
    folder: Path,
    *,
    bbox: BBox | None = None,
    equal: Sequence[tuple[str, str]] = (),
    timeout_s: float = TIMEOUT_S,
) -> int:
    """How many features match; asked once, since the file never changes. Raises as `features`."""
    known = manifest(folder)
    query = sql.ask(known, bbox, equal)
    return known.features if query == Query() else _count(folder, query, timeout_s)


@functools.lru_cache(10_000)
def _count(folder: Path, query: Query, timeout_s: float) -> int:
    statement, bound = sql.count(query, manifest(folder))
    with _limited(folder, timeout_s) as connection:
        return int(connection.execute(statement, bound).fetchone()[0])


def feature(folder: Path, fid: str) -> bytes | None:
    """One feature by its id as it stands in an address; None where there is none.

    An integer id has one spelling: `7` is found, `07` and `+7` are not.
    """
    key: FeatureId = fid
    if manifest(folder).id_type == "integer":
        if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", fid) or abs(int(fid)) > MAX_INTEGER:
            return None
        key = int(fid)
    row = open_layer(folder).execute(
        "select f.feature from a cross join f on f.pk = a.pk where a.fid = ?", (key,)
    )
    found: tuple[bytes] | None = row.fetchone()
    return None if found is None else found[0]


FRAGMENTS = " cross join f on f.pk = s.pk"
BOXED = (
    "with s as materialized (select pk from rt where xmax >= :w and xmin <= :e"
    " and ymax >= :s and ymin <= :n order by pk limit -1)"
    " select {} from s cross join a on a.pk = s.pk{}"
    " where a.xmax >= :w and a.xmin <= :e and a.ymax >= :s and a.ymin <= :n limit :limit"
)


def touching(folder: Path, bbox: BBox, limit: int) -> tuple[int, int]:
    """How many features have a box that touches a box, up to a limit, and their bytes."""
    sizes = BOXED.format("length(f.feature) size", FRAGMENTS)
    statement = f"select count(*), coalesce(sum(size), 0) from ({sizes})"
    with _limited(folder, TIMEOUT_S) as connection:
        features, size_bytes = connection.execute(statement, _box(bbox, limit)).fetchone()
    return features, size_bytes


def candidates(folder: Path, bbox: BBox, limit: int) -> list[tuple[FeatureId, bytes, list[Value]]]:
    """Id, fragment and attributes of features whose box touches a box: what a tile is made of."""
    width = len(manifest(folder).columns)
    attributes = "".join(f", a.c{i}" for i in range(width))
    statement = BOXED.format(f"a.fid, f.feature{attributes}", FRAGMENTS)
    with _limited(folder, TIMEOUT_S) as connection:
        rows = connection.execute(statement, _box(bbox, limit)).fetchall()
    return [(fid, fragment, list(values)) for fid, fragment, *values in rows]


def _box(bbox: BBox, limit: int) -> Mapping[str, Value]:
    return {**dict(zip("wsen", bbox, strict=True)), "limit": limit}
