"""Jobs for the slots that are due, and the end of the memory of old ones."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from harvesters.sources.source import Source
from publish.database import reading, writing
from publish.harvests import jobs
from publish.harvests.jobs import OPEN, Job
from publish.harvests.schedule import Standing, due, next_run
from publish.harvests.tables import CURSORS, ITEMS, JOBS, SOURCES


def plan(
    engine: Engine,
    sources: Sequence[Source],
    now: datetime,
    zone: ZoneInfo,
    attempts: int = jobs.MAX_ATTEMPTS,
) -> list[Job]:
    """Make the jobs that are due, and note when each source is harvested next.

    Any number of planners may do so at once: writers are serial, and each looks again.
    """
    with reading(engine) as connection:  # nearly always there is nothing to write
        due_now = _due(connection, sources, now, zone)
        if not due_now and not _moved(connection, sources, now, zone):
            return []
    with writing(engine) as connection:
        due_now = _due(connection, sources, now, zone)
        made = [
            jobs.create(connection, source, slot=slot, max_attempts=attempts)
            for source, slot in due_now.items()
        ]
        for source, moment in _moved(connection, sources, now, zone).items():
            _note(connection, source, moment)
    return made


def standings(connection: Connection) -> dict[str, Standing]:
    """How the sources stand that have had a job."""
    last = select(JOBS.c.source, func.max(JOBS.c.created)).group_by(JOBS.c.source)
    is_open = set(connection.scalars(select(JOBS.c.source).where(JOBS.c.state.in_(OPEN))))
    paused = set(connection.scalars(select(SOURCES.c.name).where(SOURCES.c.paused.is_not(None))))
    return {
        source: Standing(
            last=datetime.fromisoformat(created).replace(tzinfo=UTC),
            is_open=source in is_open,
            is_paused=source in paused,
        )
        for source, created in connection.execute(last)
    }


def _due(
    connection: Connection, sources: Sequence[Source], now: datetime, zone: ZoneInfo
) -> dict[str, str]:
    """The slots that are due, by source."""
    known = standings(connection)
    slots = {s.name: due(s, known.get(s.name, Standing()), now, zone) for s in sources}
    return {source: slot for source, slot in slots.items() if slot}


def _moved(
    connection: Connection, sources: Sequence[Source], now: datetime, zone: ZoneInfo
) -> dict[str, float | None]:
    """The next runs that are not as they are noted, in seconds since 1970."""
    known = standings(connection)
    rows = connection.execute(select(SOURCES.c.name, SOURCES.c.next_run))
    noted = {row.name: row.next_run for row in rows}
    moments = {s.name: next_run(s, known.get(s.name, Standing()), now, zone) for s in sources}
    found = {name: moment.timestamp() if moment else None for name, moment in moments.items()}
    return {name: moment for name, moment in found.items() if moment != noted.get(name)}


def _note(connection: Connection, source: str, moment: float | None) -> None:
    mine = update(SOURCES).where(SOURCES.c.name == source).values(next_run=moment)
    if not connection.execute(mine).rowcount:
        connection.execute(insert(SOURCES).values(name=source, next_run=moment))


def forget(engine: Engine, now: datetime, keep: timedelta) -> int:
    """Forget the jobs that ended before a time, but for the last of each source; gives how many.

    What is known of sources and records stays.
    """
    before = (now - keep).astimezone(UTC).replace(tzinfo=None).isoformat()
    last = select(func.max(JOBS.c.number)).group_by(JOBS.c.source)
    old = JOBS.c.state.not_in(OPEN) & (JOBS.c.finished < before) & JOBS.c.number.not_in(last)
    with reading(engine) as connection:
        numbers = list(connection.scalars(select(JOBS.c.number).where(old).limit(1000)))
    if numbers:
        with writing(engine) as connection:
            for job in (ITEMS.c.job, CURSORS.c.job, JOBS.c.number):
                connection.execute(delete(job.table).where(job.in_(numbers)))
    return len(numbers)
