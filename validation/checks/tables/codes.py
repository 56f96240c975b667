"""Codes of the state that carry a check digit: municipalities, settlements, companies."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import attrs
import pyarrow as pa

from datasets.identifiers import company, municipality, settlement, tax
from datasets.model import Step
from datasets.serbian import fold
from validation.checks.tables._table import Fault, TableCheck, matching

NEARLY_ALL = 0.8
"""The share of a column's codes that must be right before the others are called wrong."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of code: the headers that mean it, its digits, and what proves it."""

    header: re.Pattern[str]
    width: int
    holds: Callable[[str], bool]


NUMBER = "(?:maticni broj|maticni|mb|mat br|sifra|kod|code)"
CODES: Mapping[str, Code] = {
    "settlement": Code(
        re.compile(
            rf"{NUMBER}.*\b(?:naselj|ko\b|katastarsk)|(?:naselj\w*|ko|katastarsk.*) {NUMBER}"
        ),
        6,
        settlement,
    ),
    "municipality": Code(re.compile(rf"{NUMBER}.*\bopstin|opstin\w* {NUMBER}"), 5, municipality),
    "tax": Code(re.compile(r"\bpib\b|poreski identifikacioni broj"), 9, tax),
    "company": Code(re.compile(r"^(?:maticni broj|maticni|mb)\b"), 8, company),
}
"""The first of which the header means counts."""


def kind_of(label: str) -> str:
    """Tell which code a header means; empty for none.

    >>> kind_of("Матични број општине"), kind_of("sifra_naselja"), kind_of("ПИБ"), kind_of("име")
    ('municipality', 'settlement', 'tax', '')
    """
    words = fold(label)
    return next((name for name, code in CODES.items() if code.header.search(words)), "")


@attrs.define(kw_only=True, repr=False)
class Codes(TableCheck):
    """Warns of codes whose check digit is wrong, and of those that lost the zero before them."""

    type = "codes"

    def faults(self) -> Iterator[Fault]:
        """Yield, column by column, codes that lost zeros, then wrong ones."""
        for i, label in enumerate(self.subject.labels):
            name = kind_of(label)
            if name:
                yield from self._column(i, name, CODES[name])

    def _column(self, column: int, name: str, code: Code) -> Iterator[Fault]:
        texts = matching(self.subject.texts(column), r"^[0-9]+$")
        right = [text for text in texts.to_pylist() if _right(text, code)]
        if len(right) < NEARLY_ALL * self.subject.size(column):
            return
        others = pa.array(sorted({*texts.to_pylist()}.difference(right)), pa.string())
        wrong = matching(others, f"^[0-9]{{{code.width}}}$")
        short = [text for text in others.to_pylist() if _right(text.zfill(code.width), code)]
        lost = pa.array([text for text in short if len(text) < code.width], pa.string())
        step = Step("padded-zeros", self.subject.labels[column], {"width": str(code.width)})
        note, width = f"lost a zero: this code has {code.width} digits", str(code.width)
        yield from self.cells(
            "zeros-lost", column, lost, note, remedies=(step,), exact=False, width=width
        )
        note = f"has a wrong check digit for a code of a {name}"
        yield from self.cells("code-wrong", column, wrong, note, code=name)


def _right(text: str, code: Code) -> bool:
    return len(text) == code.width and code.holds(text)
