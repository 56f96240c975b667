"""How the sources are doing: the last harvest of each, the next one, what waits for a person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, func, select

from publish.harvests import jobs
from publish.harvests.jobs import Job
from publish.harvests.tables import JOBS, RECORDS, SOURCES
from publish.versions import CURRENT

NEWEST = 5  # jobs among which the last and the one at work are


@dataclass(frozen=True, slots=True)
class Status:
    """A source as it stands. `last` is its newest job that is over, `now` the one at work.

    `next_run` is in seconds since 1970; `paused` says since when it is not harvested, and `fault`
    why. `public` counts the datasets of it that are public, `missing` those in their days of grace.
    """

    source: str
    last: Job | None
    now: Job | None
    next_run: float | None
    paused: str | None
    fault: str
    fault_values: Mapping[str, str]
    reason: str
    jobs: int
    public: int
    missing: int


def statuses(connection: Connection, sources: Sequence[str]) -> list[Status]:
    """How each of these sources is doing, in their order; one never harvested is there too."""
    known = {row.name: row for row in connection.execute(select(SOURCES))}
    made = _counted(connection, select(JOBS.c.source, func.count()), JOBS.c.source)
    there = select(CURRENT.c.source, func.count()).where(CURRENT.c.public)
    public = _counted(connection, there, CURRENT.c.source)
    gone = select(RECORDS.c.source, func.count()).where(RECORDS.c.state == "missing")
    missing = _counted(connection, gone, RECORDS.c.source)
    return [
        _status(
            source,
            jobs.jobs(connection, source, limit=NEWEST),
            known.get(source),
            jobs_made=made.get(source, 0),
            public=public.get(source, 0),
            missing=missing.get(source, 0),
        )
        for source in sources
    ]


def _status(
    source: str,
    newest: Sequence[Job],
    row: Row[Any] | None,
    *,
    jobs_made: int,
    public: int,
    missing: int,
) -> Status:
    return Status(
        source=source,
        last=next((job for job in newest if job.over), None),
        now=next((job for job in newest if not job.over), None),
        next_run=row.next_run if row else None,
        paused=row.paused if row else None,
        fault=row.fault if row else "",
        fault_values=json.loads(row.fault_values) if row else {},
        reason=row.reason if row else "",
        jobs=jobs_made,
        public=public,
        missing=missing,
    )


def _counted(
    connection: Connection, query: Select[str, int], column: Column[str]
) -> dict[str, int]:
    return dict(connection.execute(query.group_by(column)).all())
