"""A dataset's way, from its source to every public surface. Read from top to bottom."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from datasets.errors import EmapError, PublishError
from datasets.model import Action, Dataset, Finding, Layer, Receipt, Report
from datasets.stores.folder import failpoint
from datasets.text import ENGLISH
from harvesters._source import Source
from publish import package, tables
from publish.catalog.call import now
from publish.datastore import artefact
from publish.desk import Desk
from publish.fingerprint import fingerprint
from publish.layers.build import build_layer
from publish.layers.tippecanoe import build_tiles
from publish.publisher import ensure_organization, publish_package, renew_organization
from publish.versions import Pointer, Refusal
from validation.judge import HOLDING, validate
from validation.messages import said
from validation.reading import Reading, read


def run(source: Source, desk: Desk, accept: frozenset[str] = frozenset()) -> Iterator[Receipt]:
    """Harvest one source, validate what came, publish what holds, withdraw what is gone.

    `accept` names datasets whose loss of rows a person has looked at and found right.

    A dataset that fails never stops the others; a source that fails raises HarvestError, and then
    nothing of it is withdrawn.
    """
    for organization in desk.config.organizations:
        renew_organization(desk.catalog, package.organization(organization.name, desk.config))
    yield from _receipts(source, desk, accept)


def _receipts(source: Source, desk: Desk, accept: frozenset[str]) -> Iterator[Receipt]:
    seen: set[str] = set()
    with desk.store.desk("harvest") as into:
        for page in source.harvest(desk.http):
            for record in page.records:
                dataset = source.collect(record, {}, desk.http, into).dataset
                seen.add(dataset.id)
                yield take(dataset, lenient(desk) if dataset.name in accept else desk)
    yield from withdraw(source, seen, desk)


def lenient(desk: Desk) -> Desk:
    """The desk for a dataset whose loss of rows a person has accepted."""
    return replace(desk, checks=replace(desk.checks, max_loss=1.0))


def take(dataset: Dataset, desk: Desk, *, by_hand: bool = False) -> Receipt:
    """Bring one dataset as far as it holds: the same way for a harvest, an upload, the API.

    `by_hand` says that a person sends it now: what was rolled back before is published again.
    """
    try:
        kept = desk.store.keep(dataset)  # from here on the bytes have a sha256
        unchanged = same_as_before(kept, desk, by_hand=by_hand)
        if unchanged:
            return unchanged
        with desk.store.desk("reading") as into:
            readings = read(kept, desk.sandbox, into)  # each file is opened once
            previous = desk.versions.current(kept.name)
            report = validate(kept, readings, previous, desk.checks, desk.sandbox)
            report = _owned(kept, report, desk.versions.pointer(kept.name))
            if not report.ok:
                return refuse(kept, report, desk)
            return publish(kept, readings, report, desk)
    except EmapError as error:
        fault = Finding("not-published", note=str(error), values={"reason": str(error)})
        return refuse(dataset, Report(dataset.name, (fault,)), desk)


def same_as_before(kept: Dataset, desk: Desk, *, by_hand: bool) -> Receipt | None:
    """Answer at once when the source shows what it showed last time, and that was published.

    After a rollback this holds too: the old version stays until the source changes, or until a
    person sends the new one again.
    """
    pointer = desk.versions.pointer(kept.name)
    if not pointer or not pointer.public or pointer.id != kept.id:
        return None
    version = desk.versions.get(kept.name, pointer.number)
    if fingerprint(kept) != (version.fingerprint if by_hand else pointer.seen):
        return None
    desk.versions.forget_refusal(kept.name)
    faults = tile(version.layers, desk)  # a run that was killed may have left them out
    reason = "; ".join(["the source shows nothing new", *faults])
    return Receipt(kept.name, "unchanged", pointer.number, reason)


def _owned(kept: Dataset, report: Report, pointer: Pointer | None) -> Report:
    """Add a finding when the name belongs to another public dataset, of this source or not."""
    if pointer is None or pointer.id == kept.id or not pointer.public:
        return report
    values = {"name": kept.name, "source": pointer.source}
    note = f"the name {kept.name!r} belongs to another dataset, of source {pointer.source!r}"
    taken = Finding("name-taken", note=note, values=values)
    return Report(report.dataset, (taken, *report.findings), report.frictionless)


def refuse(dataset: Dataset, report: Report, desk: Desk) -> Receipt:
    """Keep the report for those who can mend it; what was public stays public."""
    errors = report.of("error")
    action: Action = "held" if all(finding.check in HOLDING for finding in errors) else "refused"
    reason = _reason(errors)
    refusal = Refusal(
        dataset=dataset.name,
        id=dataset.id,
        title=str(dataset.title),
        organization=dataset.organization,
        source=dataset.source,
        when=now(),
        action=action,
        reason=reason,
        report=report,
    )
    desk.versions.refuse(refusal)
    current = desk.versions.current(dataset.name)
    return Receipt(dataset.name, action, current.number if current else None, reason)


def _reason(errors: Sequence[Finding]) -> str:
    """The first error in words, with the way out; the report has all of them."""
    first = errors[0]
    sentence = said(first, ENGLISH)
    where = f"{first.resource}: " if first.resource else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.check}: {where}{sentence.what} {sentence.how}{more}"


def publish(kept: Dataset, readings: Sequence[Reading], report: Report, desk: Desk) -> Receipt:
    """Make a new version and move the one pointer that all surfaces read.

    Takes a report, so that nothing unvalidated can be published, and refuses one that is not ok.
    """
    if not report.ok:
        return refuse(kept, report, desk)
    layers = tuple(_layers(kept, readings, desk))
    typed = {reading.resource.name: tables.keep(reading.table, desk.store) for reading in readings}
    for sha256 in typed.values():
        artefact.ensure(desk.store, sha256)  # so that the first who asks for rows need not wait
    rows = {reading.resource.name: reading.rows for reading in readings}
    before = desk.versions.pointer(kept.name)
    with desk.catalog.transaction() as catalog:
        number, new = desk.versions.numbered(catalog.connection, kept.name, fingerprint(kept))
        if new:
            version = package.version(kept, number, layers, rows=rows, tables=typed)
            desk.store.write_version(kept.name, number, package.documents(version, report))
            desk.versions.add(catalog.connection, version)
        else:
            version = desk.versions.get(kept.name, number)
        ensure_organization(catalog, package.organization(kept.organization, desk.config))
        publish_package(catalog, version.package)
        desk.versions.point(catalog.connection, version, seen=version.fingerprint)
        failpoint("before_commit")
    failpoint("after_commit")
    reasons = [] if new else ["the source shows this version again"]
    reasons += tile(version.layers, desk)
    return Receipt(kept.name, "updated" if before else "created", number, "; ".join(reasons))


def _layers(kept: Dataset, readings: Sequence[Reading], desk: Desk) -> Iterator[Layer]:
    """Build the layers of a version; the first one bears the dataset's name."""
    spatial = [reading for reading in readings if tables.is_spatial(reading.table)]
    for i, reading in enumerate(spatial):
        name = f"{kept.name}.{reading.resource.name}" if i else kept.name
        with desk.store.desk("layer") as into:
            layer = build_layer(
                reading.table,
                layer=name,
                dataset=kept.name,
                resource=reading.resource.name,
                into=into,
            )
            desk.store.adopt(into, desk.store.layer(name, layer.sha))
        yield layer


