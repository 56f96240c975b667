"""Sentences authored in Serbian Cyrillic and English; Latin is made of the Cyrillic."""

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
