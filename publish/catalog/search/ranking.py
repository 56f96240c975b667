"""The first packages of those that were found, in the order that was asked for."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from publish.catalog.errors import SearchQueryError
from publish.catalog.indexes.columns import Ints, Mask
from publish.catalog.indexes.index import Index

DEFAULT_SORT = "score desc, metadata_modified desc"
ALIASES = ("rank", "relevance", "relevance asc", "relevance desc")
"""What older clients say for the default order."""
_PART = re.compile(r"([\w.-]+) +(asc|desc)", re.IGNORECASE)

type Keys = np.ndarray[Any, np.dtype[Any]]
"""A sort key for each of some packages; the least comes first."""


def orders(sort: str) -> list[tuple[str, bool]]:
    """The fields to order by, each with whether it goes downwards; raises SearchQueryError."""
    parts = [_PART.fullmatch(part.strip()) for part in sort.split(",")]
    found = [(part[1], part[2].lower() == "desc") for part in parts if part is not None]
    if len(found) < len(parts):
        raise SearchQueryError('Invalid "sort" parameter')
    return found


def ordered(
    index: Index, found: Mask, scores: Keys | None, sort: str, start: int, count: int
) -> list[int]:
    """The numbers of a page of packages; equal ones come newest number first."""
    numbers = np.flatnonzero(found)
    keys = []
    for field, down in orders(sort):
        key = scores if field == "score" else _keys(index, field, down)
        if key is not None:
            keys.append(-key[numbers] if down else key[numbers])
    keys.append(-numbers)
    best = first(keys, min(start + count, len(numbers)))
    page: list[int] = numbers[best[start:]].tolist()
    return page


def first(keys: Sequence[Keys], count: int) -> Ints:
    """The places of the `count` least, in order; later keys decide between equals.

    >>> first([np.array([2, 1, 1, 0]), np.array([0, 5, 4, 9])], 3).tolist()
    [3, 2, 1]
    """
    key = keys[0]
    if count <= 0:
        return np.zeros(0, np.int64)
    if len(key) > 4 * count + 64:  # it is cheaper to look for the few than to sort all
        limit = np.partition(key, count - 1)[count - 1]
        sure, equal = np.flatnonzero(key < limit), np.flatnonzero(key == limit)
        if len(keys) > 1 and len(equal) < len(key):
            equal = equal[first([k[equal] for k in keys[1:]], count - len(sure))]
        elif len(keys) > 1:
            return first(keys[1:], count)
        few = np.concatenate([sure, equal])
        return few[np.lexsort([k[few] for k in reversed(keys)])][:count]
    return np.lexsort(list(reversed(keys)))[:count]


def _keys(index: Index, field: str, down: bool) -> Keys | None:
    """A key by number; None for a field that nobody has."""
    if field == "name":
        return index.names.ranks(index.size)
    if field in {"title_string", "title"}:
        return index.titles.ranks(index.size)
    if field == "id":
        return index.ids.ranks(index.size)
    if field == "metadata_created":
        return index.created
    if field == "metadata_modified":
        return index.modified
    known = index.terms.fields.get(field) or index.terms.fields.get(f"extras_{field}")
    return _value_ranks(index, known, down) if known else None


def _value_ranks(index: Index, known: dict[str, int], down: bool) -> Ints:
    """The place of each package's value among those of a field; without one it comes last."""
    codes = [known[value] for value in sorted(known)]
    ranks = index.terms.first(codes, range(len(codes)), index.size)
    return np.where(ranks == len(codes), -1, ranks) if down else ranks
