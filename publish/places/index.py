"""The file of all names: which layer says them, their words, and the words' misspellings.

It holds nothing that is not in the layers, so it may go at any time: what is missing is read again.
A layer never changes and is known here by its hash. What is public is not said here: who asks names
the layers, so that a dataset's names come and go with the one pointer that all surfaces read.
"""

import contextlib
import sqlite3
import threading
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import shapely

from datasets.errors import PublishError
from datasets.model import Layer
from datasets.store import Store
from publish.layers.features import Features
from publish.places.mistakes import pieces
from publish.places.naming import Naming
from publish.places.spelling import words

FORMAT = 1
"""Of the file, and part of its name: another format begins anew."""
AT_ONCE = 2000  # features that are read and written together
WAIT_S = 60.0  # for another process that writes
TABLES = """
create table if not exists layer(
    number integer primary key autoincrement, id text, dataset text, sha text unique);
create table if not exists place(
    pk integer primary key autoincrement, layer integer, fid, name text, place text, folded text,
    beside text, west real, south real, east real, north real);
create index if not exists place_folded on place(folded, layer, name);
create index if not exists place_layer on place(layer);
create virtual table if not exists said using fts5(
    folded, beside, content='place', content_rowid='pk', columnsize=0, detail=column,
    prefix='2 3', tokenize='unicode61 remove_diacritics 0');
create table if not exists word(pk integer primary key, word text unique);
create table if not exists piece(piece text, word integer, primary key(piece, word)) without rowid;
"""

type Said = tuple[str | int, str, str, str, str]
"""Id, name, place, and the words of both."""
type Row = tuple[int, str | int, str, str, str, str, float, float, float, float]


class Index:
    """The index of a state folder; any thread of any process may ask it while another writes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.path = store.places() / f"names-{FORMAT}.sqlite"
        self._own = threading.local()

    def known(self, layers: Sequence[Layer]) -> Mapping[str, int]:
        """The numbers of those layers whose names are here, by hash."""
        asked = orjson.dumps([layer.sha for layer in layers]).decode()
        found = self.reading().execute(
            "select sha, number from layer where sha in (select value from json_each(?))", (asked,)
        )
        return dict(found.fetchall())

    def reading(self) -> sqlite3.Connection:
        """The connection of this thread; raises PublishError where the file cannot be read."""
        with self._told():
            seen = self._seen()
            if getattr(self._own, "seen", None) != seen or seen is None:
                self._own.connection = self._connected(query_only=True)
                self._own.seen = self._seen()
        connection: sqlite3.Connection = self._own.connection
        return connection

    def _seen(self) -> int | None:
        """Which file it is; None where there is none."""
        try:
            return int(self.path.stat().st_ino)
        except OSError:
            return None

    def _connected(self, *, query_only: bool) -> sqlite3.Connection:
        """Open the file, and make it if it is not there."""
        self.path.parent.mkdir(exist_ok=True)
        address = f"file:{urllib.parse.quote(str(self.path))}"
        connection = sqlite3.connect(
            address, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False
        )
        (there,) = connection.execute("pragma user_version").fetchone()
        if there != FORMAT:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(f"begin immediate; {TABLES} pragma user_version = {FORMAT};")
            connection.execute("commit")
        connection.execute("pragma synchronous = normal")  # what is lost is read again
        connection.execute(f"pragma query_only = {int(query_only)}")
        connection.execute("pragma mmap_size = 268435456")
        return connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it or nothing."""
        with self._told(), contextlib.closing(self._connected(query_only=False)) as connection:
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            finally:
                if connection.in_transaction:
                    connection.execute("rollback")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say of a fault where it is; a file that is none of ours is begun anew next time."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise PublishError(f"names of places: {self.path}: {error}") from None
            for ending in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
            raise PublishError(f"names of places: {self.path}: {error}; it is made anew") from None

    def keep(self, layer: Layer, features: Features) -> None:
        """Take in the names of a layer; harmless when they are here. Raises PublishError."""
        naming = Naming.of(layer.columns)
        with self._writing() as connection:
            number = _numbered(connection, layer)
            if number is None:
                return
            seen: set[str] = set()
            for rows in _rows(features, naming) if naming.named else ():
                _insert(connection, number, rows, seen)

    def forget(self, dataset: str, but: Sequence[Layer] = ()) -> None:
        """Take out the names of a dataset's layers, but for these. Raises PublishError."""
        if not self.path.is_file():
            return
        kept = {layer.sha for layer in but}
        found = self.reading().execute(
            "select number, sha from layer where dataset = ?", (dataset,)
        )
        gone = [number for number, sha in found.fetchall() if sha not in kept]
        if gone:
            with self._writing() as connection:
                for number in gone:
                    _delete(connection, number)


