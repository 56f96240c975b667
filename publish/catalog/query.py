"""What people type into a search, as a tree.

    query  := any { "OR" any }
    any    := part { ["AND"] part }
    part   := ["+" | "-" | "NOT"] ( [field ":"] ( word | "phrase" | "(" query ")" ) )

`*:*` and `*` are everything, a word that ends in `*` is a beginning. Words without a field are
looked for in the text. This is the part of Lucene's syntax that CKAN's clients use; ranges are
refused with a sentence. Plain words (`parse_words`) never fail.
"""

import re
from dataclasses import dataclass

from publish.catalog.errors import SearchError

MOST_TOKENS = 400
MOST_NESTED = 20


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches all."""


@dataclass(frozen=True, slots=True)
class Word:
    """A value of a field, or a word or phrase of the text when `field` is empty."""

    value: str
    field: str = ""
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """Matches what its part does not."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Matches what every part matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Matches what any part matches."""

    parts: tuple["Node", ...]


type Node = Everything | Word | Not | All | Either

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>[()]|&&|\|\||[+!-](?=\S)) |
        (?P<field>(?:\w|[.*-])+):(?=\S) |
        "(?P<phrase>(?:[^"\\]|\\.)*)" |
        (?P<range>[\[{]) |
        (?P<word>(?:[^\s()"\\]|\\.)+)
    )""",
    re.VERBOSE,
)
_WORDS = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')
_AND, _OR, _NOT = ("AND", "&&"), ("OR", "||"), ("NOT", "!", "-")


def parse_words(text: str) -> Node:
    """Read plain words: all must be there, `-word` must not, the last is a beginning.

    >>> [(w.value, w.prefix) for w in parse_words('"dom zdravlja" Ниш').parts]
    [('dom zdravlja', False), ('Ниш', True)]
    """
    found = list(_WORDS.finditer(text))[:MOST_TOKENS]
    bare = [i for i, match in enumerate(found) if match["word"] and not match["minus"]]
    parts: list[Node] = []
    for i, match in enumerate(found):
        said = match["word"].rstrip("*") if match["word"] else match["phrase"]
        word = Word(said, prefix=i in bare[-1:])
        parts.append(Not(word) if match["minus"] else word)
    return All(tuple(parts)) if parts else Everything()


def parse(text: str) -> Node:
    """Read a query with fields; raises SearchError that says where it cannot be read.

    >>> parse("-tags:a")
    Not(part=Word(value='a', field='tags', prefix=False))
    """
    tokens = _tokens(text)
    if not tokens:
        return Everything()
    reader = _Reader(text, tokens)
    node = reader.either("", 0)
    if reader.kind:
        raise reader.error()
    return node


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Cut a query into kind, value and place."""
    tokens: list[tuple[str, str, int]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or len(tokens) >= MOST_TOKENS:
            raise _unreadable(text, place)
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind], match.start(kind)))
        place = match.end()
    return tokens


def _unreadable(text: str, place: int) -> Exception:
    error: Exception = SearchError(f"Cannot parse {text[:200]!r} at character {place + 1}")
    return error


class _Reader:
    """Reads tokens by the grammar above, one function a line."""

    def __init__(self, text: str, tokens: list[tuple[str, str, int]]) -> None:
        self.text, self.tokens, self.at = text, tokens, 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def value(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def error(self) -> Exception:
        place = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return _unreadable(self.text, place)

    def take(self, *values: str) -> bool:
        """Step over one of some marks or words, if it stands here."""
        here = self.kind in {"mark", "word"} and self.value in values
        self.at += here
        return here

    def either(self, field: str, depth: int) -> Node:
        if depth > MOST_NESTED:
            raise self.error()
        parts = [self.all(field, depth)]
        while self.take(*_OR):
            parts.append(self.all(field, depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self, field: str, depth: int) -> Node:
        parts = [self.part(field, depth)]
        while self.kind and self.value not in (*_OR, ")"):
            self.take(*_AND)
            parts.append(self.part(field, depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def part(self, field: str, depth: int) -> Node:
        if self.take(*_NOT):
            return Not(self.part(field, depth + 1) if depth < MOST_NESTED else self.primary("", 99))
        self.take("+")
        return self.primary(field, depth)

    def primary(self, field: str, depth: int) -> Node:
        if self.kind == "field":
            field = self.value
            self.at += 1
        if self.take("("):
            node = self.either(field, depth + 1)
            if not self.take(")"):
                raise self.error()
            return node
        return self.leaf(field)

    def leaf(self, field: str) -> Node:
        kind, value = self.kind, self.value
        if kind not in {"word", "phrase"} or (kind == "word" and value in (*_AND, *_OR)):
            raise self.error()
        self.at += 1
        plain = re.sub(r"\\(.)", r"\1", value)
        if kind == "word" and plain == "*":
            return Everything() if field in {"", "*"} else Word("", field, prefix=True)
        prefix = kind == "word" and plain.endswith("*")
        return Word(plain[:-1] if prefix else plain, field, prefix)
