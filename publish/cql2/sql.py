"""A checked filter as SQL: known columns only, every value bound."""

from collections.abc import Callable
from typing import Literal as OneOf

import shapely

from publish.cql2.arrays import OF_LISTS
from publish.cql2.dialects import Bound, Dialect
from publish.cql2.expressions import GEOMETRY, Call, Expression, Literal, Property, conjuncts
from publish.cql2.spatial import MEETING, PREDICATES, is_area, is_box, place
from publish.cql2.temporal import SIGNS, TEMPORAL, Moment, compare, lie
from publish.layers.manifest import Manifest

TIMES = {"date": "date", "datetime": "timestamp"}
"""Types of columns that are times, and the kind of literal that goes with each."""
ARITHMETIC = ("+", "-", "*", "/", "div", "%", "^")
FOUND_BY_ITEMS = ("a_contains", "a_equals", "a_overlaps")
"""What is true of no list without some of the items."""
MOST_ITEMS = 20
"""So many are looked up; more are looked for in every list."""
FILLED = ("s_intersects", "s_within")
"""What is true of every feature whose box lies inside a place that is a box."""


def condition(
    expression: Expression, manifest: Manifest, dialect: Dialect
) -> tuple[str, dict[str, Bound]]:
    """SQL that is true, false or null of a row of `a`, and the values bound in it, q0 and so on.

    The expression is one that `check.checked` gave for this manifest. A comparison with what is
    missing is unknown, as in SQL: neither it nor its NOT finds the feature.
    """
    writer = _Writer(manifest, dialect)
    held = (writer.held(part) for part in conjuncts(expression))
    return " and ".join([*filter(None, held), writer.sql(expression)]), writer.bound


