"""Jobs: a row for each harvest of a source, which one worker at a time may work on.

The row is the truth, whoever runs it. A claim gives a lease and a token that grows; a worker whose
lease has ended is refused by its token. Times are of the database's clock alone, so that machines
need not agree. Writers are serial (see publish/database.py): no two claim one job.
"""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from datasets.errors import EmapError, HarvestError, NotFound
from publish.catalog.call import now
from publish.database import reading, writing
from publish.harvests.tables import CURSORS, ITEMS, JOBS
from publish.validating import WORKER, is_dead

type State = Literal["queued", "running", "done", "held", "failed", "aborted"]
"""How a job stands. `held` waits for a person; a queued one with a fault is tried again."""

type Item = Row[Any]
"""A row of ITEMS."""


class Told(TypedDict):
    """Why a job or a record did not come to a good end: a key of faults.yaml, and in English."""

    fault: str
    values: Mapping[str, str]
    reason: str


OPEN = ("queued", "running")
LEASE_S = 60.0
MAX_ATTEMPTS = 3  # in a row without a page or a dataset done


@dataclass(frozen=True, slots=True)
class Options:
    """What a person allowed for one run.

    `accept` names datasets whose loss of rows is right; with `accept_missing` all that vanished
    may go; a `full` run looks at every file.
    """

    accept: tuple[str, ...] = ()
    accept_missing: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A row of JOBS. Moments are UTC as CKAN writes it; `run_at` and `lease_until` are seconds."""

    number: int
    id: str
    source: str
    slot: str
    state: State
    token: int
    attempt: int
    max_attempts: int
    run_at: float
    lease_until: float | None
    worker: str
    options: Options
    created: str
    started: str | None
    finished: str | None
    phase: str
    cursor: str
    gathered: bool
    pages: int
    repeats: int
    found: int
    skipped: int
    total: int | None
    done: int
    full: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""
    fault_values: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def over(self) -> bool:
        """True when nobody will work on it any more."""
        return self.state not in OPEN


def said(error: EmapError) -> Told:
    """An error as it is written down."""
    if isinstance(error, HarvestError):
        return Told(fault=error.fault, values=error.values, reason=str(error))
    return Told(fault="source", values={}, reason=str(error))


def create(
    connection: Connection,
    source: str,
    *,
    slot: str = "",
    run_at: float | None = None,
    max_attempts: int = MAX_ATTEMPTS,
    options: Options = Options(),  # noqa: B008  frozen
) -> Job:
    """Make a job of a source; the same slot again gives the same job. No slot: a person's wish."""
    slot = slot or f"by hand {uuid.uuid4()}"
    known = connection.execute(select(JOBS).where(JOBS.c.source == source, JOBS.c.slot == slot))
    if row := known.first():
        return _job(row)
    values = {
        "id": str(uuid.uuid4()),
        "source": source,
        "slot": slot,
        "state": "queued",
        "max_attempts": max_attempts,
        "run_at": clock(connection) if run_at is None else run_at,
        "options": json.dumps(asdict(options), ensure_ascii=False),
        "created": now(),
    }
    made = connection.execute(insert(JOBS).values(**values).returning(JOBS))
    return _job(made.one())


def claim(
    engine: Engine, worker: str = WORKER, *, job_id: str | None = None, lease_s: float = LEASE_S
) -> Job | None:
    """Take a job that is due, or the one of an id at once; None when there is none to take.

    `worker` ends with `host:pid`. A job of a worker whose lease ended, or whose process is gone
    from this machine, is due again. A source with a job at work has none due.
    """
    with reading(engine) as connection:  # those who only look keep nobody waiting
        if connection.execute(_due(connection, job_id)).first() is None:
            return None
    with writing(engine) as connection:
        number = connection.scalar(_due(connection, job_id))
        if number is None:
            return None
        values = {
            "state": "running",
            "token": JOBS.c.token + 1,
            "attempt": JOBS.c.attempt + 1,
            "worker": worker,
            "lease_until": clock(connection) + lease_s,
            "started": func.coalesce(JOBS.c.started, now()),
        }
        mine = JOBS.c.number == number
        return _job(
            connection.execute(update(JOBS).where(mine).values(values).returning(JOBS)).one()
        )


