"""A dataset's way, from its source to every public surface. Read from top to bottom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from ckanapi.errors import CKANAPIError, NotFound
from sqlalchemy import Connection

from datasets.errors import EmapError, LeaseLost, PublishError
from datasets.model import Action, Dataset, Finding, Layer, Receipt, Report, Version
from datasets.stores.folder import failpoint
from datasets.text import ENGLISH
from publish import deliveries, package, recipes, references, releases, tables, withheld
from publish.catalog.call import now
from publish.columns import build as columns
from publish.datastore import artefact
from publish.desk import Desk
from publish.fingerprint import fingerprint
from publish.layers.manifest import PARQUET
from publish.layers.tiling import build_tiles
from publish.places import Index, leave_out, take_in
from publish.publisher import ensure_organization, publish_package
from publish.retention import present
from publish.versions import Pointer, Refusal
from validation.judge import HOLDING, validate
from validation.privacy.masking import masked_text
from validation.reading import Reading, read
from validation.report.causes import causes
from validation.report.words import cause_said
from validation.shifts import Former

type Also = Callable[[Connection, Receipt], None]
"""Writes what belongs to a receipt, in the transaction that makes it true."""


def nothing_else(_connection: Connection, _receipt: Receipt) -> None:
    """Write nothing beside the dataset."""


def lenient(desk: Desk) -> Desk:
    """The desk for a dataset of which a person has accepted what would hold it back."""
    return replace(desk, checks=replace(desk.checks, max_loss=1.0, accept=True))


def take(
    dataset: Dataset, desk: Desk, *, by_hand: bool = False, also: Also = nothing_else
) -> Receipt:
    """Bring one dataset as far as it holds: the same way for a harvest, an upload, the API.

    `by_hand` says that a person sends it now: what was rolled back before is published again.
    `also` writes what belongs to it, in the one transaction in which its fate is written.
    """
    try:
        kept = desk.store.keep(dataset)  # from here on the bytes have a sha256
        kept = recipes.applied(kept, desk.versions)
        unchanged = same_as_before(kept, desk, by_hand=by_hand)
        if unchanged:
            return settle(unchanged, desk, also)
        with _room(kept, desk) as into:
            previous = desk.versions.current(kept.name)
            contracts = previous.schemas if previous else {}
            readings = read(kept, desk.sandbox, into, contracts)  # each file is opened once
            report = judged(kept, readings, previous, desk)
            if not report.ok:
                return refuse(kept, report, desk, also)
            return publish(kept, readings, report, desk, also)
    except LeaseLost:
        raise
    except EmapError as error:
        return fail(dataset, error, desk, also)


def _room(kept: Dataset, desk: Desk) -> AbstractContextManager[Path]:
    """An empty folder for what is read of the files, if there are any."""
    return desk.store.desk("reading") if kept.resources else nullcontext(desk.store.staging)


def same_as_before(kept: Dataset, desk: Desk, *, by_hand: bool) -> Receipt | None:
    """Answer at once when the source shows what it showed last time, and that was published.

    After a rollback this holds too: the old version stays until the source changes, or until a
    person sends the new one again.
    """
    version = public_as(kept, desk, by_hand=by_hand)
    if version is None:
        return None
    faults = tile(version.layers, desk)  # a run that was killed may have left them out
    reason = "; ".join(["the source shows nothing new", *faults])
    return Receipt(kept.name, "unchanged", version.number, reason)


def public_as(kept: Dataset, desk: Desk, *, by_hand: bool = False) -> Version | None:
    """The public version of a dataset if it is made of this, or what was last seen is.

    One whose layers are not all here is none: a broken one was set aside, and is built again.
    """
    pointer = desk.versions.pointer(kept.name)
    if not pointer or not pointer.public or pointer.id != kept.id:
        return None
    version = desk.versions.get(kept.name, pointer.number)
    seen = version.fingerprint if by_hand else pointer.seen
    here = all(desk.store.layer(layer.id, layer.sha).is_dir() for layer in version.layers)
    return version if here and fingerprint(kept) == seen else None


def settle(receipt: Receipt, desk: Desk, also: Also) -> Receipt:
    """Write that nothing new is to be published; a fault of before is taken back."""
    with desk.catalog.transaction() as catalog:
        desk.versions.forget_refusal(catalog.connection, receipt.dataset)
        also(catalog.connection, receipt)
    return receipt


def fail(dataset: Dataset, error: EmapError, desk: Desk, also: Also) -> Receipt:
    """Tell that it could not be published: refused where the catalog does not take what it says.

    Else the machine is at fault, and it is tried again; what else a lent desk wrote is in doubt
    then, so the error is raised.
    """
    if isinstance(error.__cause__, CKANAPIError):
        fault = Finding("not-published", note=str(error), values={"reason": str(error)})
        return refuse(dataset, Report(dataset.name, (fault,)), desk, also)
    if desk.is_lent:
        raise error
    current = desk.versions.current(dataset.name)
    reason = masked_text(str(error))  # a traceback may quote a cell
    receipt = Receipt(dataset.name, "failed", current.number if current else None, reason)
    if also is not nothing_else:
        with desk.catalog.transaction() as catalog:
            also(catalog.connection, receipt)
    return receipt


def again(name: str, desk: Desk) -> Receipt:
    """Judge the last delivery of a dataset anew, by what was accepted or released since.

    Raises NotFound when there was none.
    """
    return take(deliveries.last(desk.versions.engine, name, desk.store), desk, by_hand=True)


def judged(
    kept: Dataset, readings: Sequence[Reading], previous: Version | None, desk: Desk
) -> Report:
    """All that there is to say against a dataset."""
    before = former(previous, desk) if previous else {}
    checks = releases.applied(desk.checks, kept, desk.versions)
    checks = references.applied(checks, kept, desk)
    report = validate(kept, readings, previous, checks, desk.sandbox, before)
    report = recipes.offered_again(report, kept, desk.versions)
    return _owned(kept, report, desk.versions.pointer(kept.name))


def former(previous: Version, desk: Desk) -> Mapping[str, Former]:
    """Where the typed tables and layers of the last version lie, by resource name."""
    layers = {
        layer.resource: path
        for layer in previous.layers
        if (path := desk.store.layer(layer.id, layer.sha) / PARQUET).is_file()  # not set aside
    }
    return {
        name: Former(desk.store.blob(sha256), layers.get(name))
        for name, sha256 in previous.tables.items()
    }


def _owned(kept: Dataset, report: Report, pointer: Pointer | None) -> Report:
    """Add a finding when the name belongs to another public dataset, of this source or not."""
    if pointer is None or pointer.id == kept.id or not pointer.public:
        return report
    values = {"name": kept.name, "source": pointer.source}
    note = f"the name {kept.name!r} belongs to another dataset, of source {pointer.source!r}"
    taken = Finding("name-taken", note=note, values=values)
    return replace(report, findings=(taken, *report.findings))


def refuse(dataset: Dataset, report: Report, desk: Desk, also: Also = nothing_else) -> Receipt:
    """Keep the report for those who can mend it; what was public stays public."""
    action, reason = stopped(report)
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
    current = desk.versions.current(dataset.name)
    receipt = Receipt(dataset.name, action, current.number if current else None, reason)
    with desk.catalog.transaction() as catalog:
        desk.versions.refuse(catalog.connection, refusal)
        deliveries.keep(catalog.connection, dataset)
        also(catalog.connection, receipt)
    return receipt


def stopped(report: Report) -> tuple[Action, str]:
    """What a report with errors makes of a dataset, and the first of them with the way out."""
    errors = report.of("error")
    held = all(finding.check in HOLDING for finding in errors)
    return "held" if held else "refused", _reason(report)


def _reason(report: Report) -> str:
    """Say the first cause in a line, without a value of the data: it stands on public pages."""
    cause = next(cause for cause in causes(report) if cause.severity == "error")
    sentence = cause_said(cause, ENGLISH, withheld=True)
    where = f"{cause.first.resource}: " if cause.first.resource else ""
    others = len(report.of("error")) - 1
    more = f" (and {others} more)" if others else ""
    return f"{cause.first.check}: {where}{sentence.what} {sentence.how}{more}"


def publish(
    kept: Dataset,
    readings: Sequence[Reading],
    report: Report,
    desk: Desk,
    also: Also = nothing_else,
) -> Receipt:
    """Make a new version and move the one pointer that all surfaces read.

    Takes a report, so that nothing unvalidated can be published, and refuses one that is not ok.
    """
    if not report.ok:
        return refuse(kept, report, desk, also)
    public = withheld.shown(kept, readings, desk)
    readings = [reading for reading in readings if not reading.as_is]
    layers = tuple(_layers(kept, readings, desk))
    faults = name_places(layers, desk)
    typed = {reading.resource.name: tables.keep(reading.table, desk.store) for reading in readings}
    for sha256 in typed.values():
        artefact.ensure(desk.store, sha256)  # so that the first who asks for rows need not wait
        columns.ensure(desk.store, sha256)
    rows = {reading.resource.name: reading.rows for reading in readings}
    schemas = {reading.resource.name: reading.schema for reading in readings}
    with desk.catalog.transaction() as catalog:
        number, new = desk.versions.numbered(catalog.connection, kept.name, fingerprint(kept))
        if new:
            version = package.version(
                public,
                number,
                layers,
                made_of=fingerprint(kept),
                rows=rows,
                tables=typed,
                schemas=schemas,
            )
            desk.store.write_version(kept.name, number, package.documents(version, report))
            desk.versions.add(catalog.connection, version)
        else:
            known_version = desk.versions.get(kept.name, number)
            version = desk.versions.rebuilt(catalog.connection, known_version, layers)
        ensure_organization(catalog, package.organization(kept.organization, desk.config))
        publish_package(catalog, version.package)
        deliveries.keep(catalog.connection, kept)
        known = desk.versions.point(catalog.connection, version, seen=version.fingerprint)
        reason = "" if new else "the source shows this version again"
        receipt = Receipt(kept.name, "updated" if known else "created", number, reason)
        also(catalog.connection, receipt)
        failpoint("before_commit")
    failpoint("after_commit")
    faults += leave_out(Index(desk.store), kept.name, version.layers)
    faults += tile(version.layers, desk)
    return replace(receipt, reason="; ".join(filter(None, [reason, *faults])))


def _layers(kept: Dataset, readings: Sequence[Reading], desk: Desk) -> Iterator[Layer]:
    """Build the layers of a version; the first one bears the dataset's name."""
    spatial = [reading for reading in readings if tables.is_spatial(reading.table)]
    for i, reading in enumerate(spatial):
        name = f"{kept.name}.{reading.resource.name}" if i else kept.name
        with desk.store.desk("layer") as into:
            layer = desk.layers.build(
                reading.table,
                layer=name,
                dataset=kept.name,
                resource=reading.resource.name,
                into=into,
            )
            desk.store.adopt(into, desk.store.layer(name, layer.sha))
        yield layer


