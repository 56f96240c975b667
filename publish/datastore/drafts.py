"""Drafts: tables that people write, one SQLite file each, changed in transactions of their own.

The file is in WAL mode, so readers see the state before or after a write, never between. What is
wrong is told in the words and keys that CKAN's clients know.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from publish.datastore import table
from publish.datastore.fields import BadValue, Field, Value, declared, kept
from publish.datastore.filters import Condition
from publish.datastore.table import BUSY_S, About

type Record = Mapping[str, Any]


class BadRecords(ValueError):
    """Records that cannot be written; `errors` is what CKAN tells, by key."""

    def __init__(self, **errors: Any) -> None:
        super().__init__(str(errors))
        self.errors = errors


def begin(path: Path, said: About) -> None:
    """Write the file of an empty table in the place of whatever a killed process left there."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("begin immediate")
        table.create(connection, said)
        connection.execute("commit")


def begin_from(path: Path, artefact: Path) -> None:
    """Begin a draft with the rows of a published table."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(artefact, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        _index_key(connection, table.about(connection))


def remove(path: Path) -> None:
    """Take a draft's file away, with what SQLite keeps beside it; harmless when it is gone."""
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        each.unlink(missing_ok=True)


@contextmanager
def writing(path: Path, *, dry: bool = False) -> Iterator[sqlite3.Connection]:
    """Lend a connection in a transaction: all of the block is kept, or nothing, as when `dry`."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)) as connection:
        connection.execute("pragma synchronous = full")
        connection.execute("begin immediate")
        yield connection
        connection.execute("rollback" if dry else "commit")


def extend(connection: sqlite3.Connection, said: About, fields: Sequence[Field]) -> About:
    """Add fields at the end; rows have nothing there yet."""
    if not fields:
        return said
    for i, field in enumerate(fields, len(said.fields)):
        connection.execute(f"alter table t add column c{i} {declared(field.type)}")
    made = replace(said, fields=(*said.fields, *fields))
    connection.execute("drop table if exists words")
    table.create_words(connection, len(made.fields))
    _reword(connection, made)
    return made


def _reword(connection: sqlite3.Connection, said: About) -> None:
    """Index the words of all rows anew."""
    cursor = connection.execute(f"select {_columns(said)} from t order by _id")
    while rows := cursor.fetchmany(5000):
        table.add_words(connection, rows)


def narrow(connection: sqlite3.Connection, said: About, keep: Sequence[str]) -> About:
    """Leave out all fields but some, in a new order."""
    places = said.places
    old = [places[name] for name in keep]
    fields = tuple(said.fields[i] for i in old)
    columns = "".join(f", c{i} {declared(f.type)}" for i, f in enumerate(fields))
    chosen = "".join(f", c{i}" for i in old)
    connection.execute("drop table if exists words")
    connection.execute("alter table t rename to former")
    connection.execute(f"create table t(_id integer primary key{columns})")
    connection.execute(f"insert into t select _id{chosen} from former")
    connection.execute("drop table former")
    key = said.primary_key if set(said.primary_key) <= set(keep) else ()
    indexes = tuple(index for index in said.indexes if set(index) <= set(keep))
    made = replace(said, fields=fields, primary_key=key, indexes=indexes)
    table.create_words(connection, len(fields))
    _reword(connection, made)
    index(connection, made)
    return made


def index(connection: sqlite3.Connection, said: About) -> None:
    """Make the indexes that a table is said to have; raises BadRecords for keys that repeat."""
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'index' and name like 'i!_%' escape '!'"
    ).fetchall():
        connection.execute(f"drop index {name}")  # i_ and a number, or i_key: names of ours
    for number, names in enumerate(said.indexes):
        connection.execute(f"create index i_{number} on t({_places(said, names)})")
    _index_key(connection, said)


def _index_key(connection: sqlite3.Connection, said: About) -> None:
    connection.execute("drop index if exists i_key")
    if not said.primary_key:
        return
    try:
        connection.execute(f"create unique index i_key on t({_places(said, said.primary_key)})")
    except sqlite3.IntegrityError:
        names = ", ".join(said.primary_key)
        raise BadRecords(constraints=[f"Two rows have the same primary key ({names})"]) from None


def _places(said: About, names: Iterable[str]) -> str:
    return ", ".join(f"c{said.places[name]}" for name in names)


def _columns(said: About) -> str:
    return ", ".join(["_id", *(f"c{i}" for i in range(len(said.fields)))])


def insert(connection: sqlite3.Connection, said: About, records: Sequence[Record]) -> About:
    """Add records at the end; gives what the table is now, unwritten. Raises BadRecords."""
    rows = [_row(said, record, i) for i, record in enumerate(records)]
    if not said.primary_key:
        return table.insert(connection, said, rows)
    for i, row in enumerate(rows):
        try:
            said = table.insert(connection, said, [row])
        except sqlite3.IntegrityError:
            raise _repeated(i) from None
    return said


def _repeated(i: int) -> BadRecords:
    message = 'duplicate key value violates unique constraint "primary key"'
    return BadRecords(records=[message], records_row=i)


def _row(said: About, record: Any, i: int) -> list[Value]:
    """A new row: a field that is left out has nothing."""
    _known(said, record, i)
    extra = record.keys() - said.places.keys() - {"_id"}
    if extra:
        names = '", "'.join(sorted(extra))
        raise BadRecords(records=[f'row "{i + 1}" has extra keys "{names}"'], records_row=i)
    return [_value(field, record.get(field.id), i) for field in said.fields]


def _known(said: About, record: Any, i: int) -> None:
    if not isinstance(record, Mapping):
        raise BadRecords(records=[f'row "{i + 1}" is not a json object'], records_row=i)


def _value(field: Field, value: Any, i: int) -> Value:
    try:
        return kept(value, field.type)
    except BadValue as error:
        raise BadRecords(records=[str(error)], records_row=i) from None


def merge(
    connection: sqlite3.Connection, said: About, records: Sequence[Record], *, add: bool
) -> About:
    """Change the rows that have the keys of records; `add` those that there are not yet.

    Each record takes an `_id`, used or not, as PostgreSQL's counter does. Raises BadRecords.
    """
    for i, record in enumerate(records):
        _known(said, record, i)
        _only_fields(said, record)
        key = _key(said, record, i)
        old = _found(connection, said, key)
        if old is not None:
            _change(connection, said, old, record, i)
        elif add and "_id" not in key:
            said = table.insert(connection, said, [_row(said, record, i)])
            continue
        else:
            named = {name: record[name] for name in key}
            raise BadRecords(key=[f'key "{named}" not found'])
        said = replace(said, next=said.next + 1)
    return said


def _only_fields(said: About, record: Record) -> None:
    extra = record.keys() - said.places.keys() - {"_id"}
    if extra:
        names = '", "'.join(sorted(extra))
        raise BadRecords(fields=[f'fields "{names}" do not exist'])


def _key(said: About, record: Record, i: int) -> dict[str, Value]:
    """The values that a row is found by: the primary key, or `_id` where it is left out."""
    missing = [name for name in said.primary_key if name not in record]
    if "_id" in record and (missing or not said.primary_key):
        return {"_id": _value(Field("_id", "int8"), record["_id"], i)}
    if not said.primary_key:
        raise BadRecords(table=["table does not have a unique key defined"])
    if missing:
        names = '", "'.join(missing)
        raise BadRecords(key=[f'fields "{names}" are missing but needed as key'])
    places = said.places
    return {name: _value(said.fields[places[name]], record[name], i) for name in said.primary_key}


def _found(
    connection: sqlite3.Connection, said: About, key: Mapping[str, Value]
) -> Sequence[Any] | None:
    where = " and ".join("_id = ?" if n == "_id" else f"c{said.places[n]} = ?" for n in key)
    query = f"select {_columns(said)} from t where {where}"
    row: Sequence[Any] | None = connection.execute(query, tuple(key.values())).fetchone()
    return row


def _change(
    connection: sqlite3.Connection, said: About, old: Sequence[Any], record: Record, i: int
) -> None:
    new = list(old)
    for place, field in enumerate(said.fields, 1):
        if field.id in record:
            new[place] = _value(field, record[field.id], i)
    if new == list(old):
        return
    changed = ", ".join(f"c{n} = ?" for n in range(len(said.fields)))
    try:
        connection.execute(f"update t set {changed} where _id = ?", (*new[1:], new[0]))
    except sqlite3.IntegrityError:
        raise _repeated(i) from None
    table.forget_words(connection, [old])
    table.add_words(connection, [new])


def delete(connection: sqlite3.Connection, said: About, where: Condition | None) -> About:
    """Take rows away; without a condition all of them. Gives what the table is now, unwritten."""
    source, values = ("", ()) if where is None else (f" where {where.sql}", where.values)
    cursor = connection.execute(f"select {_columns(said)} from t{source}", values)
    gone = 0
    while rows := cursor.fetchmany(5000):
        table.forget_words(connection, rows)
        gone += len(rows)
    connection.execute(f"delete from t{source}", values)
    return replace(said, rows=said.rows - gone)
