"""How two times lie to each other, as comparisons of their first and last moments.

Rule: OGC 21-065r2 §8.6. A time is an instant or an interval; a date is a day, and where a date and
a timestamp meet, both are looked at by the day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from publish.cql2.expressions import Literal

type Part = tuple[int, str, int]
"""Which end of the first time, an operator, which end of the second: 0 is begin, 1 is end."""

BEGIN, END = 0, 1

TEMPORAL: dict[str, tuple[Part, ...]] = {
    "t_after": ((BEGIN, ">", END),),
    "t_before": ((END, "<", BEGIN),),
    "t_contains": ((BEGIN, "<", BEGIN), (END, ">", END)),
    "t_disjoint": ((END, "<", BEGIN), (BEGIN, ">", END)),
    "t_during": ((BEGIN, ">", BEGIN), (END, "<", END)),
    "t_equals": ((BEGIN, "=", BEGIN), (END, "=", END)),
    "t_finishedBy": ((BEGIN, "<", BEGIN), (END, "=", END)),
    "t_finishes": ((BEGIN, ">", BEGIN), (END, "=", END)),
    "t_intersects": ((BEGIN, "<=", END), (END, ">=", BEGIN)),
    "t_meets": ((END, "=", BEGIN),),
    "t_metBy": ((BEGIN, "=", END),),
    "t_overlappedBy": ((BEGIN, ">", BEGIN), (BEGIN, "<", END), (END, ">", END)),
    "t_overlaps": ((BEGIN, "<", BEGIN), (END, ">", BEGIN), (END, "<", END)),
    "t_startedBy": ((BEGIN, "=", BEGIN), (END, ">", END)),
    "t_starts": ((BEGIN, "=", BEGIN), (END, "<", END)),
}
EITHER = "t_disjoint"
"""The one of which either part is enough; of all others every part must hold."""

SIGNS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}
TURNED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Moment:
    """An end of a time: a column, by its SQL, or a literal; `beyond` is -1 or 1 for no end."""

    kind: OneOf["date", "timestamp"]
    sql: str = ""
    text: str = ""
    beyond: int = 0


type Mark = Callable[[Literal], str]
"""Binds a literal and gives its place in SQL."""


def lie(
    op: str,
    one: Sequence[Moment],
    other: Sequence[Moment],
    mark: Mark,
    day: Callable[[str], str],
) -> str:
    """SQL for a temporal function of two times, each given by its two ends."""
    parts = [compare(one[i], sign, other[j], mark, day) for i, sign, j in TEMPORAL[op]]
    return f"({(' or ' if op == EITHER else ' and ').join(parts)})"


def compare(one: Moment, sign: str, other: Moment, mark: Mark, day: Callable[[str], str]) -> str:
    """SQL that compares two moments, such that an index of a column can be used."""
    if one.beyond or other.beyond:
        return _beyond(one, sign, other)
    if one.kind == other.kind:
        return f"{_said(one, mark)} {sign} {_said(other, mark)}"
    if other.kind == "timestamp":
        one, sign, other = other, TURNED[sign], one
    if one.text:  # one is the timestamp, other the date
        return f"{mark(Literal('date', one.text[:10]))} {sign} {_said(other, mark)}"
    if other.text:
        return _by_day(one.sql, sign, other.text, mark)
    return f"{day(one.sql)} {sign} {other.sql}"


def _said(moment: Moment, mark: Mark) -> str:
    return moment.sql or mark(Literal(moment.kind, moment.text))


def _beyond(one: Moment, sign: str, other: Moment) -> str:
    """A constant, but unknown where the column compared has no value."""
    true = SIGNS[sign](one.beyond, other.beyond)
    column = one.sql or other.sql
    if column:
        return f"{column} = {column}" if true else f"{column} <> {column}"
    return "true" if true else "false"


def _by_day(timestamp: str, sign: str, date: str, mark: Mark) -> str:
    """A timestamp and a day: it is that day from its midnight to the next."""

    def midnight(hour: str) -> str:
        return mark(Literal("timestamp", f"{date}T{hour}:00:00"))

    if sign in ("=", "<>"):
        within = f"{timestamp} >= {midnight('00')} and {timestamp} < {midnight('24')}"
        return f"({within})" if sign == "=" else f"(not ({within}))"
    if sign in ("<", ">="):
        return f"{timestamp} {sign} {midnight('00')}"
    return f"{timestamp} {'<' if sign == '<=' else '>='} {midnight('24')}"
