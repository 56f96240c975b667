"""The words of the interface: authored in Cyrillic and English, Latin made from Cyrillic.

`words.yml` maps a key to `{sr: …, en: …}`; a sentence that counts has the forms `one`, `few`,
`many` instead (Serbian: 1 скуп, 2 скупа, 5 скупова; English knows `one` and `many`).
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from datasets.sentences import plural
from datasets.serbian import to_latin
from datasets.text import ENGLISH, LATIN

HERE = Path(__file__).parent
FILES = (HERE / "words.yml", HERE / "ogc" / "words.yml")


@functools.cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """All words by key, as authored."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in FILES:
        found |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def word(language: str, key: str, **values: object) -> str:
    """The words of a key in a language, its `{names}` filled with values.

    A value called `n` chooses the form of a sentence that counts. Raises KeyError on an unknown
    key: a missing word is a fault that a test finds, not a blank on a page.
    """
    said = _said(language, key)
    if isinstance(said, Mapping):
        said = said[plural(language, int(str(values["n"])))]
    return str(said).format(**values) if values else str(said)


@functools.lru_cache(4096)
def _said(language: str, key: str) -> str | Mapping[str, str]:
    authored = words()[key]["en" if language == ENGLISH else "sr"]
    if language != LATIN:
        return authored  # type: ignore[no-any-return]
    if isinstance(authored, Mapping):
        return {form: to_latin(text) for form, text in authored.items()}
    return to_latin(authored)
