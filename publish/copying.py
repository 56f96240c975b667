"""A catalog copied from one database to another, whole or not at all."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, Engine, Table, delete, func, insert, literal_column, select
from sqlalchemy.exc import DataError, IntegrityError

from datasets.errors import ConfigError, PublishError
from publish.catalog import Embedded
from publish.catalog.call import SYSTEM, Call, now
from publish.catalog.documents import storage
from publish.catalog.indexes import indexing
from publish.catalog.tables import groups, packages
from publish.database import metadata, reading, shown
from publish.migrations import prepare

AT_ONCE = 1000  # rows
BEGINNING = {"user": 1, "revision": 1}
"""The rows that a new catalog begins with."""


def copy_catalog(old: Embedded, engine: Engine) -> Mapping[str, int]:
    """Copy all tables into an empty database; gives the number of rows of each.

    All is of one moment. What others write to the old catalog meanwhile is not copied, so nobody
    should. Raises ConfigError for a database that is not empty, PublishError for a row that the
    new one refuses; nothing is left there then.
    """
    prepare(engine)
    new = replace(old, engine=engine)
    with reading(old.engine) as source, new.transaction() as within:
        target = within.connection
        _empty(target)
        counts = {table.name: _copied(source, target, table) for table in metadata.sorted_tables}
        _index(within)
        if target.dialect.name == "postgresql":
            _count_on(target)
    return counts


def _empty(target: Connection) -> None:
    """Take out what a new catalog begins with; refuse one that has more."""
    for table in reversed(metadata.sorted_tables):
        if _rows(target, table) > BEGINNING.get(table.name, 0):
            place = shown(target.engine.url)
            raise ConfigError(f"catalog {place}: is not empty ({table.name}); give a new database")
        target.execute(delete(table))


def _rows(connection: Connection, table: Table) -> int:
    return connection.scalars(select(func.count()).select_from(table)).one()


def _copied(source: Connection, target: Connection, table: Table) -> int:
    rows = source.execution_options(yield_per=AT_ONCE).execute(select(table))
    try:
        for some in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in some])
    except (DataError, IntegrityError) as error:
        raise PublishError(f"table {table.name}: cannot be copied: {error.orig}") from error
    count = _rows(target, table)
    if count != _rows(source, table):
        raise PublishError(f"table {table.name}: {count} rows arrived, not all")
    return count


def _index(new: Embedded) -> None:
    """Write the words of all packages: each database keeps them in its own way."""
    call = Call(new.connection, SYSTEM, new.site, new.site_url, now(), new.outside)
    query = select(packages.c.number, packages.c.document, groups.c.document.label("owner"))
    for row in new.connection.execute(query.join(groups, groups.c.id == packages.c.owner_id)).all():
        indexing.write(call, row.number, storage.loads(row.document), storage.loads(row.owner))


def _count_on(target: Connection) -> None:
    """Let PostgreSQL number new rows after the last one."""
    for table in metadata.sorted_tables:
        counted = table.autoincrement_column
        if counted is not None:
            last = select(func.coalesce(func.max(counted), 0)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', counted.name)
            target.execute(select(func.setval(sequence, last + 1, literal_column("false"))))