class _Writer:
    """Writes one filter, gathering the values that it binds."""

    def __init__(self, manifest: Manifest, dialect: Dialect) -> None:
        self.manifest, self.dialect = manifest, dialect
        self.bound: dict[str, Bound] = {}
        self.names: dict[tuple[str, Bound], str] = {}

    def sql(self, node: Expression) -> str:
        """The SQL of any node."""
        if isinstance(node, Property):
            return self.column(node.name)
        if isinstance(node, Literal):
            return self.mark(node)
        return WRITERS[node.op](self, node)

    def column(self, name: str) -> str:
        if name == GEOMETRY:
            return self.dialect.geometry
        return f"a.c{self.manifest.place(name)}"

    def mark(self, literal: Literal) -> str:
        """Bind a value; the same value of a kind is bound once.

        A text that reads as a date is another: PostgreSQL gives what is bound one type.
        """
        value = self.dialect.bound(literal)
        kind = "integer" if type(value) is int and literal.kind == "number" else literal.kind
        name = self.names.setdefault((kind, value), f"q{len(self.names)}")
        self.bound[name] = value
        return self.dialect.mark(name, kind)

    def number(self, value: float) -> str:
        return self.mark(Literal("number", value))

    def _joined(self, call: Call) -> str:
        return f"({f' {call.op} '.join(self.sql(arg) for arg in call.args)})"

    def _not(self, call: Call) -> str:
        return f"(not {self.sql(call.args[0])})"

    def _is_null(self, call: Call) -> str:
        if call.args == (Property(GEOMETRY),):
            return self.dialect.no_geometry
        return f"({self.sql(call.args[0])} is null)"

    def _compared(self, call: Call) -> str:
        one, other = call.args
        if self._is_time(one):
            ends = self._ends(one)[0], self._ends(other)[0]
            return f"({compare(ends[0], call.op, ends[1], self.mark, self.dialect.day)})"
        if call.op in ("=", "<>"):
            return f"({self.sql(one)} {call.op} {self.sql(other)})"
        return f"({self._ordered(one)} {call.op} {self._ordered(other)})"

    def _ordered(self, node: Expression) -> str:
        sql = self.sql(node)
        return self.dialect.ordered(sql) if self._is_text(node) else sql

    def _between(self, call: Call) -> str:
        value, low, high = call.args
        low_sql = self._compared(Call(">=", (value, low)))
        return f"({low_sql} and {self._compared(Call('<=', (value, high)))})"

    def _in(self, call: Call) -> str:
        value, *rest = call.args
        if self._is_time(value) or not all(isinstance(one, Literal) for one in rest):
            equal = (self._compared(Call("=", (value, one))) for one in rest)
            return f"({' or '.join(equal)})"
        return f"({self.sql(value)} in ({', '.join(self.sql(one) for one in rest)}))"

    def _like(self, call: Call) -> str:
        text, pattern = call.args
        assert isinstance(pattern, Literal)
        given = self.dialect.pattern(str(pattern.value))
        return self.dialect.like(self.sql(text), self.mark(Literal("text", given)))

    def _folded(self, call: Call) -> str:
        fold = self.dialect.casei if call.op == "casei" else self.dialect.accenti
        return fold(self.sql(call.args[0]))

    def _real(self, node: Expression) -> str:
        return self.dialect.real(self.sql(node))

    def _sum(self, call: Call) -> str:
        return f"({f' {call.op} '.join(self._real(arg) for arg in call.args)})"

    def _quotient(self, call: Call) -> str:
        """Division, its whole part, or what is left of it; null by zero."""
        one, other = (self._real(arg) for arg in call.args)
        quotient = f"{one} / nullif({other}, {self.number(0.0)})"
        if call.op == "/":
            return f"({quotient})"
        whole = f"trunc({quotient})"
        return whole if call.op == "div" else f"({one} - {other} * {whole})"

    def _power(self, call: Call) -> str:
        one, other = (self._real(arg) for arg in call.args)
        return f"power({one}, {other})"

    def _spatial(self, call: Call) -> str:
        one, other = (self.sql(arg) for arg in call.args)
        told = self.dialect.spatial(call.op, one, other)
        shape = place(call)
        if shape is None:
            return told
        corners = [self.number(number) for number in shapely.bounds(shape).tolist()]
        if call.op in FILLED and is_box(shape):
            told = f"({self.dialect.inside(corners)} or {told})"
        elif is_area(shape):
            told = self.dialect.decided(call.op, told, other)
        if call.op not in MEETING:
            return told
        return f"({self.dialect.boxed(corners, other)} and {told})"

    def _lists(self, call: Call) -> str:
        kinds = {kind for kind in map(self._list_type, call.args) if kind} or {"string[]"}
        shared = "number[]" if len(kinds) > 1 else kinds.pop()
        one, other = (self._list(node, shared) for node in call.args)
        return self.dialect.lists(call.op, one, other)

    def held(self, part: Expression) -> str:
        """What an index of items tells of a condition that must be true; nothing of most."""
        match part:
            case Call(op, (Property(name), Call("array", items))) if op in FOUND_BY_ITEMS:
                if not 0 < len(items) <= MOST_ITEMS or not all(
                    isinstance(item, Literal) for item in items
                ):
                    return ""
                marks = (self.sql(item) for item in items)
                place = self.manifest.place(name)
                return self.dialect.held(place, marks, every=op != "a_overlaps")
        return ""

    def _list(self, node: Expression, kind: str) -> str:
        """A list as one of a type; where it is another, its items are numbers."""
        if isinstance(node, Call):
            values = [item.value for item in node.args if isinstance(item, Literal)]
            if len(values) == len(node.args):
                return self.mark(Literal(kind, self.dialect.listed(values)))
            return self.dialect.array([self.sql(item) for item in node.args], kind)
        sql = self.sql(node)
        return sql if self._list_type(node) == kind else self.dialect.numbers(sql)

    def _list_type(self, node: Expression) -> str:
        """The type that a column of such lists has; nothing for an empty list."""
        if isinstance(node, Property):
            return self._type(node)
        assert isinstance(node, Call)
        kinds = set(map(self._item_type, node.args))
        return "number[]" if len(kinds) > 1 else next((f"{kind}[]" for kind in kinds), "")

    def _item_type(self, node: Expression) -> str:
        if self._is_text(node):
            return "string"
        if isinstance(node, Property):
            return self._type(node)
        if isinstance(node, Literal):
            whole = "integer" if isinstance(node.value, int) else "number"
            return "boolean" if node.kind == "boolean" else whole
        return "number" if node.op in ARITHMETIC else "boolean"

    def _temporal(self, call: Call) -> str:
        one, other = (self._ends(arg) for arg in call.args)
        return lie(call.op, one, other, self.mark, self.dialect.day)

    def _ends(self, node: Expression) -> tuple[Moment, Moment]:
        if isinstance(node, Call):  # an interval
            begin, end = node.args
            return self._end(begin, -1), self._end(end, 1)
        return self._end(node, 0), self._end(node, 0)

    def _end(self, node: Expression, beyond: int) -> Moment:
        if isinstance(node, Property):
            return Moment(self._time_of(node), sql=self.column(node.name))
        assert isinstance(node, Literal)
        if node.kind == "open":
            return Moment("timestamp", beyond=beyond)
        return Moment("date" if node.kind == "date" else "timestamp", text=str(node.value))

    def _time_of(self, node: Property) -> OneOf["date", "timestamp"]:
        return "date" if self._type(node) == "date" else "timestamp"

    def _is_time(self, node: Expression) -> bool:
        if isinstance(node, Literal):
            return node.kind in TIMES.values()
        return isinstance(node, Property) and self._type(node) in TIMES

    def _is_text(self, node: Expression) -> bool:
        if isinstance(node, Literal):
            return node.kind == "text"
        if isinstance(node, Call):
            return node.op in ("casei", "accenti")
        return self._type(node) in ("string", "time")

    def _type(self, node: Property) -> str:
        return self.manifest.columns[self.manifest.place(node.name)].type


type Write = Callable[[_Writer, Call], str]
WRITERS: dict[str, Write] = {
    "and": _Writer._joined,
    "or": _Writer._joined,
    "not": _Writer._not,
    "isNull": _Writer._is_null,
    **dict.fromkeys(SIGNS, _Writer._compared),
    "between": _Writer._between,
    "in": _Writer._in,
    "like": _Writer._like,
    **dict.fromkeys(("casei", "accenti"), _Writer._folded),
    **dict.fromkeys(("+", "-", "*"), _Writer._sum),
    **dict.fromkeys(("/", "div", "%"), _Writer._quotient),
    "^": _Writer._power,
    **dict.fromkeys(PREDICATES, _Writer._spatial),
    **dict.fromkeys(OF_LISTS, _Writer._lists),
    **dict.fromkeys(TEMPORAL, _Writer._temporal),
}
