"""Spaces that nobody sees: before and after a value, two in a row, no-break ones."""

from collections.abc import Iterator

import attrs

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck, differing, matching
from validation.repairs.trim import trimmed

MISREAD = r"[Â-ÅÐÑ]\x{00A0}"
AROUND = r"^[ \t\x{00A0}]|[ \t\x{00A0}]$"
ANYWHERE = AROUND + r"|  |\t|\x{00A0}"


@attrs.define(kw_only=True, repr=False)
class Spaces(TableCheck):
    """Warns of them; inside a number a no-break space divides thousands and is no fault."""

    type = "cell-spaces"

    def faults(self) -> Iterator[Fault]:
        """Yield cells with such spaces, column by column."""
        for i, label in enumerate(self.subject.labels):
            if not self.subject.may_hold(i, " \t\x80"):
                continue
            texts = self.subject.texts(i)
            if len(matching(texts, MISREAD)):
                continue  # a no-break space is half a letter there: first the letters
            texts = matching(texts, ANYWHERE if self.subject.is_text(i) else AROUND)
            wrong = differing(texts, trimmed(texts))
            note = "has spaces that are not seen"
            mend = (Step("trim", label),)
            yield from self.cells("cell-spaces", i, wrong, note, remedies=mend)
