"""A filter as a tree of frozen nodes: hashable, so that what it asks for can be remembered."""

from dataclasses import dataclass

type Expression = Property | Literal | Call


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a column, by its public name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; `kind` is text, number, boolean, date, timestamp, interval, geometry or array.

    A date or timestamp is ISO 8601 in UTC, an interval a pair of them, a geometry is WKB in CRS84.
    """

    kind: str
    value: "str | int | float | bool | bytes | None | tuple[Literal, ...]"


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, by its name in CQL2 JSON, and what it is applied to."""

    op: str
    args: tuple[Expression, ...]
