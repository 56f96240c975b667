"""One question to one table: which rows, in which order, and how many there are."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from publish.datastore import filters, words
from publish.datastore.fields import Field, Value, shower, writer
from publish.datastore.filters import Condition
from publish.datastore.table import About

FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood; `columns` and `ranks` are what each row of it has.

    `match` are questions to the index of words, one for each rank.
    """

    said: About
    columns: Sequence[tuple[str, Field]]
    where: Condition | None
    match: Sequence[tuple[str, str]]
    order: str
    distinct: bool
    ranked: bool = True

    @property
    def ranks(self) -> list[str]:
        """The names of the ranks that each row has."""
        return [name for name, _ in self.match] if self.ranked and not self.distinct else []

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of an answer, as they are told."""
        told = [field.told for _, field in self.columns]
        told[:1] = [{"id": "_id", "type": "int"}] if told[0]["id"] == "_id" else told[:1]
        return told + [{"id": name, "type": FLOAT} for name in self.ranks]

    @property
    def steady(self) -> bool:
        """Tell whether rows come by `_id`, so that the next page can begin behind the last one."""
        return not self.order and not self.match and not self.distinct


def ask(
    said: About,
    *,
    wanted: Any = None,
    chosen: Any = None,
    q: Any = None,
    plain: bool = True,
    sort: Any = None,
    distinct: bool = False,
    ranked: bool = True,
) -> Question:
    """Understand a question: `wanted` are filters, `chosen` fields. Raises BadQuestion."""
    where = filters.condition(said, wanted) if wanted is not None else None
    return Question(
        said,
        filters.chosen(said, chosen),
        where,
        words.asked(said, q, plain=plain) if q not in (None, "", {}) else [],
        filters.order(said, sort) if sort else "",
        distinct,
        ranked,
    )


def total(connection: sqlite3.Connection, question: Question) -> int:
    """How many rows a question has."""
    if not question.where and not question.match and not question.distinct:
        return question.said.rows
    source, values = _source(question)
    counted = f"select count(*) {source}"
    if question.distinct:
        columns = ", ".join(place for place, _ in question.columns)
        counted = f"select count(*) from (select distinct {columns} {source})"
    return int(connection.execute(counted, values).fetchone()[0])


def rows(
    connection: sqlite3.Connection,
    question: Question,
    limit: int,
    offset: int = 0,
    *,
    text: bool = False,
) -> Iterator[list[Any]]:
    """The rows of a question, as they are answered: fields, then ranks.

    `text` leaves JSON as text and writes truth as a word, for a file of delimited text.
    """
    source, values = _source(question)
    columns = [place for place, _ in question.columns]
    head = "select distinct" if question.distinct else "select"
    columns += [_rank(question, i) for i in range(len(question.ranks))]
    sql = f"{head} {', '.join(columns)} {source} order by {_order(question)} limit ? offset ?"
    find = writer if text else shower
    showers = [(i, s) for i, (_, f) in enumerate(question.columns) if (s := find(f.type))]
    for row in connection.execute(sql, (*values, limit, offset)):
        made = list(row)
        for i, show in showers:
            if made[i] is not None:
                made[i] = show(made[i])
        yield made


def _source(question: Question) -> tuple[str, tuple[Value, ...]]:
    """FROM and WHERE."""
    where = [question.where.sql] if question.where else []
    values: tuple[Value, ...] = question.where.values if question.where else ()
    source = "from t"
    if question.match:
        source = "from words join t on t._id = words.rowid"
        where.insert(0, "words match ?")
        values = (" AND ".join(f"({match})" for _, match in question.match), *values)
    if where:
        source += " where " + " and ".join(f"({each})" for each in where)
    return source, values


def _rank(question: Question, i: int) -> str:
    """SQL of a rank between 0 and 1, more is better: BM25, of one field where `q` says so."""
    name = question.match[i][0]
    score = "-bm25(words)"
    if name != "rank":
        place = question.said.places[name.removeprefix("rank ")]
        weights = ", ".join("1" if n == place else "0" for n in range(len(question.said.fields)))
        score = f"-bm25(words, {weights})"
    return f"{score} / (1 + {score})"


def _order(question: Question) -> str:
    """The order asked for, else the best first, else by `_id`; always a whole order."""
    if question.distinct:
        return question.order or ", ".join(place for place, _ in question.columns)
    if question.order:
        return f"{question.order}, t._id"
    return "bm25(words), t._id" if question.match else "t._id"
