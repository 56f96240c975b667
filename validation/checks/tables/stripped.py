"""Numbers of which a schema strips more than a unit: „око 50“ would be 50, and (5) would be 5."""

import re
from collections.abc import Iterator

import attrs
import pyarrow.compute as pc

from validation.checks.tables._table import Fault, TableCheck, column_error
from validation.reading.units import UNITS

USUAL = 0.9
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
NUMBER = r"[0-9](?:[0-9., \x{00A0}\x{202F}]*[0-9])?"
GAP = r"[ \x{00A0}]?"
SOUND = rf"(?i)^(?:(?:{UNIT})\.?{GAP})?-?{NUMBER}(?:{GAP}(?:{UNIT})\.?)?$"
# Frictionless strips a minus from integers, and any that is not ASCII from numbers too
OTHER_MINUS = r"[\x{2212}\x{2013}(] ?[0-9]"
Stripped = column_error("number-stripped", "Stripped Number", "More than a unit is stripped.")


@attrs.define(kw_only=True, repr=False)
class StrippedNumbers(TableCheck):
    """Finds cells that `bareNumber: false` would turn into another number without a word."""

    type = "stripped-numbers"
    Errors = [Stripped]

    def faults(self) -> Iterator[Fault]:
        """Yield the cells that are not just a number and a unit, where nearly all others are."""
        for i, field in enumerate(self.subject.fields[: len(self.subject.labels)]):
            if getattr(field, "bare_number", True):
                continue
            texts = self.subject.texts(i)
            lost = f"{OTHER_MINUS}|-[0-9]" if field.type == "integer" else OTHER_MINUS
            wrong = pc.match_substring_regex(texts, lost)
            sound = pc.match_substring_regex(texts, SOUND)
            if (sound.true_count or 0) >= USUAL * len(texts):  # else it has units of its own
                wrong = pc.or_(wrong, pc.invert(sound))
            note = "is not just a number and its unit, and would be read as another number"
            yield from self.cells("number-stripped", i, texts.filter(wrong), note, "error")
