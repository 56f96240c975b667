"""Lists as filters compare them: as sets (OGC 21-065r2, array functions).

Neither the order of items nor how often one is in a list matters. A missing item is like no other,
not even a missing one, so that a list with one is in no list and no list's equal.
"""

import functools
from collections.abc import Callable

import orjson

OF_LISTS = {
    "a_equals": "a_equals",
    "a_contains": "a_containedBy",
    "a_containedBy": "a_contains",
    "a_overlaps": "a_overlaps",
}
"""The functions of two lists, and what each is when its sides are changed over."""
MOST_REMEMBERED = 1000
"""Characters of a list's JSON text that is remembered: tags repeat, long lists do not."""

type Items = frozenset[str | int | float | bool | None]

HOLDS: dict[str, Callable[[Items, Items], bool]] = {
    "a_equals": lambda one, other: one == other and None not in one,
    "a_contains": lambda one, other: one >= other and None not in other,
    "a_containedBy": lambda one, other: one <= other and None not in one,
    "a_overlaps": lambda one, other: any(item is not None for item in one & other),
}


def holds(op: str, one: str | None, other: str | None) -> bool | None:
    """Whether a function is true of two lists in JSON; unknown where one is missing.

    >>> holds("a_contains", '["a","b"]', '["b"]'), holds("a_equals", "[2,1,1]", "[1,2]")
    (True, True)
    >>> holds("a_contains", "[null]", "[null]"), holds("a_overlaps", None, "[1]")
    (False, None)
    """
    if one is None or other is None:
        return None
    return HOLDS[op](_items(one), _items(other))


def _items(text: str) -> Items:
    return _remembered(text) if len(text) <= MOST_REMEMBERED else frozenset(orjson.loads(text))


@functools.lru_cache(4096)
def _remembered(text: str) -> Items:
    return frozenset(orjson.loads(text))
