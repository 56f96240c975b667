"""The judge: what holds, what does not, and the table as it may be published."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson

from datasets.errors import ConfigError, ReadingError
from datasets.model import BBox, Dataset, Excerpt, Finding, Report, Resource, Schema, Version
from datasets.names import file_name
from datasets.text import Text
from validation import descriptors, verdict
from validation.change import HOLDING, changes
from validation.privacy.masking import about_hidden, cautious, masked_text
from validation.privacy.titles import named
from validation.reading import read
from validation.reading.reading import Reading, finding_of
from validation.sandbox import Sandbox
from validation.shifts import Former, shifts

if TYPE_CHECKING:
    from datasets.config import Validation

__all__ = ["HOLDING", "WORLD", "Checks", "validate", "validate_file"]

TASK = "validation.judging:judge"
ANSWER_BYTES = 64 << 20
WORLD: BBox = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Checks:
    """What is held against a dataset.

    `extent` is where its features may lie, `max_loss` the share of rows that a new version may
    lose. `settings` are what single checks want to know, each under its own name, all of it JSON.
    `accept` says that a person has looked at what would hold the dataset back.
    """

    extent: BBox = WORLD
    max_loss: float = 0.25
    accept: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: "Validation") -> "Checks":
        """Take them from the configuration."""
        own = {
            "privacy": settings.privacy.model_dump(mode="json"),
            "references": settings.model_dump(mode="json", include={"boundaries", "lists"}),
        }
        return cls(settings.extent, settings.max_loss, settings=own)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of one resource: findings, its task of a report, errors that stand beside it.

    `read` are the findings of reading, with personal data masked; `hidden` the labels of columns
    of which nothing may be quoted, with the words that may stand for them.
    """

    findings: tuple[Finding, ...]
    task: Mapping[str, Any] | None
    errors: tuple[Mapping[str, Any], ...]
    excerpts: Mapping[str, Excerpt] = field(default_factory=dict)
    read: tuple[Finding, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)


def validate(
    dataset: Dataset,
    readings: Sequence[Reading],
    previous: Version | None,
    checks: Checks,
    sandbox: Sandbox,
    former: Mapping[str, Former] = MappingProxyType({}),
) -> Report:
    """Judge a dataset by its schemas, our checks, and its last version.

    `former` has the typed tables of the last version by resource name. The findings stand in this
    order: the harvester's, the reader's, then resource by resource CRS, table and geometry, then
    what changed. A reading without an error gets its typed table, unless it is no table. Never
    raises for what the data are like: a child that was stopped is a finding too.
    """
    judged = [_judge(reading, readings, checks, sandbox) for reading in readings]
    before = [*dataset.findings, *named(dataset, [reading.sheet for reading in readings])]
    before += [finding for j in judged for finding in _held(j.read, checks)]
    shown = dataset.links or any(resource.as_is for resource in dataset.resources)
    known = any(reading.ok for reading in readings)
    if not (known or shown or any(finding.severity == "error" for finding in before)):
        before.append(_nothing_readable(dataset))
    changed = list(changes(readings, previous, checks.max_loss)) if previous else []
    for reading in readings:
        if reading.resource.name in former and reading.table.is_file():
            changed += shifts(reading.table, former[reading.resource.name], reading.resource.name)
    hidden = {reading.resource.name: j.hidden for reading, j in zip(readings, judged, strict=True)}
    changed = [about_hidden(found, hidden.get(found.resource, {})) for found in changed]
    return _report(dataset.name, before, judged, changed)


def _held(findings: Sequence[Finding], checks: Checks) -> list[Finding]:
    """Let what holds a dataset back be an error, unless a person has looked at it."""
    return [
        replace(f, severity="error") if f.check in HOLDING and not checks.accept else f
        for f in findings
    ]


def validate_file(
    path: Path,
    schema: Schema | None,
    sandbox: Sandbox,
    *,
    hide: bool = False,
    checks: Checks = Checks(),  # noqa: B008 - frozen
) -> Report:
    """Judge one file, as `emap validate FILE` does.

    Delimited text with a schema of its own gets exactly Frictionless' own report on the file,
    which quotes what stands there; whoever shows it to others lets it `hide` personal data. Any
    other file is read and judged by the schema, or by the one that reading proposes. Raises
    ReadingError when there is no such file, ConfigError when the schema is not an object.
    """
    if not path.is_file():
        raise ReadingError(f"{path}: there is no such file")
    if schema is not None and not isinstance(schema, Mapping):
        raise ConfigError("a Table Schema is a JSON object with `fields`")
    resource = resource_of(path, schema)
    with tempfile.TemporaryDirectory(prefix="emap-") as folder:
        if schema is not None and _is_plain(resource.format, schema):
            reading = Reading(resource, cells=Path(), table=Path(), schema=schema)
            if hide:
                [seen] = read(_alone(resource), sandbox, Path(folder, "seen"))
                cells = seen.cells if seen.ok else Path()
                reading = replace(reading, cells=cells, labels=seen.labels)
            job = {"strict": False, "own": False, "hide": hide, "table": ""}
            judged = _in_child(reading, [], job, checks, sandbox, Path(folder))
            return _report(resource.name, (), [judged], ())
        dataset = _alone(resource)
        return validate(dataset, read(dataset, sandbox, Path(folder)), None, checks, sandbox)