def due(connection: Connection, without: Collection[str] = ()) -> str | None:
    """The id of the job that waits longest and may be claimed now, but for some; None if none."""
    number = connection.scalar(_due(connection, None).where(JOBS.c.id.not_in(without)))
    return connection.scalar(select(JOBS.c.id).where(JOBS.c.number == number))


def _due(connection: Connection, job_id: str | None) -> Select[tuple[int]]:
    time, left = clock(connection), _left(connection)
    other = JOBS.alias()
    at_work = exists().where(
        other.c.source == JOBS.c.source,
        other.c.state == "running",
        other.c.lease_until >= time,
        other.c.number.not_in(left),
    )
    free = (JOBS.c.state == "running") & ((JOBS.c.lease_until < time) | JOBS.c.number.in_(left))
    waiting = JOBS.c.state == "queued"
    if job_id is None:
        wanted = (waiting & (JOBS.c.run_at <= time)) | free
    else:
        wanted = (JOBS.c.id == job_id) & (waiting | free)
    query = select(JOBS.c.number).where(wanted & ~at_work)
    return query.order_by(JOBS.c.run_at, JOBS.c.number).limit(1)


def _left(connection: Connection) -> list[int]:
    """The running jobs whose process is gone from this machine."""
    running = select(JOBS.c.number, JOBS.c.worker).where(JOBS.c.state == "running")
    return [row.number for row in connection.execute(running) if is_gone(row.worker)]


def is_gone(worker: str) -> bool:
    """Tell whether a worker's process ended, as far as this machine knows; ours goes on."""
    place = ":".join(worker.split(":")[-2:])
    return place != WORKER and place.rpartition(":")[2].isdigit() and is_dead(place)


def clock(connection: Connection) -> ColumnElement[float]:
    """The seconds since 1970 by the database's clock."""
    if connection.dialect.name == "sqlite":
        return literal_column("((julianday('now') - 2440587.5) * 86400.0)")
    return literal_column("extract(epoch from clock_timestamp())::float8")


def beat(connection: Connection, job: Job, lease_s: float) -> bool:
    """Go on holding a job; False when it is another's now, or over."""
    held = update(JOBS).where(_held(job)).values(lease_until=clock(connection) + lease_s)
    return bool(connection.execute(held).rowcount)


def _held(job: Job) -> ColumnElement[bool]:
    mine = (JOBS.c.number == job.number) & (JOBS.c.token == job.token)
    return mine & (JOBS.c.state == "running")


def begin(connection: Connection, job: Job, *, full: bool) -> None:
    """Write that a job gathers, and whether it looks at every file."""
    mine = JOBS.c.number == job.number
    connection.execute(update(JOBS).where(mine).values(phase="gather", full=full))


def note(connection: Connection, job: Job, **values: Any) -> None:
    """Write how far a job is; each such step begins its attempts anew."""
    connection.execute(update(JOBS).where(JOBS.c.number == job.number).values(attempt=1, **values))


def finish(
    connection: Connection,
    job: Job,
    state: State,
    *,
    fault: str = "",
    values: Mapping[str, str] | None = None,
    reason: str = "",
) -> None:
    """End a job: count its items by action, and let those go that have nothing to tell."""
    counted = counts(connection, job)
    end = {
        "state": state,
        "lease_until": None,
        "finished": now(),
        "phase": "",
        "counts": json.dumps(counted),
        "done": sum(counted.values()),
    }
    _end(connection, job, end, fault, values, reason)
    quiet = (ITEMS.c.action == "unchanged") | (ITEMS.c.state != "done")
    connection.execute(delete(ITEMS).where(ITEMS.c.job == job.number, quiet))
    connection.execute(delete(CURSORS).where(CURSORS.c.job == job.number))
    connection.execute(update(ITEMS).where(ITEMS.c.job == job.number).values(record=None))


