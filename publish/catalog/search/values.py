"""Values of fields over the index: equal, alike, by pattern, in a range."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fnmatch import translate
from typing import Any

import numpy as np

from datasets.stemming import stems
from publish.catalog.indexes.columns import Ints, Mask, Order
from publish.catalog.indexes.index import Index
from publish.catalog.search.moments import moment
from publish.catalog.search.query import Pattern, Range, Valued, Word, unreadable

DATES = ("metadata_created", "metadata_modified")
WORDY = ("author", "maintainer")  # besides extras_*: fields in whose values words are looked for
CONSTANT = {"site_id": "default", "entity_type": "package"}
"""Fields of CKAN's index that clients filter by and that are the same for every package here."""


class Values:
    """Matches values over one state of the index.

    `seen` are the packages that the caller may see: whether a value is there is asked of them only.
    """

    def __init__(self, index: Index, seen: Mask, now: datetime) -> None:
        self.index, self.seen, self.now = index, seen, now
        self.size = index.size

    def match(self, leaf: Valued) -> Mask:
        """The packages that have a value in the leaf's field."""
        field = leaf.field
        if isinstance(leaf, Word):
            return self.any(field, [leaf.value])
        if field in DATES:
            return self._dated(field, leaf)
        order = self._order(field)
        if order is not None:
            return self._ordered(order, leaf)
        if field in CONSTANT:
            return np.full(self.size, _test(leaf)(CONSTANT[field]))
        fits = _test(leaf)
        return self.having([code for value, code in self._codes(field).items() if fits(value)])

    def any(self, field: str, values: Sequence[str]) -> Mask:
        """The packages that have any of some values; where none has, those that have one alike."""
        if field in DATES:
            times = [_microseconds(value, self.now) for value in values]
            return np.isin(self._times(field), times)
        order = self._order(field)
        if order is not None:
            found = [order.between(value, value, (True, True)) for value in values]
            return self.mask(np.concatenate(found))
        if field in CONSTANT:
            return np.full(self.size, CONSTANT[field] in values)
        if field == "permission_labels":
            return self.any("capacity", ["public"] if "public" in values else [])
        known = self._codes(field)
        mask = self.having([known[value] for value in values if value in known])
        if not known or (mask & self.seen).any():
            return mask
        return mask | self.having(self._alike(field, known, values))

    def having(self, codes: Sequence[int]) -> Mask:
        """The packages that have any of some codes of `Terms`."""
        return self.index.terms.having(codes, self.size)

    def mask(self, numbers: np.ndarray[Any, np.dtype[np.integer[Any]]]) -> Mask:
        """Packages by number as a mask."""
        mask = np.zeros(self.size, np.bool_)
        mask[numbers[numbers < self.size]] = True
        return mask

    def _codes(self, field: str) -> Mapping[str, int]:
        fields = self.index.terms.fields
        return fields.get(field) or fields.get(f"extras_{field}") or {}

    def _alike(self, field: str, known: Mapping[str, int], values: Sequence[str]) -> list[int]:
        """Codes of values that differ in spelling only; of wordy fields also those with words."""
        folded = self.index.terms.folded
        wanted = [f" {' '.join(words)} " for value in values if (words := stems(value))]
        if field == "tags" or field.startswith("vocab_"):
            return [code for code in known.values() if folded(code) in wanted]
        if field in WORDY or field.startswith("extras_"):
            return [c for c in known.values() if any(value in folded(c) for value in wanted)]
        return []

    def _order(self, field: str) -> Order | None:
        return {"name": self.index.names, "id": self.index.ids}.get(field)

    def _ordered(self, order: Order, leaf: Valued) -> Mask:
        if isinstance(leaf, Range):
            return self.mask(order.between(leaf.low, leaf.high, leaf.ends))
        beginning = leaf.beginning if isinstance(leaf, Pattern) else ""
        return self.mask(order.where(_test(leaf), beginning))

    def _times(self, field: str) -> Ints:
        column = self.index.created if field == DATES[0] else self.index.modified
        return column[: self.size]

    def _dated(self, field: str, leaf: Valued) -> Mask:
        mask = np.ones(self.size, np.bool_)
        if not isinstance(leaf, Range):
            if isinstance(leaf, Pattern) and leaf.shape != "*":
                raise unreadable(f"{field}:{leaf.shape}", "a date has no pattern")
            return mask
        times, (with_low, with_high) = self._times(field), leaf.ends
        if leaf.low is not None:
            low = _microseconds(leaf.low, self.now)
            mask &= times >= low if with_low else times > low
        if leaf.high is not None:
            high = _microseconds(leaf.high, self.now)
            mask &= times <= high if with_high else times < high
        return mask


def _microseconds(text: str, now: datetime) -> int:
    try:
        at = moment(text, now)
    except ValueError as error:
        raise unreadable(text, str(error)) from None
    return int(np.datetime64(at, "us").astype(np.int64))


def _test(leaf: Valued) -> Callable[[str], bool]:
    """Whether a value is what a pattern or a range means."""
    match leaf:
        case Pattern(shape):
            fits = re.compile(translate(shape)).match
            return lambda value: fits(value) is not None
        case Range(low, high, ends):
            return _within(low, high, ends)
        case _:
            return lambda value: True


def _within(low: str | None, high: str | None, ends: tuple[bool, bool]) -> Callable[[str], bool]:
    """Between two values: as numbers when the ends are numbers, otherwise as texts."""
    bounds = [_number(end) for end in (low, high) if end is not None]
    if bounds and None not in bounds:
        least, most = (None if end is None else _number(end) for end in (low, high))
        return lambda value: (n := _number(value)) is not None and _between(n, least, most, ends)
    return lambda value: _between(value, low, high, ends)


def _between[V: (str, float)](
    value: V, low: V | None, high: V | None, ends: tuple[bool, bool]
) -> bool:
    after = low is None or value > low or (ends[0] and value == low)
    return after and (high is None or value < high or (ends[1] and value == high))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