def name_places(layers: Sequence[Layer], desk: Desk) -> list[str]:
    """Have the names of layers where they are searched; gives what went wrong."""
    return take_in(
        Index(desk.store),
        layers,
        lambda layer: desk.layers.features(desk.store.layer(layer.id, layer.sha)),
    )


def tile(layers: Sequence[Layer], desk: Desk) -> list[str]:
    """Build the tile archives that are missing; gives what went wrong, which stops nothing.

    Until an archive is there, tiles are encoded as they are asked for.
    """
    faults: list[str] = []
    for layer in layers:
        if desk.versions.is_tiled(layer.sha):
            continue
        try:
            source = desk.layers.features(desk.store.layer(layer.id, layer.sha))
            with desk.store.desk("tiles") as into:
                archive = build_tiles(source, layer, into, told=faults.append)
                desk.store.adopt(into, desk.store.tiles(layer.sha))
            desk.versions.tiled(layer.sha, archive.name)
        except PublishError as error:
            faults.append(f"no tile archive yet: {error}")
    return faults


def withdraw(dataset: str, desk: Desk, also: Also = nothing_else) -> Receipt:
    """Take a dataset that its source no longer has off every surface; its versions stay."""
    pointer = desk.versions.pointer(dataset)
    number = pointer.number if pointer else None
    receipt = Receipt(dataset, "withdrawn", number, "gone at the source; its versions are kept")
    with desk.catalog.transaction() as catalog:
        with suppress(NotFound):  # a person may have purged it
            catalog.call_action("package_delete", {"id": dataset})
        desk.versions.withdraw(catalog.connection, dataset)
        also(catalog.connection, receipt)
    leave_out(Index(desk.store), dataset)
    return receipt


def rollback(dataset: str, desk: Desk, number: int | None = None) -> Receipt:
    """Make a former version public again, on every surface, in one transaction.

    Without a number it is the one before the current. Raises NotFound.
    """
    version = package.former(dataset, desk.versions, number)
    layers = present(version, desk)
    with desk.catalog.transaction() as catalog:
        version = desk.versions.rebuilt(catalog.connection, version, layers)
        publish_package(catalog, version.package)
        desk.versions.point(catalog.connection, version)
    name_places(version.layers, desk)
    leave_out(Index(desk.store), dataset, version.layers)
    faults = tile(version.layers, desk)
    return Receipt(dataset, "updated", version.number, "; ".join(["rolled back", *faults]))
