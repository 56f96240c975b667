"""Numbers with a decimal comma or grouped thousands, made into numbers that every program reads."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair


class Decimals(Repair):
    """Writes 1.234,50 as 1234.50."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        if not self.step.field:
            return cells
        decimal, group = self.value("decimal", ","), self.value("group")
        return in_columns(cells, self.step.field, lambda texts: plain(texts, decimal, group))


def plain(texts: pa.Array, decimal: str, group: str) -> pa.Array:
    """Take out the groups and write a point for the decimal character.

    A column of which no number has that character, or two groups, is left alone: whether 1.234 is
    a thousand cannot be told there. Without a `decimal`, every group is one.

    >>> plain(pa.array(["1.234,50", "-1.234", "12", "нема"]), ",", ".").to_pylist()
    ['1234.50', '-1234', '12', 'нема']
    >>> plain(pa.array(["1.234", "5.678"]), ",", ".").to_pylist()
    ['1.234', '5.678']
    """
    whole, fraction = _expressions(decimal, group)
    if decimal and not pc.any(pc.match_substring_regex(texts, _evidence(decimal, group))).as_py():
        return texts
    numbers = pc.fill_null(pc.match_substring_regex(texts, f"^[-+]?{whole}{fraction}$"), False)
    written = pc.replace_substring(texts, group, "") if group else texts
    if decimal:
        written = pc.replace_substring(written, decimal, ".")
    return pc.if_else(numbers, written, texts)


def _expressions(decimal: str, group: str) -> tuple[str, str]:
    plain_digits = "(?:0|[1-9][0-9]*)"
    grouped = f"[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}})+"
    whole = f"(?:{grouped}|{plain_digits})" if group else plain_digits
    return whole, f"(?:{re.escape(decimal)}[0-9]+)?" if decimal else ""


def _evidence(decimal: str, group: str) -> str:
    """Give the expression of a number that can be read in no other way."""
    whole, fraction = _expressions(decimal, group)
    twice = f"|^[-+]?[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}}){{2,}}$" if group else ""
    return f"^[-+]?{whole}{fraction[:-1]}$" + twice