def postpone(
    connection: Connection,
    job: Job,
    wait_s: float,
    *,
    fault: str,
    values: Mapping[str, str],
    reason: str,
) -> None:
    """Let a job wait for its next attempt; what it gathered stays."""
    end = {"state": "queued", "lease_until": None, "run_at": clock(connection) + wait_s}
    _end(connection, job, end, fault, values, reason)


def release(connection: Connection, job: Job) -> None:
    """Give back a job that this worker still holds."""
    free = {"state": "queued", "lease_until": None, "run_at": clock(connection)}
    connection.execute(update(JOBS).where(_held(job)).values(**free))


def _end(
    connection: Connection,
    job: Job,
    end: Mapping[str, Any],
    fault: str,
    values: Mapping[str, str] | None,
    reason: str,
) -> None:
    said = json.dumps(dict(values or {}), ensure_ascii=False)
    told = {"fault": fault, "fault_values": said, "reason": reason}
    connection.execute(update(JOBS).where(JOBS.c.number == job.number).values(**end, **told))


def abort(connection: Connection, job_id: str, reason: str = "ended by a person") -> Job:
    """End a job that waits or runs: its worker is refused from now on. Raises NotFound."""
    job = find(connection, job_id)
    if not job.over:
        finish(connection, job, "aborted", reason=reason)
    return find(connection, job.id)


def find(connection: Connection, job_id: str) -> Job:
    """One job by its id; raises NotFound."""
    row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"there is no harvest job {job_id!r}; `emap jobs` lists those there are")
    return _job(row)


def unfinished(connection: Connection, source: str) -> Job | None:
    """The job of a source that waits or runs, the newest if there are several."""
    mine = (JOBS.c.source == source) & JOBS.c.state.in_(OPEN)
    newest = select(JOBS).where(mine).order_by(JOBS.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    return _job(row) if row else None


def is_at_work(connection: Connection, job: Job) -> bool:
    """Tell whether somebody holds a job now."""
    held = JOBS.c.lease_until >= clock(connection)
    mine = (JOBS.c.number == job.number) & (JOBS.c.state == "running") & held
    return not is_gone(job.worker) and connection.scalar(select(JOBS.c.id).where(mine)) is not None


def age_s(job: Job) -> float:
    """How many seconds ago a job was made."""
    return (
        datetime.now(UTC) - datetime.fromisoformat(job.created).replace(tzinfo=UTC)
    ).total_seconds()


def jobs(
    connection: Connection,
    source: str | None = None,
    state: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Job]:
    """The last jobs, of one source or state or of all, the newest first."""
    query = select(JOBS).order_by(JOBS.c.number.desc()).limit(limit).offset(offset)
    if source is not None:
        query = query.where(JOBS.c.source == source)
    if state is not None:
        query = query.where(JOBS.c.state == state)
    return [_job(row) for row in connection.execute(query)]


def items(
    connection: Connection,
    job: Job,
    action: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Item]:
    """The rows of a job's records, as they came; of one action, or all."""
    query = select(ITEMS).where(ITEMS.c.job == job.number).order_by(ITEMS.c.number)
    if action is not None:
        query = query.where(ITEMS.c.action == action)
    return list(connection.execute(query.limit(limit).offset(offset)).all())


def counts(connection: Connection, job: Job) -> dict[str, int]:
    """How many records of a job there are by action; those of a finished job are its own."""
    if job.over:
        return dict(job.counts)
    mine = (ITEMS.c.job == job.number) & (ITEMS.c.state == "done")
    query = select(ITEMS.c.action, func.count()).where(mine).group_by(ITEMS.c.action)
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting(connection: Connection, job: Job) -> int:
    """How many records of a job are still to be got."""
    left = case((ITEMS.c.state != "done", 1), else_=0)
    query = select(func.coalesce(func.sum(left), 0)).where(ITEMS.c.job == job.number)
    return int(connection.scalar(query) or 0)


def _job(row: Row[Any]) -> Job:
    said = {each.name: row._mapping[each.name] for each in fields(Job)}
    options = json.loads(said["options"])
    said["options"] = Options(**options | {"accept": tuple(options["accept"])})
    said["counts"] = json.loads(said["counts"])
    said["fault_values"] = json.loads(said["fault_values"])
    return Job(**said)
