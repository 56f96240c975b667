"""Texts that were once read in a wrong encoding and saved like that."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns, mapped
from validation.repairs._repair import Repair

OURS = re.compile("[\x20-\x7eČĆŽŠĐčćžšđЂЈЉЊЋЏА-ИК-Шђјљњћџа-ик-ш„“”’‘–—…°²³€§\u00a0\n\t]*")
"""What a Serbian text is made of."""


class Mojibake(Repair):
    """Reads damaged texts again: written back as `from`, read as `to`."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step, or all columns."""
        wrong, right = self.value("from", "cp1252"), self.value("to", "utf-8")
        return in_columns(cells, self.step.field, lambda texts: reread(texts, wrong, right))


def reread(texts: pa.Array, wrong: str = "cp1252", right: str = "utf-8") -> pa.Array:
    """Undo a wrong reading wherever that gives a Serbian text from one that is not.

    >>> reread(pa.array(["Å¡kola", "škola", "PREKOPEÈA"])).to_pylist()
    ['škola', 'škola', 'PREKOPEÈA']
    >>> reread(pa.array(["PREKOPEÈA"]), "cp1252", "cp1250").to_pylist()
    ['PREKOPEČA']
    """
    foreign = pc.match_substring_regex(texts, r"[^\x00-\x7f]")
    return mapped(texts, foreign, lambda text: _reread(text, wrong, right))


def _reread(text: str, wrong: str, right: str) -> str:
    """Give the text as it was meant; itself where that is not sure and exact."""
    if OURS.fullmatch(text):
        return text
    raw = _written(text, wrong)
    try:
        meant = raw.decode(right)
    except (UnicodeDecodeError, LookupError):
        return text
    return meant if OURS.fullmatch(meant) and _back(meant, right) == raw else text


def _written(text: str, encoding: str) -> bytes:
    r"""Write a text in an encoding; the bytes that it has no letter for came through as C1.

    >>> _written("\u00c4\u008d", "cp1252").hex()
    'c48d'
    """
    try:
        return b"".join(_byte(letter, encoding) for letter in text)
    except (UnicodeEncodeError, LookupError):
        return b"\xff\xff"  # no text in UTF-8, and no Serbian one elsewhere


def _byte(letter: str, encoding: str) -> bytes:
    if "\x80" <= letter <= "\x9f":
        return letter.encode("latin-1")
    return letter.encode(encoding)


def _back(meant: str, encoding: str) -> bytes:
    return meant.encode(encoding, errors="ignore")
