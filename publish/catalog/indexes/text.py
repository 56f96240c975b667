"""Words of packages in the database: FTS5 of SQLite, tsvector of PostgreSQL, with the same answers.

What is indexed are stems (`datasets.stemming`), in order, by column. Neither database cuts or
changes them: FTS5 is told to cut at blanks only, PostgreSQL is given lexemes with their places.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from itertools import batched
from typing import Any, Protocol

import numpy as np
from sqlalchemy import Connection, bindparam, text

COLUMNS = ("name", "title", "labels", "notes", "res_name", "res_description", "rest")
MOST_WORDS = 5_000  # of a column; PostgreSQL takes a megabyte
AT_ONCE = 200  # SELECTs in one statement; SQLite takes 500

type Numbers = np.ndarray[Any, np.dtype[np.int32]]
type Texts = Mapping[str, Sequence[str]]
"""The words of a package in order, by column."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Words that stand side by side in one of some columns.

    With `beginning` the last one may go on. `others` are words that do as well as a single one.
    """

    words: tuple[str, ...]
    columns: tuple[str, ...] = COLUMNS
    beginning: bool = False
    others: tuple[str, ...] = ()


def find(connection: Connection, asks: Sequence[Ask]) -> list[Numbers]:
    """The numbers of the packages that have what is asked, for each."""
    dialect = _DIALECTS[connection.dialect.name]
    found: list[Numbers] = []
    for some in batched(asks, AT_ONCE):
        said = " UNION ALL ".join(dialect.select(i, ask) for i, ask in enumerate(some))
        bound = {f"q{i}": dialect.said(ask) for i, ask in enumerate(some)}
        rows = {row[0]: row[1] for row in connection.execute(text(said), bound)}
        found += [np.fromstring(rows[i] or "", np.int32, sep=",") for i in range(len(some))]
    return found


def write(connection: Connection, number: int, texts: Texts) -> None:
    """Index the words of a package in place of those before; the same words are left alone."""
    dialect = _DIALECTS[connection.dialect.name]
    values: dict[str, Any] = {"number": number}
    values |= {name: dialect.value(texts[name][:MOST_WORDS]) for name in COLUMNS}
    same = connection.execute(dialect.same, values).scalar()
    if same is not None and not same:
        connection.execute(dialect.delete, {"number": number})
    if not same:
        connection.execute(dialect.insert, values)


def remove(connection: Connection, number: int) -> None:
    """Forget the words of a package."""
    connection.execute(_DIALECTS[connection.dialect.name].delete, {"number": number})


def matching(connection: Connection, pattern: str, columns: Iterable[str]) -> set[str]:
    """The indexed words that match a pattern with `*` and `?`."""
    dialect = _DIALECTS[connection.dialect.name]
    fits = re.compile(translate(pattern)).match
    words: set[str] = set()
    for column in columns:
        query = text(dialect.words).bindparams(bindparam("column", dialect.column(column)))
        words.update(word for word in connection.scalars(query) if fits(word))
    return words


class _Dialect(Protocol):
    """How one database says it."""

    words: str
    same: Any
    delete: Any
    insert: Any

    def value(self, words: Sequence[str]) -> str:
        """Words as they are written."""

    def said(self, ask: Ask) -> str:
        """What is asked, in the language of the index."""

    def select(self, place: int, ask: Ask) -> str:
        """A SELECT of `place` and the numbers of what has the bound `:q<place>`."""

    def column(self, name: str) -> str:
        """What names a column where its words are listed."""


class _Sqlite:
    words = "SELECT term FROM package_word WHERE col = :column"
    same = text(
        f"SELECT {' AND '.join(f'{c} = :{c}' for c in COLUMNS)} "
        "FROM package_text WHERE rowid = :number"
    )
    delete = text("DELETE FROM package_text WHERE rowid = :number")
    insert = text(
        f"INSERT INTO package_text (rowid, {', '.join(COLUMNS)}) "
        f"VALUES (:number, {', '.join(f':{c}' for c in COLUMNS)})"
    )

    def value(self, words: Sequence[str]) -> str:
        return " ".join(words)

    def said(self, ask: Ask) -> str:
        star = "*" if ask.beginning else ""
        phrases = [" ".join(ask.words), *ask.others]
        either = " OR ".join(f'"{phrase}"{star}' for phrase in phrases)
        return either if ask.columns == COLUMNS else f"{{{' '.join(ask.columns)}}} : ({either})"

    def select(self, place: int, ask: Ask) -> str:
        matching = f"package_text WHERE package_text MATCH :q{place}"
        return f"SELECT {place}, group_concat(rowid) FROM {matching}"

    def column(self, name: str) -> str:
        return name


class _Postgresql:
    words = "SELECT word FROM ts_stat(:column)"
    same = text(
        f"SELECT {' AND '.join(f'{c} = CAST(:{c} AS tsvector)' for c in COLUMNS)} "
        "FROM package_text WHERE number = :number"
    )
    delete = text("DELETE FROM package_text WHERE number = :number")
    insert = text(
        f"INSERT INTO package_text (number, {', '.join(COLUMNS)}) "
        f"VALUES (:number, {', '.join(f'CAST(:{c} AS tsvector)' for c in COLUMNS)})"
    )

    def value(self, words: Sequence[str]) -> str:
        return " ".join(f"'{word}':{place}" for place, word in enumerate(words, 1))

    def said(self, ask: Ask) -> str:
        star = ":*" if ask.beginning else ""
        phrase = " <-> ".join(f"'{word}'" for word in ask.words) + star
        return " | ".join([phrase, *(f"'{word}'{star}" for word in ask.others)])

    def select(self, place: int, ask: Ask) -> str:
        having = " OR ".join(f"{c} @@ CAST(:q{place} AS tsquery)" for c in ask.columns)
        numbers = "string_agg(CAST(number AS text), ',')"
        return f"SELECT {place}, {numbers} FROM package_text WHERE {having}"

    def column(self, name: str) -> str:
        return f"SELECT {name} FROM package_text"


_DIALECTS: dict[str, _Dialect] = {"sqlite": _Sqlite(), "postgresql": _Postgresql()}
