"""Connections to PostGIS: as many as are needed at once, and no more."""

import contextlib
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from psycopg.types.numeric import Int8
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from datasets.errors import ConfigError, PublishError
from publish.database import RECYCLE_S, shown
from publish.layers.features import TIMEOUT_S
from publish.layers.manifest import MANIFEST

try:
    import psycopg
except ImportError as error:
    raise ConfigError(f"layers.backend: postgis needs emap[postgresql] ({error})") from None

SCHEMA = "emap_layers"
AT_ONCE = 8  # readers of a process; PostgreSQL takes 100 as it comes
PATH = (
    f"select set_config('search_path', '{SCHEMA}, ' || quote_ident(nspname), false)"
    " from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'postgis'"
)
READING = {
    "default_transaction_read_only": "on",
    # what helps one long statement hinders many short ones
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}

type Bound = Mapping[str, Any]
type Row = tuple[Any, ...]
type Connection = psycopg.Connection[Row]


class Pool:
    """Readers of one database; made at the first question, and good in any thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._queue = QueuePool(
            cast(Any, functools.partial(connect, url, reading=True)),
            pool_size=AT_ONCE,
            max_overflow=0,
            timeout=TIMEOUT_S,
            recycle=RECYCLE_S,
            reset_on_return=None,  # every statement is a transaction of its own
            use_lifo=True,
        )

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._queue.dispose()

    def rows(self, statement: str, bound: Bound, timeout_s: float) -> list[Row]:
        """All rows of one statement; raises TimeoutError when it takes longer.

        Raises ValueError where it has to compute what no number holds, as 1e300 ^ 2.
        """
        if timeout_s <= 0:
            raise TimeoutError(f"no answer within {timeout_s} s")
        try:
            return self._tried(statement, bound, timeout_s)
        except psycopg.errors.QueryCanceled:
            raise TimeoutError(f"no answer within {timeout_s} s") from None
        except psycopg.DataError as error:
            said = error.diag.message_primary or str(error)
            raise ValueError(f"the question cannot be computed: {said}") from None
        except psycopg.OperationalError as error:
            raise unreachable(self.url, error) from error

    def lend(self) -> PoolProxiedConnection:
        """A connection to be closed by who asked for it; raises TimeoutError when none is free."""
        try:
            return self._queue.connect()
        except NoneFree:
            raise TimeoutError(f"no connection was free within {TIMEOUT_S} s") from None

    def _tried(self, statement: str, bound: Bound, timeout_s: float) -> list[Row]:
        """Try again where a connection broke while it lay idle: the statement only reads."""
        for _ in range(AT_ONCE):
            try:
                return self._rows(statement, bound, timeout_s)
            except psycopg.OperationalError as error:
                if error.sqlstate == CANCELED:
                    raise
        return self._rows(statement, bound, timeout_s)

    def _rows(self, statement: str, bound: Bound, timeout_s: float) -> list[Row]:
        with contextlib.closing(self.lend()) as lent:
            connection = cast(Connection, lent.dbapi_connection)
            try:
                _limit(lent, connection, timeout_s)
                plain = {name: bindable(value) for name, value in bound.items()}
                with connection.cursor(binary=True) as cursor:
                    found: list[Row] = cursor.execute(statement, plain).fetchall()
                    return found
            finally:
                if connection.broken:
                    lent.invalidate()


CANCELED = "57014"


def _limit(lent: PoolProxiedConnection, connection: Connection, timeout_s: float) -> None:
    """Set how long statements may run, unless the connection has that limit already."""
    limit_ms = max(1, round(timeout_s * 1000))
    if lent.info.get("limit_ms") != limit_ms:
        connection.execute(f"set statement_timeout = {limit_ms}")
        lent.info["limit_ms"] = limit_ms


def connect(url: str, *, reading: bool) -> Connection:
    """Open a connection whose search path has our tables and PostGIS, wherever that is.

    Raises PublishError when nobody answers or the database has no PostGIS.
    """
    options = " ".join(f"-c {name}={value}" for name, value in READING.items() if reading)
    try:
        connection = psycopg.connect(
            url, autocommit=True, application_name="emap", connect_timeout=10, options=options
        )
    except psycopg.Error as error:
        raise unreachable(url, error) from None
    try:
        if not reading:
            prepare(connection)
        if connection.execute(PATH).fetchone() is None:
            raise PublishError(f"{named(url)}: has no PostGIS; run: create extension postgis")
    except psycopg.Error as error:
        connection.close()
        raise PublishError(f"{named(url)}: {error}") from None
    except PublishError:
        connection.close()
        raise
    return connection


def prepare(connection: Connection) -> None:
    """Make the schema, and PostGIS where we may; harmless to do again and at the same time."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (SCHEMA,))
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("create extension if not exists postgis")
        connection.execute(f"create schema if not exists {SCHEMA}")


def sayable(value: Any) -> Any:
    """A value as PostgreSQL can hold it: its text has no character 0."""
    return value.replace("\0", "\N{SYMBOL FOR NULL}") if isinstance(value, str) else value


def bindable(value: Any) -> Any:
    """A value to be bound; integers are of one type, so that a statement is prepared once."""
    if type(value) is int and -(2**63) <= value < 2**63:
        return Int8(value)
    return sayable(value)


def named(url: str) -> str:
    """The database as people may see it, without its password."""
    return f"layers {shown(make_url(url))}"


def unreachable(url: str, error: Exception) -> PublishError:
    """What to say when the database does not answer."""
    said = " ".join(str(error).split())
    return PublishError(
        f"{named(url)}: {said}; see whether layers.url is right and its server runs"
    )


@functools.lru_cache(4096)
def table_of(folder: Path) -> str:
    """The table of a layer's folder, by the hash of its manifest, which is the layer's name.

    PostgreSQL takes no longer names than 63 bytes.
    """
    sha = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    return f"l_{sha[:40]}"
