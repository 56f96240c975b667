"""Cyrillic and Latin letters mixed in one word, which look alike and are not found together."""

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from datasets.serbian import TO_LATIN
from validation.reading.cells import Cells
from validation.repairs._columns import in_columns, mapped
from validation.repairs._repair import Repair

LATIN_LETTER, CYRILLIC_LETTER = "[A-Za-zČĆŽŠĐčćžšđ]", "[\u0400-\u04ff]"
MIXED = f"{LATIN_LETTER}{CYRILLIC_LETTER}|{CYRILLIC_LETTER}{LATIN_LETTER}"
WORD = re.compile(r"[^\W\d_]+")
APART, CODE = re.compile(r"\S+"), re.compile("[0-9_@]|//")
ROMAN = re.compile(r"[IVX]+[\u0430-\u0436]$|[IVX]{2,}[\u0430-\u045f]{1,2}$")

LOOKS = dict(zip("ABCEHJKMOPTXYaceijopxy", "АВСЕНЈКМОРТХУасеіјорху", strict=True))
SOUNDS = {latin: cyrillic for cyrillic, latin in TO_LATIN.items() if len(latin) == 1}
SOUNDS |= {latin.upper(): cyrillic.upper() for latin, cyrillic in SOUNDS.items()}
LOOKS_LATIN = {cyrillic: latin for latin, cyrillic in LOOKS.items()}
SOUNDS_LATIN = TO_LATIN | {c.upper(): latin.capitalize() for c, latin in TO_LATIN.items()}
TABLES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str], str]] = {
    "cyrl": ({k: v for k, v in LOOKS.items() if v != "і"}, SOUNDS, LATIN_LETTER),
    "latn": (LOOKS_LATIN, SOUNDS_LATIN, CYRILLIC_LETTER),
}
"""By script: what looks like a letter of it, what sounds like one, and which letters are not it."""
OTHER = {"cyrl": "latn", "latn": "cyrl"}
UNSURE = frozenset(c for pair in LOOKS.items() for c in pair if SOUNDS.get(pair[0]) != pair[1])
"""Letters that look like one of the other script and sound like another: P is Р or П."""


class OneScript(Repair):
    """Writes each mixed word in one script, and leaves all others as they are."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step, or all columns."""
        script = self.value("script", "cyrl")
        if script not in TABLES:
            return cells
        return in_columns(cells, self.step.field, lambda texts: one_script(texts, script))


def one_script(texts: pa.Array, script: str) -> pa.Array:
    """Write mixed words in one script: `cyrl` or `latn`, or the other where that only looks so.

    Letters are taken for those that look like them where all of a word do, else for those that
    sound like them. Codes, addresses and a Roman number with an ending stay.

    >>> one_script(pa.array(["Улицa", "Ulicа", "Nиш", "КOСА", "KД12", "VIIа"]), "cyrl").to_pylist()
    ['Улица', 'Ulica', 'Ниш', 'КОСА', 'KД12', 'VIIа']
    """
    return mapped(
        texts, pc.match_substring_regex(texts, MIXED), lambda text: _mended(text, script)[0]
    )


def is_sure(text: str, script: str) -> bool:
    """Tell whether every mixed word can be written in one way only.

    >>> is_sure("Kрагујевац", "cyrl"), is_sure("Nиш", "cyrl"), is_sure("Pадниš", "cyrl")
    (True, True, False)
    """
    return _mended(text, script)[1]


def _mended(text: str, script: str) -> tuple[str, bool]:
    apart = (found for found in APART.finditer(text) if CODE.search(found[0]))
    codes = {place for found in apart for place in range(*found.span())}
    sure = True

    def mend(found: re.Match[str]) -> str:
        nonlocal sure
        if found.start() in codes or ROMAN.match(found[0]) or not re.search(MIXED, found[0]):
            return found[0]
        word, is_one = _word(found[0], script)
        sure &= is_one
        return word

    return WORD.sub(mend, text), sure


def _word(word: str, script: str) -> tuple[str, bool]:
    """Give a mixed word in one script, and whether no other word can be meant."""
    for way in (script, OTHER[script]):
        looks, _, foreign = TABLES[way]
        if all(letter in looks for letter in re.findall(foreign, word)):
            return "".join(looks.get(letter, letter) for letter in word), True
    _, sounds, foreign = TABLES[script]
    letters = set(re.findall(foreign, word))
    if not letters <= sounds.keys():
        return word, True
    return "".join(sounds.get(letter, letter) for letter in word), not letters & UNSURE
