"""What vanished: held when it is much, else withdrawn after its days of grace; back on return."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from datasets.errors import HarvestError
from datasets.model import Receipt
from datasets.record import Record
from datasets.text import Text
from harvesters.fetching.http import Http
from harvesters.sources.source import Source
from publish.catalog.call import now
from publish.database import reading
from publish.harvests import memory
from publish.harvests.jobs import Told
from publish.harvests.memory import Kept
from publish.harvests.tables import ITEMS, RECORDS
from publish.harvests.work import Progress, Work, add, done, item, next_number
from publish.pipeline import Also, withdraw
from publish.versions import CURRENT

BATCH = 200
NEVER_PUBLIC = ("waiting", "refused", "held", "failed")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A source says that it has more than it gave."""

    share: float
    told: Told


def stop(work: Work) -> Told | None:
    """Decide whether so much vanished that a person must look first; None to go on."""
    with reading(work.desk.catalog.engine) as connection:
        job = work.progress(connection)
        public = _count(connection, _public(work.source.name))
        gone = _count(connection, _gone(work))
    if job.options.accept_missing:
        return None
    return too_much(gone, public, shortfall(work), work.source)


def too_much(gone: int, public: int, lost: Shortfall | None, source: Source) -> Told | None:
    """Why a person must look before so many of the public datasets of a source may go."""
    if not gone:
        return None
    share = gone / public
    values = {"missing": str(gone), "known": str(public), "share": f"{share:.0%}"}
    told = f"{gone} of {public} datasets are gone at the source at once"
    way = "look at the source; if it is right, let them go with accept-missing"
    if gone == public:
        return Told(fault="missing-all", values=values, reason=f"{told}, all of them: {way}")
    if share > source.max_missing:
        return Told(fault="missing-many", values=values, reason=f"{told}, {share:.0%}: {way}")
    return lost.told if lost and lost.share > source.max_missing else None


def shortfall(work: Work) -> Shortfall | None:
    """How much less came than the source says it has; None when it agrees with itself."""
    with reading(work.desk.catalog.engine) as connection:
        job = work.progress(connection)
    return lacking(job.found + job.skipped, job.total, work.source)


def lacking(came: int, total: int | None, source: Source) -> Shortfall | None:
    """How much less came than a source says it has in all."""
    if total is None or came >= total:
        return None
    reason = (
        f"the source says that it has {total} records and gave {came}: its paging is broken,"
        " so nothing is believed gone"
    )
    values = {"total": str(total), "found": str(came), "address": source.address}
    return Shortfall(1 - came / total, Told(fault="paging-counts", values=values, reason=reason))


def hold(work: Work) -> Iterator[Receipt]:
    """Note of each dataset that would vanish that it is held."""
    reason = "gone at the source with many others: a person must look first"
    while gone := _next(work, _gone(work)):
        receipts = [Receipt(row.dataset, "held", row.version, reason) for row in gone]
        with work.writing() as connection:
            first = next_number(connection, work.job)
            add(
                connection,
                [
                    _row(work, number, row, receipt)
                    for number, (row, receipt) in enumerate(zip(gone, receipts, strict=True), first)
                ],
            )
        yield from receipts


def missing(work: Work) -> Iterator[Receipt]:
    """Go through what vanished; gives what became of each."""
    whole = shortfall(work) is None
    number = 0
    while gone := _next(work, _gone(work)):
        for row in gone:
            yield _one(row, work, whole=whole)
            number += 1
            work.tell(Progress("missing", number))
    if whole:
        _forget(work)


def _one(row: Kept, work: Work, *, whole: bool) -> Receipt:
    there = None if row.missing_since else asked(row, work.source, work.http)
    if there or (there is None and not whole and not row.missing_since):
        reason = "not in the source's list, and still there"
        return _note(work, row, Receipt(row.dataset, "unchanged", row.version, reason))
    since = row.missing_since or now()
    ends = grace_ends(since, work.source)
    if whole and ends <= datetime.now(UTC):
        return withdraw(row.dataset, work.desk, _withdrawn(work, row, since))
    reason = f"gone at the source since {since[:10]}: withdrawn after {ends:%Y-%m-%d}"
    receipt = Receipt(row.dataset, "missing", row.version, reason)
    fresh = {} if row.missing_since else {"missing_since": since, "state": "missing"}
    return _note(work, row, receipt, **fresh)


