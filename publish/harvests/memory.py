"""What is remembered of records: outside of jobs, so that a job forgotten changes no id or name."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import batched
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, union_all, update

from datasets import names
from datasets.errors import NotFound
from datasets.model import Receipt
from datasets.record import Known, Record
from datasets.store import Store
from publish.catalog.call import now
from publish.catalog.tables import packages
from publish.harvests.tables import RECORDS
from publish.versions import CURRENT

MAPPING = 1  # raise it when what is made of the same record changes
LONGEST_ID = 1000  # characters; an index takes no more of a text
AT_ONCE = 500  # parameters of a statement
PUBLISHED = frozenset({"created", "updated", "unchanged"})
STOPPED = frozenset({"refused", "held"})
RHYTHM = {"every", "cron", "between", "max_missing", "grace_days", "verify_every"}
_RECORD = TypeAdapter(Record)
_KNOWN = TypeAdapter(tuple[Known, ...])
_POINTED = (CURRENT.c.id == RECORDS.c.dataset_id) & (CURRENT.c.dataset == RECORDS.c.dataset)
_KNOWN_OF = (
    select(RECORDS, CURRENT.c.public, packages.c.state.label("package"))
    .select_from(
        RECORDS.outerjoin(CURRENT, _POINTED).outerjoin(
            packages, packages.c.id == RECORDS.c.dataset_id
        )
    )
    .where(
        RECORDS.c.source == bindparam("of"),
        RECORDS.c.remote_id.in_(bindparam("some", expanding=True)),
    )
)
_CHANGE = update(RECORDS).where(
    RECORDS.c.source == bindparam("of"), RECORDS.c.remote_id == bindparam("which")
)
_HAVING = union_all(
    select(RECORDS.c.dataset_id).where(RECORDS.c.dataset == bindparam("name")),
    select(CURRENT.c.id).where(CURRENT.c.dataset == bindparam("name")),
    select(packages.c.id).where(packages.c.name == bindparam("name")),
)

type Kept = Row[Any]
"""A row of RECORDS, with `public` (its version is) and `package` (the state in the catalog)."""


def seed(source: Any, checks: Any) -> bytes:
    """What a record's hash begins with: another mapping, setting or check makes all look new."""
    said = source.model_dump_json(exclude=RHYTHM)
    return f"{MAPPING}\n{said}\n{checks}\n".encode()


def digest(record: Record, start: bytes) -> str:
    """The hash of a record as mapped; its stamp is no part of it."""
    return hashlib.sha256(start + dumped(replace(record, modified=""))).hexdigest()


def dumped(record: Record) -> bytes:
    """A record as JSON, always the same for the same words; raises TypeError for broken text."""
    return orjson.dumps(record, default=dict, option=orjson.OPT_SORT_KEYS)


def loaded(text: str) -> Record:
    """A record from its JSON."""
    return _RECORD.validate_json(text)


