"""Columns of the index in memory: values of fields, texts in order, shapes. None is thread-safe.

A package is its number; 0 is nobody's. A `Mask` says for each number whether it is meant.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import ne
from typing import Any, Self

import numpy as np
import shapely

from datasets.stemming import stems

type Ints = np.ndarray[Any, np.dtype[np.int64]]
type Mask = np.ndarray[Any, np.dtype[np.bool_]]

FEW = 64  # changes that are put in one by one; more are sorted in at once


def grown[A: np.ndarray[Any, Any]](array: A, size: int) -> A:
    """The array, with room for `size` items; what is new is zero."""
    if size <= len(array):
        return array
    more = np.zeros(max(size, 2 * len(array)), array.dtype)
    more[: len(array)] = array
    return more  # type: ignore[return-value]  # the same kind of array


class Terms:
    """The values that packages have in fields, as codes: what filters and facets are made of."""

    def __init__(self, common: Sequence[str] = ()) -> None:
        self.common = common  # the fields that facets mostly ask for
        self.fields: dict[str, dict[str, int]] = {}  # field, value: code
        self.values: list[str] = []  # by code
        self._numbers = np.zeros(1024, np.int32)  # package and code, side by side; 0 was let go
        self._codes = np.zeros(1024, np.int32)
        self._starts = np.zeros(1024, np.int64)  # where those of a package begin
        self._lengths = np.zeros(1024, np.int32)
        self._common = np.zeros(1024, np.int32)  # how many of them, at the beginning, are common
        self._used = self._gone = 0
        self._folded: dict[int, str] = {}  # by code, where anybody asked

    def copy(self) -> Self:
        """The same once more, to be changed apart."""
        other = type(self)()
        other.__dict__ |= {
            name: part.copy() if hasattr(part, "copy") else part
            for name, part in self.__dict__.items()
        }
        other.fields = {field: known.copy() for field, known in self.fields.items()}
        return other

    def put(self, new: Mapping[int, Mapping[str, Collection[str]]]) -> None:
        """Set the values of some packages, in place of those they had."""
        codes: list[int] = []
        changed: dict[int, int] = {}
        self._starts = grown(self._starts, max(new, default=0) + 1)
        self._lengths = grown(self._lengths, len(self._starts))
        self._common = grown(self._common, len(self._starts))
        for number, values in new.items():
            common = [name for name in self.common if name in values]
            rest = [name for name in values if name not in self.common]
            own = [self._code(name, value) for name in common + rest for value in values[name]]
            if own != self._run(number):
                self._let_go(number)
                codes += own
                changed[number] = len(own)
                self._common[number] = sum(len(values[name]) for name in common)
        if changed:
            self._append(changed, codes)
        if self._gone > max(10_000, self._used // 2):
            self._tidy()

    def remove(self, number: int) -> None:
        """Take the values of a package out."""
        if number < len(self._starts):
            self._let_go(number)

    def _run(self, number: int) -> list[int]:
        start, length = self._starts[number], self._lengths[number]
        run: list[int] = self._codes[start : start + length].tolist() if length else []
        return run

    def _let_go(self, number: int) -> None:
        start, length = int(self._starts[number]), int(self._lengths[number])
        self._numbers[start : start + length] = 0
        self._lengths[number] = self._common[number] = 0
        self._gone += length

    def _append(self, lengths: Mapping[int, int], codes: Sequence[int]) -> None:
        """Add the codes of some packages, one after the other."""
        end = self._used + len(codes)
        self._numbers, self._codes = grown(self._numbers, end), grown(self._codes, end)
        numbers, each = np.array(list(lengths)), np.array(list(lengths.values()))
        self._numbers[self._used : end] = np.repeat(numbers, each)
        self._codes[self._used : end] = codes
        self._starts[numbers] = self._used + np.cumsum(each) - each
        self._lengths[numbers] = each
        self._used = end

    def having(self, codes: Sequence[int], size: int) -> Mask:
        """Which packages have any of some codes."""
        mask = np.zeros(size, np.bool_)
        all_codes, numbers = self._codes[: self._used], self._numbers[: self._used]
        if len(codes) == 1:
            mask[numbers[all_codes == codes[0]]] = True
        elif codes:
            wanted = np.zeros(len(self.values), np.bool_)
            wanted[codes] = True
            mask[numbers[wanted[all_codes]]] = True
        mask[0] = False
        return mask

    def counts(self, found: Mask, fields: Iterable[str]) -> Ints:
        """How many of some packages have each code of some fields (and perhaps of others)."""
        numbers = np.flatnonzero(found)
        if len(numbers) * 2 > len(found):  # then one sweep over all is cheaper
            codes = self._codes[: self._used][found[self._numbers[: self._used]]]
        else:
            common = all(name in self.common for name in fields)
            lengths = (self._common if common else self._lengths)[numbers]
            ends = np.cumsum(lengths)
            places = np.repeat(self._starts[numbers] - ends + lengths, lengths)
            codes = self._codes[places + np.arange(len(places))]
        return np.bincount(codes, minlength=len(self.values))

    def first(self, codes: Sequence[int], places: Sequence[int], size: int) -> Ints:
        """The least place of any code of each package; beyond all places where it has none."""
        place = np.full(len(self.values), len(places), np.int64)
        place[codes] = places
        least = np.full(size, len(places), np.int64)
        np.minimum.at(least, self._numbers[: self._used], place[self._codes[: self._used]])
        return least

    def folded(self, code: int) -> str:
        """The stems of a value, each with blanks around it."""
        if code not in self._folded:
            self._folded[code] = f" {' '.join(stems(self.values[code]))} "
        return self._folded[code]

    def _code(self, field: str, value: str) -> int:
        known = self.fields.get(field)
        if known is None:
            known = self.fields[field] = {}
        code = known.get(value)
        if code is None:
            code = known[value] = len(self.values)
            self.values.append(value)
        return code

    def _tidy(self) -> None:
        """Leave out what was let go, and values that nobody has any more."""
        live = np.flatnonzero(self._numbers[: self._used])
        kept, codes = np.unique(self._codes[live], return_inverse=True)
        self._numbers, self._codes = self._numbers[live], codes.astype(np.int32)
        self._used, self._gone, self._folded = len(live), 0, {}
        begins = np.flatnonzero(np.diff(self._numbers, prepend=-1))
        self._starts[self._numbers[begins]] = begins
        new = dict(zip(kept.tolist(), range(len(kept)), strict=True))
        self.values = [self.values[code] for code in kept]
        self.fields = {
            field: left
            for field, known in self.fields.items()
            if (left := {value: new[code] for value, code in known.items() if code in new})
        }


class Order:
    """One text for each package, in order."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._numbers = np.zeros(0, np.int64)
        self._by_number: dict[int, str] = {}
        self._ranks: Ints | None = None

    def copy(self) -> Self:
        """The same once more, to be changed apart."""
        other = type(self)()
        other._texts, other._by_number = self._texts.copy(), self._by_number.copy()
        other._numbers = self._numbers
        return other

    def put(self, new: Mapping[int, str | None]) -> None:
        """Set the texts of some packages; None takes one out."""
        changed = {n: text for n, text in new.items() if self._by_number.get(n) != text}
        if not changed:
            return
        self._ranks = None
        if len(changed) > FEW:
            self._put_many(changed)
        else:
            for number, text in changed.items():
                self._put_one(number, text)

    def ranks(self, size: int) -> Ints:
        """The place of each package in the order; the same for the same text."""
        if self._ranks is None or len(self._ranks) < size:
            self._ranks = np.zeros(size, np.int64)
            new = np.fromiter(map(ne, self._texts, ["", *self._texts]), np.bool_, len(self._texts))
            self._ranks[self._numbers] = np.cumsum(new)
        return self._ranks[:size]

    def listed(self, mask: Mask) -> list[str]:
        """The texts of some packages, in order."""
        wanted = self._numbers[mask[self._numbers]]
        return [self._by_number[number] for number in wanted.tolist()]

    def between(self, low: str | None, high: str | None, ends: tuple[bool, bool]) -> Ints:
        """The packages whose text is in a range; `ends` says whether each end belongs to it."""
        start = stop = None
        if low is not None:
            start = (bisect_left if ends[0] else bisect_right)(self._texts, low)
        if high is not None:
            stop = (bisect_right if ends[1] else bisect_left)(self._texts, high)
        return self._numbers[start:stop]

    def having(self, texts: Iterable[str]) -> Ints:
        """The packages whose text is one of some; of a text that several have, one of them."""
        places = ((bisect_left(self._texts, text), text) for text in texts)
        there = [at for at, text in places if self._texts[at : at + 1] == [text]]
        return self._numbers[there]

    def where(self, fits: Callable[[str], object], beginning: str) -> Ints:
        """The packages whose text begins so, and fits."""
        start = bisect_left(self._texts, beginning)
        stop = bisect_right(self._texts, beginning + "\U0010ffff")
        places = [i for i in range(start, stop) if fits(self._texts[i])]
        return self._numbers[places]

    def _put_many(self, changed: Mapping[int, str | None]) -> None:
        for number, text in changed.items():
            if text is None:
                del self._by_number[number]
            else:
                self._by_number[number] = text
        pairs = sorted((text, number) for number, text in self._by_number.items())
        self._texts = [text for text, _ in pairs]
        self._numbers = np.array([number for _, number in pairs], np.int64)

    def _put_one(self, number: int, text: str | None) -> None:
        old = self._by_number.pop(number, None)
        if old is not None:
            start, stop = bisect_left(self._texts, old), bisect_right(self._texts, old)
            place = start + int(np.flatnonzero(self._numbers[start:stop] == number)[0])
            del self._texts[place]
            self._numbers = np.delete(self._numbers, place)
        if text is not None:
            place = bisect_left(self._texts, text)
            self._texts.insert(place, text)
            self._numbers = np.insert(self._numbers, place, number)
            self._by_number[number] = text


