"""A filter held against a layer's columns: every name known, every comparison of two of a kind."""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace

import shapely

from publish.cql2 import literals
from publish.cql2.arrays import OF_LISTS
from publish.cql2.expressions import GEOMETRY, Call, Expression, Literal, Property
from publish.cql2.functions import without_accents, without_case
from publish.cql2.spatial import PREDICATES
from publish.cql2.temporal import SIGNS, TEMPORAL, TURNED
from publish.layers import crs
from publish.layers.arrays import Geometries
from publish.layers.manifest import Manifest

TEXT, NUMBER, BOOLEAN, TIME, INTERVAL, PLACE = (
    "a text", "a number", "true or false", "a date or time", "an interval", "a geometry",
)  # fmt: skip
TEXTS, NUMBERS, TRUTHS, EMPTY = (
    "a list of texts", "a list of numbers", "a list of true and false", "an empty list",
)  # fmt: skip
LISTS = {TEXT: TEXTS, NUMBER: NUMBERS, BOOLEAN: TRUTHS}
"""What a list is, by what its items are."""
KINDS = {
    "string": TEXT,
    "time": TEXT,
    "integer": NUMBER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "date": TIME,
    "datetime": TIME,
    "string[]": TEXTS,
    "integer[]": NUMBERS,
    "number[]": NUMBERS,
    "boolean[]": TRUTHS,
}
"""What the values of a column are, by its type."""
OF_LITERALS = {
    "text": TEXT,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "date": TIME,
    "timestamp": TIME,
    "geometry": PLACE,
    "open": TIME,
}
FOLDS: dict[str, Callable[[str], str | None]] = {
    "casei": without_case,
    "accenti": without_accents,
}
HALF_TURN = 180
OF_INSTANTS = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
CHANGED_OVER = {"s_within": "s_contains", "s_contains": "s_within"}
"""The two that say something else when their sides are changed over."""
ORDERED = (TEXT, NUMBER, TIME)
DIGITS_KEPT = 2**53
MOST_COMPUTED = 100
"""Items of a list of which some are columns; a function of SQLite takes 127."""
CORNERS = (4, 6)

type Known = tuple[Expression, str]
"""A node that has been checked, and what its value is."""


def checked(expression: Expression, manifest: Manifest, filter_crs: str = crs.CRS84) -> Expression:
    """The filter in its canonical form, which `sql.condition` can say and which has no mistakes.

    Geometries, given in `filter_crs`, are in CRS84; words without case or accents are written so;
    names of operators are those of CQL2 JSON. Raises ValueError naming the column or operator, what
    was given and what would be right.
    """
    checker = _Checker(manifest, filter_crs)
    return checker.wanted(expression, BOOLEAN, "the filter")


