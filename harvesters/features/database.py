"""A database of somebody else's: opened to read alone, for so long, and asked one question at once.

PostgreSQL: a read-only transaction of one snapshot and a limit for each statement. SQLite: the
file is opened read-only. What goes wrong never shows the password.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from datasets.errors import ConfigError, HarvestError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
CONNECT_S = 10
ROWS = 1_000  # that are read at once
STEPS = 20_000  # of SQLite's machine, between two looks at the clock
_LOGIN = ("password", "authentication failed", "pg_hba.conf", "permission denied", "does not exist")
_KEY = re.compile(r"pass|secret|token", re.IGNORECASE)
# what a semicolon may stand in: texts, names, comments, PostgreSQL's dollar quotes
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$", re.DOTALL
)


def address(url: str) -> str:
    """Check the URL of a database; raises ValueError, whose words hold nothing of it."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(
            "must be postgresql://USER@HOST:PORT/DATABASE or sqlite:////PATH"
        ) from None
    if parsed.drivername not in DRIVERS:
        raise ValueError("must be the address of PostgreSQL or SQLite, postgresql:// or sqlite://")
    if parsed.password is not None or any(_KEY.search(key) for key in parsed.query):
        raise ValueError("must hold no password: give secret_env or secret_file")
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").is_absolute():
        raise ValueError(
            "must name a file by its whole path, with four slashes: sqlite:////srv/a.db"
        )
    if not parsed.database:
        raise ValueError("must name a database")
    return url


def one_select(query: str) -> str:
    r"""Give a query as part of another one; raises ValueError when it is not one SELECT.

    >>> one_select("select ';' as a -- all; of it\n;")
    "select ';' as a -- all; of it\n"
    """
    bare = query.rstrip().removesuffix(";")
    plain = _QUOTED.sub(" ", bare)
    if ";" in plain:
        raise ValueError("must be one statement: there is a semicolon in it")
    if not re.match(r"[\s(]*(select|with|values|table)\b", plain, re.IGNORECASE):
        raise ValueError("must be a SELECT")
    return bare


def quoted(name: str) -> str:
    """Write a name as both databases take it; a point divides schema and table."""
    return ".".join('"{}"'.format(part.replace('"', '""')) for part in name.split("."))


class Database:
    """Where rows come from. `shown` is how it may be named: no user, no host, no path."""

    def __init__(self, url: str, secret: str, timeout_s: float) -> None:
        self._url, self._secret, self._timeout_s = make_url(url), secret, timeout_s
        self._driver = DRIVERS[self._url.drivername]
        last = Path(self._url.database or "").name
        self.shown = f"{self._driver.partition('+')[0]}:{last}"

    @contextmanager
    def reading(self) -> Iterator["Reading"]:
        """Open a transaction that can only read; raises HarvestError."""
        engine = self._sqlite() if self._driver == "sqlite" else self._postgresql()
        ends = time.monotonic() + self._timeout_s
        with self._told(connecting=True):
            connection = engine.connect()
        try:
            if self._driver == "sqlite":
                _limit(connection, ends)
            with self._told():
                yield Reading(connection, ends)
        finally:
            connection.close()
            engine.dispose()

    def _sqlite(self) -> Engine:
        path = quote(self._url.database or "")

        def connect() -> sqlite3.Connection:
            found = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=CONNECT_S)
            found.execute("pragma query_only = on")
            found.execute("select 1 from sqlite_master")  # seen here whether it is a database
            return found

        return create_engine("sqlite://", creator=connect, poolclass=NullPool)

    def _postgresql(self) -> Engine:
        said: dict[str, Any] = dict(self._url.query)
        limits = {
            "default_transaction_read_only": "on",
            "statement_timeout": f"{self._timeout_s * 1000:.0f}",
            "timezone": "UTC",
        }
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        arguments = {"connect_timeout": CONNECT_S, "application_name": "eMap"} | said
        arguments["options"] = f"{said.get('options', '')} {options}"
        url = self._url.set(drivername=self._driver, query={}, password=self._secret or None)
        try:
            engine = create_engine(url, connect_args=arguments, poolclass=NullPool)
        except ImportError:
            raise ConfigError(f"{self.shown} needs a driver: install emap[postgresql]") from None
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def _told(self, *, connecting: bool = False) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            fault, said = told(error, connecting=connecting)
            raise HarvestError(
                f"{self.shown}: {_WORDS[fault].format(said=said)}",
                fault,
                address=self.shown,
                said=said,
            ) from None
        except SQLAlchemyError as error:
            raise HarvestError(
                f"{self.shown}: {type(error).__name__}", address=self.shown
            ) from None


class Reading:
    """An open transaction."""

    def __init__(self, connection: Connection, ends: float) -> None:
        self._connection, self._ends = connection, ends

    def rows(self, statement: str) -> Iterator[Sequence[Any]]:
        """Yield the names of the columns, then the rows as they come; never all at once."""
        options = {"stream_results": True, "max_row_buffer": ROWS, "no_parameters": True}
        result = self._connection.exec_driver_sql(statement, execution_options=options)
        with result:
            yield tuple(result.keys())
            for rows in result.partitions(ROWS):
                if time.monotonic() > self._ends:
                    raise HarvestError("the rows did not come in time: raise timeout_s", "timeout")
                yield from rows


def _limit(connection: Connection, ends: float) -> None:
    """Let SQLite stop by itself when the time is over."""
    driver: Any = connection.connection.dbapi_connection
    driver.set_progress_handler(lambda: time.monotonic() > ends, STEPS)


_WORDS = {
    "login": "the database does not let us in: renew the password, or ask for a user who may read",
    "unreachable": "the database cannot be reached: check the address, or try later",
    "timeout": "the query was not done in time: make it faster, or raise timeout_s",
    "query": "the query fails ({said}): correct it, or ask its owner for the right to read",
    "wrong-answer": "this is no database that can be read: check the path",
}


def told(error: DBAPIError, *, connecting: bool) -> tuple[str, str]:
    """Give the fault, and what the database said of the query, if it holds no value of a row."""
    original: Any = error.orig
    state = str(getattr(original, "sqlstate", "") or "")
    words = str(original)
    if connecting:
        return _not_connected(state, words), ""
    if state == "57014" or "interrupted" in words:
        return "timeout", ""
    if state.startswith(("08", "57P", "53")) or error.connection_invalidated:
        return "unreachable", ""
    if isinstance(original, sqlite3.Error):
        return "query", words[:200]
    diagnosis = getattr(original, "diag", None)
    said = getattr(diagnosis, "message_primary", "") if state.startswith("42") else ""
    return "query", said[:200] if said else f"SQLSTATE {state}"


def _not_connected(state: str, words: str) -> str:
    if "file is not a database" in words:
        return "wrong-answer"
    refused = state.startswith("28") or any(word in words for word in _LOGIN)
    return "login" if refused else "unreachable"
