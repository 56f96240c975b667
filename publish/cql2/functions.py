"""What filters compute, the same in every backend: words without case or accents, patterns, powers.

PostgreSQL folds case by the Unicode of ICU with `lower(upper(…))` and takes marks off a normalised
text; what Python does here gives the same, for literals and in SQLite.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Iterator

from publish.cql2 import arrays
from publish.cql2.grid import lies
from publish.cql2.spatial import holds

MARKS = re.compile("[\u0300-\u036f]")


def without_case(text: str | None) -> str | None:
    """The text as CASEI compares it.

    >>> without_case("Улица ĐORĐA Straße")
    'улица đorđa strasse'
    """
    return None if text is None else text.upper().lower().replace("ς", "σ")


def without_accents(text: str | None) -> str | None:
    """The text as ACCENTI compares it: letters that are a base with marks lose the marks.

    >>> without_accents("Niš, Čačak, Đura")
    'Nis, Cacak, Đura'
    """
    if text is None:
        return None
    return unicodedata.normalize("NFC", MARKS.sub("", unicodedata.normalize("NFD", text)))


def pieces(pattern: str) -> Iterator[tuple[str, bool]]:
    r"""The characters of a LIKE pattern, and whether each stands for others (`%` and `_`).

    >>> list(pieces(r"a\%_"))
    [('a', False), ('%', False), ('_', True)]
    """
    escaped = False
    for character in pattern:
        if escaped or character != "\\":
            yield character, not escaped and character in "%_"
            escaped = False
        else:
            escaped = True
    if escaped:
        yield "\\", False


def as_like(pattern: str) -> str:
    """The pattern as PostgreSQL wants it: a backslash only before what would mean something."""
    return "".join(
        f"\\{character}" if character in "%_\\" and not wild else character
        for character, wild in pieces(pattern)
    )


def as_glob(pattern: str) -> str:
    """The pattern for GLOB, which in SQLite tells case apart and finds a beginning by an index.

    >>> as_glob("100*%_")
    '100[*]*?'
    """
    wild = {"%": "*", "_": "?"}
    return "".join(
        wild[character] if stands else f"[{character}]" if character in "*?[" else character
        for character, stands in pieces(pattern)
    )


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that filters use; their SQL is of `dialects.Sqlite`."""
    connection.create_function("casei", 1, without_case, deterministic=True)
    connection.create_function("accenti", 1, without_accents, deterministic=True)
    connection.create_function("spatial", 3, holds, deterministic=True)
    connection.create_function("lists", 3, arrays.holds, deterministic=True)
    connection.create_function("lies", 5, lies, deterministic=True)
    connection.create_function("power", 2, power, deterministic=True)


def power(base: float | None, exponent: float | None) -> float | None:
    """The power; None where there is none among the real numbers, or none so large."""
    if base is None or exponent is None:
        return None
    try:
        found = base**exponent
    except (OverflowError, ZeroDivisionError):
        return None
    return None if isinstance(found, complex) else found
