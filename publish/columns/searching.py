"""Text as it is searched in columns: any script, with or without diacritics, words only."""

import re

from publish.datastore.table import folded

SEARCHED_CHARACTERS = 2_000
"""So much of a cell is searched: a page of text."""

_WORDS = re.compile(r"[^\W_]+")


def searched(text: str) -> str:
    """The words of a text in their folded form, with one blank between them.

    >>> searched("Вртић „Ђурђевак“, бр. 5/3"), searched("DJURDJEVAK")
    ('vrtic durdevak br 5 3', 'durdevak')
    """
    return " ".join(_WORDS.findall(folded(text[:SEARCHED_CHARACTERS])))
