"""The features of one layer, wherever they are kept: what every backend answers alike."""

import re
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets.model import BBox, Layer
from publish.layers.geojson import FeatureId, Value
from publish.layers.manifest import Manifest, manifest
from publish.layers.query import Query, ask

if TYPE_CHECKING:
    import pyarrow as pa

TIMEOUT_S = 5.0
MAX_INTEGER = 2**63 - 1

type Keys = NDArray[np.int64]


def check_page(query: Query, offset: int, after: int | None, limit: int) -> None:
    """Raise ValueError for a page that cannot be asked for."""
    for name, number in (("offset", offset), ("limit", limit), ("after", after or 0)):
        if not 0 <= number <= MAX_INTEGER:
            raise ValueError(f"{name}: {number} is not between 0 and {MAX_INTEGER}")
    if query.sort and after is not None:
        raise ValueError("after: goes with the layer's own order only; use offset with sort")


def identity(fid: str, id_type: str) -> FeatureId | None:
    """The id that is written so in an address; None where no feature can have it.

    An integer has one spelling: `7` is one, `07` is not.
    """
    if id_type != "integer":
        return fid
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", fid) or abs(int(fid)) > MAX_INTEGER:
        return None
    return int(fid)


class Counts(OrderedDict[tuple[Path, bytes], int]):
    """How many features of a layer matched a question: a layer never changes."""

    def keep(self, asked: tuple[Path, bytes], matched: int) -> None:
        """Remember a count; the oldest of too many is forgotten."""
        self[asked] = matched
        if len(self) > MAX_COUNTS:
            self.popitem(last=False)


MAX_COUNTS = 10_000
counts = Counts()


@dataclass(frozen=True, slots=True)
class Page:
    """Features that follow each other, as the text between the brackets of a JSON array.

    `matched` is how many match in all, `returned` how many are here; `last` is the key of the last
    one here, None where no other follows.
    """

    matched: int
    returned: int
    last: int | None
    features: bytes


class Features(ABC):
    """A layer that never changes, opened for reading; cheap to make and safe in any thread.

    Features have the keys 1, 2, 3 … in the layer's own order (a Hilbert curve, those without
    geometry last); a key is also a row of layer.parquet, which every backend has. A statement that
    takes longer than `timeout_s` (of the processor, in a file) raises TimeoutError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __eq__(self, other: object) -> bool:
        """Two are the same that read the same folder."""
        return isinstance(other, Features) and self.folder == other.folder

    def __hash__(self) -> int:
        """Of the folder."""
        return hash(self.folder)

    @property
    def manifest(self) -> Manifest:
        """What the layer says about itself."""
        return manifest(self.folder)

    @abstractmethod
    def page(
        self,
        query: Query,
        *,
        after: int | None = None,
        offset: int = 0,
        limit: int,
        timeout_s: float = TIMEOUT_S,
    ) -> list[tuple[int, bytes]]:
        """Key and GeoJSON Feature, ready to be sent, of those that match.

        The order never changes: the query's `sort`, else that of the keys. `after` is the last key
        of the page before and costs the same on every page; it goes without `sort` only. `offset`
        costs more with each page.
        """

    def counted_page(
        self, query: Query, *, offset: int = 0, limit: int, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, list[tuple[int, bytes]]]:
        """How many features match in all, and the page of them that `page` gives."""
        ends = time.monotonic() + timeout_s
        page = self.page(query, offset=offset, limit=limit, timeout_s=timeout_s)
        if len(page) < limit and (page or not offset):
            return offset + len(page), page  # this is the last one
        return self.count(query, timeout_s=max(ends - time.monotonic(), 0.001)), page

    def joined(
        self,
        query: Query,
        *,
        after: int | None = None,
        offset: int = 0,
        limit: int,
        timeout_s: float = TIMEOUT_S,
    ) -> Page:
        """The page that `page` gives, and how many match, ready to be sent."""
        if after is None:
            matched, page = self.counted_page(
                query, offset=offset, limit=limit, timeout_s=timeout_s
            )
            follows = offset + len(page) < matched
        else:
            page = self.page(query, after=after, limit=limit + 1, timeout_s=timeout_s)
            matched, follows = self.count(query, timeout_s=timeout_s), len(page) > limit
            page = page[:limit]
        last = page[-1][0] if page and follows else None
        return Page(matched, len(page), last, b",".join(fragment for _, fragment in page))

    def count(self, query: Query, *, timeout_s: float = TIMEOUT_S) -> int:
        """How many features match; remembered, since a layer never changes."""
        known = self.known(query)
        if known is None:
            known = self.counted(query, timeout_s)
            counts.keep((self.folder, query.digest), known)
        return known

    def known(self, query: Query) -> int | None:
        """How many features match, where that was counted before."""
        if query.matches_all:
            return self.manifest.features
        return counts.get((self.folder, query.digest))

    @abstractmethod
    def counted(self, query: Query, timeout_s: float) -> int:
        """How many features match, by looking; ask `count`."""

    @abstractmethod
    def feature(self, fid: str) -> bytes | None:
        """One feature by its id as it stands in an address; None where there is none."""

    @abstractmethod
    def keys(self, query: Query, *, timeout_s: float = TIMEOUT_S) -> Keys:
        """The keys of all features that match, in the order of `page`."""

    @abstractmethod
    def candidates(
        self, bbox: BBox, most: int, most_bytes: int
    ) -> Sequence[tuple[FeatureId, bytes, *tuple[Value, ...]]] | None:
        """Id, fragment and attributes of all features whose box touches a box.

        None where there are more than so many features, or more bytes of fragments.
        """

    def tile(self, layer: Layer, z: int, x: int, y: int, cap: int) -> bytes | None:
        """A tile made now, as `mvt.live_tile` says: None where it would be too much."""
        from publish.layers.mvt import live_tile  # noqa: PLC0415 - it asks Features

        return live_tile(self, layer, z, x, y, cap)

    def ask(self, **question: Any) -> Query:
        """A question about the layer, as `query.ask` reads it."""
        return ask(self.manifest, **question)

    def features(self, query: Query = Query(), *, limit: int) -> list[bytes]:  # noqa: B008
        """The first features that match, each a GeoJSON Feature ready to be sent."""
        return [fragment for _, fragment in self.page(query, limit=limit)]

    def rows(
        self,
        query: Query = Query(),  # noqa: B008
        *,
        offset: int = 0,
        limit: int | None = None,
    ) -> "Iterator[pa.Table]":
        """All features that match, some thousands at a time, in the order of `page`.

        Columns: `id`, the public ones, `geometry` (WKB in CRS84, as exact as it came).
        """
        from publish.layers.rows import every, taken  # noqa: PLC0415 - pyarrow is large

        if query == Query() and not offset and limit is None:
            return every(self.folder)
        end = None if limit is None else offset + limit
        return taken(self.folder, self.keys(query)[offset:end])
