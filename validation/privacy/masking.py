"""Keeping values out of what is said of personal data: findings, reports, excerpts, samples.

What a scan found is masked by place; a text of which no scan knows the place is masked by what it
looks like.
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.model import Finding
from validation.privacy import patterns
from validation.privacy.candidates import LEAST_DIGITS
from validation.privacy.table import Hit

MASK = "***"
KEPT = frozenset(
    "count other number type format constraint reference reason place likely crs encoding"
    " delimiter repair step sheet layer resource header rows columns most seconds bytes".split()
)
"""Values of findings that say nothing of a cell."""
HIDING = ("mask-column", "aggregate-column", "drop-column")
"""Repairs after which a cell may be shown."""
OWN = "personal-"
"""How the names of our own checks begin: they quote nothing."""
SIDES = ("before", "after")
SHOWN = frozenset({"small-cells"})
"""Kinds that may be quoted: of a count alone nobody knows whom it counts."""
SHORT = 3  # a shorter text is in too many words to be looked for there
_DIGITS = re.compile(r"(?<![\w.,])[0-9](?:[ \u00a0/–-]?[0-9]){8,}(?![\w.])")
_HARMLESS = re.compile(r"(?!.*[0-9]{7})[0-9 .,:/%+()T-]*")
_SHAPES = (
    patterns.EMAIL,
    patterns.ACCOUNT,
    patterns.IBAN,
    patterns.ID_CARD,
    patterns.PASSPORT,
    patterns.MOBILE,
    patterns.FOREIGN,
    patterns.LANDLINE,
    patterns.JMBG,
)


def masked_text(text: str) -> str:
    """Hide in any text what looks like somebody's number or mailbox.

    >>> masked_text("ред 3: 064/123-45-67, pera@primer.rs, 12.5 m")
    'ред 3: ***, ***, 12.5 m'
    """
    if "@" not in text and sum(map(str.isdigit, text)) < LEAST_DIGITS - 1:
        return text
    for shape in _SHAPES:
        text = shape.replaced(text, MASK)
    return _DIGITS.sub(MASK, text)


@dataclass(frozen=True)
class Scan:
    """What must not be quoted of a table.

    `numbers` are the rows' places in the original, `columns` the text cells, `hits` what was found
    and not released. A `blind` one knows nothing of the table: all is hidden.
    """

    labels: Sequence[str] = ()
    columns: Sequence[pa.ChunkedArray] = ()
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    hits: tuple[Hit, ...] = ()
    blind: bool = False

    @functools.cached_property
    def cells(self) -> Mapping[int, patterns.Mask]:
        """The cells to hide, by column from 0: for each row whether."""
        masks: dict[int, patterns.Mask] = {}
        for hit in self.hits:
            if hit.kind not in SHOWN and len(hit.rows):
                mask = masks.setdefault(hit.column, np.zeros(len(self.numbers), bool))
                mask[hit.rows] = True
        return masks

    @functools.cached_property
    def marked(self) -> patterns.Mask:
        """The rows of which nothing but numbers and dates is shown."""
        mask = np.zeros(len(self.numbers), bool)
        for hit in self.hits:
            if hit.severity == "error":
                mask[hit.rows] = True
        return mask

    @functools.cached_property
    def hides_all(self) -> bool:
        """True when nothing is known of the table, or its header is somebody's row."""
        return self.blind or any(not len(hit.rows) for hit in self.hits)

    @functools.cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.numbers, kind="stable")
        return self.numbers[order], order

    def place(self, row: int | None) -> int | None:
        """Give the place in the table of a row of the original."""
        numbers, order = self._sorted
        at = int(np.searchsorted(numbers, row)) if row is not None else len(numbers)
        return int(order[at]) if at < len(numbers) and numbers[at] == row else None

    def label(self, label: str) -> str:
        """Give a header's word as it may be quoted."""
        if not self.hides_all or not label:
            return label
        place = self.labels.index(label) + 1 if label in self.labels else 0
        return f"{MASK}{place or ''}"

    def shown(self, row: int | None, column: int | None, text: str) -> str:
        """Give a text of a row, or of a cell of it, as it may be quoted.

        `row` counts as the original does, `column` from 0. In a row with personal data only
        numbers and dates stay.
        """
        place = self.place(row)
        if not text or self.hides_all:
            return text and MASK
        if place is None:
            return masked_text(text)
        if column is not None and column in self.cells and self.cells[column][place]:
            return MASK
        of_row = column is None and any(mask[place] for mask in self.cells.values())
        secret = (of_row or self.marked[place]) and not _HARMLESS.fullmatch(text)
        return MASK if secret else text

    def quoted(self, text: str) -> str:
        """Give a text that a finding quotes of no certain row: hidden if a hidden cell holds it."""
        if self.hides_all or any(self._holds(column, text) for column in self.cells):
            return text and MASK
        return masked_text(text)

    def _holds(self, column: int, text: str) -> bool:
        start = text.rstrip("…")
        if not start:
            return False
        same = pc.starts_with(self.columns[column], start).combine_chunks().fill_null(False)
        return bool((same.to_numpy(zero_copy_only=False) & self.cells[column]).any())

    def texts(self, row: int | None) -> list[str]:
        """Give the cells of a row."""
        place = self.place(row)
        return [] if place is None else [str(column[place]) for column in self.columns]


