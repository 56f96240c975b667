"""Codes of one width that lost the zeros before them in a spreadsheet."""

from collections.abc import Iterator

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck, matching, share
from validation.checks.tables.codes import kind_of

NEARLY_ALL = 0.8
DIGITS, HEAD = r"^[0-9]+$", 100
NARROWEST, WIDEST = 3, 20
MOST_LOST = 3  # zeros


@attrs.define(kw_only=True, repr=False)
class Zeros(TableCheck):
    """Warns where most codes have one width, some a zero before them, and some are shorter."""

    type = "zeros"

    def faults(self) -> Iterator[Fault]:
        """Yield cells that are shorter than the others, column by column."""
        for i, label in enumerate(self.subject.labels):
            known = kind_of(label)  # judged by its check digit
            if self.subject.is_text(i) and self.subject.may_hold(i, "0") and not known:
                yield from self._column(i)

    def _column(self, column: int) -> Iterator[Fault]:
        texts = self.subject.texts(column)
        head = texts[:HEAD]
        if len(matching(head, DIGITS)) < len(head) or len(texts) < 2:
            return
        digits = matching(texts, DIGITS)
        if len(digits) < len(texts):
            return
        width = _usual_width(digits)
        usual = matching(digits, f"^[0-9]{{{width}}}$") if width else digits[:0]
        if share(usual, digits) < NEARLY_ALL or not len(matching(usual, "^0")):
            return
        lost = matching(digits, f"^[1-9][0-9]{{{max(0, width - 1 - MOST_LOST)},{width - 2}}}$")
        step = Step("padded-zeros", self.subject.labels[column], {"width": str(width)})
        note = f"is shorter than the other codes, which have {width} digits"
        yield from self.cells(
            "zeros-lost", column, lost, note, remedies=(step,), exact=False, width=str(width)
        )


def _usual_width(digits: pa.Array) -> int:
    """Give how many digits most codes have; 0 where that is no width of codes."""
    width = int(pc.mode(pc.utf8_length(digits))[0]["mode"].as_py())
    return width if NARROWEST <= width <= WIDEST else 0
