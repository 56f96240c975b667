"""The catalog's tables, made or brought up to date when a state folder is opened.

A database knows the number of its schema; the code's is that of the newest file in `versions/`.
Where they are equal, one SELECT is all that is done.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select

import publish.catalog  # noqa: F401  # all its tables are known then
import publish.deliveries  # noqa: F401
import publish.errands  # noqa: F401
import publish.executions.jobs  # noqa: F401
import publish.recipes  # noqa: F401
import publish.releases  # noqa: F401
import publish.sessions  # noqa: F401
import publish.versions  # noqa: F401
from datasets.errors import ConfigError, EmapError, PublishError
from publish.database import metadata, reading, shown, writing

FOLDER = Path(__file__).parent
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def known() -> list[str]:
    """The schemas there have been, as numbers of four digits; the last one is the code's."""
    return sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def ours(_thing: object, name: str | None, kind: str, reflected: bool, _against: object) -> bool:
    """Tell alembic what to compare: not the tables of the text index, which SQLAlchemy lacks."""
    return not (kind == "table" and reflected and name not in metadata.tables)


def prepare(engine: Engine) -> None:
    """Make the tables of a new database, or bring an older one up to date; else do nothing.

    It happens in one transaction with the writers' lock: a second process waits and finds all
    done, and a kill leaves what was there before. Of a file, a copy is made first.
    Raises ConfigError when the database is newer than this program, or another program's.
    """
    try:
        with reading(engine) as connection:
            number = _number(connection)
        if number != known()[-1]:
            _bring(engine)
    except EmapError:
        engine.dispose()
        raise


def _bring(engine: Engine) -> None:
    with _changing(engine) as connection:
        number = _number(connection)  # now nobody else is at it
        if number is None:
            _make(connection, known()[-1])
        elif number != known()[-1]:
            _upgrade(connection, number)


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """A writing transaction in which tables may be replaced."""
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        # A table is changed by copying it, and dropping the old one would delete what refers to it.
        driver.execute("pragma foreign_keys = off")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("pragma foreign_keys = on")


def _number(connection: Connection) -> str | None:
    """The number of a database's schema; None when it has none."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar()


def _make(connection: Connection, number: str) -> None:
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if there:
        raise ConfigError(
            f"catalog {shown(connection.engine.url)}: has tables of another program, or of eMap "
            f"before its first release ({min(there)!r}): give catalog.url an empty database"
        )
    metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=number))


def _upgrade(connection: Connection, number: str) -> None:
    place, numbers = shown(connection.engine.url), known()
    if number not in numbers:
        raise ConfigError(
            f"catalog {place}: its tables are of version {number}, this eMap knows them up to "
            f"{numbers[-1]}: install a newer eMap, or restore the catalog's copy from before"
        )
    if connection.dialect.name == "sqlite":
        _copy(Path(place), number)
    migrate(connection)


def _copy(file: Path, number: str) -> None:
    """Copy a database beside itself, as it is before it is changed."""
    copy = file.with_name(f"{file.name}.{number}")
    try:
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
    except sqlite3.OperationalError as error:
        raise PublishError(f"catalog {file}: cannot be copied to {copy.name}: {error}") from None


def migrate(connection: Connection) -> None:
    """Run the migrations that are due, in the connection's transaction."""
    from alembic import command  # noqa: PLC0415  # needed once in a release: 30 MB, 0.3 s
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER))
    command.upgrade(config, "head")
