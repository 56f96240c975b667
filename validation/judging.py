"""The child's side of the judge: one resource against its schema and the checks of layers.

A publisher's schema can make a validator hang, so nothing of this runs outside a sandbox.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from frictionless import Checklist, Error, Report, Resource, Schema
from frictionless.errors import ResourceError
from frictionless.resources import TableResource

from datasets.model import BBox
from validation import points, schemas, table
from validation.checks._check import OwnCheck
from validation.checks._plugin import TABLES, checks
from validation.checks.tables._table import Subject
from validation.fast.cells import CellsSource
from validation.fast.judging import validate
from validation.forms import Form, opened
from validation.privacy.masking import Scan, masked_answer
from validation.privacy.released import of_resource, release_of
from validation.privacy.scan import scanned
from validation.privacy.table import Hit
from validation.repairs._offers import told
from validation.report import excerpts

LIMIT_ERRORS = 1000
type Counts = Mapping[tuple[str, str], int]
CELLS_LENGTH = 4_000_000
"""So many characters of cells a report may repeat; every error carries all cells of its row."""


def judge(job: Mapping[str, Any]) -> None:
    """Judge one resource; write its part of the report, and the typed table when it is clean.

    `job` holds `form` and `references` (of validation.forms.Form), `extent`, `settings` (of
    Checks), `strict` (refuse patterns that RE2 refuses), `own` (judge by our own checks too),
    `hide` (personal data), `read` (the findings of reading) and `told` (check, field, row and
    column of each), `table` (where to write it, or empty) and `answer`, the file to write: JSON
    with `task` (of a Frictionless report, or None), `errors` beside it, `faults` of our own checks,
    the `excerpt` that a report shows, and `read` again; in all of them personal data are masked.
    `way` says who looked at which rows, `counts` has (type, field, number) of a cut report.
    """
    Path(job["answer"]).write_bytes(orjson.dumps(_told(job)))


def _told(job: Mapping[str, Any]) -> dict[str, Any]:
    form = Form(**job["form"])
    hits = _hits(form, job)
    answer = _answered(form, job, hits)
    return masked_answer(answer, job["read"], _scan(form, job, hits))


def _hits(form: Form, job: Mapping[str, Any]) -> tuple[Hit, ...]:
    """Look for personal data."""
    if not job["hide"] or not form.cells:
        return ()
    return scanned(form.labels, form.as_cells().columns, job["settings"].get("privacy", {}))


def _scan(form: Form, job: Mapping[str, Any], hits: Sequence[Hit]) -> Scan:
    """Say what may not be quoted: what was found, but for what was released."""
    if not job["hide"] or not form.cells:
        return Scan(blind=job["hide"])
    releases = of_resource(job["settings"], form.name)
    secret = tuple(hit for hit in hits if release_of(hit, form.labels, releases) is None)
    cells = form.as_cells()
    return Scan(cells.labels, cells.columns, cells.rows.to_numpy(), secret)


def _answered(form: Form, job: Mapping[str, Any], hits: Sequence[Hit]) -> dict[str, Any]:
    schema, errors = _schema(form, strict=job["strict"])
    if schema is None:
        return _answer(errors=errors)
    layer, asked = _layer(form, schema, job) if job["own"] else (None, ())
    own = [*asked, *(layer.checks if layer else ()), *_checks(form, schema, job, hits)]
    answer = _judged(form, schema, [Form(**other) for other in job["references"]], own)
    answer["excerpt"] = _excerpt(form, layer, answer, job["told"])
    answer["errors"] = [*map(Error.to_descriptor, errors), *answer["errors"]]
    if job["table"] and not answer["errors"] and answer["task"]["valid"]:
        placed = layer.placed() if layer else None
        table.write(Path(job["table"]), form.read(), form.labels, schema, placed)
    return answer


def _schema(form: Form, *, strict: bool) -> tuple[Schema | None, list[Error]]:
    said, unsafe = schemas.without_unsafe(form.schema) if strict else (form.schema, [])
    made, problems = schemas.sound(said)
    return made, [*unsafe, *problems]


def _checks(
    form: Form, schema: Schema, job: Mapping[str, Any], hits: Sequence[Hit]
) -> list[OwnCheck]:
    """Open the checks of tables."""
    if not job["own"] or not form.cells or not form.labels:
        return []
    cells = form.read()
    subject = Subject(
        cells.column("row").to_numpy(),
        form.labels,
        [cells.column(f"c{i}") for i in range(len(form.labels))],
        table.fields(form.labels, schema),
        schema.primary_key,
        job["settings"],
        [field.name for field in schema.fields],
        form.spatial,
        name=form.name,
        header_row=form.header_row,
        hits=hits,
    )
    return [check(subject=subject) for check in checks(TABLES)]


def _layer(form: Form, schema: Schema, job: Mapping[str, Any]) -> tuple[Any, Sequence[OwnCheck]]:
    """Give the resource as a layer, None when it has no places, and what is told of a table's.

    Loads GEOS and PROJ only where there are places.
    """
    west, south, east, north = job["extent"]
    box: BBox = (west, south, east, north)
    if form.spatial:
        from validation import layers  # noqa: PLC0415 - plain tables need none of it

        return layers.of_geometries(form, box, job["settings"]), ()
    if not form.cells:
        return None, ()
    cells = form.read()
    fields = table.fields(form.labels, schema)
    places = points.find(points.Table(cells, form.labels, fields, box, form.crs))
    if places is None:
        return None, ()
    from validation import layers  # noqa: PLC0415 - plain tables need none of it

    return layers.of_places(form, cells, places, box, job["settings"])


def _judged(
    form: Form, schema: Schema, references: list[Form], own: Sequence[OwnCheck]
) -> dict[str, Any]:
    found = [fault for check in own for fault in check.found()]
    faults = told(found, form.as_cells() if found else None, form.schema)
    resource, cells = opened(form, schema, references)
    try:
        with schemas.watched():
            checklist = Checklist(checks=list(own))
            report, way = validate(resource, checklist, limit_errors=LIMIT_ERRORS, cells=cells)
            counted = _counted(resource, cells, report)
    except schemas.SlowPattern as error:
        return _answer(errors=[schemas.slow(form.schema, error.pattern)], faults=faults)
    except schemas.BREAKS as error:  # found in no schema of ours, but theirs may be odder
        note = f"the table cannot be judged by its schema: {type(error).__name__}: {error}"
        return _answer(errors=[ResourceError(note=note)], faults=faults)
    task: dict[str, Any] = report.tasks[0].to_descriptor()
    answer = _answer(task=_trimmed(_named(task, form)), faults=faults)
    answer["way"], answer["counts"] = way, [(*kind, n) for kind, n in counted.items()]
    return answer


def _counted(resource: Resource, cells: CellsSource | None, report: Report) -> Counts:
    """Count all errors where the report was cut and names only the first."""
    cut = len(report.tasks[0].errors) == LIMIT_ERRORS
    if not cut or not isinstance(resource, TableResource):
        return {}
    from validation.fast.counting import counts  # noqa: PLC0415 - loads polars

    return counts(resource, cells)


def _excerpt(
    form: Form, layer: Any, answer: Mapping[str, Any], told_before: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Cut out what a report shows of the data; nothing where all is well."""
    task = answer["task"] or {"errors": (), "labels": ()}
    if not form.cells:
        return excerpts.of_errors(task["errors"], task["labels"])
    wanted = excerpts.spots(task["errors"], answer["faults"], told_before)
    if not wanted:
        return None
    cut = excerpts.excerpt(wanted, form.as_cells())
    if layer is not None:
        from validation.report import places  # noqa: PLC0415 - plain tables need no GEOS

        cut["places"] = places.drawn(wanted, layer.subject)
    return cut


def _named(task: dict[str, Any], form: Form) -> dict[str, Any]:
    """Call the table by its own name; the hash and size of a copy that we made say nothing."""
    task.update(name=form.name, place=form.place)
    if not form.original:
        for key in ("md5", "sha256", "bytes"):
            task["stats"].pop(key, None)
    return task


def _trimmed(task: dict[str, Any]) -> dict[str, Any]:
    """Drop errors once the cells that they repeat become too many to carry."""
    lengths = np.cumsum([sum(map(len, e.get("cells", ()))) for e in task["errors"]] or [0])
    kept = max(1, int(np.searchsorted(lengths, CELLS_LENGTH, side="right")))
    if kept < len(task["errors"]):
        task["errors"] = task["errors"][:kept]
        task["warnings"].append(f"reached report limit: {kept} errors")
    return task


def _answer(
    task: dict[str, Any] | None = None,
    errors: Sequence[Error] = (),
    faults: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "task": task,
        "errors": [error.to_descriptor() for error in errors],
        "faults": list(faults),
        "excerpt": None,
        "way": "",
        "counts": [],
    }