def clean(record: Record) -> Record:
    """A record that a database takes: without half characters and NUL, and with a short id."""
    try:
        said = dumped(record)
    except TypeError:
        said = b"\\u0000"
    if b"\\u0000" in said:
        record = _RECORD.validate_python(_clean(asdict(record)))
    if len(record.remote_id) > LONGEST_ID:
        known = hashlib.sha256(record.remote_id.encode()).hexdigest()
        record = replace(record, remote_id=f"sha256:{known}")
    return record


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "")
    if isinstance(value, Mapping):
        return {_clean(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def known(connection: Connection, source: str, remote_ids: Iterable[str]) -> dict[str, Kept]:
    """What is remembered of these records, by remote id."""
    found: dict[str, Kept] = {}
    for some in batched(remote_ids, AT_ONCE):
        rows = connection.execute(_KNOWN_OF, {"of": source, "some": some})
        found |= {row.remote_id: row for row in rows}
    return found


def files(kept: Kept, store: Store, *, dates: bool) -> dict[str, Known]:
    """The files that are had of a record, by key, each where its bytes are.

    Without `dates` a server is not believed that says since when a file is unchanged.
    """
    found = {}
    for file in _KNOWN.validate_json(kept.files):
        try:
            there = replace(file, path=store.blob(file.sha256))
        except NotFound:
            continue
        found[file.key] = there if dates else replace(there, last_modified="")
    return found


def listed(kept: Sequence[Known]) -> str:
    """Files as they are remembered: by their hash, not by a path."""
    return json.dumps([asdict(replace(file, path=None)) for file in kept], ensure_ascii=False)


def name_of(connection: Connection, source: str, record: Record) -> str:
    """The name of a record's dataset: its own since the first time, else one that is free."""
    mine = _mine(source, record.remote_id)
    if there := connection.execute(select(RECORDS.c.dataset).where(mine)).first():
        return str(there.dataset)
    return _free(connection, record, names.dataset_id(source, record.remote_id))


def begin(connection: Connection, source: str, record: Record) -> Kept:
    """Remember a record, by the name of its dataset: chosen the first time, kept for ever."""
    remote_id = record.remote_id
    if there := known(connection, source, [remote_id]).get(remote_id):
        return there
    dataset_id = names.dataset_id(source, remote_id)
    values = {
        "source": source,
        "remote_id": remote_id,
        "id": names.record_id(source, remote_id),
        "dataset_id": dataset_id,
        "dataset": _free(connection, record, dataset_id),
        "title": str(record.title),
        "address": record.address,
        "state": "waiting",
    }
    connection.execute(insert(RECORDS), values)
    return known(connection, source, [remote_id])[remote_id]


def _mine(source: str, remote_id: str) -> ColumnElement[bool]:
    return (RECORDS.c.source == source) & (RECORDS.c.remote_id == remote_id)


def _free(connection: Connection, record: Record, dataset_id: str) -> str:
    """The first name that no other dataset has."""
    wanted, own = _wanted(record, dataset_id), dataset_id.partition("-")[0]
    for name in (wanted, f"{wanted[:90]}-{own}"):
        if not _taken(connection, name, dataset_id):
            return name
    return f"dataset-{dataset_id}"


def _wanted(record: Record, dataset_id: str) -> str:
    for said in (record.name, str(record.title)):
        if names.is_name(said):
            return said
        try:
            return names.slug(said)
        except ValueError:
            continue
    return f"dataset-{dataset_id.partition('-')[0]}"


def _taken(connection: Connection, name: str, dataset_id: str) -> bool:
    return any(each != dataset_id for each in connection.scalars(_HAVING, {"name": name}))


def remember(
    connection: Connection, row: Kept, record: Record, receipt: Receipt, **values: Any
) -> None:
    """Write what became of a record begun, with further values; nothing where nothing is new.

    A record that failed is looked at again next time, so its hash is not remembered.
    """
    fresh = {
        "title": str(record.title),
        "address": record.address,
        "state": receipt.action,
        "reason": "" if receipt.action in PUBLISHED else receipt.reason,
        "version": receipt.version,
        "missing_since": None,
    }
    job = values.pop("job", "")
    fresh |= {} if receipt.action == "failed" else {"modified": record.modified} | values
    same = receipt.action == "unchanged" and row.state in PUBLISHED
    passing = {"state"} if same else set()
    if all(row._mapping[key] == value for key, value in fresh.items() if key not in passing):
        return
    change(connection, row.source, record.remote_id, job=job, fetched=now(), **fresh)


def change(connection: Connection, source: str, remote_id: str, **values: Any) -> None:
    """Write some of what is remembered of a record."""
    connection.execute(_CHANGE, {"of": source, "which": remote_id, **values})


def returned(connection: Connection, source: str, remote_ids: Sequence[str]) -> None:
    """Records that were missing are there again, and as they were."""
    for some in batched(remote_ids, AT_ONCE):
        mine = (RECORDS.c.source == source) & RECORDS.c.remote_id.in_(some)
        there = {"missing_since": None, "state": "unchanged", "reason": ""}
        connection.execute(update(RECORDS).where(mine).values(**there))
