"""What every step of a job works with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, insert, select

from datasets.model import Receipt
from datasets.record import Record
from harvesters.fetching.http import Http
from harvesters.sources.source import Source
from publish.desk import Desk
from publish.harvests import jobs
from publish.harvests.jobs import Job
from publish.harvests.lease import Lease
from publish.harvests.tables import ITEMS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: its phase, how many records are done of it, and of how many if known."""

    phase: str
    done: int
    total: int | None = None


type Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed job with its source, lease and client; `seed` begins the hashes of its records."""

    job: Job
    source: Source
    desk: Desk
    lease: Lease
    http: Http
    seed: bytes
    tell: Tell

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the lease, or raises LeaseLost and keeps nothing."""
        with self.desk.catalog.transaction() as catalog:
            self.hold(catalog.connection)
            yield catalog.connection

    @contextmanager
    def together(self) -> Iterator["Work"]:
        """Lend this work on one transaction that holds the lease: all is kept, or nothing."""
        with self.desk.transaction() as desk:
            self.lease.hold(desk.catalog.connection)
            yield replace(self, desk=desk)

    def hold(self, connection: Connection) -> None:
        """Hold the lease, once in a transaction; raises LeaseLost."""
        if not self.desk.is_lent:
            self.lease.hold(connection)

    def progress(self, connection: Connection) -> Job:
        """The job's row as it is now."""
        return jobs.find(connection, self.job.id)


def next_number(connection: Connection, job: Job) -> int:
    """The number of the next item of a job."""
    query = select(func.coalesce(func.max(ITEMS.c.number), 0)).where(ITEMS.c.job == job.number)
    return int(connection.scalar(query) or 0) + 1


def item(job: Job, number: int, of: Record, **values: Any) -> dict[str, Any]:
    """The row of a record in a job."""
    return {
        "job": job.number,
        "number": number,
        "remote_id": of.remote_id,
        "state": "waiting",
        "record": None,
        "hash": "",
        "dataset": of.name,
        "title": str(of.title),
        "address": of.url or of.address,
        "action": None,
        "version": None,
        "fault": "",
        "fault_values": "{}",
        "reason": "",
    } | values


def done(receipt: Receipt) -> dict[str, Any]:
    """The part of an item's row that says what became of it."""
    return {
        "state": "done",
        "dataset": receipt.dataset,
        "action": receipt.action,
        "version": receipt.version,
        "reason": receipt.reason,
        "record": None,
    }


def add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write the rows of some items."""
    if rows:
        connection.execute(insert(ITEMS), rows)