def masked_finding(said: Mapping[str, Any], scan: Scan) -> dict[str, Any]:
    """Hide in a finding, as JSON, what it quotes of personal data; its offers' samples too."""
    if said["check"].startswith(OWN):
        offers = _masked_offers(said["offers"], scan)
        return {**said, "field": scan.label(said["field"]), "offers": offers}
    column = scan.labels.index(said["field"]) if said["field"] in scan.labels else None

    def shown(text: str) -> str:
        if said["row"] is not None:
            return scan.shown(said["row"], column, text)
        return scan.quoted(text)

    values = {k: v if k in KEPT else shown(v) for k, v in said["values"].items()}
    gone = [v for k, v in said["values"].items() if values[k] != v]
    if scan.hides_all or gone or _is_marked(scan, said["row"]):
        gone += scan.texts(said["row"])
    return {
        **said,
        "field": scan.label(said["field"]),
        "values": values,
        "note": _labelled(without(said["note"], gone), scan),
        "offers": _masked_offers(said["offers"], scan),
    }


def _is_marked(scan: Scan, row: int | None) -> bool:
    place = scan.place(row)
    return place is not None and bool(scan.marked[place])


def _masked_offers(offers: Iterable[Mapping[str, Any]], scan: Scan) -> list[dict[str, Any]]:
    """Mask the samples; a column whose header is hidden has no offer, which would name it."""
    named = (each for each in offers if not (scan.hides_all and each["step"]["field"]))
    return [_masked_offer(offer, scan) for offer in named]


def _masked_offer(offer: Mapping[str, Any], scan: Scan) -> dict[str, Any]:
    step = offer["step"]
    column = scan.labels.index(step["field"]) if step["field"] in scan.labels else None

    def shown(sample: Mapping[str, Any], side: str) -> str:
        if side == "after" and step["repair"] in HIDING:
            return str(sample[side])
        if sample["row"] is None:
            return scan.quoted(sample[side])
        return scan.shown(sample["row"], column, sample[side])

    samples = [{**s, **{side: shown(s, side) for side in SIDES}} for s in offer["samples"]]
    return {**offer, "samples": samples if any(map(_tells, samples)) else []}


def _tells(sample: Mapping[str, Any]) -> bool:
    """Tell whether anything of a sample is left to see."""
    return any(sample[side] not in ("", MASK) for side in SIDES)


