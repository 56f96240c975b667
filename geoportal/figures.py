"""Sizes, days and lists as readers of a language write them."""

from collections.abc import Sequence
from datetime import datetime

from datasets.sentences import number
from datasets.text import ENGLISH

MONTHS = (
    "January February March April May June July August September October November December".split()
)
UNITS = ("kB", "MB", "GB", "TB")


def size(language: str, size_bytes: int) -> str:
    """The size of a file in decimal units (SI).

    >>> size("sr-Cyrl", 245760), size("en", 900)
    ('245,8 kB', '900 B')
    """
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value = float(size_bytes)
    for unit in UNITS:
        value /= 1000
        if value < 1000 or unit == UNITS[-1]:
            break
    return f"{number(language, value, 1)} {unit}"


def day(language: str, moment: str) -> str:
    """The day of an ISO 8601 moment; a text that is none stays as it is.

    >>> day("sr-Cyrl", "2026-11-22T00:19:02"), day("en", "2026-11-22T00:19:02")
    ('22. 11. 2026.', '22 November 2026')
    """
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if language == ENGLISH:
        return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
    return f"{when.day}. {when.month}. {when.year}."


def in_line(items: Sequence[str]) -> str:
    """The items of a list between commas, or between semicolons where one has a comma itself.

    >>> in_line(["клупа", "тобоган"]), in_line(["1,5", "2"])
    ('клупа, тобоган', '1,5; 2')
    """
    between = "; " if any("," in item for item in items) else ", "
    return between.join(items)
