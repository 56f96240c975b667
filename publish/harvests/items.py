"""Items: each record that may have changed is got, judged and published, one after the other.

What becomes of a record, of its item and of what is remembered of it is one transaction, with the
lease of the job: after a kill each record is done or waits, and the counts are exact.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from datasets import names
from datasets.errors import EmapError, LeaseLost
from datasets.model import Dataset, Receipt
from datasets.record import Known, Record
from harvesters._http import without_secrets
from publish.catalog.call import now
from publish.database import reading
from publish.harvests import jobs, memory
from publish.harvests.jobs import said
from publish.harvests.tables import ITEMS, JOBS
from publish.harvests.work import Progress, Work, done
from publish.pipeline import Also, lenient, take, tile

BATCH = 20
BROKE_OFF = "its worker ended each time it was at this dataset: it is left out for now"


def items(work: Work) -> Iterator[Receipt]:
    """Bring each record that waits as far as it holds; gives what became of it."""
    while rows := _waiting(work):
        for row in rows:
            yield _item(row, work)
            with reading(work.desk.catalog.engine) as connection:
                job = work.progress(connection)
            work.tell(Progress("items", job.done, job.found))


def before(work: Work) -> Iterator[Receipt]:
    """What this job did before it was taken over; tiles that were left out are made."""
    mine = (ITEMS.c.job == work.job.number) & (ITEMS.c.state == "done")
    after = 0
    while True:
        query = select(ITEMS).where(mine, ITEMS.c.number > after).order_by(ITEMS.c.number)
        with reading(work.desk.catalog.engine) as connection:
            rows = connection.execute(query.limit(BATCH * 10)).all()
        for row in rows:
            if row.action in ("created", "updated"):
                tile(work.desk.versions.get(row.dataset, row.version).layers, work.desk)
            yield Receipt(row.dataset, row.action, row.version, row.reason)
        if not rows:
            return
        after = rows[-1].number


def give_up(work: Work) -> bool:
    """Leave out the records at which workers died, after too many attempts; False if none."""
    working = (ITEMS.c.job == work.job.number) & (ITEMS.c.state == "working")
    with work.writing() as connection:
        rows = connection.execute(select(ITEMS).where(working)).all()
        for row in rows:
            record = memory.loaded(row.record)
            name = memory.begin(connection, work.source.name, record)
            receipt = Receipt(name, "failed", None, BROKE_OFF)
            _write(connection, row, record, receipt, work, fault="broke-off")
    return bool(rows)


def _waiting(work: Work) -> Sequence[Any]:
    mine = (ITEMS.c.job == work.job.number) & (ITEMS.c.state != "done")
    query = select(ITEMS).where(mine).order_by(ITEMS.c.number).limit(BATCH)
    with reading(work.desk.catalog.engine) as connection:
        return connection.execute(query).all()


def _item(row: Any, work: Work) -> Receipt:
    record = memory.loaded(row.record)
    kept = _begin(row, record, work)
    desk = lenient(work.desk) if kept.dataset in work.job.options.accept else work.desk
    known = memory.files(kept, desk.store, dates=not work.job.full)
    try:
        with desk.store.desk("harvest") as into:
            collected = work.source.collect(record, known, work.http, into)
            dataset = _own(collected.dataset, kept.dataset, record, work)
            return take(dataset, desk, also=_also(row, record, collected.files, work))
    except LeaseLost:
        raise
    except EmapError as error:
        return _failed(row, record, kept, error, work)


def _begin(row: Any, record: Record, work: Work) -> memory.Kept:
    """Note that a record is worked on, under the name that its dataset has for ever."""
    with work.writing() as connection:
        name = memory.begin(connection, work.source.name, record)
        mine = (ITEMS.c.job == row.job) & (ITEMS.c.number == row.number)
        connection.execute(update(ITEMS).where(mine).values(state="working", dataset=name))
        return memory.kept_of(connection, work.source.name, record.remote_id)


def _own(dataset: Dataset, name: str, record: Record, work: Work) -> Dataset:
    """The dataset as it is known here, with how it came."""
    source = work.source
    provenance = {
        "harvest_source_id": names.source_id(source.name),
        "harvest_source_title": source.title or source.name,
        "harvest_object_id": names.record_id(source.name, record.remote_id),
        "harvest_source_url": without_secrets(record.url or record.address or source.address),
        "harvest_job_id": work.job.id,
        "harvest_fetched": now(),
    }
    return replace(
        dataset,
        name=name,
        source=source.name,
        remote_id=record.remote_id,
        provenance={key: value for key, value in provenance.items() if value},
    )


def _also(row: Any, record: Record, files: Sequence[Known], work: Work) -> Also:
    def also(connection: Connection, receipt: Receipt) -> None:
        work.lease.hold(connection)
        _write(connection, row, record, receipt, work, files=memory.listed(files))

    return also


def _failed(row: Any, record: Record, kept: memory.Kept, error: EmapError, work: Work) -> Receipt:
    """Note that a record could not be got whole; what was public stays."""
    receipt = Receipt(kept.dataset, "failed", kept.version, str(error))
    told = said(error)
    with work.writing() as connection:
        _write(connection, row, record, receipt, work, fault=told["fault"], values=told["values"])
    return receipt


def _write(
    connection: Connection,
    row: Any,
    record: Record,
    receipt: Receipt,
    work: Work,
    *,
    files: str = "[]",
    fault: str = "",
    values: Mapping[str, str] | None = None,
) -> None:
    """Write what became of a record; the lease is held already."""
    told = {"fault": fault, "fault_values": json.dumps(dict(values or {}), ensure_ascii=False)}
    mine = (ITEMS.c.job == row.job) & (ITEMS.c.number == row.number)
    connection.execute(update(ITEMS).where(mine).values(**done(receipt), **told))
    memory.remember(
        connection,
        work.source.name,
        record,
        receipt,
        hash=row.hash,
        files=files,
        job=work.job.id,
    )
    jobs.note(connection, work.job, done=JOBS.c.done + 1)
