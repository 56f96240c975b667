"""A source that fails again and again is paused; the first harvest that succeeds resumes it."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from publish.catalog.call import now
from publish.harvests.tables import SOURCES

MOST_FAILURES = 3  # failed jobs in a row


def standing(connection: Connection, source: str) -> Row[Any] | None:
    """How a source is doing; None when it was never harvested."""
    return connection.execute(select(SOURCES).where(SOURCES.c.name == source)).first()


def failed(
    connection: Connection, source: str, fault: str, values: Mapping[str, str], reason: str
) -> None:
    """Count a job that failed; the third in a row pauses the source."""
    row = standing(connection, source)
    failures = (row.failures if row else 0) + 1
    since = row.paused if row else None
    said = json.dumps(dict(values), ensure_ascii=False)
    told = {"fault": fault, "fault_values": said, "reason": reason}
    paused = since or (now() if failures >= MOST_FAILURES else None)
    _write(connection, source, failures=failures, paused=paused, **told)


def answered(connection: Connection, source: str) -> None:
    """A source gave its whole list: it is well, whatever a person must look at."""
    well = {"failures": 0, "paused": None, "fault": "", "fault_values": "{}", "reason": ""}
    row = standing(connection, source)
    if row is None or any(row._mapping[key] != value for key, value in well.items()):
        _write(connection, source, **well)


def completed(connection: Connection, source: str, *, full: bool) -> None:
    """Count a complete harvest, so that every so many the files are looked at too."""
    row = standing(connection, source)
    _write(connection, source, runs=0 if full or row is None else row.runs + 1)


def is_full_due(connection: Connection, source: str, verify_every: int) -> bool:
    """Tell whether the next harvest looks at every file: the first one, and each N-th after it."""
    row = standing(connection, source)
    return row is None or row.runs + 1 >= verify_every


def resume(connection: Connection, source: str) -> None:
    """Let a paused source be harvested by its own rhythm again."""
    answered(connection, source)


def _write(connection: Connection, source: str, **values: Any) -> None:
    mine = update(SOURCES).where(SOURCES.c.name == source).values(**values)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(SOURCES).values(name=source, **values))
