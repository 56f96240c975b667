"""Words of Cyrillic and Latin letters: they look right, and no search finds them."""

from collections.abc import Iterator

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck, differing, matching
from validation.repairs.one_script import is_sure, one_script

LATIN, CYRILLIC = "[A-Za-zČĆŽŠĐčćžšđ]", r"[\x{0400}-\x{04ff}]"
BOTH = f"{LATIN}{CYRILLIC}|{CYRILLIC}{LATIN}"
ROMAN = r"(?:^|\PL)[IVX]+(?:[\x{0430}-\x{0436}]|[\x{0430}-\x{045f}]{2})(?:\PL|$)"
WORDS_APART = r"\S*(?:@|//)\S*|\S*[0-9_]\S*"  # addresses and codes


@attrs.define(kw_only=True, repr=False)
class Scripts(TableCheck):
    """Warns of such words; a Roman number with an ending, a code or an address is none."""

    type = "scripts"

    def faults(self) -> Iterator[Fault]:
        """Yield cells with such a word, column by column."""
        for i, label in enumerate(self.subject.labels):
            if not self.subject.may_hold(i, "\x80"):
                continue
            texts = matching(self.subject.texts(i), BOTH)
            wrong = texts.filter(pc.match_substring_regex(_words(texts), BOTH))
            script = _script(wrong)
            mended = differing(wrong, one_script(wrong, script))
            mend = (Step("one-script", label, {"script": script}),) if len(mended) else ()
            exact = all(is_sure(text, script) for text in mended.to_pylist())
            note = "has Cyrillic and Latin letters in one word"
            yield from self.cells("script-mixed", i, wrong, note, remedies=mend, exact=exact)


def _words(texts: pa.Array) -> pa.Array:
    """Give texts without what may be of both scripts."""
    return pc.replace_substring_regex(texts, f"{WORDS_APART}|{ROMAN}", "")


def _script(texts: pa.Array) -> str:
    """Tell in which script most letters are."""
    latin, cyrillic = (
        pc.sum(pc.count_substring_regex(texts, letters)).as_py() or 0
        for letters in (LATIN, CYRILLIC)
    )
    return "latn" if latin > cyrillic else "cyrl"
