"""What a package says, as words in languages: `sr` is Cyrillic, `sr-Latn` the same in Latin."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from datasets.serbian import is_cyrillic, to_latin
from datasets.text import CYRILLIC, ENGLISH, Text
from publish.dcat.terms import Literal, clean
from publish.package import text_of

SERBIAN, LATIN = "sr", "sr-Latn"
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def tag_of(text: str, site_language: str) -> str:
    """The language of a text: Cyrillic is Serbian, Latin is what the site writes in."""
    if is_cyrillic(text):
        return SERBIAN
    return ENGLISH if site_language == ENGLISH else LATIN


def translations(text: Text, site_language: str) -> dict[str, str]:
    """A text by language tag, one for each; Cyrillic comes in Latin as well.

    >>> translations(Text("Насеља", {"en": "Settlements", "a b": "?"}), "sr-Cyrl")
    {'sr': 'Насеља', 'sr-Latn': 'Naselja', 'en': 'Settlements'}
    """
    own = clean(text.own).strip()
    said = {tag_of(own, site_language): own} if own else {}
    if SERBIAN in said:
        said[LATIN] = to_latin(own)
    for language, words in text.translated.items():
        tag = SERBIAN if language == CYRILLIC else language
        if _TAG.fullmatch(tag) and clean(words).strip():
            said[tag] = clean(words).strip()
    return said


def literals(text: Text, site_language: str) -> Iterator[Literal]:
    """A text as literals, one for each language."""
    return (Literal(words, tag) for tag, words in translations(text, site_language).items())


def titles(document: Mapping[str, Any]) -> Text:
    """The title of a package or organization; its name where it has none."""
    title = text_of(document, "title")
    return title if clean(title.own).strip() else Text(str(document["name"]))


def loose(text: object) -> Iterator[Literal]:
    """Words of no known language; Cyrillic ones are Serbian, and come in Latin as well.

    >>> [literal.language for literal in loose("Попис")], list(loose("naselja.csv"))
    (['sr', 'sr-Latn'], [Literal(text='naselja.csv', language='', datatype='')])
    """
    words = clean(text).strip() if isinstance(text, str) else ""
    if words and is_cyrillic(words):
        yield from (Literal(words, SERBIAN), Literal(to_latin(words), LATIN))
    elif words:
        yield Literal(words)


def extras_of(package: Mapping[str, Any]) -> dict[str, str]:
    """What a package says beyond CKAN's own fields, by key."""
    return {extra["key"]: extra["value"] for extra in package.get("extras") or ()}


def listed(value: str | None) -> list[str]:
    """One value or several: a JSON list, or with commas or ends of lines between.

    >>> listed('["ENVI", "TRAN"]'), listed("ENVI, TRAN"), listed("[broken"), listed(None)
    (['ENVI', 'TRAN'], ['ENVI', 'TRAN'], ['[broken'], [])
    """
    if value and value.lstrip().startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [item for item in found if isinstance(item, str)]
    return [part.strip() for part in re.split(r"[,\n]", value or "") if part.strip()]
