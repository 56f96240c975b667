"""The languages of the API: CKAN's names of them in addresses, and its messages in Serbian.

`/sr/api/…` answers in Cyrillic, `/sr_Latn/api/…` in Latin, `/en/api/…` in English; without a prefix
the site's own language is spoken. Messages are data: messages.yml.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datasets.serbian import to_latin
from datasets.text import ENGLISH, LATIN
from geoportal.language import CKAN_PREFIXES

FILE = Path(__file__).parent / "messages.yml"
MOST_LETTERS = 500  # a longer message is somebody's text; it stays as it is
PLACE = re.compile(r"\{([a-z]+)\}")
NO_MESSAGES = frozenset({"__type", "data"})

type Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Locale:
    """A language of LANGUAGES, and what stood before `/api` to ask for it."""

    language: str
    prefix: str = ""

    def said(self, error: Mapping[str, Any]) -> dict[str, Any]:
        """An `error` object with its messages in this language."""
        if self.language == ENGLISH:
            return dict(error)
        say = functools.partial(translated, self.language)
        return {
            key: value if key in NO_MESSAGES else _each(value, say) for key, value in error.items()
        }


def locale_of(prefix: str) -> Locale:
    """The language that a prefix asks for; English without one: programs read these messages."""
    return Locale(CKAN_PREFIXES[prefix], f"/{prefix}") if prefix else Locale("en")


def _each(value: Any, say: Say) -> Any:
    """A value with each text in it said anew."""
    if isinstance(value, str):
        return say(value)
    if isinstance(value, list):
        return [_each(each, say) for each in value]
    if isinstance(value, Mapping):
        return {key: _each(each, say) for key, each in value.items()}
    return value


def translated(language: str, message: str) -> str:
    """A message in Serbian; one that nobody translated stays in English.

    >>> translated("sr-Latn", "Not found: Resource was not found.")
    'Nije pronađeno: Resurs nije pronađen.'
    """
    if len(message) > MOST_LETTERS:
        return message
    whole, patterns = _messages(language)
    if message in whole:
        return whole[message]
    for pattern, said in patterns:
        if found := pattern.fullmatch(message):
            values = found.groupdict().items()
            return said.format(**{name: _inner(language, value) for name, value in values})
    return message


def _inner(language: str, value: str) -> str:
    """What stands within a message: a sentence is said anew, somebody's word stays."""
    return translated(language, value) if " " in value.strip() else value


@functools.cache
def _messages(language: str) -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Messages in a language by their English; those with names in them as patterns."""
    authored = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    words = {en: to_latin(sr) if language == LATIN else sr for en, sr in authored.items()}
    whole = {en: said for en, said in words.items() if not PLACE.search(en)}
    patterns = tuple((_pattern(en), said) for en, said in words.items() if en not in whole)
    return whole, patterns


def _pattern(message: str) -> re.Pattern[str]:
    """What a message looks like, whatever stands in its places."""
    parts = PLACE.split(message)  # text, name, text, name, …, text
    parts[0::2] = [re.escape(text) for text in parts[0::2]]
    parts[1::2] = [f"(?P<{name}>.*)" for name in parts[1::2]]
    return re.compile("".join(parts), re.DOTALL)