def grace_ends(since: str, source: Source) -> datetime:
    """When the days of grace of what is missing since then are over."""
    days = timedelta(days=source.grace_days)
    return datetime.fromisoformat(since).replace(tzinfo=UTC) + days


def asked(row: Kept, source: Source, http: Http) -> bool | None:
    """Ask the source for one record; None when it cannot tell."""
    try:
        return source.is_there(row.remote_id, http)
    except HarvestError as error:
        return False if error.fault in ("gone", "removed") else None


def _note(work: Work, row: Kept, receipt: Receipt, **fresh: Any) -> Receipt:
    with work.writing() as connection:
        _write(connection, work, row, receipt, **fresh)
    return receipt


def _withdrawn(work: Work, row: Kept, since: str) -> Also:
    def also(connection: Connection, receipt: Receipt) -> None:
        work.lease.hold(connection)
        _write(connection, work, row, receipt, state="withdrawn", missing_since=since)

    return also


def _write(connection: Connection, work: Work, row: Kept, receipt: Receipt, **fresh: Any) -> None:
    add(connection, [_row(work, next_number(connection, work.job), row, receipt)])
    if fresh:
        memory.change(connection, row.source, row.remote_id, job=work.job.id, **fresh)


def _row(work: Work, number: int, row: Kept, receipt: Receipt) -> dict[str, Any]:
    record = Record(row.remote_id, Text(row.title), name=row.dataset, address=row.address)
    fault = {"fault": "removed"} if receipt.action == "missing" else {}
    told = {"fault_values": json.dumps({"address": row.address})}
    return item(work.job, number, record, **done(receipt)) | fault | told


def _forget(work: Work) -> None:
    """Let the reports of what was never public, and is gone, go with it."""
    mine = RECORDS.c.source == work.source.name
    never = RECORDS.c.state.in_(NEVER_PUBLIC) & ~_is_public()
    while gone := _next(work, mine & never & ~_came(work)):
        with work.writing() as connection:
            for row in gone:
                work.desk.versions.forget_refusal(connection, row.dataset)
            ids = RECORDS.c.id.in_([row.id for row in gone])
            left = update(RECORDS).where(ids).values(state="withdrawn", hash="", reason="")
            connection.execute(left)


def _is_public() -> ColumnElement[bool]:
    same = (CURRENT.c.id == RECORDS.c.dataset_id) & (CURRENT.c.dataset == RECORDS.c.dataset)
    return exists().where(same & CURRENT.c.public)


def _came(work: Work) -> ColumnElement[bool]:
    mine = (ITEMS.c.job == work.job.number) & (ITEMS.c.remote_id == RECORDS.c.remote_id)
    return exists().where(mine)


def _public(source: str) -> ColumnElement[bool]:
    return (RECORDS.c.source == source) & _is_public()


def public_of(connection: Connection, source: str) -> Iterator[Kept]:
    """What is remembered of the public datasets of a source, read as it is asked for."""
    query = select(RECORDS).where(_public(source)).order_by(RECORDS.c.remote_id)
    yield from connection.execute(query.execution_options(yield_per=BATCH))


def _gone(work: Work) -> ColumnElement[bool]:
    """The public datasets of a source that are not in the job: neither gathered nor noted."""
    return _public(work.source.name) & ~_came(work)


def _count(connection: Connection, wanted: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).select_from(RECORDS).where(wanted)) or 0)


def _next(work: Work, wanted: ColumnElement[bool]) -> list[Kept]:
    query = select(RECORDS).where(wanted).order_by(RECORDS.c.remote_id).limit(BATCH)
    with reading(work.desk.catalog.engine) as connection:
        return list(connection.execute(query).all())