class _Checker:
    """Checks one filter of one layer."""

    def __init__(self, manifest: Manifest, filter_crs: str) -> None:
        self.manifest, self.filter_crs = manifest, filter_crs

    def known(self, node: Expression) -> Known:
        """The node in canonical form, and what its value is."""
        if isinstance(node, Property):
            return node, self.kind(node.name)
        if isinstance(node, Literal):
            return self.literal(node), OF_LITERALS[node.kind]
        op = NAMES.get(node.op.lower())
        if op is None:
            raise ValueError(f"no operator or function {node.op[:60]!r}; there are {ALL}")
        return CHECKS[op](self, op, node.args)

    def wanted(self, node: Expression, kind: str, where: str) -> Expression:
        found, is_kind = self.known(node)
        if kind == TIME and is_kind == TEXT and isinstance(found, Literal):
            return literals.moment(str(found.value))
        if is_kind != kind:
            raise ValueError(f"{where}: {_said(node)} is {is_kind}, not {kind}")
        return found

    def kind(self, name: str) -> str:
        if name == GEOMETRY:
            return PLACE
        column = next((c for c in self.manifest.columns if c.name == name), None)
        if column is None:
            there = ", ".join([*(c.name for c in self.manifest.columns), GEOMETRY])
            raise ValueError(f"no property {name[:60]!r}; there are {there}")
        return KINDS[column.type]

    def literal(self, literal: Literal) -> Literal:
        if literal.kind == "number" and isinstance(literal.value, int | float):
            return literals.counted(literal.value)
        if not isinstance(literal.value, bytes):
            return literal
        shapes: Geometries = shapely.from_wkb([literal.value])
        return _placed(crs.to_lonlat(shapes, self.filter_crs)[0])

    def logic(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2, 500)
        parts: list[Expression] = []
        for arg in args:
            part = self.wanted(arg, BOOLEAN, op)
            same = isinstance(part, Call) and part.op == op
            parts += part.args if same and isinstance(part, Call) else (part,)
        one_each = tuple(dict.fromkeys(parts))
        return (one_each[0] if len(one_each) == 1 else Call(op, one_each)), BOOLEAN

    def negation(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 1)
        part = self.wanted(args[0], BOOLEAN, op)
        if isinstance(part, Call) and part.op == op:
            return part.args[0], BOOLEAN
        return Call(op, (part,)), BOOLEAN

    def comparison(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        (one, other), kind = self.alike(op, args)
        if kind not in (*ORDERED, BOOLEAN):
            raise ValueError(f"{op}: {_said(args[0])} is {kind}, which is not compared")
        if isinstance(one, Literal) and not isinstance(other, Literal):
            one, op, other = other, TURNED[op], one
        return Call(op, (one, other)), BOOLEAN

    def between(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 3)
        found, kind = self.alike(op, args)
        if kind not in ORDERED:
            raise ValueError(f"{op}: {_said(args[0])} is {kind}, which has no order")
        return Call(op, found), BOOLEAN

    def within(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2, 500)
        found, kind = self.alike(op, args)
        if kind not in (*ORDERED, BOOLEAN):
            raise ValueError(f"{op}: {_said(args[0])} is {kind}, which no list has")
        return Call(op, (found[0], *dict.fromkeys(found[1:]))), BOOLEAN

    def alike(self, op: str, args: Sequence[Expression]) -> tuple[tuple[Expression, ...], str]:
        """Operands of one kind: a text beside a date is read as one, 1 beside true is true."""
        found = [self.known(arg) for arg in args]
        if {kind for _, kind in found} == {BOOLEAN, NUMBER}:
            found = [_truth(*each) for each in found]
        kinds = {kind for _, kind in found}
        if kinds == {TIME, TEXT}:
            return tuple(self.wanted(node, TIME, op) for node, _ in found), TIME
        if len(kinds) > 1:
            (first, kind), *_ = found
            odd = next(i for i, (_, other) in enumerate(found) if other != kind)
            raise ValueError(f"{_said(first)} is {kind}, but {_said(args[odd])} is {found[odd][1]}")
        nodes = tuple(node for node, _ in found)
        whole = any(self.is_whole(node) for node in nodes)
        return tuple(map(_whole, nodes)) if whole else nodes, found[0][1]

    def is_whole(self, node: Expression) -> bool:
        return isinstance(node, Property) and any(
            c.name == node.name and c.type == "integer" for c in self.manifest.columns
        )

    def like(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        text, pattern = (self.wanted(arg, TEXT, op) for arg in args)
        if not isinstance(pattern, Literal):
            raise ValueError(
                f"{op}: the pattern is a text between quotes, % and _ stand for others"
            )
        return Call(op, (text, pattern)), BOOLEAN

    def is_null(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 1)
        found, kind = self.known(args[0])
        if kind == INTERVAL:
            raise ValueError(f"{op}: {_said(found)} is an interval, which is never missing")
        return Call(op, (found,)), BOOLEAN

    def folded(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 1)
        text = self.wanted(args[0], TEXT, op)
        if isinstance(text, Literal):
            return Literal("text", FOLDS[op](str(text.value))), TEXT
        return Call(op, (text,)), TEXT

    def arithmetic(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        one, other = (self.wanted(arg, NUMBER, op) for arg in args)
        if isinstance(one, Literal) and isinstance(other, Literal):
            return _computed(op, one, other), NUMBER
        return Call(op, (one, other)), NUMBER

    def spatial(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        one, other = (self.wanted(arg, PLACE, op) for arg in args)
        if isinstance(one, Literal) and isinstance(other, Property):
            return Call(CHANGED_OVER.get(op, op), (other, one)), BOOLEAN
        return Call(op, (one, other)), BOOLEAN

    def temporal(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        return Call(op, tuple(self.time(arg, op) for arg in args)), BOOLEAN

    def time(self, node: Expression, op: str) -> Expression:
        """An interval, or an instant where the function takes one (21-065r2, §7.6)."""
        found, kind = self.known(node)
        if kind == INTERVAL:
            return found
        instant = self.wanted(node, TIME, op)
        if op not in OF_INSTANTS:
            raise ValueError(
                f"{op}: {_said(node)} is no interval; an instant goes with {', '.join(OF_INSTANTS)}"
            )
        return instant

    def interval(self, op: str, args: Sequence[Expression]) -> Known:
        _count(op, args, 2)
        begin, end = (self.wanted(arg, TIME, op) for arg in args)
        if isinstance(begin, Literal) and isinstance(end, Literal) and _after(begin, end):
            raise ValueError(f"{op}: {_said(begin)} is after {_said(end)}")
        return Call(op, (begin, end)), INTERVAL

    def box(self, op: str, args: Sequence[Expression]) -> Known:
        """A box as a geometry; of six numbers the heights are not looked at."""
        numbers = [a.value for a in args if isinstance(a, Literal) and a.kind == "number"]
        corners = [float(number) for number in numbers if isinstance(number, int | float)]
        if len(corners) != len(args) or len(args) not in CORNERS:
            raise ValueError(f"{op}: has 4 numbers, or 6 with heights")
        half = len(corners) // 2
        given = corners[0], corners[1], corners[half], corners[half + 1]
        west, south, east, north = crs.bbox_lonlat(given, self.filter_crs)
        if west > east:
            halves = [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
            return _placed(shapely.MultiPolygon(halves)), PLACE
        box = shapely.MultiPoint([(west, south), (east, north)]).envelope  # may have no width
        return _placed(box), PLACE

    def array(self, op: str, args: Sequence[Expression]) -> Known:
        """A list of items of one kind; a date among them is a text, as lists hold it."""
        found = [self.known(_day_as_text(arg)) for arg in args]
        kinds = {kind for _, kind in found}
        odd = next((i for i, (_, kind) in enumerate(found) if kind not in LISTS), None)
        if odd is not None:
            raise ValueError(f"{op}: {_said(args[odd])} is {found[odd][1]}, which no list has")
        if len(kinds) > 1:
            raise ValueError(f"{op}: the items are {' and '.join(sorted(kinds))}; one kind goes")
        if len(args) > MOST_COMPUTED and not all(isinstance(node, Literal) for node, _ in found):
            raise ValueError(
                f"{op}: more than {MOST_COMPUTED} items go where all of them are values"
            )
        items = tuple(dict.fromkeys(node for node, _ in found))
        return Call(op, items), LISTS[kinds.pop()] if kinds else EMPTY

    def listed(self, node: Expression) -> Expression:
        """A list of one where the text has a value between brackets, which says the same."""
        is_value = not isinstance(node, Property) and self.known(node)[1] in (*LISTS, TIME)
        return Call("array", (node,)) if is_value else node

    def lists(self, op: str, args: Sequence[Expression]) -> Known:
        """Two sets: neither the order of a list nor how often an item is in it matters."""
        _count(op, args, 2)
        found = [self.known(self.listed(arg)) for arg in args]
        for arg, (_, kind) in zip(args, found, strict=True):
            if kind not in (*LISTS.values(), EMPTY):
                raise ValueError(f"{op}: {_said(arg)} is {kind}, not a list")
        kinds = [kind for _, kind in found]
        if len({*kinds} - {EMPTY}) > 1:
            told = " but ".join(f"{_said(arg)} is {k}" for arg, k in zip(args, kinds, strict=True))
            raise ValueError(f"{op}: {told}")
        one, other = (node for node, _ in found)
        if isinstance(one, Call) and isinstance(other, Property):
            return Call(OF_LISTS[op], (other, one)), BOOLEAN
        return Call(op, (one, other)), BOOLEAN


def _count(op: str, args: Sequence[Expression], least: int, most: int = 0) -> None:
    if not least <= len(args) <= (most or least):
        raise ValueError(f"{op}: is of {least}{' or more' * bool(most)}, not of {len(args)}")


def _day_as_text(node: Expression) -> Expression:
    return replace(node, kind="text") if isinstance(node, Literal) and node.kind == "date" else node


def _truth(node: Expression, kind: str) -> Known:
    """True for 1 and false for 0, as GDAL sends them; any other node as it is."""
    if isinstance(node, Literal) and kind == NUMBER and node.value in (0, 1):
        return Literal("boolean", bool(node.value)), BOOLEAN
    return node, kind


def _whole(node: Expression) -> Expression:
    """A number as an integer where it is one, so that an index of integers is used."""
    if isinstance(node, Literal) and isinstance(node.value, float) and node.value.is_integer():
        return replace(node, value=int(node.value)) if abs(node.value) < DIGITS_KEPT else node
    return node


def _placed(shape: shapely.Geometry) -> Literal:
    """A geometry that lies on the earth."""
    west, south, east, north = shapely.bounds(shape).tolist()
    if max(-west, east) > HALF_TURN or max(-south, north) > HALF_TURN / 2:
        raise ValueError("a geometry lies beyond 180 degrees of longitude or 90 of latitude")
    return Literal("geometry", shapely.to_wkb(shape))


def _computed(op: str, one: Literal, other: Literal) -> Literal:
    """What two numbers make, so that an index can be asked for it."""
    left, right = float(str(one.value)), float(str(other.value))
    try:
        return literals.counted(COMPUTED[op](left, right))
    except (ArithmeticError, TypeError):
        raise ValueError(f"{_said(one)} {op} {_said(other)} is no number") from None


COMPUTED: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "div": lambda one, other: float(int(one / other)),
    "^": operator.pow,
}


def _after(begin: Literal, end: Literal) -> bool:
    if begin.kind == "open" or end.kind == "open":
        return False
    shortest = min(len(str(begin.value)), len(str(end.value))) if begin.kind != end.kind else None
    return str(begin.value)[:shortest] > str(end.value)[:shortest]


def _said(node: Expression) -> str:
    if isinstance(node, Property):
        return node.name[:60]
    if isinstance(node, Literal):
        return "the geometry" if node.kind == "geometry" else repr(node.value)[:60]
    return f"{node.op[:60]}(…)"


type Check = Callable[[_Checker, str, Sequence[Expression]], Known]
CHECKS: dict[str, Check] = {
    "and": _Checker.logic,
    "or": _Checker.logic,
    "not": _Checker.negation,
    **dict.fromkeys(SIGNS, _Checker.comparison),
    "between": _Checker.between,
    "in": _Checker.within,
    "like": _Checker.like,
    "isNull": _Checker.is_null,
    **dict.fromkeys(FOLDS, _Checker.folded),
    **dict.fromkeys(COMPUTED, _Checker.arithmetic),
    **dict.fromkeys(PREDICATES, _Checker.spatial),
    **dict.fromkeys(TEMPORAL, _Checker.temporal),
    "interval": _Checker.interval,
    "bbox": _Checker.box,
    "array": _Checker.array,
    **dict.fromkeys(OF_LISTS, _Checker.lists),
}
NAMES = {op.lower(): op for op in CHECKS}
ALL = ", ".join(op for op in CHECKS if op != "array")
