"""The catalog's database: one engine, one set of tables; SQLite in WAL mode by default."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url

from datasets.errors import PublishError

metadata = MetaData()


def open_database(url: str, state: Path) -> Engine:
    """Open the database at a URL; empty means catalog.sqlite in the state folder."""
    address = make_url(url or f"sqlite:///{state / 'catalog.sqlite'}")
    if not address.drivername.startswith("sqlite"):
        return create_engine(address, pool_pre_ping=True)
    engine = create_engine(address, connect_args={"timeout": 30})
    event.listen(engine, "handle_error", _tell)
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def _tell(context: ExceptionContext) -> None:
    """Say what is wrong with the file: a full disk, a folder that cannot be written, a lock."""
    if isinstance(context.original_exception, sqlite3.OperationalError):
        place = context.engine.url.database if context.engine else ""
        message = f"catalog {place}: {context.original_exception}"
        raise PublishError(message) from context.original_exception


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would begin too late
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}")


def _begin(connection: Any) -> None:
    """Take the write lock first: a reader that becomes a writer half-way would get SQLITE_BUSY."""
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":  # SQLAlchemy says "begin" there too
        connection.exec_driver_sql("BEGIN" if options.get("read_only") else "BEGIN IMMEDIATE")
