"""Doing the steps of a recipe while a file is read."""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from datasets.errors import ConfigError
from datasets.kinds import kind, kinds
from datasets.model import Finding, Schema, Step
from validation.reading.cells import Cells
from validation.repairs._difference import changed
from validation.repairs._repair import Repair

PACKAGE = "validation.repairs"
RENAMING = "rename-column"
STAGES = ("form", "cells", "schema")
IN_ITS_COLUMN = frozenset(
    "trim one-script eth mojibake dates decimals units signs missing python-numbers padded-zeros "
    "booleans mask-column".split()
)
"""Repairs that look at nothing but the cells of their own column, if they have one."""


def opened(steps: Sequence[Mapping[str, Any]]) -> list[Repair]:
    """Open the repairs of a recipe; one that is no longer there is left out."""
    return [_kind(step["repair"])(Step(**step)) for step in steps if step["repair"] in known()]


def opened_one(step: Step) -> Repair:
    """Open the repair of one step. Raises ConfigError when there is none like it."""
    check_step(step)
    return _kind(step.repair)(step)


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


def acting(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Give steps in the order in which they act: two orders that come to the same are one.

    What changes the form goes first, what changes the schema last; steps that each keep to a column
    of their own are taken by column.
    """
    placed = sorted((step for step in steps if step.repair in known()), key=_stage)
    runs = itertools.groupby(placed, lambda step: (_stage(step), _keeps_to_itself(step)))
    return tuple(
        step
        for (stage, alone), run in runs
        for step in (sorted(run, key=_subject) if alone or stage != 1 else run)
    )


def _stage(step: Step) -> int:
    return STAGES.index(_kind(step.repair).stage)


def _keeps_to_itself(step: Step) -> bool:
    return bool(step.field) and step.repair in IN_ITS_COLUMN


def _subject(step: Step) -> str:
    """Give what a step is about: of its form the repair, else the column."""
    return step.field or step.repair


def mended(cells: Cells, repairs: Sequence[Repair]) -> Cells:
    """Mend the cells; a note tells for each step how much it changed.

    A step about a column that a step before it renamed finds it under its new name.
    """
    names: dict[str, str] = {}
    for repair in repairs:
        after = _about(repair, names).mended(cells)
        if after is not cells:
            cells = after.and_found(_note(repair.step, changed(cells, after)))
            names.update(_renamed([repair]))
    return cells


def understood(schema: Schema, repairs: Sequence[Repair]) -> Schema:
    """Change what the cells mean, once all columns are called as they will be."""
    names = dict(_renamed(repairs))
    for repair in sorted(repairs, key=_late):
        schema = _about(repair, {} if repair.step.repair == RENAMING else names).understood(schema)
    return schema


def _late(repair: Repair) -> tuple[bool, bool]:
    return repair.step.repair != RENAMING, repair.stage == "schema"


def _renamed(repairs: Sequence[Repair]) -> Iterator[tuple[str, str]]:
    for repair in repairs:
        if repair.step.repair == RENAMING:
            yield repair.step.field, repair.value("to")


def _about(repair: Repair, names: Mapping[str, str]) -> Repair:
    step = repair.step
    other = names.get(step.values.get("y", ""))
    values = {**step.values, "y": other} if other else step.values
    field = names.get(step.field, step.field)
    return replace(repair, step=replace(step, field=field, values=values))


def _note(step: Step, count: int) -> Finding:
    return Finding(
        "repaired",
        "note",
        field=step.field,
        note=f"{step.repair} changed {count} places; the original file is kept as it came",
        values={**step.values, "repair": step.repair, "step": step.id, "count": str(count)},
    )
