"""Offering repairs beside faults: what each would change, tried out on the cells that are there."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from datasets.model import Offer, Sample, Step
from validation.checks._check import Fault
from validation.reading.cells import Cells
from validation.repairs import _recipe

SAMPLES = 5
SHOWN = 80  # characters of a value


def told(faults: Sequence[Fault], cells: Cells | None) -> list[dict[str, Any]]:
    """Give faults as JSON; the first of a cause carries what is offered against all of it."""
    said = []
    offered: set[tuple[str, str]] = set()
    for fault in faults:
        first = (fault.check, fault.field) not in offered
        offered.add((fault.check, fault.field))
        offers = _offers(fault, cells) if first else []
        parts = asdict(fault)
        del parts["remedies"], parts["exact"]
        said.append({**parts, "offers": [asdict(offer) for offer in offers]})
    return said


def _offers(fault: Fault, cells: Cells | None) -> list[Offer]:
    if cells is None:
        return list(fault.offers)
    tried = (offered(step, cells, exact=fault.exact) for step in fault.remedies)
    return [*fault.offers, *tried]


def offered(step: Step, cells: Cells, *, exact: bool) -> Offer:
    """Try a step on cells; give how many places it changes, and five of them."""
    [repair] = _recipe.opened([asdict(step)])
    after = repair.mended(cells)
    samples = tuple(islice(_samples(cells, after), SAMPLES))
    return Offer(step, _recipe.changed(cells, after), samples, exact)


def _samples(before: Cells, after: Cells) -> Iterator[Sample]:
    """Yield cells that differ, where rows and columns are the same."""
    if len(before.rows) != len(after.rows) or len(before.columns) != len(after.columns):
        return
    rows = before.rows.to_pylist()
    for old, new in zip(before.columns, after.columns, strict=True):
        if old is new:
            continue
        for row, a, b in zip(rows, old.to_pylist(), new.to_pylist(), strict=True):
            if a != b:
                yield Sample(row, (a or "")[:SHOWN], (b or "")[:SHOWN])
