"""The catalog's database: SQLite in WAL mode by default, PostgreSQL when `catalog.url` says so.

Both behave alike: writers are serial from their first statement on, a reader waits for nobody and
sees one moment, text is compared by code point.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, create_engine, event
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from datasets.errors import ConfigError, PublishError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
WAIT_S = 30  # how long a writer waits for its turn
STATEMENT_S = 300
RECYCLE_S = 3600  # a connection is that old at most; firewalls forget older ones
PRAGMAS = (
    "synchronous = full",  # what was acknowledged outlives a loss of power
    "foreign_keys = on",
    "journal_size_limit = 67108864",  # bytes that the log keeps after a long write
)
WRITERS = 0x654D6170  # the advisory lock that a writer holds: "eMap"
LIMITS = {
    "lock_timeout": f"{WAIT_S}s",
    "statement_timeout": f"{STATEMENT_S}s",
    # A process that hangs with the lock would keep all others from writing.
    "idle_in_transaction_session_timeout": f"{STATEMENT_S}s",
}
PASSWORD = re.compile(r"(?<=:)(?!//).*(?=@)|(?<=password=)[^&]*")


class Commits:
    """The last commit of this process to a database: another object after each."""

    def __init__(self) -> None:
        self.last = object()


_commits: dict[URL, Commits] = {}  # by address: a process may open a database more than once

metadata = MetaData(
    naming_convention={  # a migration can change only what has a name
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def text(length: int | None = None) -> String:
    """The type of text, compared by code point: PostgreSQL would follow its database's language."""
    kind = String if length else Text
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")


@event.listens_for(Column, "after_parent_attach")
def _by_code_point(column: Column[Any], table: Table) -> None:
    """Let every text of ours be so."""
    if table.metadata is metadata and isinstance(column.type, String):
        column.type = text(column.type.length)


def open_database(url: str, state: Path) -> Engine:
    """Open the database at a URL; empty means catalog.sqlite in the state folder.

    A relative path in a URL of SQLite begins in the state folder. Raises ConfigError for what is
    no URL of ours. Whether somebody answers there is seen at the first connection.
    """
    address = _address(url, state)
    engine = _sqlite(address) if address.drivername == "sqlite" else _postgresql(address)
    engine.update_execution_options(queue=Lock(), commits=_commits.setdefault(address, Commits()))
    event.listen(engine, "handle_error", _tell)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads: it waits for nobody, and all its statements see one moment."""
    with engine.connect() as connection:
        connection.execution_options(read_only=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine, *, wait: bool = True) -> Iterator[Connection]:
    """A transaction that writes: it begins when all writers before it have ended.

    Raises PublishError when that takes longer than `WAIT_S`, or at once unless it may `wait`.
    """
    queue: Lock = engine.get_execution_options()["queue"]
    # Within a process they queue here: the database would let them poll, each with a connection.
    if not queue.acquire(timeout=WAIT_S if wait else 0):
        raise PublishError(f"catalog {shown(engine.url)}: others have been writing for {WAIT_S} s")
    try:
        with engine.connect() as connection:
            connection.execution_options(wait=wait)
            with connection.begin():
                yield connection
        commits(engine).last = object()
    finally:
        queue.release()


def commits(engine: Engine) -> "Commits":
    """What this process has written to the database of an engine."""
    found: Commits = engine.get_execution_options()["commits"]
    return found


def shown(address: URL) -> str:
    """An address as people may see it: the path of a file, or a URL without its secrets."""
    if address.drivername == "sqlite":
        return address.database or ""
    place = {key: word for key, word in address.query.items() if key in ("host", "port")}
    plain = address.set(drivername="postgresql", query=place)
    return plain.render_as_string(hide_password=True)


def _address(url: str, state: Path) -> URL:
    """Parse a URL; whatever is wrong with it is told without the password."""
    try:
        address = make_url(url or "sqlite:///catalog.sqlite")
    except (ArgumentError, ValueError):
        raise _wrong(url, "is no address") from None
    driver = DRIVERS.get(address.drivername)
    if driver is None:
        raise _wrong(url, f"there is no {address.drivername!r} here")
    if not address.database:
        raise _wrong(url, "names no database")
    if driver == "sqlite":
        return address.set(database=str(state / address.database))
    if "@" in (address.host or ""):
        raise _wrong(url, "write %40 for an @ in the password")
    return address.set(drivername=driver)


def _wrong(url: str, fault: str) -> ConfigError:
    return ConfigError(
        f"catalog.url: {PASSWORD.sub('***', url)!r}: {fault}; leave it empty, or give "
        "sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )


def _sqlite(address: URL) -> Engine:
    engine = create_engine(address, connect_args={"timeout": WAIT_S})
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would begin too late
    _to_wal(connection)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")


def _to_wal(connection: Any) -> None:
    """Turn the write-ahead log on; two who do it at once are refused at once, without any wait."""
    ends = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock first: a reader that becomes a writer half-way would get SQLITE_BUSY."""
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":  # SQLAlchemy says "begin" there too
        return
    if options.get("read_only"):
        connection.exec_driver_sql("BEGIN")
    elif options.get("wait", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("pragma busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"pragma busy_timeout = {WAIT_S * 1000:.0f}")


def _postgresql(address: URL) -> Engine:
    said: dict[str, Any] = dict(address.query)  # has the last word
    limits = " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
    options = {"connect_timeout": 10, "application_name": "emap"} | said
    options["options"] = f"{limits} {said.get('options', '')}"
    try:
        engine = create_engine(
            address, connect_args=options, pool_pre_ping=True, pool_recycle=RECYCLE_S
        )
    except ImportError as error:
        raise ConfigError(
            f"catalog.url: {shown(address)} needs a driver: install emap[postgresql] ({error})"
        ) from None
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    """Begin to read, on one snapshot; or to write, when all writers before have ended.

    A writer sees, at each statement, what was committed before it: it holds the lock, so nothing
    changes under it.
    """
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.dbapi_connection
    reads = bool(options.get("read_only"))
    dialect: Any = connection.dialect
    dialect.set_isolation_level(driver, "REPEATABLE READ" if reads else "READ COMMITTED")
    dialect.set_readonly(driver, reads)
    if reads:
        return
    if options.get("wait", True):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
    elif not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITERS})").scalar():
        raise PublishError(f"catalog {shown(connection.engine.url)}: others are writing")


def _tell(context: ExceptionContext) -> None:
    """Say what is wrong with the database: a full disk, a lock, nobody there, a wrong password."""
    error = context.original_exception
    if not isinstance(context.sqlalchemy_exception, OperationalError) or context.is_pre_ping:
        return
    place = shown(context.engine.url) if context.engine else ""
    said = " ".join(str(error).split())
    if context.connection is None and context.dialect.name != "sqlite":
        said += "; see whether catalog.url is right and its server runs"
    raise PublishError(f"catalog {place}: {said}") from error
