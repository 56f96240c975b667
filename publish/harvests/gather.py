"""Gathering: a source describes what it has, page by page, and each page is kept with its place.

A job that was killed goes on at the page after the last one kept. Whatever shows that the list
cannot be whole ends the job, and nothing public changes.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from sqlalchemy import Connection, insert, select

from datasets.errors import HarvestError
from datasets.model import Action, Receipt
from datasets.record import Page, Record
from publish.harvests import jobs, memory
from publish.harvests.jobs import Options
from publish.harvests.memory import AT_ONCE, PUBLISHED, STOPPED, Kept
from publish.harvests.tables import CURSORS, ITEMS, JOBS
from publish.harvests.work import Progress, Work, add, done, item, next_number

MOST_RECORDS = 500_000
MOST_EMPTY = 1000  # pages without a record, such as those of a catalog of services alone
READINGS = 2  # a kind may read all again when the list changed meanwhile, so often
DELETED = "deleted here by a person: it stays so until its source changes it"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of a page: its hash, and whether it came before in this job."""

    record: Record
    hash: str
    again: bool = False


def gather(work: Work) -> Iterator[Receipt]:
    """Keep what the source says it has; gives receipts for what needs no further look.

    Raises HarvestError for a list that is broken, or that never ends.
    """
    if work.job.gathered:
        return
    for page in work.source.harvest(work.http, work.job.cursor):
        entries = [entered(record, work.seed) for record in page.records]
        with work.writing() as connection:
            receipts = _keep(connection, page, entries, work)
            now = work.progress(connection)
        work.tell(Progress("gather", now.found, now.total))
        yield from receipts
        if not page.next:
            return
    raise HarvestError(
        f"source {work.source.name!r}: its list broke off before its last page",
        "paging-loop",
        address=work.source.address,
    )


def entered(record: Record, seed: bytes) -> Entry:
    """A record as it is kept, with its hash."""
    cleaned = memory.clean(record)
    return Entry(cleaned, memory.digest(cleaned, seed))


def _keep(
    connection: Connection, page: Page, entries: Sequence[Entry], work: Work
) -> list[Receipt]:
    """Keep a page and the place after it, both or neither."""
    job = work.progress(connection)
    new = _new(connection, entries, work)
    repeats = bool(page.records) and all(entry.again for entry in new)
    if page.next and job.pages > MOST_EMPTY + READINGS * job.found:
        raise _loop(work, "its pages go on and on, and hold next to nothing")
    if repeats and page.next and job.repeats >= READINGS * (job.pages - job.repeats):
        raise _loop(work, "page after page shows only records that came before")
    if job.found + len(new) > MOST_RECORDS:
        raise HarvestError(
            f"source {work.source.name!r}: has more than {MOST_RECORDS} records",
            "too-many",
            limit=str(MOST_RECORDS),
        )
    kept = memory.known(connection, work.source.name, [entry.record.remote_id for entry in new])
    first = next_number(connection, job)
    rows, receipts = [], []
    for number, entry in enumerate(new, first):
        there = kept.get(entry.record.remote_id)
        receipt = settled(entry, there, job.options, full=job.full)
        rows.append(_row(number, entry, receipt, work))
        receipts += [receipt] if receipt else []
    add(connection, rows)
    _note_returns(connection, new, kept, work)
    _step(connection, page, len(new), work, repeats=repeats)
    return receipts


def _new(connection: Connection, entries: Sequence[Entry], work: Work) -> list[Entry]:
    """The records that are not in the job yet, and those of an id that another one has."""
    before: dict[str, str] = {}
    for some in batched([entry.record.remote_id for entry in entries], AT_ONCE):
        mine = (ITEMS.c.job == work.job.number) & ITEMS.c.remote_id.in_(some)
        query = select(ITEMS.c.remote_id, ITEMS.c.hash).where(mine).order_by(ITEMS.c.number.desc())
        before |= {row.remote_id: row.hash for row in connection.execute(query)}
    return fresh(entries, before)


