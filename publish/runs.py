"""What harvests did: a row for each run of a source, while it runs and afterwards."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    Row,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from datasets.errors import EmapError
from datasets.model import Receipt
from publish.catalog.call import now
from publish.database import metadata, writing
from publish.validating import WORKER, is_dead

if TYPE_CHECKING:
    from harvesters._source import Source
    from publish.desk import Desk

MOST_FAULTS = 1000
BROKEN_OFF = "the run ended before its time: it is made good by the next one"
RUNS = Table(
    "harvest_run",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("source", String(100), nullable=False, index=True),
    Column("started", String(26), nullable=False),
    Column("finished", String(26)),
    Column("worker", Text, nullable=False),  # the machine and process that works on it
    Column("counts", Text, nullable=False),  # of datasets by action, as JSON
    Column("faults", Text, nullable=False),  # dataset, action and reason of each that failed
    Column("error", Text),
)

type Run = Row[Any]


@dataclass(slots=True)
class Book:
    """Where a run notes what it did with each dataset."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, str]] = field(default_factory=list)

    def note(self, receipt: Receipt) -> None:
        """Note one dataset."""
        self.counts[receipt.action] += 1
        if receipt.action in ("refused", "held") and len(self.faults) < MOST_FAULTS:
            fault = {"dataset": receipt.dataset, "action": receipt.action, "reason": receipt.reason}
            self.faults.append(fault)


@contextmanager
def recorded(source: "Source", desk: "Desk") -> Iterator[Book]:
    """Record a run of a source: it is there from now on, and gets its end whatever happens."""
    engine, key, book = desk.catalog.engine, str(uuid.uuid4()), Book()
    with writing(engine) as connection:
        values = {"id": key, "source": source.name, "started": now(), "worker": WORKER}
        connection.execute(insert(RUNS).values(**values, counts="{}", faults="[]"))
    error: str | None = BROKEN_OFF
    try:
        yield book
        error = None
    except EmapError as fault:
        error = str(fault)
        raise
    finally:
        _end(engine, key, book, error)


def _end(engine: Engine, key: str, book: Book, error: str | None) -> None:
    values = {
        "finished": now(),
        "counts": json.dumps(book.counts),
        "faults": json.dumps(book.faults, ensure_ascii=False),
        "error": error,
    }
    with writing(engine) as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == key).values(**values))


def runs(connection: Connection, source: str | None = None, limit: int = 100) -> list[Run]:
    """The last runs, of one source or of all, the newest first."""
    query = select(RUNS).order_by(RUNS.c.number.desc()).limit(limit)
    if source is not None:
        query = query.where(RUNS.c.source == source)
    return list(connection.execute(query).all())


def run(connection: Connection, key: str) -> Run | None:
    """One run by its id."""
    return connection.execute(select(RUNS).where(RUNS.c.id == key)).first()


def status(found: Run) -> str:
    """How a run stands: Running or Finished; one whose process is gone is Aborted."""
    if found.finished is not None:
        return "Finished"
    dead = found.worker != WORKER and is_dead(found.worker)
    return "Aborted" if dead else "Running"
