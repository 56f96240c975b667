"""How large a filter may be: looked at before any parser reads it, and once more on the tree."""

import re

from publish.cql2.expressions import Expression, walk

MAX_BYTES = 8192
MAX_DEPTH = 50
MAX_NODES = 500
MAX_VERTICES = 1000

QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"")
POSITION = re.compile(r"(?<![\w.+-])[+-]?[\d.][\w.+-]*+(?:\s++|,)[+-]?[\d.]")
"""Two numbers side by side: a vertex of WKT, or the beginning of one in JSON."""
WORD = re.compile(r"(?<![\w.])[^\W\d]\w*+|[+*/^%<>=]")
MAX_WORDS = 3 * MAX_NODES
"""A condition and its values have no more names and signs."""
TOO_MANY = f"more than {MAX_NODES} conditions and values"


class TooMuch(ValueError):
    """A filter that is too large to be read."""


def weigh(text: str) -> None:
    """Refuse a filter that is too long, too deep or has too many vertices, in either encoding.

    Costs a scan of at most 8 KiB. In JSON the words of a text are taken for text as well, so a
    bracket in a value counts for nothing.
    """
    if len(text.encode()) > MAX_BYTES:
        raise TooMuch(f"longer than {MAX_BYTES} bytes")
    if "\x00" in text:
        raise TooMuch("there is a NUL character, which no value here has")
    bare = QUOTED.sub("''", text)
    if _depth(bare) > MAX_DEPTH:
        raise TooMuch(f"nested deeper than {MAX_DEPTH}")
    if sum(1 for _ in POSITION.finditer(bare)) > MAX_VERTICES:
        raise TooMuch(f"more than {MAX_VERTICES} vertices")
    if sum(1 for _ in WORD.finditer(bare)) > MAX_WORDS:
        raise TooMuch(TOO_MANY)


def _depth(bare: str) -> int:
    deepest = depth = 0
    for character in bare:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def measure(expression: Expression) -> None:
    """Refuse a tree that is too deep or has too many nodes; needs no recursion itself."""
    for nodes, (_, depth) in enumerate(walk(expression), 1):
        if depth > MAX_DEPTH:
            raise TooMuch(f"nested deeper than {MAX_DEPTH}")
        if nodes > MAX_NODES:
            raise TooMuch(TOO_MANY)
