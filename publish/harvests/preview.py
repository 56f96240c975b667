"""A dry run: what a harvest would do, decided by the same code, with nothing written.

The list is read whole first, as a harvest does. The files of what may have changed are fetched,
read and judged, and thrown away.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from datasets.errors import EmapError
from datasets.model import Action, Column, Dataset, Resource, Version
from datasets.record import Page, Record
from harvesters.fetching.http import Http
from harvesters.sources.source import Source
from publish import package, recipes, tables
from publish.catalog.call import now
from publish.database import reading
from publish.desk import Desk
from publish.harvests import breaker, memory
from publish.harvests.gather import Entry, entered, fresh, settled
from publish.harvests.jobs import Options
from publish.harvests.memory import Kept
from publish.harvests.missing import asked, grace_ends, lacking, public_of, too_much
from publish.harvests.run import client
from publish.pipeline import judged, lenient, public_as, stopped
from validation.reading import Reading, read

FIELDS = ("title", "notes", "owner_org", "license_id", "url", "author", "tags")
IN_RESOURCES = ("name", "description", "format", "url", "hash")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a dataset that would change, and how; empty where there is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A column of a resource that would come, go or be of another type."""

    resource: str
    column: str
    kind: Literal["added", "lost", "retyped"]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a harvest would do with a dataset, and what would be different then."""

    dataset: str
    action: Action
    reason: str = ""
    title: str = ""
    address: str = ""
    fields: tuple[Difference, ...] = ()
    columns: tuple[Drift, ...] = ()


@dataclass(slots=True)
class _Look:
    """A dry run under way: the hashes by id of what came, and how much the source says it has."""

    source: Source
    desk: Desk
    http: Http
    options: Options
    full: bool
    seen: dict[str, str] = field(default_factory=dict)
    came: int = 0
    total: int | None = None


def preview(
    source: Source, desk: Desk, accept: frozenset[str] = frozenset(), *, full: bool = False
) -> Iterator[Change]:
    """Tell what a harvest would do with each dataset; raises HarvestError when the source fails."""
    with reading(desk.catalog.engine) as connection:
        full = full or breaker.is_full_due(connection, source.name, source.verify_every)
    options = Options(tuple(sorted(accept)), full=full)
    look = _Look(source, desk, client(source, desk, full=full), options, full)
    with desk.store.desk("preview") as into:
        waiting = into / "waiting"
        yield from _listed(look, waiting)
        gone = _gone(look)
        if held := _held(look, len(gone)):
            yield from (Change(row.dataset, "held", held, row.title) for row in gone)
            return
        with waiting.open(encoding="utf-8") as lines:
            for line in lines:
                yield _looked_at(memory.loaded(line), look)
        for row in gone:
            yield _left(row, look)


def _listed(look: _Look, waiting: Path) -> Iterator[Change]:
    """Read the list to its end; records whose files must be looked at wait in a file."""
    seed = memory.seed(look.source, look.desk.checks)
    with waiting.open("w", encoding="utf-8") as file:
        for page in look.source.harvest(look.http):
            for entry, kept in _entries(page, look, seed):
                receipt = settled(entry, kept, look.options, full=look.full)
                if receipt is None:
                    file.write(memory.dumped(entry.record).decode() + "\n")
                    continue
                title, address = str(entry.record.title), entry.record.address
                yield Change(receipt.dataset, receipt.action, receipt.reason, title, address)


def _entries(page: Page, look: _Look, seed: bytes) -> list[tuple[Entry, Kept | None]]:
    new = fresh([entered(record, seed) for record in page.records], look.seen)
    look.came += len(new) + page.skipped
    look.total = look.total if page.total is None else page.total
    with reading(look.desk.catalog.engine) as connection:
        ids = [entry.record.remote_id for entry in new]
        kept = memory.known(connection, look.source.name, ids)
    return [(entry, kept.get(entry.record.remote_id)) for entry in new]


def _gone(look: _Look) -> list[Kept]:
    with reading(look.desk.catalog.engine) as connection:
        public = public_of(connection, look.source.name)
        return [row for row in public if row.remote_id not in look.seen]


def _held(look: _Look, gone: int) -> str:
    """Why the whole harvest would be held; empty when it would not."""
    with reading(look.desk.catalog.engine) as connection:
        public = sum(1 for _ in public_of(connection, look.source.name))
    lost = lacking(look.came, look.total, look.source)
    told = too_much(gone, public, lost, look.source)
    return told["reason"] if told else ""


def _left(row: Kept, look: _Look) -> Change:
    """What would become of a dataset that its source does not list any more."""
    there = None if row.missing_since else asked(row, look.source, look.http)
    whole = lacking(look.came, look.total, look.source) is None
    if there or (there is None and not whole and not row.missing_since):
        return Change(row.dataset, "unchanged", "not in the source's list, and still there")
    ends = grace_ends(row.missing_since or now(), look.source)
    over = whole and ends <= datetime.now(UTC)
    reason = (
        "gone at the source" if over else f"gone at the source: withdrawn after {ends:%Y-%m-%d}"
    )
    return Change(row.dataset, "withdrawn" if over else "missing", reason, row.title, row.address)


def _looked_at(record: Record, look: _Look) -> Change:
    """Get a record's files, and tell what would become of it."""
    desk, source = look.desk, look.source
    with reading(desk.catalog.engine) as connection:
        name = memory.name_of(connection, source.name, record)
        kept = memory.known(connection, source.name, [record.remote_id]).get(record.remote_id)
    known = memory.files(kept, desk.store, dates=not look.full) if kept else {}
    change = Change(name, "unchanged", "", str(record.title), record.address)
    try:
        with desk.store.desk("preview") as into:
            collected = source.collect(record, known, look.http, into).dataset
            dataset = _hashed(replace(collected, name=name, source=source.name))
            accepted = name in look.options.accept
            repaired = recipes.applied(dataset, desk.versions)
            return _judged(repaired, change, lenient(desk) if accepted else desk)
    except EmapError as error:
        return replace(change, action="failed", reason=str(error))


