"""Numbers that programs read differently: decimal commas, 1_000, NaN, 2024-1-5."""

from collections.abc import Iterator

import attrs
import pyarrow as pa

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck, differing, matching, share
from validation.repairs.python_numbers import ordinary

NUMERIC = ("integer", "number", "year")
NUMBER = r"^[-+]?[0-9]+(?:[.,][0-9]+)*$"
COMMA = r"^[-+]?[0-9]+(?:\.[0-9]{3})*,[0-9]+$"
POINT, THOUSANDS = r"^[-+]?[0-9]+\.[0-9]+$", r"^[-+]?[1-9][0-9]{0,2}\.[0-9]{3}$"
NO_NUMBER = "(?i)^[-+]?(?:nan|inf|infinity)$"
SHORT_DATE = r"^[0-9]{4}-(?:[0-9]-[0-9]{1,2}|[0-9]{2}-[0-9])$"
NEARLY_ALL = 0.95


@attrs.define(kw_only=True, repr=False)
class Numbers(TableCheck):
    """Warns of numbers and dates that are right for one program and wrong for the next."""

    type = "numbers"

    def faults(self) -> Iterator[Fault]:
        """Yield cells with a comma among points, then those that only Python reads."""
        for i, field in enumerate(self.subject.fields[: len(self.subject.labels)]):
            commas = self.subject.may_hold(i, ",") and self.subject.may_hold(i, "0123456789")
            point = getattr(field, "decimal_char", None) in (None, ".")
            if commas and (self.subject.is_text(i) or (field.type in NUMERIC and point)):
                yield from self._commas(i)
            if field.type in NUMERIC and self.subject.may_hold(i, "_\x80nN"):
                yield from self._odd(i)
            if field.type == "date" and self.subject.may_hold(i, "-"):
                short = matching(self.subject.texts(i), SHORT_DATE)
                mend = Step("dates", self.subject.labels[i], {"format": "%Y-%m-%d"})
                note = "is a date without its zeros, which few programs read"
                yield from self.cells("date-short", i, short, note, remedies=(mend,))

    def _commas(self, column: int) -> Iterator[Fault]:
        texts = self.subject.texts(column)
        if share(matching(texts, NUMBER), texts) < NEARLY_ALL:
            return
        wrong, points = matching(texts, COMMA), matching(texts, POINT)
        if self.subject.is_text(column) and not len(points):
            return  # all are alike; what they are is the schema's to say
        doubtful = len(matching(points, THOUSANDS)) > 0
        values = {"decimal": ",", "group": "." if doubtful else ""}
        mend = Step("decimals", self.subject.labels[column], values)
        exact = not doubtful
        note = "is a number with a decimal comma"
        yield from self.cells("decimals-mixed", column, wrong, note, remedies=(mend,), exact=exact)

    def _odd(self, column: int) -> Iterator[Fault]:
        texts, label = self.subject.texts(column), self.subject.labels[column]
        odd = differing(texts, ordinary(texts))
        mend = Step("python-numbers", label)
        note = "is a number that few programs read"
        yield from self.cells("number-odd", column, odd, note, remedies=(mend,))
        words: pa.Array = matching(texts, NO_NUMBER)
        blank = Step("missing", label, {"words": "|".join(words.to_pylist())})
        note = "is a word of programs, no number"
        yield from self.cells("number-none", column, words, note, remedies=(blank,), exact=False)
