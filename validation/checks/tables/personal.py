"""Personal data: what must not be public unless an officer of the publisher says so.

The findings never hold the value itself.
"""

from collections.abc import Iterator, Mapping

import attrs

from datasets.model import Step
from validation.checks.tables._table import LIMIT, Fault, TableCheck, row_error
from validation.privacy.kinds import SAID
from validation.privacy.public import Public
from validation.privacy.released import of_resource, release_of
from validation.privacy.table import Hit

TITLES: Mapping[str, str] = {
    "jmbg": "Personal Number",
    "jmbg-possible": "Possible Personal Number",
    "jmbg-short": "Shortened Personal Number",
    "id-card": "Identity Card",
    "passport": "Passport",
    "phone": "Private Phone",
    "landline": "Landline Phone",
    "email": "Private Mail Address",
    "account": "Bank Account",
    "name": "Name Of A Person",
    "official": "Name Of An Official",
    "address": "Home Address",
    "birth-date": "Date Of Birth",
    "small-cells": "Counts Of Few People",
}
"""Of each kind the title of its error."""
ERRORS = {
    kind: row_error(f"personal-{kind}", title, f"There are {SAID[kind]} in the data.")
    for kind, title in TITLES.items()
}
COARSER = {
    "birth-date": {"to": "year"},
    "address": {"to": "group", "k": "10"},
    "small-cells": {"to": "at-least-k"},
}
"""Kinds of which something less exact may be public."""


@attrs.define(kw_only=True, repr=False)
class Personal(TableCheck):
    """Tells what the scan of the table found: one fault a column, one a row where it is scattered.

    What an officer released is a note that says who did, and why.
    """

    type = "personal-data"
    Errors = [*ERRORS.values()]

    def faults(self) -> Iterator[Fault]:
        """Yield what is personal, column by column."""
        releases = of_resource(self.subject.settings, self.subject.name)
        for hit in self.subject.hits:
            release = release_of(hit, self.subject.labels, releases)
            if release is None:
                yield from self._told(hit)
                continue
            values = {"kind": hit.kind, "by": release.by, "reason": release.reason}
            values |= {"when": release.when, "count": str(len(hit.rows))}
            note = f"{SAID[hit.kind]} were released by {release.by}: {release.reason}"
            yield Fault("personal-released", note, "note", None, values, *self._where(hit))

    def _told(self, hit: Hit) -> Iterator[Fault]:
        label, column = self._where(hit)
        note = f"column {column}: there are {SAID[hit.kind]}"
        values = {"kind": hit.kind, "count": str(max(len(hit.rows), 1))}
        remedies = _remedies(hit.kind, label, self._fewest())
        for place in hit.rows[: 1 if hit.whole else LIMIT] if len(hit.rows) else (-1,):
            row = int(self.subject.rows[place]) if place >= 0 else self.subject.header_row
            check = f"personal-{hit.kind}"
            yield Fault(
                check, note, hit.severity, row, values, label, column, remedies, exact=False
            )

    def _fewest(self) -> int:
        """Give from which count on people are not told apart."""
        return Public.of(self.subject.settings.get("privacy", {})).k

    def _where(self, hit: Hit) -> tuple[str, int]:
        labels = self.subject.labels
        return (labels[hit.column] if hit.column < len(labels) else ""), hit.column + 1


def _remedies(kind: str, label: str, fewest: int) -> tuple[Step, ...]:
    """Offer to leave the column out, to mask it, to make it coarser; nothing without a header."""
    if not label:
        return ()
    steps = [Step("drop-column", label), Step("mask-column", label, {"keep": "0"})]
    if kind in COARSER:
        steps.append(Step("aggregate-column", label, _coarser(kind, fewest)))
    return tuple(steps)


def _coarser(kind: str, fewest: int) -> Mapping[str, str]:
    values = COARSER[kind]
    return {**values, "k": str(fewest)} if kind == "small-cells" else values