def masked_error(error: Mapping[str, Any], scan: Scan) -> dict[str, Any]:
    """Hide personal data in an error of a Frictionless report: its cells, its note, its message."""
    if not (scan.hits or scan.blind):
        return dict(error)
    made, row = dict(error), error.get("rowNumber")
    cells = [str(cell) for cell in error.get("cells") or ()]
    made_cells = [scan.shown(row, i, cell) for i, cell in enumerate(cells)]
    gone = [cell for cell, shown in zip(cells, made_cells, strict=True) if cell != shown]
    number = error.get("fieldNumber")
    if cells:
        made["cells"] = made_cells
    if error.get("cell"):
        made["cell"] = scan.shown(row, number - 1 if number else None, str(error["cell"]))
    if "fieldCells" in error:
        made["fieldCells"] = [scan.shown(row, None, str(cell)) for cell in error["fieldCells"]]
        gone += [c for c in map(str, error["fieldCells"]) if c not in made["fieldCells"]]
    for key in ("note", "message"):
        made[key] = _labelled(without(error[key], gone), scan)
    return _unlabelled(made, scan) if scan.hides_all else made


def _unlabelled(error: dict[str, Any], scan: Scan) -> dict[str, Any]:
    for key in ("label", "fieldName"):
        if key in error:
            error[key] = scan.label(error[key])
    for key in ("labels", "fieldNames"):
        if key in error:
            error[key] = [scan.label(label) for label in error[key]]
    return error


def masked_task(task: Mapping[str, Any], scan: Scan) -> dict[str, Any]:
    """Hide personal data in the task of a Frictionless report."""
    labels = [scan.label(label) for label in task.get("labels", ())]
    return {
        **task,
        "labels": labels,
        "errors": [masked_error(error, scan) for error in task["errors"]],
    }


def masked_answer(
    answer: Mapping[str, Any], read: Sequence[Mapping[str, Any]], scan: Scan
) -> dict[str, Any]:
    """Hide personal data in all that the judge's child says, and in what reading had found.

    `hidden` are the labels of columns of which nothing may be quoted later either, each with the
    word that may stand for it.
    """
    task, excerpt = answer["task"], answer["excerpt"]
    whole = {hit.column for hit in scan.hits if hit.whole and hit.kind not in SHOWN}
    return {
        **answer,
        "task": task and masked_task(task, scan),
        "faults": [masked_finding(fault, scan) for fault in answer["faults"]],
        "excerpt": excerpt and masked_excerpt(excerpt, scan),
        "read": [masked_finding(finding, scan) for finding in read],
        "hidden": {
            label: scan.label(label)
            for i, label in enumerate(scan.labels)
            if i in whole or scan.hides_all
        },
    }


def masked_excerpt(excerpt: Mapping[str, Any], scan: Scan) -> dict[str, Any]:
    """Hide personal data in an excerpt, as JSON."""
    rows = {
        row: [scan.shown(int(row), i, cell) for i, cell in enumerate(cells)]
        for row, cells in excerpt["rows"].items()
    }
    return {**excerpt, "labels": [scan.label(label) for label in excerpt["labels"]], "rows": rows}


def cautious(finding: Finding) -> Finding:
    """Hide what looks personal in a finding on a file that could not be scanned."""
    values = {k: v if k in KEPT else masked_text(v) for k, v in finding.values.items()}
    offers = tuple(replace(offer, samples=()) for offer in finding.offers)
    return replace(finding, note=masked_text(finding.note), values=values, offers=offers)


def about_hidden(finding: Finding, hidden: Mapping[str, str]) -> Finding:
    """Hide what a finding quotes of a column of which nothing may be quoted.

    `hidden` is as the judge's child says it: by label the word that may stand for it.
    """
    if finding.field not in hidden:
        return finding
    values = {k: v if k in KEPT else MASK for k, v in finding.values.items()}
    gone = [v for k, v in finding.values.items() if k not in KEPT]
    label = hidden[finding.field]
    note = without(finding.note, gone if label == finding.field else [*gone, finding.field])
    return replace(finding, field=label, note=note, values=values)


def without(text: str, gone: Iterable[str]) -> str:
    """Put a mask in the place of texts that may not be quoted; of short ones only where quoted.

    >>> without('"12" in "Петровић 12" of 12', ["Петровић 12", "12"])
    '"***" in "***" of 12'
    """
    for each in sorted(set(gone), key=len, reverse=True):
        if len(each) >= SHORT:
            text = text.replace(each, MASK)
        elif each:
            text = text.replace(f'"{each}"', f'"{MASK}"')
    return text


def _labelled(text: str, scan: Scan) -> str:
    return without(text, scan.labels) if scan.hides_all else text
