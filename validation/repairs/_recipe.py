"""Doing the steps of a recipe while a file is read, and offering steps beside a finding."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.errors import ConfigError
from datasets.kinds import kind, kinds
from datasets.model import Finding, Schema, Step
from validation.reading.cells import Cells
from validation.repairs._repair import Repair

PACKAGE = "validation.repairs"


def opened(steps: Sequence[Mapping[str, Any]]) -> list[Repair]:
    """Open the repairs of a recipe; one that is no longer there is left out."""
    return [_kind(step["repair"])(Step(**step)) for step in steps if step["repair"] in known()]


@functools.cache
def known() -> frozenset[str]:
    """Give the names of all repairs: `make-valid` is the module make_valid."""
    return frozenset(name.replace("_", "-") for name in kinds(PACKAGE))


@functools.cache
def _kind(name: str) -> type[Repair]:
    return kind(PACKAGE, name.replace("-", "_"), Repair)


def check_step(step: Step) -> None:
    """Refuse a step that no repair can do. Raises ConfigError that names those there are."""
    if step.repair not in known():
        raise ConfigError(f"no repair {step.repair!r}; there are {', '.join(sorted(known()))}")


def asked(arguments: Mapping[str, Any], repairs: Sequence[Repair]) -> Mapping[str, Any]:
    """Change what the reader is asked."""
    for repair in repairs:
        arguments = repair.asked(arguments)
    return arguments


def mended(cells: Cells, repairs: Sequence[Repair]) -> Cells:
    """Mend the cells; a note tells for each step how much it changed."""
    for repair in repairs:
        after = repair.mended(cells)
        if after is not cells:
            cells = after.and_found(_note(repair.step, changed(cells, after)))
    return cells


def understood(schema: Schema, repairs: Sequence[Repair]) -> Schema:
    """Change what the cells mean."""
    for repair in repairs:
        schema = repair.understood(schema)
    return schema


def changed(before: Cells, after: Cells) -> int:
    """Count the cells that differ, or the rows and columns that went, or the geometries."""
    if len(before.rows) != len(after.rows):
        return abs(len(before.rows) - len(after.rows))
    if len(before.columns) != len(after.columns):
        return abs(len(before.columns) - len(after.columns))
    columns = list(zip(before.columns, after.columns, strict=True))
    if before.geometry is not None and after.geometry is not None:
        columns.append((before.geometry, after.geometry))
    return sum(_differing(old, new) for old, new in columns if old is not new)


def _differing(old: pa.ChunkedArray, new: pa.ChunkedArray) -> int:
    """Count the places where two columns of one length differ; null equals null."""
    equal = pc.fill_null(pc.equal(old, new), False)
    both_null = pc.and_(pc.is_null(old), pc.is_null(new))
    return len(old) - int(pc.sum(pc.or_(equal, both_null)).as_py() or 0)


def _note(step: Step, count: int) -> Finding:
    return Finding(
        "repaired",
        "note",
        field=step.field,
        note=f"{step.repair} changed {count} places; the original file is kept as it came",
        values={"repair": step.repair, "step": step.id, "count": str(count), **step.values},
    )
