"""One stem for all spellings and forms of a Serbian word: the words that search knows.

Snowball's Serbian stemmer reads diacritics and stems less without them (`vrtićima` is vrtić, but
`vrticima` vrtik), so a word is stemmed in every way it may have been meant and the shortest stem is
taken. It depends on the folded word only: script, case, diacritics and đ/dj make no difference by
construction. Some endings that Snowball leaves are taken off, too: see the table below.
"""

import functools
import itertools
import re

import snowballstemmer

from datasets.serbian import fold

LONGEST_WORD = 40
MOST_MEANT = 6  # letters of a word that may be meant with a diacritic: at most 3^6 ways to read it

_MEANT = {"c": "cčć", "s": "sš", "z": "zž", "d": "dđ"}
_WORD = re.compile(r"[a-z]{3,40}")
_ENDINGS = tuple(
    (re.compile(ending), kept, least)
    for ending, kept, least in (
        ("[aeiou]+$", "", 3),  # vrtićem, after Snowball: vrtiće
        ("aj$", "", 4),  # saobraćaj, saobraća
        ("[oe]v$", "", 3),  # domovi, putevi
        ("(?<=[csz])em$", "", 3),  # Nišem
        ("lj", "l", 2),  # zdravljem is read as if it were Ijekavian: zdravle
        ("nj", "n", 2),
        ("k$", "c", 3),  # stanovnik, stanovnici
        ("g$", "z", 3),  # knjiga, knjizi
    )
)
_stemmer = snowballstemmer.stemmer("serbian")


def stems(text: str) -> list[str]:
    """The stems of all words of a text, in order.

    >>> stems("Вртићи у Нишу"), stems("VRTIĆIMA"), stems("vrtic")
    (['vrtic', 'u', 'nis'], ['vrtic'], ['vrtic'])
    """
    return [stem(word) for word in fold(text).split()]


@functools.lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word; what has a figure or a foreign letter in it stays as it is.

    >>> [stem(word) for word in ("skolama", "stanovnici", "djordjem", "pm10", "csv")]
    ['skol', 'stanovnic', 'dord', 'pm10', 'csv']
    """
    if not _WORD.fullmatch(word):
        return word[:LONGEST_WORD]
    found = {_ended(fold(_stemmer.stemWord(meant))) for meant in _readings(word)}
    return min(found, key=lambda s: (len(s), s))


def _readings(word: str) -> list[str]:
    """The words that somebody who leaves out diacritics may mean."""
    bare = [i for i, letter in enumerate(word) if letter in _MEANT][-MOST_MEANT:]
    choices = [_MEANT[c] if i in bare else c for i, c in enumerate(word)]
    return ["".join(letters) for letters in itertools.product(*choices)]


def _ended(word: str) -> str:
    for ending, kept, least in _ENDINGS:
        shorter = ending.sub(kept, word)
        if len(shorter) >= least:
            word = shorter
    return word