class Shapes:
    """A geometry for some packages, in longitude and latitude, and a tree over all of them."""

    def __init__(self) -> None:
        self._shapes: dict[int, Any] = {}
        self._tree: shapely.STRtree | None = None
        self._in_tree: Ints = np.zeros(0, np.int64)
        self._beside: dict[int, Any] = {}  # put or taken out since the tree was made

    def copy(self) -> Self:
        """The same once more, to be changed apart."""
        other = type(self)()
        other._shapes, other._beside = self._shapes.copy(), self._beside.copy()
        other._tree, other._in_tree = self._tree, self._in_tree
        return other

    def put(self, new: Mapping[int, str | None]) -> None:
        """Set the geometries of some packages, as hexadecimal WKB; None takes one out."""
        self._beside |= {n: None for n, wkb in new.items() if wkb is None and n in self._shapes}
        for number in self._beside.keys() & new:
            self._shapes.pop(number, None)
        there = {number: wkb for number, wkb in new.items() if wkb is not None}
        shapes = shapely.from_wkb(list(there.values()))
        changed = dict(zip(there, shapes, strict=True))
        self._shapes |= changed
        self._beside |= changed

    def touching(self, bbox_lonlat: tuple[float, float, float, float]) -> Ints:
        """The packages whose geometry shares a point with a box."""
        if len(self._beside) > max(FEW, len(self._shapes) // 8):
            self._plant()
        box = shapely.box(*bbox_lonlat)
        found: list[int] = []
        if self._tree is not None:
            inside = self._in_tree[self._tree.query(box, predicate="intersects")]
            found = [number for number in inside.tolist() if number not in self._beside]
        beside = [(n, shape) for n, shape in self._beside.items() if shape is not None]
        hits = shapely.intersects(np.array([shape for _, shape in beside], object), box)
        found += [number for (number, _), hit in zip(beside, hits, strict=True) if hit]
        return np.array(found, np.int64)

    def _plant(self) -> None:
        self._in_tree = np.array(list(self._shapes), np.int64)
        self._tree = shapely.STRtree(list(self._shapes.values()))
        self._beside = {}
