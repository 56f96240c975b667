"""Sentences authored in Serbian Cyrillic and English, the numbers in them; Latin is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasets.serbian import to_latin
from datasets.text import ENGLISH, LATIN

UNKNOWN = "…"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong, and how to put it right; plain text, not escaped."""

    what: str
    how: str


class Gaps(dict[str, str]):
    """Values of a sentence; one that is not there leaves a gap instead of an exception."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def in_language(said: Mapping[str, Any], language: str) -> Any:
    """Give the words of `{sr: …, en: …}` in a language; a list of words stays a list.

    >>> in_language({"sr": ["Шта", "Како"], "en": ["What", "How"]}, "sr-Latn")
    ['Šta', 'Kako']
    """
    if language == ENGLISH:
        return said["en"]
    words = said["sr"]
    if language != LATIN:
        return words
    return [to_latin(word) for word in words] if isinstance(words, list) else to_latin(words)


def plural(language: str, n: int) -> str:
    """Give the form of a counted word. Rule: Unicode CLDR, plural rules of sr and en.

    >>> [plural("sr-Cyrl", n) for n in (1, 2, 5, 11, 21, 112)]
    ['one', 'few', 'many', 'many', 'one', 'many']
    >>> [plural("en", n) for n in (1, 2)]
    ['one', 'many']
    """
    if language == ENGLISH:
        return "one" if n == 1 else "many"
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14:
        return "few"
    return "many"


def number(language: str, value: float, decimals: int = 0) -> str:
    """Write a number with groups of three. Rule: Unicode CLDR, number symbols of sr and en.

    >>> number("sr-Cyrl", 10489), number("en", 10489), number("sr-Latn", 2.5, 1)
    ('10.489', '10,489', '2,5')
    """
    said = f"{value:,.{decimals}f}"
    return said if language == ENGLISH else said.translate({ord(","): ".", ord("."): ","})


def counted(said: Mapping[str, Any], language: str, n: int) -> str:
    """Say a number with its noun, of `{sr: {one, few, many}, en: {one, many}}` with a gap `{n}`.

    >>> rows = {"sr": {"one": "{n} ред", "few": "{n} реда", "many": "{n} редова"},
    ...         "en": {"one": "{n} row", "many": "{n} rows"}}
    >>> counted(rows, "sr-Latn", 8222), counted(rows, "en", 1)
    ('8.222 reda', '1 row')
    """
    forms = said["en" if language == ENGLISH else "sr"]
    words: str = forms[plural(language, n)]
    shown = words.format(n=number(language, n))
    return to_latin(shown) if language == LATIN else shown
