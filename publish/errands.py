"""Errands: what somebody asked for on a page and is done while the page waits.

An errand is a row that outlives its process. Where that ended too early, the row says so, and the
errand can be done again: what was sent lies in the store since before it was acknowledged.
"""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy import update as change

from datasets.errors import NotFound, PublishError
from datasets.model import Receipt
from publish.catalog.call import now
from publish.database import metadata, reading, writing
from publish.validating import WORKER, is_dead

ERRAND = Table(
    "errand",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("dataset", Text, nullable=False, index=True),
    Column("organization", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("given", Text, nullable=False),  # JSON
    Column("user_name", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("begun", String(26), nullable=False),
    Column("ended", String(26), nullable=False),  # empty until then
    Column("action", Text, nullable=False),
    Column("version", Integer),
    Column("reason", Text, nullable=False),
)
LONGEST = timedelta(hours=2)  # one on another machine that took longer is dead
KEPT = timedelta(days=30)
_running: set[str] = set()


class Busy(PublishError):
    """Somebody else's errand on the same dataset is not done yet."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done with a dataset, and, once it `ended`, what became of it.

    `given` are the ids of repairs, or the dataset that was sent as JSON.
    """

    dataset: str
    organization: str
    kind: str
    given: Any
    user_name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    worker: str = WORKER
    begun: str = field(default_factory=now)
    ended: str = ""
    action: str = ""
    version: int | None = None
    reason: str = ""

    @property
    def broke_off(self) -> bool:
        """True when the program ended before the errand did."""
        if self.ended:
            return False
        here = self.worker == WORKER
        return self.id not in _running if here else is_dead(self.worker) or _is_long_ago(self)


def _is_long_ago(errand: Errand) -> bool:
    began = datetime.fromisoformat(errand.begun).replace(tzinfo=UTC)
    return datetime.now(UTC) - began > LONGEST


def begin(engine: Engine, errand: Errand) -> None:
    """Write an errand that begins here and now. Raises Busy when another one is at the dataset."""
    with writing(engine) as connection:
        if unfinished(connection, errand.dataset):
            raise Busy(f"{errand.dataset}: somebody's errand is not done yet; wait for it")
        _write(connection, errand)


def end(engine: Engine, errand: Errand, receipt: Receipt) -> None:
    """Write what became of an errand."""
    done = {"action": receipt.action, "version": receipt.version, "reason": receipt.reason}
    with writing(engine) as connection:
        mine = change(ERRAND).where(ERRAND.c.id == errand.id)
        connection.execute(mine.values(ended=now(), **done))
    _running.discard(errand.id)


def _write(connection: Connection, errand: Errand) -> None:
    """Write a new errand; those that ended long ago, or broke off before it, are forgotten."""
    before = (datetime.now(UTC) - KEPT).replace(tzinfo=None).isoformat(timespec="microseconds")
    broke_off = (ERRAND.c.dataset == errand.dataset) & (ERRAND.c.ended == "")
    connection.execute(delete(ERRAND).where((ERRAND.c.begun < before) | broke_off))
    values = asdict(errand) | {"given": orjson.dumps(errand.given).decode()}
    connection.execute(insert(ERRAND).values(values))
    _running.add(errand.id)


def unfinished(connection: Connection, dataset: str) -> Errand | None:
    """Give the errand that is at a dataset now, if there is one."""
    query = select(ERRAND).where(ERRAND.c.dataset == dataset, ERRAND.c.ended == "")
    found = (_read(row) for row in connection.execute(query))
    return next((errand for errand in found if not errand.broke_off), None)


def find(engine: Engine, errand_id: str) -> Errand:
    """Give an errand; raises NotFound."""
    with reading(engine) as connection:
        row = connection.execute(select(ERRAND).where(ERRAND.c.id == errand_id)).first()
    if row is None:
        raise NotFound(f"there is no errand {errand_id[:40]!r}")
    return _read(row)


def at_work(engine: Engine) -> list[Errand]:
    """Give the errands that are not done, also those that broke off."""
    with reading(engine) as connection:
        query = select(ERRAND).where(ERRAND.c.ended == "").order_by(ERRAND.c.begun)
        return [_read(row) for row in connection.execute(query)]


def _read(row: Any) -> Errand:
    return Errand(**{**row._mapping, "given": orjson.loads(row.given)})
