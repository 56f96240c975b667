"""CQL2 text read: the grammar of OGC 21-065r2 annex B, and ILIKE, which GDAL writes.

What is a truth and what a value the grammar does not ask: `check` does, with the layer's columns.
Words are names where a value is expected, whatever they mean between two values.
"""

import re
from collections.abc import Callable

from publish.cql2 import literals
from publish.cql2.expressions import Call, Expression, Literal, Property

NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
POSITIONS = r"\([-+.\deE,\s]++\)"
RINGS = rf"\((?:\s*+{POSITIONS}\s*+,?)++\s*+\)"
SHAPES = r"(?:multi)?(?:point|linestring|polygon)"
VALUE = re.compile(
    rf"""\s*+(?:
      (?P<geometry>{SHAPES}\s*(?:{POSITIONS}|{RINGS}|\((?:\s*+{RINGS}\s*+,?)++\s*+\)))
    | (?P<shape>(?:{SHAPES}|geometrycollection)(?:\s*(?:zm|z|m))?(?=\s*(?:\(|empty\b)))
    | (?P<instant>(?:date|timestamp)(?=\s*\())
    | (?P<interval>interval(?=\s*\())
    | (?P<bbox>bbox(?=\s*\())
    | (?P<truth>(?:true|false)\b)
    | (?P<function>[^\W\d]\w*(?=\s*\())
    | (?P<name>[^\W\d][\w:.]*)
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<text>'(?:[^'\\]|''|\\'|\\)*')
    | (?P<number>{NUMBER})
    | (?P<opened>\()
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A geometry is one token: what it looks like is enough, and a vertex need not be three."""
BETWEEN_VALUES = re.compile(
    r"\s*+((?:and|or|not|i?like|between|in|is|null|div|empty)\b|<>|<=|>=|[-=<>+*/%^(),])",
    re.IGNORECASE,
)
COORDINATE = re.compile(rf"\s*+([-+]?)\s*({NUMBER})", re.IGNORECASE)
SPACE = re.compile(r"\s*+")
SIGNS = ("<>", "<=", ">=", "=", "<", ">")


def parse(text: str) -> Expression:
    """The tree of a filter; raises ValueError saying where it is no CQL2."""
    reader = _Reader(text)
    tree = reader.either()
    if not reader.is_done():
        raise reader.wrong()
    return tree


def _quoted(token: str) -> str:
    r"""What stands between quotes: '' and \' are one of them."""
    return re.sub(r"''|\\'", "'", token[1:-1])


class _Reader:
    """Reads a text from its beginning: a method for each rule, from what binds least to a value.

    Nothing but brackets makes it deeper, and these are counted before (`limits`).
    """

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.seen, self.seen_at, self.seen_to = "", -1, 0

    def is_done(self) -> bool:
        """Whether nothing but space is left."""
        return SPACE.fullmatch(self.text, self.at) is not None

    def wrong(self) -> ValueError:
        """What to say of the place that was come to."""
        space = SPACE.match(self.text, self.at)
        place = space.end() if space else self.at
        if place == len(self.text):
            return ValueError("it ends before it is complete")
        found = self.text[place : place + 30]
        return ValueError(f"no CQL2 text from character {place + 1}: {found!r}")

    def next(self) -> str:
        """The sign or small word that comes next; empty for anything else."""
        if self.seen_at != self.at:
            found = BETWEEN_VALUES.match(self.text, self.at)
            self.seen, self.seen_to = (found[1].lower(), found.end()) if found else ("", self.at)
            self.seen_at = self.at
        return self.seen

    def has(self, *words: str) -> str:
        """Pass over the next sign or word if it is one of these; empty if it is not."""
        if self.next() not in words:
            return ""
        self.at = self.seen_to
        return self.seen

    def need(self, word: str) -> None:
        """Pass over a sign or word without which it is no CQL2."""
        if not self.has(word):
            raise self.wrong()

    def either(self) -> Expression:
        """Conditions of which one is enough."""
        parts = [self.both()]
        while self.has("or"):
            parts.append(self.both())
        return Call("or", tuple(parts)) if len(parts) > 1 else parts[0]

    def both(self) -> Expression:
        """Conditions that all must hold."""
        parts = [self.negated()]
        while self.has("and"):
            parts.append(self.negated())
        return Call("and", tuple(parts)) if len(parts) > 1 else parts[0]

    def negated(self) -> Expression:
        """A condition, or what it is not."""
        times = 0
        while self.has("not"):
            times += 1
        node = self.compared()
        for _ in range(times):
            node = Call("not", (node,))
        return node

    def compared(self) -> Expression:
        """A value, or what is said of it."""
        value = self.sum()
        if sign := self.has(*SIGNS):
            return Call(sign, (value, self.sum()))
        if self.has("is"):
            is_not = self.has("not")
            self.need("null")
            return _unless(is_not, Call("isNull", (value,)))
        is_not = self.has("not")
        if said := SAID.get(self.has(*SAID)):
            return _unless(is_not, said(self, value))
        if is_not:
            raise self.wrong()
        return value

    def like(self, text: Expression) -> Call:
        """A pattern."""
        return Call("like", (text, self.sum()))

    def ilike(self, text: Expression) -> Call:
        """A pattern in which case does not count."""
        return Call("like", (Call("casei", (text,)), Call("casei", (self.sum(),))))

    def between(self, value: Expression) -> Call:
        """A range."""
        low = self.sum()
        self.need("and")
        return Call("between", (value, low, self.sum()))

    def within(self, value: Expression) -> Call:
        """A list of values."""
        self.need("(")
        return Call("in", (value, *self.members()))

    def members(self) -> list[Expression]:
        """What stands between commas, to the bracket that closes."""
        found = [self.either()]
        while self.has(","):
            found.append(self.either())
        self.need(")")
        return found

    def sum(self) -> Expression:
        """Products that are added, from the left."""
        node = self.product()
        while op := self.has("+", "-"):
            node = Call(op, (node, self.product()))
        return node

    def product(self) -> Expression:
        """Powers that are multiplied or divided, from the left."""
        node = self.power()
        while op := self.has("*", "/", "%", "div"):
            node = Call(op, (node, self.power()))
        return node

    def power(self) -> Expression:
        """A value, or a power of it: 2 ^ 3 ^ 2 is 2 ^ 9."""
        parts = [self.signed()]
        while self.has("^"):
            parts.append(self.signed())
        node = parts.pop()
        while parts:
            node = Call("^", (parts.pop(), node))
        return node

    def signed(self) -> Expression:
        """A value behind its signs."""
        is_less = 0
        while sign := self.has("+", "-"):
            is_less += sign == "-"
        node = self.value()
        for _ in range(is_less):
            node = _less(node)
        return node

    def value(self) -> Expression:
        """A value of any kind, or what stands in brackets."""
        kind, token = self.token(VALUES)
        return VALUES[kind](self, token)

    def token(self, kinds: "dict[str, Read]") -> tuple[str, str]:
        """The next value as it is written, and its kind, which is one of these."""
        found = VALUE.match(self.text, self.at)
        kind = found.lastgroup if found else None
        if found is None or kind not in kinds:
            raise self.wrong()
        self.at = found.end()
        return kind, found[kind]

    def opened(self, _: str) -> Expression:
        """What stands in brackets; a list where that is not one value."""
        if self.has(")"):
            return Call("array", ())
        found = self.members()
        return Call("array", tuple(found)) if len(found) > 1 else found[0]

    def function(self, name: str) -> Expression:
        """A function of values."""
        self.need("(")
        return Call(name, () if self.has(")") else tuple(self.members()))

    def instant(self, kind: str) -> Expression:
        """A date or a timestamp."""
        self.need("(")
        _, token = self.token({"text": VALUES["text"]})
        self.need(")")
        return literals.instant(kind.lower(), _quoted(token))

    def interval(self, _: str) -> Expression:
        """From when to when."""
        self.need("(")
        begin = self.end()
        self.need(",")
        end = self.end()
        self.need(")")
        return Call("interval", (begin, end))

    def end(self) -> Expression:
        """An end of an interval."""
        kind, token = self.token(ENDS)
        return ENDS[kind](self, token)

    def bbox(self, _: str) -> Expression:
        """A box by its corners."""
        self.need("(")
        corners = [self.coordinate()]
        while self.has(","):
            corners.append(self.coordinate())
        self.need(")")
        return Call("bbox", tuple(Literal("number", float(corner)) for corner in corners))

    def coordinate(self) -> str:
        """A number with its sign, as it is written."""
        found = COORDINATE.match(self.text, self.at)
        if found is None:
            raise self.wrong()
        self.at = found.end()
        literals.number(found[2])  # refuses one that is too large
        return found[1] + found[2]

    def shape(self, kind: str) -> str:
        """A geometry of many pieces, or with heights, as well-known text."""
        name = re.sub(r"\s+", " ", kind)
        return f"{name} EMPTY" if self.has("empty") else f"{name} {self.ring()}"

    def ring(self) -> str:
        """Members of a geometry between brackets."""
        self.need("(")
        found = [self.member()]
        while self.has(","):
            found.append(self.member())
        self.need(")")
        return f"({', '.join(found)})"

    def member(self) -> str:
        """A ring, a geometry or a position."""
        if self.next() == "(":
            return self.ring()
        if (found := VALUE.match(self.text, self.at)) and found.lastgroup in ("geometry", "shape"):
            self.at = found.end()
            return found[0] if found.lastgroup == "geometry" else self.shape(found["shape"])
        position = [self.coordinate(), self.coordinate()]
        while self.next() not in (",", ")"):
            position.append(self.coordinate())
        return " ".join(position)


def _unless(is_not: str, call: Call) -> Call:
    return Call("not", (call,)) if is_not else call


def _less(value: Expression) -> Expression:
    if isinstance(value, Literal) and isinstance(value.value, int | float):
        return literals.counted(-value.value)
    return Call("*", (Literal("number", -1), value))


type Read = Callable[[_Reader, str], Expression]
NAMES: dict[str, Read] = {
    "instant": _Reader.instant,
    "name": lambda _, token: Property(token),
    "quoted": lambda _, token: Property(token[1:-1].replace('""', '"')),
}
ENDS: dict[str, Read] = {**NAMES, "text": lambda _, token: literals.end(_quoted(token))}
VALUES: dict[str, Read] = {
    **NAMES,
    "geometry": lambda _, token: literals.wkt(token),
    "shape": lambda reader, token: literals.wkt(reader.shape(token)),
    "interval": _Reader.interval,
    "bbox": _Reader.bbox,
    "truth": lambda _, token: Literal("boolean", token.lower() == "true"),
    "function": _Reader.function,
    "text": lambda _, token: Literal("text", _quoted(token)),
    "number": lambda _, token: literals.number(token),
    "opened": _Reader.opened,
}
"""How a value of each kind is read, its first token being passed over."""
SAID: dict[str, Callable[[_Reader, Expression], Call]] = {
    "like": _Reader.like,
    "ilike": _Reader.ilike,
    "between": _Reader.between,
    "in": _Reader.within,
}