def tile(layers: Sequence[Layer], desk: Desk) -> list[str]:
    """Build the tile archives that are missing; gives what went wrong, which stops nothing.

    Until an archive is there, tiles are encoded as they are asked for.
    """
    faults = []
    for layer in layers:
        if desk.versions.is_tiled(layer.sha):
            continue
        try:
            with desk.store.desk("tiles") as into:
                archive = build_tiles(desk.store.layer(layer.id, layer.sha), layer, into)
                desk.store.adopt(into, desk.store.tiles(layer.sha))
            desk.versions.tiled(layer.sha, archive.name)
        except PublishError as error:
            faults.append(f"no tile archive yet: {error}")
    return faults


def withdraw(source: Source, seen: set[str], desk: Desk) -> Iterator[Receipt]:
    """Take datasets that a source no longer has off every surface; their versions stay.

    `seen` are the ids of the datasets that it has: a name may be unreadable for once, or pass on.
    A source that suddenly has nothing at all is more likely broken than empty: then all is held.
    """
    for refusal in desk.versions.refusals():
        if refusal.source == source.name and refusal.id not in seen:
            desk.versions.forget_refusal(refusal.dataset)
    for pointer in desk.versions.pointers(source.name):
        if not pointer.public or pointer.id in seen:
            continue
        if not seen:
            reason = "the source shows no dataset at all: look at it before anything is withdrawn"
            yield Receipt(pointer.dataset, "held", pointer.number, reason)
            continue
        with desk.catalog.transaction() as catalog:
            catalog.call_action("package_delete", {"id": pointer.dataset})
            desk.versions.withdraw(catalog.connection, pointer.dataset)
        reason = "gone at the source; its versions are kept"
        yield Receipt(pointer.dataset, "withdrawn", pointer.number, reason)


def rollback(dataset: str, desk: Desk, number: int | None = None) -> Receipt:
    """Make a former version public again, on every surface, in one transaction.

    Without a number it is the one before the current. Raises NotFound.
    """
    version = package.former(dataset, desk.versions, number)
    with desk.catalog.transaction() as catalog:
        publish_package(catalog, version.package)
        desk.versions.point(catalog.connection, version)
    return Receipt(dataset, "updated", version.number, "rolled back")
