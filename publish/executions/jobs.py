"""Jobs of processes: a row for each execution whose results are kept, seen by every worker.

The row is the truth, whoever runs it. A claim gives a token that grows and a lease as long as an
execution may take; a process that is dismissed, or slower than its lease, is refused by its token.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from datasets.errors import NotFound, PublishError
from publish.catalog.call import now
from publish.database import metadata, reading, writing
from publish.harvests.jobs import clock, is_gone
from publish.validating import WORKER

JOBS = Table(
    "process_job",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("process", String(40), nullable=False),
    Column("state", String(16), nullable=False, index=True),  # see State
    Column("asked", Text, nullable=False),  # JSON: see Asked
    Column("client", String(64), nullable=False),  # a hash of who asked
    Column("token", Integer, nullable=False),  # grows with each claim: the fence
    Column("attempt", Integer, nullable=False),
    Column("worker", Text, nullable=False),  # the machine and process that has it
    Column("lease_until", Float),  # seconds since 1970 by the database's clock
    Column("progress", Integer, nullable=False),  # of 100
    Column("message", Text, nullable=False),
    Column("created", String(26), nullable=False),
    Column("started", String(26)),
    Column("updated", String(26), nullable=False),
    Column("finished", String(26)),
    Column("outputs", Text, nullable=False),  # JSON: see Kept
    Column("size_bytes", BigInteger, nullable=False),
)
type State = Literal["accepted", "running", "successful", "failed", "dismissed"]
"""How a job stands, in the words of OGC API Processes."""

OPEN = ("accepted", "running")
MAX_OPEN, MAX_OPEN_OF_CLIENT = 100, 20
MAX_JOBS = 10_000
MAX_ATTEMPTS = 2
ENDED = "the execution ended without a word, twice; ask for less"


class Busy(PublishError):
    """As many executions wait as may."""


class Dismissed(PublishError):
    """The job was ended by a person, or is another process's now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done: inputs as they came, and the versions of collections at that moment."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    response: str
    layers: Mapping[str, Mapping[str, Any]]
    base_url: str
    language: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An output of a job: a file in its folder of results."""

    output: str
    media_type: str
    file: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    """A row of JOBS. Moments are UTC without an offset; `lease_until` is in seconds."""

    number: int
    id: str
    process: str
    state: State
    asked: Asked
    client: str
    token: int
    attempt: int
    worker: str
    lease_until: float | None
    progress: int
    message: str
    created: str
    started: str | None
    updated: str
    finished: str | None
    outputs: tuple[Kept, ...]
    size_bytes: int

    def is_of(self, client: str) -> bool:
        """True when this client asked for it."""
        return self.client == _hash(self.id, client)


def _hash(job_id: str, client: str) -> str:
    return hashlib.sha256(f"{job_id} {client}".encode()).hexdigest()


def new_id() -> str:
    """The id of a job: nobody guesses it."""
    return str(uuid.uuid4())


def submit(engine: Engine, process: str, asked: Asked, client: str) -> Job:
    """Write a job that waits; raises Busy when too many of this client, or of all, wait."""
    with writing(engine) as connection:
        waiting = list(connection.execute(select(JOBS.c.id, JOBS.c.client).where(_is_open())))
        mine = sum(row.client == _hash(row.id, client) for row in waiting)
        if len(waiting) >= MAX_OPEN or mine >= MAX_OPEN_OF_CLIENT:
            raise Busy(f"{mine} of your jobs, {len(waiting)} of all, are not done; wait for them")
        return _insert(connection, process, asked, client, "accepted")


def keep(
    engine: Engine, process: str, asked: Asked, client: str, job_id: str, outputs: Iterable[Kept]
) -> Job:
    """Write a job that was done while its client waited."""
    kept = tuple(outputs)
    done = {"progress": 100, "started": now(), "finished": now(), **_sizes(kept)}
    with writing(engine) as connection:
        return _insert(connection, process, asked, client, "successful", id=job_id, **done)


def _insert(
    connection: Connection, process: str, asked: Asked, client: str, state: State, **more: Any
) -> Job:
    job_id = more.setdefault("id", new_id())
    values = {
        "process": process,
        "state": state,
        "asked": orjson.dumps(asdict(asked)).decode(),
        "client": _hash(job_id, client),
        "token": 0,
        "attempt": 0,
        "worker": "",
        "progress": 0,
        "message": "",
        "created": now(),
        "updated": now(),
        "outputs": "[]",
        "size_bytes": 0,
    }
    made = connection.execute(insert(JOBS).values(values | more).returning(JOBS))
    return _job(made.one())


def _is_open() -> ColumnElement[bool]:
    return JOBS.c.state.in_(OPEN)


def due(
    engine: Engine, parallel: int, without: Collection[str] = (), waited_s: float = 0
) -> str | None:
    """The job that waits longest and may be begun now, but for some; None when enough are at work.

    One whose process is gone, or whose lease ended, is due again at once, a new one when it has
    `waited_s`; after two attempts a job has failed.
    """
    with reading(engine) as connection:
        waiting = connection.scalar(select(func.count()).where(_is_open()))
    if not waiting:
        return None
    with writing(engine) as connection:
        at_work = _at_work(connection)
        if len(at_work) >= parallel:
            return None
        free = _is_open() & JOBS.c.number.not_in(at_work)
        broken = free & (JOBS.c.attempt >= MAX_ATTEMPTS)
        failed = {"state": "failed", "message": ENDED, "finished": now(), "updated": now()}
        connection.execute(update(JOBS).where(broken).values(failed))
        ripe = (JOBS.c.state == "running") | (
            JOBS.c.created <= _before(timedelta(seconds=waited_s))
        )
        free &= JOBS.c.id.not_in(without) & ripe
        oldest = select(JOBS.c.id).where(free).order_by(JOBS.c.number).limit(1)
        return connection.scalar(oldest)


def _at_work(connection: Connection) -> list[int]:
    """The numbers of the jobs that a living process works on."""
    held = (JOBS.c.state == "running") & (JOBS.c.lease_until >= clock(connection))
    query = select(JOBS.c.number, JOBS.c.worker).where(held)
    return [row.number for row in connection.execute(query) if not is_gone(row.worker)]


def claim(engine: Engine, job_id: str, lease_s: float, worker: str = WORKER) -> Job | None:
    """Take a job for a process, by default this one; None when it is another's, or over."""
    with writing(engine) as connection:
        free = _is_open() & JOBS.c.number.not_in(_at_work(connection))
        values = {
            "state": "running",
            "token": JOBS.c.token + 1,
            "attempt": JOBS.c.attempt + 1,
            "worker": worker,
            "lease_until": clock(connection) + lease_s,
            "progress": 0,
            "started": now(),
            "updated": now(),
        }
        mine = update(JOBS).where((JOBS.c.id == job_id) & free).values(values)
        row = connection.execute(mine.returning(JOBS)).first()
        return _job(row) if row else None