def _is_plain(form: str, schema: Schema) -> bool:
    """Tell whether Frictionless' own report on a file is wanted: it knows no templates."""
    return form in verdict.DELIMITED and "template" not in schema


def _alone(resource: Resource) -> Dataset:
    title = Text(resource.path.name)
    return Dataset(resource.name, title, "", "file", resource.filename, (resource,))


def resource_of(path: Path, schema: Schema | None) -> Resource:
    """Take one file for a resource whose name and format its own name tells."""
    filename = file_name(path.name)
    stem, _, ending = filename.rpartition(".")
    return Resource(
        name=stem or "file",
        path=path.resolve(),
        format=ending,
        filename=path.name,
        schema=schema,
        size_bytes=path.stat().st_size,
    )


def _judge(
    reading: Reading, readings: Sequence[Reading], checks: Checks, sandbox: Sandbox
) -> _Judged:
    """Judge one resource in a folder of its own, and put its table where the reading says."""
    if not reading.ok or reading.as_is:
        return _Judged((), None, (), read=tuple(map(cautious, reading.findings)))
    names = descriptors.referred(reading.schema) - {reading.resource.name}
    others = [r for r in readings if r.ok and not r.as_is and r.resource.name in names]
    with tempfile.TemporaryDirectory(dir=reading.table.parent) as folder:
        table = Path(folder, "table.arrow")
        job = {"strict": True, "own": True, "hide": True, "table": str(table)}
        judged = _in_child(reading, others, job, checks, sandbox, Path(folder))
        if table.exists():
            table.replace(reading.table)
    return judged


def _in_child(
    reading: Reading,
    others: Sequence[Reading],
    job: Mapping[str, Any],
    checks: Checks,
    sandbox: Sandbox,
    folder: Path,
) -> _Judged:
    forms = [_form(r, folder, f"{i}.csv") for i, r in enumerate((reading, *others))]
    arguments = {
        **job,
        "form": forms[0],
        "references": forms[1:],
        "extent": _extent(reading.schema, checks.extent),
        "settings": checks.settings,
        "read": [asdict(finding) for finding in reading.findings],
        "told": list(_told(reading)),
        "answer": str(folder / "answer.json"),
    }
    files = [path for r in (reading, *others) for path in (r.resource.path, r.cells) if path.name]
    try:
        sandbox.run(TASK, arguments, read=files, write=folder)
        answer = _answer(folder / "answer.json")
    except ReadingError as error:
        note = masked_text(str(error))
        stopped = Finding("judge-stopped", resource=reading.resource.name, note=note)
        before = tuple(map(cautious, reading.findings))
        return _Judged((stopped,), None, (_error(stopped),), read=before)
    return _understood(reading, answer)


def _told(reading: Reading) -> Iterator[dict[str, Any]]:
    """Say where what reading found stands, for the excerpt."""
    for finding in reading.findings:
        if finding.row is not None:
            column = verdict.column(reading, finding)
            place = {"field": finding.field, "row": finding.row, "column": column}
            yield {"check": finding.check, **place}


def _answer(path: Path) -> dict[str, Any]:
    """Read what the child wrote; a report may be larger than an answer of the sandbox."""
    if path.stat().st_size > ANSWER_BYTES:
        raise ReadingError("the report is too large to be kept")
    answer: dict[str, Any] = orjson.loads(path.read_bytes())
    return answer


def _form(reading: Reading, folder: Path, file: str) -> dict[str, Any]:
    """Say where the child finds a table; the file itself lies beside it under a plain name."""
    resource = reading.resource
    original = resource.format in verdict.DELIMITED and not reading.repaired
    if original:
        (folder / file).symlink_to(resource.path.resolve())
    return {
        "name": resource.name,
        "place": resource.filename,
        "work": str(folder),
        "file": file,
        "schema": reading.schema,
        "original": original,
        "format": resource.format,
        "encoding": reading.encoding or None,
        "dialect": reading.dialect,
        "cells": str(reading.cells) if reading.cells.name else "",
        "labels": reading.labels,
        "header_row": reading.header_row,
        "spatial": reading.spatial,
        "crs": reading.crs or resource.crs,
    }


