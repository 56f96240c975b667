"""Words that somebody may have meant who made a typing mistake.

A word is kept under its first seven letters, and under what is left of them when one is taken out;
a long word under its last seven too. Whoever mistypes a letter shares one of these with the word
that was meant, so that a few look-ups find it among any number of words.
"""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

LEAST = 4
"""Letters of a word that is worth mending."""
HEAD = 7
LONG = 8
"""Letters from which on a word may have two mistakes."""
MOST_MEANT = 12
_LETTERS = re.compile(r"[^\W\d_]{4,40}")


def pieces(word: str) -> set[str]:
    """Under what a word is looked up; nothing for numbers and very short words.

    >>> sorted(pieces("trg")), sorted(pieces("lipa"))
    ([], ['ipa', 'lia', 'lip', 'lipa', 'lpa'])
    """
    if not _LETTERS.fullmatch(word):
        return set()
    found = _without_one(word[:HEAD])
    if len(word) >= LONG:
        found |= {f"~{piece}" for piece in _without_one(word[-HEAD:])}
    return found


def _without_one(part: str) -> set[str]:
    return {part, *(part[:i] + part[i + 1 :] for i in range(len(part)))}


def meant(word: str, candidates: Iterable[str], *, unfinished: bool) -> list[str]:
    """The candidates that may be meant by a word, the nearest first.

    `unfinished` is true of the word that is still being typed: it may be the beginning of one.

    >>> meant("kragujevca", ["kragujevacka", "krusevac"], unfinished=True)
    ['kragujevacka']
    """
    allowed = 2 if len(word) >= LONG else 1
    measured = []
    for candidate in candidates:
        away = _away(word, candidate, allowed, unfinished=unfinished)
        if away <= allowed:
            measured.append((away, candidate[0] != word[0], len(candidate), candidate))
    return [candidate for *_, candidate in sorted(measured)[:MOST_MEANT]]


def apart(asked: Sequence[str], said: Sequence[str]) -> int:
    """How many mistakes lie between what is asked and a name.

    >>> apart(["kraguejvac"], ["kragujevac"])
    1
    """
    return int(OSA.distance(" ".join(asked), " ".join(said)))


def _away(word: str, candidate: str, allowed: int, *, unfinished: bool) -> int:
    whole = OSA.distance(word, candidate, score_cutoff=allowed)
    if whole <= allowed or not unfinished or len(candidate) <= len(word):
        return int(whole)
    ends = (len(word) - 1, len(word), len(word) + 1)
    return int(min(OSA.distance(word, candidate[:end], score_cutoff=allowed) for end in ends))
