"""Running a foreign query: one read-only connection that has its tables only, with limits.

What bounds it: an authorizer that allows SELECT, reading these tables and the functions listed;
a clock; lengths of values, of the query and of patterns; rows and bytes of the answer; how many
run at once. What SQLite does in one step without looking at the clock (LIKE, replace, instr) is
done by functions of ours in linear time.
"""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from publish.datastore.dialect import write
from publish.datastore.fields import BadValue, Field, guess
from publish.datastore.functions import FUNCTIONS, LONGEST_VALUE, OWN_NAMES
from publish.datastore.sql import BadSql, Parsed
from publish.datastore.table import About, Place

MOST_ROWS = 32_000
MOST_BYTES = 64 << 20
SECONDS = 5.0
AT_ONCE = 2
CACHE_KIB = 8_000
STEPS = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 2000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
NATIVE = {
    *("count", "sum", "avg", "min", "max", "round", "coalesce", "ifnull", "nullif", "length"),
    *("trim", "ltrim", "rtrim", "substr", "substring", "group_concat"),
    *("row_number", "rank", "dense_rank"),
}
"""Functions of SQLite's own that a query may use."""

_running = threading.BoundedSemaphore(AT_ONCE)

sqlite3.register_converter("EMAP_BOOL", lambda value: value == b"1")
sqlite3.register_converter("EMAP_JSON_TEXT", orjson.loads)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a query, its fields as (name, type), and whether there were more rows."""

    fields: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    truncated: bool


def run(parsed: Parsed, sources: Mapping[str, Place]) -> Answer:
    """Ask; `sources` are the tables by the names in the query. Raises BadSql."""
    if not _running.acquire(timeout=SECONDS):
        raise BadSql("Too many queries run now; try again")
    try:
        faults: list[str] = []
        with _connected(faults) as connection, _told(faults):
            return _asked(connection, parsed, sources)
    finally:
        _running.release()


@contextmanager
def _connected(faults: list[str]) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", uri=True, detect_types=sqlite3.PARSE_DECLTYPES)
    with closing(connection):
        for option in (sqlite3.SQLITE_DBCONFIG_DQS_DML, sqlite3.SQLITE_DBCONFIG_DQS_DDL):
            connection.setconfig(option, False)  # "x" is never a text
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, False)
        connection.execute(f"pragma cache_size = -{CACHE_KIB}")
        connection.execute("pragma temp_store = file")  # what does not fit in memory goes to disk
        for name, count, function in FUNCTIONS:
            told = _telling(function, faults)
            connection.create_function(name, count, told, deterministic=True)
        yield connection


@contextmanager
def _told(faults: list[str]) -> Iterator[None]:
    """Say in words what SQLite or a function of ours had against a query."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        said = str(error)
        if faults:
            said = faults[0]
        elif said == "interrupted":
            said = f"The query took longer than {SECONDS:.0f} seconds"
        elif said.startswith("no such column: "):
            said = f'column "{said[16:]}" does not exist'
        raise BadSql(said) from None


def _asked(connection: sqlite3.Connection, parsed: Parsed, sources: Mapping[str, Place]) -> Answer:
    views, fields = _attached(connection, sources)
    written = write(parsed, views, fields)
    connection.execute("pragma query_only = on")
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    connection.set_authorizer(_allowed)
    ends = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    cursor = connection.execute(written.sql)
    rows, truncated = _fetched(cursor)
    names = [column[0] for column in cursor.description]
    known = written.types or [fields[n].type if n in fields else "" for n in names]
    kinds = [kind or _by_values(rows, i) for i, kind in enumerate(known)]
    for i, kind in enumerate(kinds):
        if kind == "bool":
            rows = [_true(row, i) for row in rows]
    return Answer(list(zip(names, kinds, strict=True)), rows, truncated)


def _attached(
    connection: sqlite3.Connection, sources: Mapping[str, Place]
) -> tuple[dict[str, str], dict[str, Field]]:
    """Attach each file and show its rows as a view with the names of the fields."""
    views: dict[str, str] = {}
    fields: dict[str, Field] = {"_id": Field("_id", "int4")}
    for i, (name, source) in enumerate(sources.items()):
        connection.execute(f"attach ? as d{i}", (source.address,))
        said = About.load(connection.execute(f"select said from d{i}.about").fetchone()[0])
        _distinct(said)
        columns = "".join(f", c{n} as {_quoted(f.id)}" for n, f in enumerate(said.fields))
        connection.execute(f"create temp view v{i} as select _id{columns} from d{i}.t")
        views[name] = f"v{i}"
        fields |= {field.id: field for field in said.fields}
    return views, fields


def _distinct(said: About) -> None:
    if len({field.id.lower() for field in said.fields}) < len(said.fields):
        raise BadSql("Two fields of the table differ in capitals only: rename one to use SQL")


def _quoted(name: str) -> str:
    """A name that somebody chose, as an identifier; the fields of a table are checked for `"`."""
    return '"' + name.replace('"', '""') + '"'


def _allowed(
    action: int, first: str | None, second: str | None, database: str | None, _view: str | None
) -> int:
    """Say to SQLite what a query may do: SELECT, read rows, call what is listed."""
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ:
        rows = first == "t" and re.fullmatch(r"d\d", database or "")
        view = re.fullmatch(r"v\d", first or "") and database == "temp"
        return sqlite3.SQLITE_OK if rows or view else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and second is not None:
        known = second.lower() in NATIVE or second in OWN_NAMES
        return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


def _fetched(cursor: sqlite3.Cursor) -> tuple[list[Any], bool]:
    rows: list[Any] = []
    size = 0
    for row in cursor:
        size += sum(len(value) for value in row if isinstance(value, str | bytes)) + 50 * len(row)
        if len(rows) == MOST_ROWS or size > MOST_BYTES:
            return rows, True
        rows.append(row)
    return rows, False


def _by_values(rows: Sequence[Sequence[Any]], i: int) -> str:
    found = next((row[i] for row in rows if row[i] is not None), "")
    return "numeric" if isinstance(found, float) else "text" if found == "" else guess(found)


def _true(row: Sequence[Any], i: int) -> Sequence[Any]:
    value = row[i]
    return row if value is None else (*row[:i], bool(value), *row[i + 1 :])


def _telling(function: Callable[..., Any], faults: list[str]) -> Callable[..., Any]:
    """Keep what a function has against a value: SQLite only says that it raised."""

    def told(*values: Any) -> Any:
        try:
            return function(*values)
        except (BadValue, BadSql) as error:
            faults.append(str(error))
            raise

    return told
