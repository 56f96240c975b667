"""Letters that are not those that were meant: a wrong encoding, an Icelandic Ð, a lost č."""

from collections.abc import Iterator

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Step
from validation.checks.tables._table import (
    Fault,
    TableCheck,
    column_error,
    differing,
    matching,
    share,
)
from validation.repairs.eth import without_eth
from validation.repairs.mojibake import reread

UTF8 = "utf-8"
MISREAD = (
    ("cp1252", UTF8),
    ("cp1250", UTF8),
    ("cp1251", UTF8),
    ("cp1252", "cp1251"),
    ("cp1252", "cp1250"),
)
"""As which encoding texts were read, and in which they are, the surest first."""
STRANGE = r"[^\x00-\x7fČĆŽŠĐčćžšđЂЈЉЊЋЏА-ИК-Шђјљњћџа-ик-ш„“”’–…]"
RUN = "[À-ÿ¼¾½]{3}"  # three such letters in a row stand in no name; Cyrillic misread is all of them
ICELANDIC = "[þæöÞÆÖáíúýÁÍÚÝ]"
"""Letters of names to which ð belongs; a column with one of them is left alone."""
LOST = (
    r"\pL\?[a-zčćžšđа-шђјљњћџ]|"
    r"[A-ZČĆŽŠĐА-ШЂЈЉЊЋЏ]\?[A-ZČĆŽŠĐА-ШЂЈЉЊЋЏ]"
)
ADDRESS = "://|www[.]|[?&][A-Za-z_0-9]+="
FEW = 0.02  # of the distinct texts, or two: more cannot be slips of the pen
Lost = column_error("letters-lost", "Lost Letters", "Question marks stand in the place of letters.")


@attrs.define(kw_only=True, repr=False)
class Letters(TableCheck):
    """Judges the letters of columns that have other than ASCII ones, or question marks."""

    type = "letters"
    Errors = [Lost]

    def faults(self) -> Iterator[Fault]:
        """Yield texts in a wrong encoding, Ð for Đ, and question marks inside words."""
        for i in range(len(self.subject.labels)):
            if self.subject.may_hold(i, "\x80"):
                yield from self._misread(i)
            if self.subject.may_hold(i, "?"):
                yield from self._lost(i)

    def _misread(self, column: int) -> Iterator[Fault]:
        label = self.subject.labels[column]
        strange = matching(self.subject.texts(column), STRANGE)
        wrong, right, texts = misread(strange)
        if len(texts):
            mend = Step("mojibake", label, {"from": wrong, "to": right})
            note = f"was read as {wrong} and is {right}"
            exact = right == UTF8
            yield from self.cells("mojibake", column, texts, note, remedies=(mend,), exact=exact)
        elif not len(matching(strange, ICELANDIC)):
            note = "has the Icelandic letter Ð in the place of Đ"
            eth, mend = differing(strange, without_eth(strange)), Step("eth", label)
            yield from self.cells("letter-eth", column, eth, note, remedies=(mend,))

    def _lost(self, column: int) -> Iterator[Fault]:
        texts = self.subject.texts(column)
        lost = matching(texts, LOST)
        lost = lost.filter(pc.invert(pc.match_substring_regex(lost, ADDRESS)))
        if len(lost) > 1 and share(lost, texts) > FEW:
            label, count = self.subject.labels[column], str(len(lost))
            note = f"has question marks for letters in {count} texts of the column {label[:80]!r}"
            yield Fault("letters-lost", note, values={"count": count}, field=label)
        yield from self.cells("letter-lost", column, lost, "has a question mark inside a word")


def misread(strange: pa.Array) -> tuple[str, str, pa.Array]:
    """Tell as what texts with letters beyond ASCII were read, what they are, and which they are.

    UTF-8 read as anything else is sure. Of two code pages any text can be either: one is told
    only where all that is strange in a column becomes Serbian.
    """
    for wrong, right in MISREAD:
        texts = differing(strange, reread(strange, wrong, right))
        sure = right == UTF8 or (len(texts) > 1 and len(texts) == len(strange))
        if len(texts) and sure and (right != "cp1251" or len(matching(texts, RUN))):
            return wrong, right, texts
    return "", "", strange[:0]
