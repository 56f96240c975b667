"""Offering repairs beside what they mend: what each would change, tried out on the cells."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from datasets.model import Finding, Offer, Sample, Schema, Step
from validation.checks._check import Fault
from validation.reading.cells import Cells, Unreadable
from validation.repairs import _meaning, _recipe
from validation.repairs._difference import BETWEEN, SHOWN, changed, rows_said, samples
from validation.repairs._repair import Repair

SAMPLES = 5
MASK = "***"
NO_SCHEMA: Schema = MappingProxyType({})

type Reread = Callable[[Repair], Cells | None]
"""Reads the file, or its beginning, again as a repair asks; None where that takes too long."""


def told(
    faults: Sequence[Fault], cells: Cells | None, schema: Schema = NO_SCHEMA
) -> list[dict[str, Any]]:
    """Give faults as JSON; the first of a cause carries what is offered against all of it.

    A remedy that would change nothing is not offered.
    """
    said = []
    offered_before: set[tuple[str, str]] = set()
    for fault in faults:
        first = (fault.check, fault.field) not in offered_before
        offered_before.add((fault.check, fault.field))
        offers = _offers(fault, cells, schema) if first else []
        parts = asdict(fault)
        del parts["remedies"], parts["exact"]
        said.append({**parts, "offers": [asdict(offer) for offer in offers]})
    return said


def _offers(fault: Fault, cells: Cells | None, schema: Schema) -> list[Offer]:
    if cells is None:
        return list(fault.offers)
    tried = (offered(step, cells, schema, exact=fault.exact) for step in fault.remedies)
    return [*fault.offers, *(offer for offer in tried if offer.count)]


def offered(step: Step, cells: Cells, schema: Schema = NO_SCHEMA, *, exact: bool) -> Offer:
    """Try a step on cells; give how many places it changes, and five of them.

    Of a step of the schema these are cells and what they would mean. One that hides values shows
    none. How a file is read cannot be tried on cells: such an offer has no samples.
    """
    repair = _recipe.opened_one(step)
    if repair.stage == "schema":
        count, shown = _understood(repair, cells, schema)
        return Offer(step, count, shown, exact)
    after = repair.mended(cells)
    shown = samples(cells, after, SAMPLES)
    if repair.hides:
        shown = tuple(replace(sample, before=MASK) for sample in shown)
    return Offer(step, changed(cells, after), shown, exact)


def _understood(repair: Repair, cells: Cells, schema: Schema) -> tuple[int, tuple[Sample, ...]]:
    after = repair.understood(schema)
    if not repair.step.field:
        return _meaning.matched(after, cells, SAMPLES)
    return _meaning.meanings(repair.step, after, cells, SAMPLES)


def completed(
    cells: Cells, schema: Schema, accepted: AbstractSet[str], reread: Reread
) -> tuple[Finding, ...]:
    """Give a reader's findings with all offers tried out, without those that are answered.

    `accepted` are the ids of the recipe's steps: what one of them mends, or chooses, is not said
    again.
    """
    return tuple(
        _tried_out(finding, cells, schema, reread)
        for finding in cells.findings
        if not accepted & {offer.step.id for offer in finding.offers}
    )


def _tried_out(finding: Finding, cells: Cells, schema: Schema, reread: Reread) -> Finding:
    if not finding.offers:
        return finding
    tried = (_tried(offer, cells, schema, reread) for offer in finding.offers)
    return replace(finding, offers=tuple(offer for offer in tried if offer is not None))


def _tried(offer: Offer, cells: Cells, schema: Schema, reread: Reread) -> Offer | None:
    """Try an offer, unless its author did; None for a way of reading that does not read."""
    if offer.samples or offer.count:
        return offer
    repair = _recipe.opened_one(offer.step)
    if repair.stage != "form":
        return offered(offer.step, cells, schema, exact=offer.exact)
    try:
        after = reread(repair)
    except Unreadable:
        return None
    shown = () if after is None else tuple(_read_again(cells, after))[:SAMPLES]
    return replace(offer, count=len(cells.rows), samples=shown)


def without_cells(finding: Finding, reread: Reread) -> Finding:
    """Try out the offers of a refusal: each shows the first rows that it would give."""
    empty = Cells((), (), pa.chunked_array([], pa.int64()))
    return _tried_out(finding, empty, NO_SCHEMA, reread)


def _read_again(before: Cells, after: Cells) -> Iterator[Sample]:
    """Yield the header and the first rows as they are read, and as they would be."""
    if before.labels != after.labels:
        yield Sample(after.header_row or None, _header(before), _header(after))
    old = dict(rows_said(before, _first(before)))
    for row, said in rows_said(after, _first(after)):
        if old.get(row) != said:
            yield Sample(row, old.get(row, ""), said)


def _first(cells: Cells) -> pa.Array:
    return pa.array(range(min(len(cells.rows), 10 * SAMPLES)), pa.int64())


def _header(cells: Cells) -> str:
    return BETWEEN.join(filter(None, cells.labels))[:SHOWN]


def ids(steps: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Give the ids of steps as JSON has them."""
    return frozenset(Step(**step).id for step in steps)
