"""Full text: the words of `q` as a question to the index of words (SQLite's FTS5).

A plain `q` is words that must all be there, in any script and with or without diacritics. With
`plain: false` it is PostgreSQL's tsquery: `&`, `|`, `!`, `<->`, parentheses, `ni:*`.
"""

import re
from collections.abc import Mapping
from typing import Any

import lark

from publish.datastore.filters import BadQuestion
from publish.datastore.table import About, folded

LONGEST = 1000  # characters of a question
_GRAMMAR = r"""
?start: or
?or: and ("|" and)*
?and: not ("&" not)*
?not: "!" not -> negated | near
?near: atom (_NEAR atom)*
?atom: WORD -> word | QUOTED -> word | "(" or ")"
_NEAR: /<(-|\d+)>/
QUOTED: /'(''|[^'])*'(:[*abcdABCD]*)?/
WORD: /[^\s&|!()<>':]+(:[*abcdABCD]*)?/
%ignore /\s+/
"""
_PARSER = lark.Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def asked(said: About, q: Any, *, plain: bool) -> list[tuple[str, str]]:
    """Give name of the rank and FTS5 question: one for all fields, or one for each field of `q`.

    An empty question finds nothing. Raises BadQuestion.
    """
    if isinstance(q, Mapping):
        return [(f"rank {name}", _of_field(said, name, text, plain)) for name, text in q.items()]
    if isinstance(q, list):
        raise BadQuestion("q", "Must be text, or an object of texts by field")
    return [("rank", _question(q, plain=plain))]


def _of_field(said: About, name: str, text: Any, plain: bool) -> str:
    if name not in said.places:
        raise BadQuestion("q", f"Unknown field: {name}")
    if isinstance(text, list | Mapping):
        raise BadQuestion("q", f"Must be text, for field {name}")
    return f"c{said.places[name]} : ({_question(text, plain=plain)})"


def _question(said: Any, *, plain: bool) -> str:
    text = str(said)
    if len(text) > LONGEST:
        raise BadQuestion("q", f"Must be of at most {LONGEST} characters")
    if plain:
        phrases = [phrase for word in text.split() if (phrase := _phrase(word))]
        return " AND ".join(phrases) or '""'
    try:
        return _written(_PARSER.parse(text)) or '""'
    except lark.exceptions.LarkError:
        raise BadQuestion("query", f'syntax error in tsquery: "{text[:100]}"') from None


def _phrase(word: str, *, prefix: bool = False) -> str:
    """A word as FTS5's phrase: `2024-01-31` is three tokens in a row."""
    tokens = re.sub(r"[\W_]+", " ", folded(word)).split()
    return f'"{" ".join(tokens)}"' + "*" * prefix if tokens else ""


def _written(tree: Any) -> str:
    """FTS5's words for a tree; its NOT stands only between two questions."""
    if tree.data == "word":
        text, _, weights = str(tree.children[0]).partition(":")
        return _phrase(text.strip("'").replace("''", "'"), prefix="*" in weights)
    if tree.data == "negated":
        raise BadQuestion("query", "a word that must not be there needs one that must: a & !b")
    if tree.data == "near":
        inner = " ".join(_written(child).strip('"') for child in tree.children)
        return _phrase(inner)
    negated = [child.children[0] for child in tree.children if child.data == "negated"]
    asked = [made for c in tree.children if c.data != "negated" and (made := _written(c))]
    if tree.data == "or" and negated:
        raise BadQuestion("query", "a word that must not be there needs one that must: a & !b")
    if not asked:
        return _written(lark.Tree("negated", [])) if negated else ""
    joined = f" {tree.data.upper()} ".join(asked)
    without = "".join(f" NOT ({made})" for c in negated if (made := _written(c)))
    return f"(({joined}){without})"
