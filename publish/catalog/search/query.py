"""What people type into a search, as a tree of nodes.

The syntax is that of `query.lark`; plain words (`parse_words`) have a simpler one and never fail.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from publish.catalog.errors import SearchError

LONGEST = 50_000
MOST_PARTS = 1_024  # as many as Lucene takes
MOST_NESTED = 20


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches all."""


@dataclass(frozen=True, slots=True)
class Word:
    """A value of a field, or words of the text when `field` is empty."""

    value: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Values of a field, or words of the text, that match.

    `shape` is for fnmatch; `beginning` is what stands before the first `*` or `?`.
    """

    shape: str
    beginning: str
    field: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether it is a beginning and nothing else."""
        return self.shape == _literal(self.beginning) + "*"


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a field between two; None is no end, `ends` says whether each belongs to it."""

    low: str | None
    high: str | None
    ends: tuple[bool, bool]
    field: str = ""


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


@dataclass(frozen=True, slots=True)
class Boosted:
    """Matches what its part does, and counts so much more."""

    part: "Node"
    by: float


type Valued = Word | Pattern | Range
type Leaf = Everything | Valued
type Node = Leaf | Not | All | Either | Boosted

_WORDS = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')


def parse_words(text: str) -> Node:
    """Read plain words and "phrases": all must be there, `-word` must not.

    >>> parse_words('"dom zdravlja" -Ниш').parts
    (Word(value='dom zdravlja', field=''), Not(part=Word(value='Ниш', field='')))
    """
    parts: list[Node] = []
    for match in list(_WORDS.finditer(text))[:MOST_PARTS]:
        word = match["word"] or ""
        starred = len(word) > 1 and word.endswith("*")
        node = _pattern(word) if starred else Word(word or match["phrase"] or "")
        parts.append(Not(node) if match["minus"] else node)
    return All(tuple(parts)) if parts else Everything()


def parse(text: str) -> Node:
    """Read a query with fields; raises SearchError that says where it cannot be read.

    >>> parse("-tags:(a OR b)")
    Not(part=Either(parts=(Word(value='a', field='tags'), Word(value='b', field='tags'))))
    >>> parse("metadata_modified:[NOW-1DAY TO *]")
    Range(low='NOW-1DAY', high=None, ends=(True, True), field='metadata_modified')
    """
    if len(text) > LONGEST:
        raise unreadable(text, f"it is longer than {LONGEST} characters")
    try:
        node: Node = _parser().parse(text)  # type: ignore[assignment]  # our nodes, not its trees
    except UnexpectedInput as error:
        raise unreadable(text, f"at character {max(error.pos_in_stream or 0, 0) + 1}") from None
    except _TooMuch as error:
        raise unreadable(text, str(error)) from None
    return node


def unreadable(text: str, fault: str) -> SearchError:
    """The error of a query that cannot be answered; clients know its first words."""
    return SearchError(
        f'SOLR returned an error running query: Cannot parse "{text[:200]}": {fault}'
    )


def leaves(node: Node) -> Iterable[Leaf]:
    """The leaves of a tree, in order."""
    match node:
        case Not(part) | Boosted(part):
            return leaves(part)
        case All(parts) | Either(parts):
            return [found for part in parts for found in leaves(part)]
        case _:
            return [node]


class _TooMuch(ValueError):
    """A query is larger than anybody needs."""


@v_args(inline=True)
class _Tree(Transformer[Token, Node]):
    """Makes nodes as the parser goes: nothing recurses but over MOST_NESTED brackets."""

    def start(self, node: Node = Everything()) -> Node:
        if len(list(leaves(node))) > MOST_PARTS:
            raise _TooMuch(f"it has more than {MOST_PARTS} parts")
        return node

    def either(self, *parts: Node) -> Node:
        return Either(parts)

    def every(self, *parts: Node) -> Node:
        return All(parts)

    def no(self, node: Node) -> Node:
        return node.part if isinstance(node, Not) else Not(node)

    def boosted(self, node: Node, boost: Token) -> Node:
        return Boosted(node, float(boost[1:]))

    def group(self, node: Node) -> Node:
        if _depth(node) > MOST_NESTED:
            raise _TooMuch(f"brackets are nested more than {MOST_NESTED} deep")
        return node

    def in_field(self, field: Token, node: Node) -> Node:
        return _placed(node, _plain(field[:-1].rstrip()))

    def word(self, word: Token, _fuzzy: Token | None = None) -> Node:
        if word == "*":
            return Pattern("*", "")
        return _pattern(word) if re.search(r"(?<!\\)(?:\\\\)*[*?]", word) else Word(_plain(word))

    def phrase(self, phrase: Token, _slop: Token | None = None) -> Node:
        return Word(_plain(phrase[1:-1]))

    def range(self, opens: Token, low: Token, high: Token, closes: Token) -> Node:
        return Range(_bound(low), _bound(high), (opens == "[", closes == "]"))


def _placed(node: Node, field: str) -> Node:
    """Put into a field what has none yet."""
    match node:
        case Not(part) | Boosted(part):
            return replace(node, part=_placed(part, field))
        case All(parts) | Either(parts):
            return replace(node, parts=tuple(_placed(part, field) for part in parts))
        case Pattern(shape="*", field="") if field == "*":
            return Everything()
        case Word(field="") | Pattern(field="") | Range(field=""):
            return replace(node, field=field)
        case _:
            return node


def _depth(node: Node) -> int:
    match node:
        case Not(part) | Boosted(part):
            return 1 + _depth(part)
        case All(parts) | Either(parts):
            return 1 + max(map(_depth, parts))
        case _:
            return 0


def _bound(token: str) -> str | None:
    if token == "*":
        return None
    return _plain(token[1:-1] if token.startswith('"') else token)


def _plain(text: str) -> str:
    """What a text means without its escapes."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _literal(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _pattern(word: str) -> Pattern:
    r"""Read `*` and `?` that are not escaped.

    >>> _pattern(r"a\*b*")
    Pattern(shape='a[*]b*', beginning='a*b', field='')
    """
    pieces = re.findall(r"\\.|[*?]|[^\\*?]+", word, re.DOTALL)
    wild = next(i for i, piece in enumerate(pieces) if piece in {"*", "?"})
    shape = "".join(p if p in {"*", "?"} else _literal(_plain(p)) for p in pieces)
    return Pattern(re.sub(r"\*+", "*", shape), _plain("".join(pieces[:wild])))


@functools.cache
def _parser() -> Lark:
    """The parser, made when the first query comes: it takes 50 ms."""
    return Lark.open(
        "query.lark", rel_to=__file__, parser="lalr", transformer=_Tree(), maybe_placeholders=False
    )
