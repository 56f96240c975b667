"""Names and questions as the index has them: one spelling for what people write in many ways.

Beyond `fold`: words that say only "street" or "number" go, shortened words are written out, a
letter joins its house number, and the number of a king is a figure.
"""

import functools
import re
from collections.abc import Iterator, Sequence

from datasets.serbian import fold, to_latin

DROPPED = frozenset({"ulica", "ulice", "ulici", "ul", "street", "str", "br", "broj"})
"""Words without which an address says the same."""
WRITTEN_OUT = {
    "bul": "bulevar",
    "blv": "bulevar",
    "bulevara": "bulevar",
    "sv": "sveti",
    "svetog": "sveti",
    "svete": "sveti",
    "dr": "doktora",
    "doktor": "doktora",
    "prof": "profesora",
    "kn": "kneza",
    "vojv": "vojvode",
    "prvi": "1",
    "prvog": "1",
    "prva": "1",
    "drugi": "2",
    "drugog": "2",
    "treci": "3",
    "treceg": "3",
    "cetvrti": "4",
    "cetvrtog": "4",
}
_NUMERALS = {
    numeral: str(i)
    for i, numeral in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), 1
    )
}
_HOUSE = re.compile(r"\d{1,4}")


@functools.lru_cache(4096)
def words(text: str) -> tuple[str, ...]:
    """The words of a name or a question in the spelling of the index.

    >>> words("ул. Његошева бр. 12 А"), words("Njegoševa 12a")
    (('njegoseva', '12a'), ('njegoseva', '12a'))
    >>> words("Краља Петра I 5"), words("kralja petra prvog"), words("Сава и Дунав")
    (('kralja', 'petra', '1', '5'), ('kralja', 'petra', '1'), ('sava', 'i', 'dunav'))
    >>> words("Улица")
    ('ulica',)
    """
    plain = fold(text).split()
    told = [WRITTEN_OUT.get(word, word) for word in plain if word not in DROPPED] or plain
    return tuple(_joined(_counted(told)))


def _counted(told: Sequence[str]) -> list[str]:
    """Numerals as figures; one letter is a numeral only at the end or before a number."""
    found = []
    for place, word in enumerate(told):
        number = _NUMERALS.get(word) if place else None
        last = place + 1 == len(told) or told[place + 1][0].isdigit()
        sure = len(word) > 1 or (last and word == "i")
        found.append(number if number and sure else word)
    return found


def _joined(told: Sequence[str]) -> Iterator[str]:
    """House numbers with their letter: `12 a` is `12a`."""
    before = ""
    for word in told:
        if before and len(word) == 1 and word.isalpha() and word != "i":
            yield before + word
            before = ""
            continue
        if before:
            yield before
        before = word if _HOUSE.fullmatch(word) else ""
        if not before:
            yield word
    if before:
        yield before


def exact(text: str) -> str:
    """A name with its diacritics, in Latin and small letters: Лесница is not Лешница.

    >>> exact("ЛЕСНИЦА") == exact("Lesnica"), exact("Лешница")
    (True, 'lešnica')
    """
    return " ".join(to_latin(text).lower().split())
