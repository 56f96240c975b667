"""The file of a table: rows in `t`, their words in folded form in `words`, what it is in `about`.

Columns are called c0, c1 …: a name that somebody chose never reaches the SQL that we write.
"""

import functools
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from datasets.errors import NotFound
from datasets.serbian import ABECEDA, AZBUKA, fold
from publish.datastore.fields import Field, Value, declared

_DJ = re.compile("dj+")
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:)")
FORMAT = 1
APPLICATION_ID = int.from_bytes(b"eMtb")
BUSY_S = 20.0
SECONDS = 30.0
STEPS = 100_000  # of SQLite's machine between two looks at the clock

type Row = Sequence[Value]
"""The values of a row by field, without its `_id`."""


@dataclass(frozen=True, slots=True)
class About:
    """What a table is: its fields, its key, how many rows it has and the `_id` of the next one."""

    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    rows: int = 0
    next: int = 1
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def places(self) -> Mapping[str, int]:
        """The number of each field, by its id."""
        return {field.id: i for i, field in enumerate(self.fields)}

    def dump(self) -> bytes:
        """Write it as JSON."""
        fields = [[f.id, f.type, dict(f.info)] for f in self.fields]
        return orjson.dumps(
            {
                "fields": fields,
                "primary_key": self.primary_key,
                "rows": self.rows,
                "next": self.next,
                "indexes": self.indexes,
            }
        )

    @classmethod
    def load(cls, text: bytes) -> "About":
        """Read what `dump` wrote."""
        said = orjson.loads(text)
        return cls(
            tuple(Field(*field) for field in said["fields"]),
            tuple(said["primary_key"]),
            said["rows"],
            said["next"],
            tuple(map(tuple, said["indexes"])),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The file of a table; one that is immutable is read without locks."""

    path: Path
    immutable: bool

    @property
    def address(self) -> str:
        """The file as SQLite opens it to read."""
        return f"{self.path.as_uri()}?{'immutable=1' if self.immutable else 'mode=ro'}"


@contextmanager
def reading(place: Place, seconds: float = SECONDS) -> Iterator[sqlite3.Connection]:
    """Lend a connection that cannot write.

    Raises NotFound when the file is gone, TimeoutError when the block takes too long. It may be
    used from several threads, one after the other.
    """
    ends = time.monotonic() + seconds
    try:
        connection = sqlite3.connect(
            place.address, uri=True, timeout=BUSY_S, check_same_thread=False
        )
    except sqlite3.OperationalError:
        raise NotFound(f"datastore: there is no table {place.path.name}") from None
    with closing(connection):
        connection.execute("pragma query_only = on")
        connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
        try:
            yield connection
        except sqlite3.OperationalError as error:
            if str(error) != "interrupted":
                raise
            raise TimeoutError(f"a question to a table took longer than {seconds:.0f} s") from None


def about(connection: sqlite3.Connection) -> About:
    """What the table is."""
    return About.load(connection.execute("select said from about").fetchone()[0])


def create(connection: sqlite3.Connection, made: About) -> None:
    """Make the empty tables of a new file."""
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute(f"pragma user_version = {FORMAT}")
    columns = "".join(f", c{i} {declared(f.type)}" for i, f in enumerate(made.fields))
    connection.execute(f"create table t(_id integer primary key{columns})")
    connection.execute("create table about(said blob)")
    connection.execute("insert into about values(?)", (made.dump(),))
    create_words(connection, len(made.fields))


def create_words(connection: sqlite3.Connection, width: int) -> None:
    """Make the empty index of words; a table without fields has none."""
    if width:
        columns = ", ".join(f"c{i}" for i in range(width))
        connection.execute(
            f"create virtual table words using fts5({columns}, content='',"
            " tokenize='unicode61 remove_diacritics 0')"
        )


def remember(connection: sqlite3.Connection, said: About) -> About:
    """Write anew what the table is; gives it."""
    connection.execute("update about set said = ?", (said.dump(),))
    return said


def insert(connection: sqlite3.Connection, said: About, rows: Iterable[Row]) -> About:
    """Add rows at the end, and their words; gives what the table is now, unwritten."""
    width = len(said.fields)
    marks = ",".join("?" * (width + 1))
    names = "".join(f", c{i}" for i in range(width))
    next_id = said.next
    for part in _parts(rows):
        numbered = [(next_id + i, *row) for i, row in enumerate(part)]
        connection.executemany(f"insert into t values({marks})", numbered)
        if width:
            add = f"insert into words(rowid{names}) values({marks})"
            connection.executemany(add, map(_words, numbered))
        next_id += len(part)
    return replace(said, rows=said.rows + next_id - said.next, next=next_id)


def forget_words(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Take the words of rows (`_id` first, as they were) out of the index."""
    if not rows or len(rows[0]) == 1:
        return
    names = "".join(f", c{i}" for i in range(len(rows[0]) - 1))
    marks = ",".join("?" * len(rows[0]))
    connection.executemany(
        f"insert into words(words, rowid{names}) values('delete', {marks})", map(_words, rows)
    )


def add_words(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Put the words of rows (`_id` first) into the index."""
    if not rows or len(rows[0]) == 1:
        return
    names = "".join(f", c{i}" for i in range(len(rows[0]) - 1))
    marks = ",".join("?" * len(rows[0]))
    connection.executemany(f"insert into words(rowid{names}) values({marks})", map(_words, rows))


def _words(row: Sequence[Any]) -> tuple[Any, ...]:
    return (row[0], *(folded(v) if isinstance(v, str) else v for v in row[1:]))


_LETTERS = {ord(a): fold(a) for b in (*AZBUKA, *ABECEDA) for a in {*b, *b.upper()}}


@functools.lru_cache(1 << 16)
def folded(text: str) -> str:
    """The words of a value as they are searched: as `fold` gives them, but ten times sooner.

    What stands between words may be left in: the tokenizer takes no notice of it.
    """
    text = _MOMENT.sub(r"\1 \2", text)  # else 01T10 were one word
    plain = text.translate(_LETTERS)
    if not plain.isascii():
        return fold(text)
    plain = plain.lower()
    return _DJ.sub("d", plain) if "dj" in plain else plain


def _parts(rows: Iterable[Row], size: int = 5000) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
