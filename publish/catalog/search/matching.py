"""A query over the index: which packages match, and how well.

Words of the text come from the database (`text.find`), all else from the index in memory. A word
counts 4 in a name or title, 2 in tags, groups and the organization, 1 elsewhere, and in a short
title a little more. No weight depends on what the caller may not see.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from datasets.serbian import fold
from datasets.stemming import stem, stems
from publish.catalog.call import Call
from publish.catalog.indexes import text
from publish.catalog.indexes.columns import Mask
from publish.catalog.indexes.index import Index
from publish.catalog.indexes.text import COLUMNS, Ask, Numbers
from publish.catalog.search.query import (
    All,
    Boosted,
    Either,
    Everything,
    Node,
    Not,
    Pattern,
    Range,
    Valued,
    Word,
    leaves,
    unreadable,
)
from publish.catalog.search.values import CONSTANT, DATES, Values

type Scores = np.ndarray[Any, np.dtype[np.float32]]
type Found = tuple[Mask, Scores | None]
"""What matches, and how well: None where nothing is weighed."""

TEXT_FIELDS: Mapping[str, tuple[str, ...]] = {"": COLUMNS, "text": COLUMNS} | {
    name: (name,) for name in ("title", "notes", "res_name", "res_description")
}
HEAVY, MIDDLE = ("name", "title"), ("labels",)
SHORTEST_BEGINNING = 3  # letters; nearly everything begins with fewer
BEGUN = np.float32(0.5)  # what a beginning counts beside a whole word
MOST_WORDS = 100
MOST_PATTERNS = 20  # that are tried on every value of a field
MOST_MATCHING = 2_000  # words that a pattern over the text may stand for
CHEAP = ("name", "id", *DATES)


def asked(*nodes: Node) -> list[Ask]:
    """What the database is asked before trees are matched."""
    found: dict[Ask, None] = {}
    patterns = 0
    for node in nodes:
        for leaf in leaves(node):
            if isinstance(leaf, Word) and leaf.field in TEXT_FIELDS:
                found |= dict.fromkeys(_asks(tuple(stems(leaf.value)), TEXT_FIELDS[leaf.field]))
            if isinstance(leaf, Pattern | Range) and leaf.field not in CHEAP:
                patterns += 1
    if len(found) > 3 * MOST_WORDS or patterns > MOST_PATTERNS:
        limits = f"{MOST_WORDS} words in the text or for {MOST_PATTERNS} patterns and ranges"
        raise unreadable("", f"it looks for more than {limits}")
    return list(found)


def _asks(words: tuple[str, ...], columns: tuple[str, ...], **how: Any) -> list[Ask]:
    if not words:
        return []
    parts = (COLUMNS, HEAVY, MIDDLE) if columns == COLUMNS else (columns,)
    return [Ask(words, part, **how) for part in parts]


class Matcher:
    """Matches trees over one state of the index; `seen` are the packages the caller may see."""

    def __init__(self, call: Call, index: Index, seen: Mask, hits: Mapping[Ask, Numbers]) -> None:
        self.call, self.index, self.seen = call, index, seen
        self.values = Values(index, seen, datetime.fromisoformat(call.time))
        self.hits = dict(hits)

    def match(self, node: Node, *, denied: bool = False) -> Found:
        """What a tree matches; a beginning is not tried where it is denied."""
        match node:
            case Not(part):
                return ~self.match(part, denied=not denied)[0], None
            case Boosted(part, by):
                mask, scores = self.match(part, denied=denied)
                return mask, None if scores is None else scores * np.float32(by)
            case All(parts):
                # Words of signs only (`-`, `?`) ask for nothing: the others decide.
                said = [part for part in parts if not _is_silent(part)]
                found = [self.match(part, denied=denied) for part in said]
                return _joined(np.logical_and, found) if found else self._nothing()
            case Either(parts):
                alone, groups = _grouped(parts)
                found = [self.match(part, denied=denied) for part in alone]
                found += [(self.values.any(field, said), None) for field, said in groups.items()]
                return _joined(np.logical_or, found)
            case Everything():
                return np.ones(self.index.size, np.bool_), None
            case Word() | Pattern() | Range():
                in_text = node.field in TEXT_FIELDS
                return self._text(node, denied) if in_text else (self.values.match(node), None)

    def _nothing(self) -> Found:
        return np.zeros(self.index.size, np.bool_), None

    def _text(self, leaf: Valued, denied: bool) -> Found:
        columns = TEXT_FIELDS[leaf.field]
        match leaf:
            case Word(value):
                return self._words(value, columns, denied)
            case Pattern(shape="*") if columns == COLUMNS:
                return np.ones(self.index.size, np.bool_), None
            case Pattern(shape="*"):
                return self.values.any("_has", [leaf.field]), None
            case Pattern():
                return self._pattern(leaf, columns), None
            case _:
                return self._nothing()

    def _words(self, value: str, columns: tuple[str, ...], denied: bool) -> Found:
        """What has the words side by side; or else, of a single one, what has its beginning."""
        folded, words = fold(value), tuple(stems(value))
        found = self._weighed(_asks(words, columns))
        if denied or len(words) != 1 or len(folded) < SHORTEST_BEGINNING:
            return found
        if (found[0] & self.seen).any():
            return found
        others = () if folded == words[0] else (folded,)
        mask, scores = self._weighed(_asks(words, columns, beginning=True, others=others))
        return mask, None if scores is None else scores * BEGUN

    def _weighed(self, asks: Sequence[Ask]) -> Found:
        """What has some words, weighed by where it has them."""
        if not asks:
            return self._nothing()
        mask, *better = [self.values.mask(numbers) for numbers in self._hits(asks)]
        scores = mask.astype(np.float32)
        heavy = mask if asks[0].columns == ("title",) else mask & False
        if better:
            heavy, middle = better
            scores[middle] = 2
        scores[heavy] = 4 + 1 / self.index.title_words[: self.index.size][heavy]
        return mask, scores

    def _hits(self, asks: Sequence[Ask]) -> list[Numbers]:
        new = [ask for ask in asks if ask not in self.hits]
        self.hits |= zip(new, text.find(self.call.connection, new), strict=True)
        return [self.hits[ask] for ask in asks]

    def _pattern(self, pattern: Pattern, columns: tuple[str, ...]) -> Mask:
        if pattern.goes_on:
            *whole, last = fold(pattern.beginning).split() or [""]
            others = () if whole or stem(last) == last else (stem(last),)
            ask = Ask((*map(stem, whole), last), columns, beginning=True, others=others)
            return self._any_of([ask] if last else [])
        shapes = {_reshaped(pattern.shape, with_) for with_ in (fold, _stemmed)}
        matching = [text.matching(self.call.connection, shape, columns) for shape in shapes]
        found = set().union(*matching)
        if len(found) > MOST_MATCHING:
            raise unreadable(pattern.shape, f"it stands for more than {MOST_MATCHING} words")
        return self._any_of([Ask((word,), columns) for word in sorted(found)])

    def _any_of(self, asks: Sequence[Ask]) -> Mask:
        mask, _ = self._nothing()
        for numbers in self._hits(asks):
            mask |= self.values.mask(numbers)
        return mask


def _joined(join: np.ufunc, found: Sequence[Found]) -> Found:
    mask: Mask = join.reduce([part for part, _ in found])
    weighed = [scores for _, scores in found if scores is not None]
    return mask, sum(weighed[1:], start=weighed[0]) if weighed else None


def _is_silent(node: Node) -> bool:
    return isinstance(node, Word) and node.field in TEXT_FIELDS and not fold(node.value)


def _grouped(parts: Sequence[Node]) -> tuple[list[Node], dict[str, list[str]]]:
    """Of alternatives, the values of one field together: ids may come by the hundred."""
    alone: list[Node] = []
    groups: dict[str, list[str]] = {}
    for part in parts:
        if isinstance(part, Word) and part.field not in {*TEXT_FIELDS, *CONSTANT}:
            groups.setdefault(part.field, []).append(part.value)
        else:
            alone.append(part)
    return alone, groups


def _reshaped(shape: str, spell: Callable[[str], str]) -> str:
    """A pattern over indexed words: what is no wild card is spelled as they are."""
    pieces = re.split(r"([*?]|\[.\])", shape)
    return "".join(piece if piece in {"*", "?"} else spell(piece) for piece in pieces)


def _stemmed(text: str) -> str:
    return "".join(stems(text))