def _extent(schema: Schema, extent: BBox) -> Sequence[float]:
    """Narrow the extent to the `bbox` (west, south, east, north) that a schema may have."""
    box = schema.get("bbox")
    if not isinstance(box, Sequence) or len(box) != len(extent):
        return extent
    try:
        west, south, east, north = map(float, box)
    except (TypeError, ValueError):
        return extent
    return (
        max(west, extent[0]),
        max(south, extent[1]),
        min(east, extent[2]),
        min(north, extent[3]),
    )


def _understood(reading: Reading, answer: Mapping[str, Any]) -> _Judged:
    """Put the findings of one resource in order: CRS, schema and table, geometry."""
    faults = verdict.faults(reading, answer["faults"])
    own = frozenset(fault.check for fault in faults)
    task = answer["task"]
    errors = [*answer["errors"], *(task["errors"] if task else ())]
    told = verdict.findings(reading, errors, own, answer["counts"])
    reference = [fault for fault in faults if fault.check.startswith("crs-")]
    places = [fault for fault in faults if not fault.check.startswith("crs-")]
    cut = [_cut(reading, warning) for warning in (task["warnings"] if task else ())]
    errors = [{**error, "type": _standard(error["type"])} for error in answer["errors"]]
    if task is None:
        errors.extend(_error(fault) for fault in faults if fault.severity == "error")
    shown = _shown(reading, answer["excerpt"])
    before = tuple(map(finding_of, answer["read"]))
    found = (*reference, *told, *cut, *places)
    return _Judged(found, task, tuple(errors), shown, before, answer["hidden"])


def _shown(reading: Reading, cut: Mapping[str, Any] | None) -> Mapping[str, Excerpt]:
    """Give the excerpt of a resource by its name, if any of it is to be shown."""
    if not cut or not (cut["rows"] or cut["places"]):
        return {}
    rows = {int(row): tuple(cells) for row, cells in cut["rows"].items()}
    places = {int(row): shape for row, shape in cut["places"].items()}
    made = Excerpt(tuple(cut["labels"]), reading.first_column, rows, places, reading.numbers)
    return {reading.resource.name: made}


def _standard(kind: str) -> str:
    """Give the type under which other programs know an error of a schema."""
    return "schema-error" if kind == "pattern-unsafe" else kind


def _cut(reading: Reading, warning: str) -> Finding:
    return Finding("errors-cut", "note", reading.resource.name, note=warning)


def _nothing_readable(dataset: Dataset) -> Finding:
    return Finding(
        check="nothing-readable",
        note=f"dataset {dataset.name!r} has no file that can be read as a table or a layer",
    )


def _report(
    name: str, before: Sequence[Finding], judged: Sequence[_Judged], changed: Sequence[Finding]
) -> Report:
    """Join all findings, and all tasks into one Frictionless report.

    Errors that belong to no table (a file that cannot be read, rows lost) stand in the report's
    own list, so that it is valid exactly when nothing stops publication.
    """
    findings = (*before, *(f for j in judged for f in j.findings), *changed)
    errors = [
        *(_error(finding) for finding in before if finding.severity == "error"),
        *(error for j in judged for error in j.errors),
        *(_error(finding) for finding in changed if finding.severity == "error"),
    ]
    tasks = [j.task for j in judged if j.task is not None]
    shown = {name: cut for j in judged for name, cut in j.excerpts.items()}
    return Report(name, findings, _frictionless(tasks, errors), shown)


def _frictionless(
    tasks: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Build a report as Frictionless does of the reports of many resources."""
    count = len(errors) + sum(task["stats"]["errors"] for task in tasks)
    seconds = sum(task["stats"]["seconds"] for task in tasks)
    warnings = sum(task["stats"]["warnings"] for task in tasks)
    stats = {"tasks": len(tasks), "errors": count, "warnings": warnings, "seconds": seconds}
    return {
        "valid": not count,
        "stats": stats,
        "warnings": [],
        "errors": list(errors),
        "tasks": list(tasks),
    }


def _error(finding: Finding) -> dict[str, Any]:
    """Write a finding as an error of Frictionless' general kind, which every program reads."""
    note = f"{finding.resource}: {finding.note}" if finding.resource else finding.note
    return {
        "type": "data-error",
        "title": "Data Error",
        "description": "There is a data error.",
        "message": f"Data error: {note}",
        "tags": [],
        "note": note,
    }
