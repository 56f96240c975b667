"""CQL2 text read: the grammar of OGC 21-065r2 annex B, and ILIKE, which GDAL writes.

What is a truth and what a value the grammar does not ask: `check` does, with the layer's columns.
"""

import functools
import re

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from publish.cql2 import literals
from publish.cql2.expressions import Call, Expression, Literal, Property

POSITIONS = r"\([-+.\deE,\s]++\)"
RINGS = rf"\((?:\s*+{POSITIONS}\s*+,?)++\s*+\)"
WKT = rf"(multi)?(point|linestring|polygon)\s*({POSITIONS}|{RINGS}|\((?:\s*+{RINGS}\s*+,?)++\s*+\))"
"""A whole geometry: what it looks like is enough here, and a vertex need not be three tokens."""

GRAMMAR = (
    r"""
?start: or_
?or_: and_ (_OR and_)*
?and_: not_ (_AND not_)*
?not_: compared
     | NOT not_ -> negation
?compared: sum
     | sum SIGN sum -> infix
     | sum [NOT] LIKE sum -> like
     | sum [NOT] _BETWEEN sum _AND sum -> between
     | sum [NOT] _IN "(" _list ")" -> within
     | sum _IS [NOT] _NULL -> is_null
?sum: product
     | sum (PLUS | MINUS) product -> infix
?product: power
     | product (TIMES | DIV) power -> infix
?power: signed
     | signed POWER power -> infix
?signed: value
     | (PLUS | MINUS) signed -> signed
?value: "(" or_ ")"
     | "(" or_ "," _list ")" -> array
     | "(" ")" -> array
     | TEXT -> text
     | NUMBER -> number
     | TRUTH -> truth
     | NAME -> name
     | QUOTED -> quoted
     | INSTANT "(" TEXT ")" -> instant
     | _INTERVAL "(" bound "," bound ")" -> interval
     | _BBOX "(" coordinate ("," coordinate)* ")" -> bbox
     | FUNCTION "(" [_list] ")" -> function
     | WKT -> geometry
     | shape -> geometry
_list: or_ ("," or_)*
?bound: TEXT -> end
     | NAME -> name
     | QUOTED -> quoted
     | INSTANT "(" TEXT ")" -> instant
shape: SHAPE ring
     | SHAPE EMPTY
ring: "(" _member ("," _member)* ")"
_member: ring | shape | position
position: coordinate coordinate+
coordinate: [PLUS | MINUS] NUMBER

_OR.3: /or\b/i
_AND.3: /and\b/i
NOT.3: /not\b/i
LIKE.3: /i?like\b/i
_BETWEEN.3: /between\b/i
_IN.3: /in\b/i
_IS.3: /is\b/i
_NULL.3: /null\b/i
TRUTH.3: /(true|false)\b/i
EMPTY.3: /empty\b/i
DIV.3: /div\b|[\/%]/i
INSTANT.4: /(date|timestamp)(?=\s*\()/i
_INTERVAL.4: /interval(?=\s*\()/i
_BBOX.4: /bbox(?=\s*\()/i
SHAPE.4: /((multi)?(point|linestring|polygon)|geometrycollection)(\s*(zm|z|m))?(?=\s*(\(|empty\b))/i
FUNCTION.2: /[^\W\d]\w*(?=\s*\()/
NAME: /[^\W\d][\w:.]*/
QUOTED: /"(?:[^"]|"")+"/
TEXT: /'(?:[^'\\]|''|\\'|\\)*'/
NUMBER: /(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?/i
SIGN: /<>|<=|>=|[=<>]/
PLUS: "+"
MINUS: "-"
TIMES: "*"
POWER: "^"
%ignore /\s+/
"""
    + f"WKT.5: /{WKT}/i\n"
)


def parse(text: str) -> Expression:
    """The tree of a filter; raises ValueError saying where it is no CQL2."""
    try:
        tree: Expression = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise ValueError("it ends before it is complete") from None
        place = error.pos_in_stream or 0
        found = text[place : place + 30]
        raise ValueError(f"no CQL2 text from character {place + 1}: {found!r}") from None
    return tree


@functools.cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Tree(), maybe_placeholders=True)


def _quoted(token: str) -> str:
    r"""What stands between quotes: '' and \' are one of them."""
    return re.sub(r"''|\\'", "'", token[1:-1])


def _unless(negated: Token | None, call: Call) -> Call:
    return call if negated is None else Call("not", (call,))


@v_args(inline=True)
class _Tree(Transformer[Token, Expression]):
    """Makes nodes of what the grammar found, from the leaves up."""

    def or_(self, *args: Expression) -> Expression:
        return Call("or", args)

    def and_(self, *args: Expression) -> Expression:
        return Call("and", args)

    def negation(self, _not: Token, arg: Expression) -> Expression:
        return Call("not", (arg,))

    def infix(self, one: Expression, op: Token, other: Expression) -> Expression:
        return Call(op.lower(), (one, other))

    def like(
        self, text: Expression, negated: Token | None, op: Token, pattern: Expression
    ) -> Expression:
        if op.lower() == "ilike":
            text, pattern = Call("casei", (text,)), Call("casei", (pattern,))
        return _unless(negated, Call("like", (text, pattern)))

    def between(
        self, value: Expression, negated: Token | None, low: Expression, high: Expression
    ) -> Expression:
        return _unless(negated, Call("between", (value, low, high)))

    def within(self, value: Expression, negated: Token | None, *members: Expression) -> Expression:
        return _unless(negated, Call("in", (value, *members)))

    def is_null(self, value: Expression, negated: Token | None) -> Expression:
        return _unless(negated, Call("isNull", (value,)))

    def signed(self, sign: Token, value: Expression) -> Expression:
        if sign == "+":
            return value
        if isinstance(value, Literal) and isinstance(value.value, int | float):
            return literals.counted(-value.value)
        return Call("*", (Literal("number", -1), value))

    def array(self, *members: Expression) -> Expression:
        return Call("array", members)

    def text(self, token: Token) -> Expression:
        return Literal("text", _quoted(token))

    def number(self, token: Token) -> Expression:
        return literals.number(token)

    def truth(self, token: Token) -> Expression:
        return Literal("boolean", token.lower() == "true")

    def name(self, token: Token) -> Expression:
        return Property(str(token))

    def quoted(self, token: Token) -> Expression:
        return Property(token[1:-1].replace('""', '"'))

    def instant(self, kind: Token, token: Token) -> Expression:
        return literals.instant(kind.lower(), _quoted(token))

    def end(self, token: Token) -> Expression:
        return literals.end(_quoted(token))

    def interval(self, begin: Expression, end: Expression) -> Expression:
        return Call("interval", (begin, end))

    def bbox(self, *corners: str) -> Expression:
        return Call("bbox", tuple(Literal("number", float(corner)) for corner in corners))

    def function(self, name: Token, *args: Expression | None) -> Expression:
        return Call(str(name), tuple(arg for arg in args if arg is not None))

    def geometry(self, shape: str) -> Expression:
        return literals.wkt(shape)

    def shape(self, kind: Token, members: str) -> str:
        return f"{re.sub(r'\s+', ' ', kind)} {members}"

    def ring(self, *members: str) -> str:
        return f"({', '.join(members)})"

    def position(self, *coordinates: str) -> str:
        return " ".join(coordinates)

    def coordinate(self, sign: Token | None, number: Token) -> str:
        literals.number(number)  # refuses one that is too large
        return f"{sign or ''}{number}"
