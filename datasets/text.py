"""Words in the three languages of the portal: Serbian in Cyrillic and in Latin, English."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from datasets.serbian import to_latin

CYRILLIC, LATIN, ENGLISH = "sr-Cyrl", "sr-Latn", "en"
LANGUAGES = (CYRILLIC, LATIN, ENGLISH)


@dataclass(frozen=True, slots=True)
class Text:
    """A title or description as its author wrote it, with the translations that came along.

    Latin Serbian is made from Cyrillic where nobody wrote it; a language that is missing falls
    back to the author's own words.

    >>> title = Text("Насеља", {"en": "Settlements"})
    >>> [title.said(language) for language in LANGUAGES]
    ['Насеља', 'Naselja', 'Settlements']
    """

    own: str = ""
    translated: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str) -> str:
        """Give the words in a language of LANGUAGES."""
        if language in self.translated:
            return self.translated[language]
        own = self.translated.get(CYRILLIC, self.own) if language == LATIN else self.own
        return to_latin(own) if language == LATIN else own

    def __bool__(self) -> bool:
        return bool(self.own)

    def __str__(self) -> str:
        return self.own