def note(engine: Engine, job: Job, progress: int) -> None:
    """Write how far a job is; raises Dismissed when it is not ours any more."""
    _change(engine, job, {"progress": progress, "updated": now()})


def finish(engine: Engine, job: Job, outputs: Iterable[Kept]) -> None:
    """Write that a job is done; raises Dismissed."""
    end = {"state": "successful", "progress": 100, "message": "", **_sizes(tuple(outputs))}
    _change(engine, job, {**end, "finished": now(), "updated": now(), "lease_until": None})


def fail(engine: Engine, job: Job, message: str) -> None:
    """Write why a job could not be done; raises Dismissed."""
    end = {"state": "failed", "message": message[:1000], "lease_until": None}
    _change(engine, job, {**end, "finished": now(), "updated": now()})


def _sizes(outputs: tuple[Kept, ...]) -> dict[str, Any]:
    return {
        "outputs": orjson.dumps([asdict(each) for each in outputs]).decode(),
        "size_bytes": sum(each.size_bytes for each in outputs),
    }


def _change(engine: Engine, job: Job, values: Mapping[str, Any]) -> None:
    held = (JOBS.c.number == job.number) & (JOBS.c.token == job.token)
    mine = update(JOBS).where(held & (JOBS.c.state == "running")).values(values)
    with writing(engine) as connection:
        if not connection.execute(mine).rowcount:
            raise Dismissed(f"job {job.id} was ended by a person, or is another process's now")


def dismiss(engine: Engine, job_id: str) -> Job:
    """End a job, done or not: its process is refused from now on. Raises NotFound."""
    find(engine, job_id)
    end = {"state": "dismissed", "outputs": "[]", "size_bytes": 0, "lease_until": None}
    values = {**end, "finished": now(), "updated": now()}
    with writing(engine) as connection:
        there = (JOBS.c.id == job_id) & (JOBS.c.state != "dismissed")
        connection.execute(update(JOBS).where(there).values(values))
    return find(engine, job_id)


def find(engine: Engine, job_id: str) -> Job:
    """One job by its id; raises NotFound."""
    with reading(engine) as connection:
        row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"there is no job {job_id[:40]!r}; it may have been forgotten")
    return _job(row)


def jobs_of(engine: Engine, client: str) -> list[Job]:
    """The jobs that a client asked for, the newest first."""
    narrow = select(JOBS.c.number, JOBS.c.id, JOBS.c.client)
    with reading(engine) as connection:
        rows = connection.execute(narrow)
        mine = [row.number for row in rows if row.client == _hash(row.id, client)]
        query = select(JOBS).where(JOBS.c.number.in_(mine[-1000:])).order_by(JOBS.c.number.desc())
        return [_job(row) for row in connection.execute(query)]


def _before(time: timedelta) -> str:
    """The moment so long ago, as rows have moments."""
    return (datetime.now(UTC) - time).replace(tzinfo=None).isoformat(timespec="microseconds")


def forget(engine: Engine, keep: timedelta, keep_bytes: int) -> list[str]:
    """Forget jobs that are older than they are kept, and the oldest of too many; gives their ids.

    One that is at work is not forgotten.
    """
    before = _before(keep)
    gone, size, count = [], 0, 0
    with writing(engine) as connection:
        query = select(JOBS.c.number, JOBS.c.id, JOBS.c.created, JOBS.c.size_bytes)
        rows = connection.execute(query.where(~_is_open()).order_by(JOBS.c.number.desc()))
        for row in rows.all():
            size, count = size + row.size_bytes, count + 1
            if row.created < before or size > keep_bytes or count > MAX_JOBS:
                gone.append(row)
        numbers = [row.number for row in gone]
        connection.execute(delete(JOBS).where(JOBS.c.number.in_(numbers)))
    return [row.id for row in gone]


def _job(row: Row[Any]) -> Job:
    said = {each.name: row._mapping[each.name] for each in fields(Job)}
    said["asked"] = Asked(**orjson.loads(said["asked"]))
    said["outputs"] = tuple(Kept(**each) for each in orjson.loads(said["outputs"]))
    return Job(**said)
