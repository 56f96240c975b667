"""The catalog's database: one engine, one set of tables; SQLite in WAL mode by default."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url

metadata = MetaData()


def open_database(url: str, state: Path) -> Engine:
    """Open the database at a URL; empty means catalog.sqlite in the state folder."""
    address = make_url(url or f"sqlite:///{state / 'catalog.sqlite'}")
    if not address.drivername.startswith("sqlite"):
        return create_engine(address, pool_pre_ping=True)
    engine = create_engine(address, connect_args={"timeout": 30})
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would begin too late
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}")


def _begin(connection: Any) -> None:
    """Take the write lock first: a reader that becomes a writer half-way would get SQLITE_BUSY."""
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
