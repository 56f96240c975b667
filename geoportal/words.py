"""The words of the interface: gettext catalogues in Cyrillic and English, Latin made of Cyrillic.

`locale/{sr,en}/LC_MESSAGES/<domain>.po` are authored, a domain for each part of the site; a message
is called by a key. A sentence that counts has the plural forms of gettext (1 скуп, 2 скупа,
5 скупова). `locale/sr_Latn` has only what a reviewer found that transliteration says wrongly.
"""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.pofile import read_po

from datasets.sentences import plural
from datasets.serbian import to_latin
from datasets.text import CYRILLIC, ENGLISH, LATIN

LOCALE = Path(__file__).parent / "locale"
FOLDERS = {CYRILLIC: "sr", LATIN: "sr_Latn", ENGLISH: "en"}
FORMS = {"one": 0, "few": 1, "many": -1}
"""Where a plural form stands in a message."""

type Said = str | Sequence[str]
"""A text, or the forms of one that counts."""


@functools.cache
def authored(language: str) -> Mapping[str, Said]:
    """What the catalogues of a language say, by key. Raises ValueError on a key that is twice."""
    found: dict[str, Said] = {}
    for file in sorted((LOCALE / FOLDERS[language] / "LC_MESSAGES").glob("*.po")):
        for key, said in catalogue(file).items():
            if key in found:
                raise ValueError(f"{file}: {key!r} is in another catalogue too")
            found[key] = said
    return found


def catalogue(file: Path) -> Mapping[str, Said]:
    """The messages of one catalogue by key."""
    with file.open("rb") as opened:
        read = read_po(opened, abort_invalid=True)
    return {m.id if isinstance(m.id, str) else m.id[0]: m.string or "" for m in read if m.id}


@functools.cache
def words(language: str) -> Mapping[str, Said]:
    """All messages of a language by key."""
    if language != LATIN:
        return authored(language)
    made = {
        key: to_latin(said) if isinstance(said, str) else tuple(map(to_latin, said))
        for key, said in authored(CYRILLIC).items()
    }
    return {**made, **authored(LATIN)}


def word(language: str, key: str, **values: object) -> str:
    """The words of a key in a language, its `{names}` filled with values.

    A value called `n` chooses the form of a sentence that counts. Raises KeyError on an unknown
    key: a missing word is a fault that a test finds, not a blank on a page.
    """
    said = words(language)[key]
    if not isinstance(said, str):
        said = said[FORMS[plural(language, int(str(values["n"])))]]
    return said.format(**values) if values else said
