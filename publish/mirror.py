"""What is public here, shown at another portal too. Read from top to bottom.

Rules: a run that changes nothing sends nothing; what a killed run sent is found again; nothing is
withdrawn in numbers without a person.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

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


def here(desk: Desk) -> Here:
    """Our side, as a target needs it; raises ConfigError without a public address."""
    if not desk.catalog.site_url:
        raise ConfigError("site.url: is empty; a target is told where our pages and files are")
    return Here(desk.http, desk.store, desk.catalog.site_url)


def mirror(
    target: Target, desk: Desk, *, repair: bool = False, accept: frozenset[str] = frozenset()
) -> Iterator[Receipt]:
    """Show at a target what is public here and meant for it; withdraw there what is gone here.

    With `repair` the target is read, and what was changed there is set right. `accept` names
    datasets that a person agrees to withdraw. Raises TargetError when the target fails as a whole.
    """
    remote = target.connect(here(desk))
    records = Records(desk.catalog.engine, target.name)
    wanted: set[str] = set()
    faults = 0
    for package in chosen(target, desk):
        wanted.add(package["id"])
        record = _record(package, target, records)
        try:
            receipt = push(package, record, remote, records, repair=repair)
            faults = 0
        except NotTaken as error:
            faults = faults + 1 if isinstance(error, Failed) else 0
            receipt = _refused(record, records, error)
        yield receipt
        if faults == MOST_FAULTS:
            raise TargetError(f"fails at {faults} datasets in a row: {receipt.reason}")
    extra = list(remote.ours()) if repair else []
    yield from withdraw(target, wanted, extra, remote, records, accept)


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


def _record(package: Package, target: Target, records: Records) -> Record:
    record = records.get(package["id"], package["name"])
    record.parts["organization"] = target.organization(package["organization"]["name"])
    return record


def push(
    package: Package, record: Record, remote: Remote, records: Records, *, repair: bool
) -> Receipt:
    """Bring one dataset to the target; asks nobody when it is there as it is here."""
    document = remote.document(package)
    sent = digest(document)
    known = record.state == "live" and record.sent == sent
    if known and not repair:
        return Receipt(record.name, "unchanged", reason="the target has it as it is here")
    there = remote.find(record)
    if known and there and not there.gone and not _fields(remote, document, there, record):
        return Receipt(record.name, "unchanged", reason="looked at there, and the same")
    record.state, record.sent, record.error = "sending", "", ""
    records.save(record)
    notes = remote.send(document, there, record, lambda: _saved(records, record))
    record.state, record.sent = "live", sent
    records.save(record)
    seen = there is not None and not there.gone
    return Receipt(record.name, "updated" if seen else "created", reason="; ".join(notes))


def _saved(records: Records, record: Record) -> None:
    failpoint("before_record")
    records.save(record)
    failpoint("after_record")


def _refused(record: Record, records: Records, error: NotTaken) -> Receipt:
    """Keep why; where the site failed it may have been taken, and is looked for there."""
    record.state = "sending" if isinstance(error, Failed) else "refused"
    record.sent, record.error = "", str(error)
    records.save(record)
    return Receipt(record.name, "refused", reason=str(error))


def digest(document: Document) -> str:
    """The sha256 of what a target is to show: equal ones need not be sent again."""
    parts = {"mapping": MAPPING, "document": document}
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def withdraw(
    target: Target,
    wanted: set[str],
    extra: list[There],
    remote: Remote,
    records: Records,
    accept: frozenset[str],
) -> Iterator[Receipt]:
    """Take off the target what is not public here any more, unless it is suspiciously much."""
    there = {record.dataset: record for record in _known(remote, records)}
    for found in extra:
        there.setdefault(found.of, _of(found, records.get(found.of, found.name)))
    gone = [record for dataset, record in there.items() if dataset not in wanted]
    doubtful = [record for record in gone if record.name not in accept]
    held = len(doubtful) > target.max_withdrawn * len(there)
    for record in gone:
        if held and record in doubtful:
            share = f"{len(doubtful)} of {len(there)} would go: over max_withdrawn of the target"
            reason = f"{share}; look, and go on with --accept {record.name}"
            yield Receipt(record.name, "held", reason=reason)
            continue
        try:
            remote.withdraw(record.remote_id)
        except NotTaken as error:
            yield _refused(record, records, error)
            continue
        record.state, record.sent, record.error = "withdrawn", "", ""
        records.save(record)
        yield Receipt(record.name, "removed", reason="not public here any more")


def _known(remote: Remote, records: Records) -> Iterator[Record]:
    """The records of what is there, also of what a killed run sent and heard nothing of."""
    for record in records.there():
        if record.remote_id:
            yield record
        elif found := remote.find(record):
            yield _of(found, record)


def _of(there: There, record: Record) -> Record:
    record.remote_id, record.remote_name = there.id, there.name
    return record


def drift(target: Target, desk: Desk) -> Iterator[Difference]:
    """What is not at the target as it is here, dataset by dataset; changes nothing.

    Raises TargetError.
    """
    remote = target.connect(here(desk))
    records = Records(desk.catalog.engine, target.name)
    wanted: set[str] = set()
    for package in chosen(target, desk):
        wanted.add(package["id"])
        yield from _drift_of(package, remote, _record(package, target, records))
    for there in remote.ours():
        if there.of not in wanted and not there.gone:
            yield Difference(there.name, "extra")


def _drift_of(package: Package, remote: Remote, record: Record) -> Iterator[Difference]:
    document = remote.document(package)
    there = remote.find(record)
    if there is None or there.gone:
        yield Difference(record.name, "missing")
        return
    sent = record.state == "live" and record.sent == digest(document)
    for field, ours, theirs in _fields(remote, document, there, record):
        yield Difference(record.name, "changed" if sent else "behind", field, ours, theirs)


def _fields(
    remote: Remote, document: Mapping[str, Any], there: There, record: Record
) -> list[tuple[str, str, str]]:
    return list(remote.differences(dict(document), there, record))
