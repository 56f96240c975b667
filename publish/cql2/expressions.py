"""A filter as a tree of frozen nodes: hashable, so that what it asks for can be remembered."""

from collections.abc import Iterator
from dataclasses import dataclass

type Expression = Property | Literal | Call

GEOMETRY = "geometry"
"""The property that every layer has besides its columns."""


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a column, by its public name; `geometry` is the feature's place."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; `kind` is text, number, boolean, date, timestamp, open or geometry.

    A date or timestamp is ISO 8601 in UTC without an offset, as the layers hold it; `open` (None)
    is an end of an interval that has none; a geometry is WKB, in CRS84 once it is checked.
    """

    kind: str
    value: str | int | float | bool | bytes | None


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, by its name in CQL2 JSON, and what it is applied to.

    `in` has the values after what is looked for; `interval` has its two ends; `array`, a list, its
    items.
    """

    op: str
    args: "tuple[Expression, ...]"


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every node and how deep it lies, from 1; needs no recursion, however deep."""
    waiting = [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        if isinstance(node, Call):
            waiting += [(arg, depth + 1) for arg in node.args]


def conjuncts(expression: Expression | None) -> tuple[Expression, ...]:
    """What must all be true for the expression to be."""
    if isinstance(expression, Call) and expression.op == "and":
        return expression.args
    return () if expression is None else (expression,)