def _hashed(dataset: Dataset) -> Dataset:
    """The dataset as it would be once its files are kept."""
    return replace(dataset, resources=tuple(_with_hash(each) for each in dataset.resources))


def _with_hash(resource: Resource) -> Resource:
    with resource.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(resource, sha256=sha256, size_bytes=resource.path.stat().st_size)


def _judged(dataset: Dataset, change: Change, desk: Desk) -> Change:
    if public_as(dataset, desk):
        return replace(change, reason="the source shows nothing new")
    previous = desk.versions.current(dataset.name)
    with desk.store.desk("preview") as into:
        readings = read(dataset, desk.sandbox, into, previous.schemas if previous else {})
        report = judged(dataset, readings, previous, desk)
        columns = tuple(_drift(readings, previous, desk)) if previous else ()
    action: Action = "updated" if desk.versions.pointer(dataset.name) else "created"
    action, reason = (action, "") if report.ok else stopped(report)
    fields = tuple(_differences(dataset, previous)) if previous else ()
    return replace(change, action=action, reason=reason, fields=fields, columns=columns)


def _differences(dataset: Dataset, previous: Version) -> Iterator[Difference]:
    """What the public package says otherwise; what is made of layers is left out."""
    then = previous.package
    now_ = package.package(
        dataset, previous.number, previous.layers, previous.tables, previous.schemas
    )
    for key in FIELDS:
        yield from _one(key, _text(then.get(key)), _text(now_.get(key)))
    before, after = _extras(then), _extras(now_)
    for key in sorted(before | after):
        yield from _one(key, before.get(key, ""), after.get(key, ""))
    there, here = _resources(then), _resources(now_)
    for identity in [*there, *(each for each in here if each not in there)]:
        old, new = there.get(identity, {}), here.get(identity, {})
        label = f"resource {old.get('name') or new.get('name')}"
        if not old or not new:
            yield from _one(label, _text(old.get("name")), _text(new.get("name")))
            continue
        for key in IN_RESOURCES:
            yield from _one(f"{label}: {key}", _text(old.get(key)), _text(new.get(key)))


def _one(key: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(key, before, after)


def _extras(said: Mapping[str, Any]) -> dict[str, str]:
    """The extras that say what a dataset is, not how it came."""
    extras = {extra["key"]: str(extra["value"]) for extra in said.get("extras", [])}
    return {k: v for k, v in extras.items() if not k.startswith("harvest_") and k != "spatial"}


def _resources(said: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["id"]: each for each in said.get("resources", [])}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(sorted(each["name"] for each in value))
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _drift(readings: Sequence[Reading], previous: Version, desk: Desk) -> Iterator[Drift]:
    """How the columns differ from those of the public tables, resource by resource."""
    for reading_ in readings:
        name = reading_.resource.name
        if name in previous.tables and reading_.table.is_file():
            then = tables.columns(desk.store.blob(previous.tables[name]))
            yield from drift(name, then, tables.columns(reading_.table))


def drift(resource: str, then: Sequence[Column], now: Sequence[Column]) -> Iterator[Drift]:
    """The columns that come, go and change their type, by name."""
    before, after = {c.name: c for c in then}, {c.name: c for c in now}
    for name, column in before.items():
        if name not in after:
            yield Drift(resource, column.title, "lost", before=column.type)
        elif after[name].type != column.type:
            yield Drift(resource, column.title, "retyped", column.type, after[name].type)
    for name, column in after.items():
        if name not in before:
            yield Drift(resource, column.title, "added", after=column.type)
