"""The sign of a number as accountants and word processors write it: (350,00), 350,00-, −350, +5."""

import pyarrow as pa
import pyarrow.compute as pc

NUMBER = r"[0-9][0-9., \x{00A0}]*"
CENTS = r"[0-9][0-9., \x{00A0}]*[.,][0-9]{2}|[0-9]+[.,][0-9]{2}"
GAP = r"[ \x{00A0}]?"
SIGNED = r"^[(+\x{2212}\x{2013}]|^-[ \x{00A0}]|-$"
"""What a text must have to be written again."""
SURE = (
    (rf"^\({GAP}({CENTS}){GAP}\)$", r"-\1"),
    (rf"^({CENTS}){GAP}-$", r"-\1"),
    (rf"^(?:[\x{{2212}}\x{{2013}}]{GAP}|-[ \x{{00A0}}])([0-9].*)$", r"-\1"),
    (rf"^\+{GAP}([0-9]{{1,6}}(?:[^0-9/].*)?)$", r"\1"),
)
GUESSED = ((rf"^\({GAP}({NUMBER}){GAP}\)$", r"-\1"), (rf"^({NUMBER}){GAP}-$", r"-\1"))
"""Without cents, brackets may be a note, and a dash behind a number the beginning of a range."""


def with_signs(texts: pa.Array, *, guess: bool) -> pa.Array:
    """Write the minus before the digits, and no plus; all else stays.

    >>> with_signs(pa.array(["(350,00)", "350,00-", "+5 %", "(3)"]), guess=False).to_pylist()
    ['-350,00', '-350,00', '5 %', '(3)']
    >>> with_signs(pa.array(["(3)", "12-", "-"]), guess=True).to_pylist()
    ['-3', '-12', '-']
    """
    for pattern, written in (*SURE, *(GUESSED if guess else ())):
        texts = pc.replace_substring_regex(texts, pattern, written)
    return texts
