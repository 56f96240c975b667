"""Items: each record that may have changed is got, judged and published, one after the other.

What becomes of a record, of its item and of what is remembered of it is one transaction, with the
lease of the job: after a kill each record is done or waits, and the counts are exact. Records of
which no file is to be got share a transaction, each with a savepoint of its own.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from datasets import names
from datasets.errors import EmapError, LeaseLost
from datasets.model import Dataset, Receipt
from datasets.record import Known, Record
from datasets.stores.folder import failpoint
from harvesters.fetching.http import without_secrets
from publish.catalog.call import now
from publish.database import reading
from publish.harvests import jobs, memory
from publish.harvests.jobs import said
from publish.harvests.tables import ITEMS, JOBS
from publish.harvests.work import Progress, Work, done
from publish.pipeline import Also, lenient, take, tile

BATCH = 50
LONGEST_S = 0.5  # of a shared transaction: others wait to write as long
BROKE_OFF = "its worker ended each time it was at this dataset: it is left out for now"
_ITEM = update(ITEMS).where(ITEMS.c.job == bindparam("of"), ITEMS.c.number == bindparam("place"))

type Entry = tuple[Any, Record]
"""An item's row, and the record in it."""


def items(work: Work) -> Iterator[Receipt]:
    """Bring each record that waits as far as it holds; gives what became of it."""
    with reading(work.desk.catalog.engine) as connection:
        job = work.progress(connection)
    done_so_far = job.done
    careful = work.job.attempt > 1  # one of the next may have ended the last worker
    while entries := _waiting(work):
        for receipts in _taken(entries, work, careful=careful):
            yield from receipts
            done_so_far += len(receipts)
            work.tell(Progress("items", done_so_far, job.found))
        careful = False


def _taken(entries: Sequence[Entry], work: Work, *, careful: bool) -> Iterator[list[Receipt]]:
    """Bring records as far as they hold, in their order; gives those of each transaction.

    Those that need files have one of their own, and all have when one is `careful`.
    """
    for alone, some in groupby(entries, lambda e: careful or work.source.needs_files(e[1])):
        if alone:
            yield from ([_item(entry, work)] for entry in some)
        else:
            yield from _together(list(some), work)


def _together(entries: Sequence[Entry], work: Work) -> Iterator[list[Receipt]]:
    """Bring records that need no file as far as they hold.

    A fault of the machine undoes a shared transaction: each record then has its own.
    """
    while entries:
        try:
            receipts = _shared(entries, work)
        except LeaseLost:
            raise
        except EmapError:
            yield from ([_item(entry, work)] for entry in entries)
            return
        yield receipts
        entries = entries[len(receipts) :]


def _shared(entries: Sequence[Entry], work: Work) -> list[Receipt]:
    """Do as many as there is time for in one transaction."""
    receipts, ends = [], time.monotonic() + LONGEST_S
    with work.together() as within:
        for entry in entries:
            receipts.append(_item(entry, within))
            failpoint("in_batch")
            if time.monotonic() >= ends:
                break
        jobs.note(within.desk.catalog.connection, work.job, done=JOBS.c.done + len(receipts))
    failpoint("after_batch")
    return receipts


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
            kept = memory.begin(connection, work.source.name, record)
            receipt = Receipt(kept.dataset, "failed", None, BROKE_OFF)
            _write(connection, row, record, kept, receipt, work, fault="broke-off")
    return bool(rows)


def _waiting(work: Work) -> list[Entry]:
    mine = (ITEMS.c.job == work.job.number) & (ITEMS.c.state != "done")
    query = select(ITEMS).where(mine).order_by(ITEMS.c.number).limit(BATCH)
    with reading(work.desk.catalog.engine) as connection:
        return [(row, memory.loaded(row.record)) for row in connection.execute(query)]


def _item(entry: Entry, work: Work) -> Receipt:
    row, record = entry
    kept = _begin(row, record, work)
    desk = lenient(work.desk) if kept.dataset in work.job.options.accept else work.desk
    known = memory.files(kept, desk.store, dates=not work.job.full)
    try:
        with _room(work) as into:
            collected = work.source.collect(record, known, work.http, into)
            dataset = _own(collected.dataset, kept.dataset, record, work)
            return take(dataset, desk, also=_also(row, record, kept, collected.files, work))
    except LeaseLost:
        raise
    except EmapError as error:
        if work.desk.is_lent:
            raise
        return _failed(row, record, kept, error, work)


def _room(work: Work) -> AbstractContextManager[Path]:
    """An empty folder for what is got, where anything is."""
    store = work.desk.store
    return nullcontext(store.staging) if work.desk.is_lent else store.desk("harvest")


def _begin(row: Any, record: Record, work: Work) -> memory.Kept:
    """Note that a record is worked on, under the name that its dataset has for ever."""
    with work.writing() as connection:
        kept = memory.begin(connection, work.source.name, record)
        if not work.desk.is_lent:  # else nobody would ever see it
            here = {"of": row.job, "place": row.number}
            connection.execute(_ITEM, {**here, "state": "working", "dataset": kept.dataset})
        return kept


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


def _also(row: Any, record: Record, kept: memory.Kept, files: Sequence[Known], work: Work) -> Also:
    def also(connection: Connection, receipt: Receipt) -> None:
        work.hold(connection)
        _write(connection, row, record, kept, receipt, work, files=memory.listed(files))

    return also


def _failed(row: Any, record: Record, kept: memory.Kept, error: EmapError, work: Work) -> Receipt:
    """Note that a record could not be got whole; what was public stays."""
    receipt = Receipt(kept.dataset, "failed", kept.version, str(error))
    told = said(error)
    with work.writing() as connection:
        _write(
            connection, row, record, kept, receipt, work, fault=told["fault"], values=told["values"]
        )
    return receipt


def _write(
    connection: Connection,
    row: Any,
    record: Record,
    kept: memory.Kept,
    receipt: Receipt,
    work: Work,
    *,
    files: str = "[]",
    fault: str = "",
    values: Mapping[str, str] | None = None,
) -> None:
    """Write what became of a record; the lease is held already."""
    told = {"fault": fault, "fault_values": json.dumps(dict(values or {}), ensure_ascii=False)}
    connection.execute(_ITEM, {"of": row.job, "place": row.number, **done(receipt), **told})
    memory.remember(
        connection,
        kept,
        record,
        receipt,
        hash=row.hash,
        files=files,
        job=work.job.id,
    )
    if not work.desk.is_lent:
        jobs.note(connection, work.job, done=JOBS.c.done + 1)