def fresh(entries: Sequence[Entry], before: dict[str, str]) -> list[Entry]:
    """Those of a page that are new after the hashes by id `before`, to which they are added.

    The same record again is left out: pages shift while they are read. Another one of the same
    id came `again`.
    """
    new = []
    for entry in entries:
        if entry.record.remote_id not in before:
            before[entry.record.remote_id] = entry.hash
            new.append(entry)
        elif before[entry.record.remote_id] != entry.hash:
            new.append(Entry(entry.record, entry.hash, again=True))
    return new


def settled(entry: Entry, kept: Kept | None, options: Options, *, full: bool) -> Receipt | None:
    """What becomes of a record without a look at its files; None when they must be looked at."""
    record = entry.record
    if entry.again or not record.remote_id:
        return Receipt(record.name or record.remote_id, "refused", None, _broken(record))
    if kept is None or full or kept.dataset in options.accept:
        return None
    if (kept.hash, kept.modified) != (entry.hash, record.modified) or not _vouched(record):
        return None
    if kept.state in STOPPED:
        action: Action = "held" if kept.state == "held" else "refused"
        return Receipt(kept.dataset, action, kept.version, kept.reason)
    if not kept.public or kept.state not in PUBLISHED | {"missing"}:
        return None
    reason = "the source shows nothing new" if kept.package == "active" else DELETED
    return Receipt(kept.dataset, "unchanged", kept.version, reason)


def _vouched(record: Record) -> bool:
    """Tell whether the source says of each file, or of the whole, when it last changed."""
    files = [each for each in record.distributions if not each.link]
    return bool(record.modified) or (
        bool(record.distributions) and all(each.modified or each.digest for each in files)
    )


def _broken(record: Record) -> str:
    if not record.remote_id:
        return "the record has no identifier: nothing can be known again by it"
    return f"another record has the identifier {record.remote_id!r} too: the first one is kept"


def _row(number: int, entry: Entry, receipt: Receipt | None, work: Work) -> dict[str, Any]:
    record = entry.record
    if receipt is None:
        text = memory.dumped(record).decode()
        return item(work.job, number, record, hash=entry.hash, record=text)
    row = item(work.job, number, record, hash=entry.hash, **done(receipt))
    if entry.again or not record.remote_id:
        fault = "identity-twice" if record.remote_id else "record-broken"
        row |= {"fault": fault, "fault_values": json.dumps({"id": record.remote_id})}
    return row


def _note_returns(
    connection: Connection, new: Sequence[Entry], kept: dict[str, Kept], work: Work
) -> None:
    """Take the days of grace back from what is there again."""
    back = [row.remote_id for row in kept.values() if row.missing_since and row.public]
    if back:
        memory.returned(connection, work.source.name, back)


def _step(connection: Connection, page: Page, new: int, work: Work, *, repeats: bool) -> None:
    """Write the place after a page; raises HarvestError when the job went on from there before."""
    if page.next:
        place = hashlib.sha256(page.next.encode()).hexdigest()
        here = {"job": work.job.number, "hash": place}
        mine = (CURSORS.c.job == work.job.number) & (CURSORS.c.hash == place)
        if connection.scalar(select(CURSORS.c.hash).where(mine)):
            raise _loop(work, "a page leads back to one that was read")
        connection.execute(insert(CURSORS).values(**here))
    values: dict[str, Any] = {
        "phase": "gather" if page.next else "items",
        "cursor": page.next,
        "gathered": not page.next,
        "pages": JOBS.c.pages + 1,
        "repeats": JOBS.c.repeats + int(repeats),
        "found": JOBS.c.found + new,
        "skipped": JOBS.c.skipped + page.skipped,
    }
    if page.total is not None:
        values["total"] = page.total
    jobs.note(connection, work.job, **values)


def _loop(work: Work, what: str) -> HarvestError:
    return HarvestError(
        f"source {work.source.name!r}: {what}: tell the server's owner",
        "paging-loop",
        address=work.source.address,
    )