def _numbered(connection: sqlite3.Connection, layer: Layer) -> int | None:
    """The number of a layer that is new here; None where another was sooner."""
    made = connection.execute(
        "insert or ignore into layer(id, dataset, sha) values(?, ?, ?)",
        (layer.id, layer.dataset, layer.sha),
    )
    return made.lastrowid if made.rowcount else None


def _rows(features: Features, naming: Naming) -> Iterator[list[Row]]:
    """The features that have a name and a place, some thousands at a time."""
    after, placed = 0, features.manifest.with_geometry  # those without a place come last
    while after < placed:
        page = features.page(features.ask(), after=after, limit=min(AT_ONCE, placed - after))
        after = page[-1][0]
        boxes = shapely.bounds(shapely.from_geojson([fragment for _, fragment in page]))
        yield [
            (key, *said, *box)
            for (key, fragment), box in zip(page, boxes.tolist(), strict=True)
            if (said := _named(orjson.loads(fragment), naming))
        ]


def _named(feature: Mapping[str, Any], naming: Naming) -> Said | None:
    """What is kept of a feature; None for one without a name."""
    properties: Mapping[str, Any] = feature["properties"]
    name = naming.name(properties)
    folded = words(name)
    if not folded:
        return None
    place = naming.where_it_is(properties)
    beside = dict.fromkeys([*words(place), *words(naming.also(properties))])
    others = [word for word in beside if word not in folded]
    return feature["id"], name, place, " ".join(folded), " ".join(others)


def _insert(
    connection: sqlite3.Connection, number: int, rows: Sequence[Row], seen: set[str]
) -> None:
    """Add places; `seen` are the words that were added with this layer."""
    first = _next(connection)
    connection.executemany(
        "insert into place values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(first + i, number, *row[1:]) for i, row in enumerate(rows)],
    )
    connection.executemany(
        "insert into said(rowid, folded, beside) values(?, ?, ?)",
        [(first + i, row[4], row[5]) for i, row in enumerate(rows)],
    )
    new = {word for row in rows for text in row[4:6] for word in text.split()} - seen
    seen |= new
    for word in new:
        _learn(connection, word)


def _next(connection: sqlite3.Connection) -> int:
    (last,) = connection.execute("select coalesce(max(pk), 0) from place").fetchone()
    return int(last) + 1


def _learn(connection: sqlite3.Connection, word: str) -> None:
    """Keep a word under its pieces, if it is new and has any."""
    if not (under := pieces(word)):
        return
    made = connection.execute("insert or ignore into word(word) values(?)", (word,))
    if made.rowcount:
        rows = [(piece, made.lastrowid) for piece in under]
        connection.executemany("insert or ignore into piece values(?, ?)", rows)


def _delete(connection: sqlite3.Connection, number: int) -> None:
    """Take a layer out; words stay, they name nobody without a place."""
    connection.execute(
        "insert into said(said, rowid, folded, beside)"
        " select 'delete', pk, folded, beside from place where layer = ?",
        (number,),
    )
    connection.execute("delete from place where layer = ?", (number,))
    connection.execute("delete from layer where number = ?", (number,))
