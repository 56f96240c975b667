"""Values of a table as readers of a language write them."""

from datetime import date, datetime
from typing import Any

import orjson
from markupsafe import Markup

from datasets.serbian import is_cyrillic, to_latin
from datasets.text import LATIN
from geoportal.figures import day, in_line
from geoportal.rendering import spoken
from geoportal.words import word

LONGEST = 200


def shown(language: str, value: Any, *, latin: bool = False, most: int = LONGEST) -> Markup:
    """A cell, escaped; nothing for no value. `latin` writes Cyrillic in Latin, on request.

    >>> shown("sr-Cyrl", 1234.5), shown("en", 1234.5), shown("en", "<7>")
    (Markup('1234,5'), Markup('1234.5'), Markup('&lt;7&gt;'))
    >>> shown("sr-Cyrl", "Ниш", latin=True)
    Markup('<span lang="sr-Latn" title="Ниш">Niš</span>')
    """
    if isinstance(value, list):
        value = said(language, value)
    if not isinstance(value, str):
        return Markup.escape(said(language, value))
    short = value if len(value) <= most else value[: most - 1] + "…"
    if latin and is_cyrillic(short):
        return Markup('<span lang="{}" title="{}">{}</span>').format(LATIN, short, to_latin(short))
    return spoken(language, short)


def said(language: str, value: Any) -> str:
    """A value as plain text.

    >>> said("en", True), said("sr-Cyrl", date(2024, 2, 29)), said("en", 5), said("en", None)
    ('yes', '29. 2. 2024.', '5', '')
    >>> said("sr-Cyrl", ["клупа", "љуљашка"]), said("sr-Cyrl", [1.5, 2.0])
    ('клупа, љуљашка', '1,5; 2')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return in_line([said(language, item) for item in value])
    if isinstance(value, bool):
        return word(language, "is_true" if value else "is_false")
    if isinstance(value, datetime):
        return f"{day(language, value.isoformat())} {value:%H:%M:%S}"
    if isinstance(value, date):
        return day(language, value.isoformat())
    return figure(language, value) if isinstance(value, float) else str(value)


def figure(language: str, value: float) -> str:
    """A number with all its digits, and the decimal mark of the language; no groups of three."""
    text = f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return text if language == "en" else text.replace(".", ",")


def written(value: Any) -> str:
    """A value as an address has it."""
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
