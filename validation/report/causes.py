"""Findings grouped by what they have in common, so that one repair is told once.

A table with 8,214 dates of another form has one cause, not 8,214 errors.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.model import Finding, Offer, Report, Severity
from validation.messages import catalogue, key_of

ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings of one kind, in one column of one file; the first speaks for all.

    `key` is that of their sentence. `count` is how many there are, told or not: a report tells
    no more than the first thousand of a kind. `offers` are the proposal and its alternatives.
    """

    key: str
    count: int
    findings: tuple[Finding, ...]
    offers: tuple[Offer, ...] = ()

    @property
    def first(self) -> Finding:
        """The finding that stands first in the file."""
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        """The severity of each of them."""
        return self.first.severity

    @property
    def field(self) -> str:
        """The column that all of them are about; empty when it is none, or several."""
        alike = all(finding.field == self.first.field for finding in self.findings)
        return self.first.field if alike else ""

    @property
    def is_asked(self) -> bool:
        """True when a person has to choose between ways to understand the data."""
        return len(self.offers) > 1


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do first: the cause, and the offer that mends most where there is one.

    `solved` counts the places with an error that it takes away, of `total` that there are.
    """

    cause: Cause
    offer: Offer | None
    solved: int
    total: int


def causes(report: Report) -> tuple[Cause, ...]:
    """Give the causes of all findings: errors first, then warnings, then notes.

    Within each the files stand in their order; of a file what is about the whole of it comes
    first, then columns, then rows.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, finding in enumerate(report.findings):
        groups.setdefault(_kind(finding, number), []).append(finding)
    names = dict.fromkeys(["", *(finding.resource for finding in report.findings)])
    files = {name: place for place, name in enumerate(names)}
    found = [_cause(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda cause: _rank(cause.first, files)))


def _kind(finding: Finding, number: int) -> tuple[object, ...]:
    """Give what makes findings one cause; what has no row is alone unless a sentence joins it."""
    key = key_of(finding)
    start = (finding.severity, finding.check, key, finding.resource)
    if finding.row is not None:
        return (*start, finding.field, finding.values.get("bound", ""))
    return start if finding.field and key in catalogue()["groups"] else (*start, number)


def _cause(group: Sequence[Finding]) -> Cause:
    key = key_of(group[0])
    # Where no sentence is of many, `count` counts something within the one finding.
    many = group if group[0].row is not None and key in catalogue()["groups"] else ()
    counts = [_count(finding) for finding in many]
    offered = {offer.step.id: offer for finding in group for offer in finding.offers}
    count = max([len(group), *counts])
    return Cause(key, count, tuple(group), tuple(offered.values()))


def _count(finding: Finding) -> int:
    said = finding.values.get("count", "")
    return int(said) if said.isascii() and said.isdigit() else 1


def _rank(first: Finding, files: Mapping[str, int]) -> tuple[int, int, bool, bool]:
    in_rows, about_all = first.row is not None, not first.field
    return ORDER[first.severity], files[first.resource], in_rows, about_all == in_rows


def best(found: Iterable[Cause]) -> Fix | None:
    """Give the best first fix: the offer that mends most errors, an exact one before others.

    Where nothing is offered it is the cause of most errors; without errors there is nothing to do.
    """
    errors = [cause for cause in found if cause.severity == "error"]
    if not errors:
        return None
    total = sum(cause.count for cause in errors)
    proposed = [(c, c.offers[0], c.offers[0].step.id) for c in errors if len(c.offers) == 1]
    solved = Counter[str]()  # one step may mend several columns
    for cause, _, step in proposed:
        solved[step] += cause.count
    fixes = [Fix(cause, offer, solved[step], total) for cause, offer, step in proposed]
    largest = Fix(max(errors, key=lambda cause: cause.count), None, 0, total)
    return max(
        fixes,
        key=lambda fix: (fix.offer.exact if fix.offer else False, fix.solved),
        default=largest,
    )
