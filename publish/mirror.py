"""What is public here, shown at another portal too. Read from top to bottom.

Rules: a run that changes nothing sends nothing; what a killed run sent is found again; nothing is
withdrawn in numbers without a person.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ckanapi.errors import NotAuthorized, NotFound

from datasets.errors import ConfigError, TargetError
from datasets.model import Receipt
from datasets.stores.folder import failpoint
from publish.desk import Desk
from publish.targets._records import Record, Records
from publish.targets._target import (
    Difference,
    Document,
    Failed,
    Here,
    NotTaken,
    Package,
    Remote,
    Target,
    There,
)

MAPPING = 1  # raise it when the same package is to be sent in another form
MOST_FAULTS = 3  # datasets in a row that a site fails at: then it is the site


@dataclass(frozen=True, slots=True)
class To:
    """Where a mirror goes to: the target, how it is talked to, what it was sent."""

    target: Target
    remote: Remote
    records: Records

    def record(self, package: Package) -> Record:
        """What the target was sent of a package."""
        record = self.records.get(package["id"], package["name"])
        record.parts["organization"] = self.target.organization(package["organization"]["name"])
        return record

    def digest(self, document: Document) -> str:
        """The sha256 of what the target is to show: equal ones need not be sent again."""
        parts = {"mapping": MAPPING, "document": document}
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def here(desk: Desk) -> Here:
    """Our side, as a target needs it; raises ConfigError without a public address."""
    if not desk.catalog.site_url:
        raise ConfigError("site.url: is empty; a target is told where our pages and files are")
    return Here(desk.http, desk.store, desk.catalog.as_user(None), desk.versions)


def connected(target: Target, desk: Desk) -> To:
    """Open a target; asks nobody yet. Raises ConfigError without a token or an own address."""
    records = Records(desk.catalog.engine, target.name)
    return To(target, target.connect(here(desk)), records)


def mirror(
    target: Target, desk: Desk, *, repair: bool = False, accept: frozenset[str] = frozenset()
) -> Iterator[Receipt]:
    """Show at a target what is public here and meant for it; withdraw there what is gone here.

    With `repair` the target is read, and what was changed there is set right. `accept` names
    datasets that a person agrees to withdraw. Raises TargetError when the target fails as a whole.
    """
    to = connected(target, desk)
    wanted: set[str] = set()
    faults = 0
    for package in chosen(target, desk):
        wanted.add(package["id"])
        record = to.record(package)
        try:
            receipt = push(package, record, to, repair=repair)
            faults = 0
        except NotTaken as error:
            faults = faults + 1 if isinstance(error, Failed) else 0
            receipt = _refused(record, to, error)
        yield receipt
        if faults == MOST_FAULTS:
            raise TargetError(f"fails at {faults} datasets in a row: {receipt.reason}")
    yield from withdraw(to, wanted, accept, repair=repair)


def chosen(target: Target, desk: Desk) -> Iterator[Package]:
    """The public packages that are meant for a target, by name."""
    public = desk.catalog.as_user(None)
    for name in public.call_action("package_list"):
        try:
            package = public.call_action("package_show", {"id": name})
        except (NotFound, NotAuthorized):
            continue  # withdrawn since the list was made
        if target.takes(package["organization"]["name"], package["name"]):
            yield package


def push(package: Package, record: Record, to: To, *, repair: bool = False) -> Receipt:
    """Bring one dataset to the target; asks nobody when it is there as it is here."""
    document = to.remote.document(package)
    sent = to.digest(document)
    known = record.state == "live" and record.sent == sent
    if known and not repair:
        return Receipt(record.name, "unchanged", reason="the target has it as it is here")
    there = to.remote.find(record)
    shown = there is not None and not there.gone
    if known and there and shown and not any(to.remote.differences(document, there, record)):
        return Receipt(record.name, "unchanged", reason="looked at there, and the same")
    record.state, record.sent, record.error = "sending", "", ""
    to.records.save(record)
    notes = to.remote.send(document, there, record, lambda: _save(record, to))
    record.state, record.sent = "live", sent
    to.records.save(record)
    return Receipt(record.name, "updated" if shown else "created", reason="; ".join(notes))


def _save(record: Record, to: To) -> None:
    failpoint("before_record")
    to.records.save(record)
    failpoint("after_record")


def _refused(record: Record, to: To, error: NotTaken) -> Receipt:
    """Keep why; where the site failed it may have been taken, and is looked for there."""
    record.state = "sending" if isinstance(error, Failed) else "refused"
    record.sent, record.error = "", str(error)
    to.records.save(record)
    return Receipt(record.name, "refused", reason=str(error))


def withdraw(
    to: To, wanted: set[str], accept: frozenset[str], *, repair: bool = False
) -> Iterator[Receipt]:
    """Take off the target what is not public here any more, unless it is suspiciously much."""
    there = {record.dataset: record for record in _known(to)}
    for found in to.remote.ours() if repair else ():
        there.setdefault(found.of, _of(found, to.records.get(found.of, found.name)))
    gone = [record for dataset, record in there.items() if dataset not in wanted]
    doubtful = [record for record in gone if record.name not in accept]
    if len(doubtful) <= to.target.max_withdrawn * len(there):
        doubtful = []
    for record in gone:
        if record in doubtful:
            share = f"{len(doubtful)} of {len(there)} would go: over max_withdrawn of the target"
            reason = f"{share}; look, and go on with --accept {record.name}"
            yield Receipt(record.name, "held", reason=reason)
        else:
            yield _withdrawn(record, to)


def _withdrawn(record: Record, to: To) -> Receipt:
    try:
        to.remote.withdraw(record.remote_id)
    except NotTaken as error:
        return _refused(record, to, error)
    record.state, record.sent, record.error = "withdrawn", "", ""
    to.records.save(record)
    return Receipt(record.name, "withdrawn", reason="not public here any more")


def _known(to: To) -> Iterator[Record]:
    """The records of what is there, also of what a killed run sent and heard nothing of."""
    for record in to.records.there():
        if record.remote_id:
            yield record
        elif found := to.remote.find(record):
            yield _of(found, record)


def _of(there: There, record: Record) -> Record:
    record.remote_id, record.remote_name = there.id, there.name
    return record


def drift(target: Target, desk: Desk) -> Iterator[Difference]:
    """What is not at the target as it is here, dataset by dataset; changes nothing.

    Raises TargetError.
    """
    to = connected(target, desk)
    wanted: set[str] = set()
    for package in chosen(target, desk):
        wanted.add(package["id"])
        yield from _drift_of(package, to)
    for there in to.remote.ours():
        if there.of not in wanted and not there.gone:
            yield Difference(there.name, "extra")


def _drift_of(package: Package, to: To) -> Iterator[Difference]:
    record = to.record(package)
    document = to.remote.document(package)
    there = to.remote.find(record)
    if there is None or there.gone:
        yield Difference(record.name, "missing")
        return
    sent = record.state == "live" and record.sent == to.digest(document)
    for field, ours, theirs in to.remote.differences(document, there, record):
        yield Difference(record.name, "changed" if sent else "behind", field, ours, theirs)
