"""The index in memory: what packages are filtered, counted and ordered by, one for each engine.

It follows the database: before each use it takes, on the caller's own connection, the rows that
bear a later change than the last one it knows. So it is exact in every process without any message.
What a transaction wrote and may yet take back reaches a copy of its own only.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np
import orjson
from sqlalchemy import Connection, Engine, Row, bindparam, select

from publish.catalog import authorization
from publish.catalog.authorization import Sight
from publish.catalog.call import Call
from publish.catalog.indexes.columns import Ints, Mask, Order, Shapes, Terms, grown
from publish.catalog.indexes.text import Ask, Numbers
from publish.catalog.tables import packages, purged
from publish.versions import REVISION

AT_ONCE = 2_000  # rows in memory while the index is made
MOST_KEPT = 4_000_000  # numbers of packages that have some word: 16 MB
FACETS = (
    "organization",
    "groups",
    "tags",
    "res_format",
    "license_id",
    "eu_theme",
    "eu_frequency",
    "mqa_rating",
)
STATES = ("", "active", "draft", "deleted")  # a number without a package has none

_REVISION = select(REVISION.c.number)
_c = packages.c
_ROWS = select(
    _c.number,
    _c.id,
    _c.name,
    _c.title_key,
    _c.type,
    _c.state,
    _c.private,
    _c.owner_id,
    _c.creator_id,
    _c.metadata_created,
    _c.metadata_modified,
    _c.terms,
)

_ALL_ROWS = _ROWS.execution_options(yield_per=AT_ONCE)
_GONE = select(purged.c.number).where(purged.c.change > bindparam("change"))


class Index:
    """Columns by number of package; `size` is above the highest."""

    def __init__(self) -> None:
        self.change = -1
        self.size = 1
        self.states = np.zeros(1024, np.uint8)
        self.private = np.zeros(1024, np.bool_)
        self.owners = np.zeros(1024, np.int32)
        self.created = np.zeros(1024, np.int64)  # microseconds since 1970, UTC
        self.modified = np.zeros(1024, np.int64)
        self.title_words = np.ones(1024, np.int32)
        self.terms, self.shapes = Terms(FACETS), Shapes()
        self.ids, self.names, self.titles = Order(), Order(), Order()
        self.asked_at = -1  # the change that whoever has the lock sees
        self.hits: dict[Ask, Numbers] = {}  # what the text index found at this change
        self._owners: dict[str, int] = {}
        self._lists: dict[Sight, Any] = {}
        self._counts: dict[tuple[str, Sight], dict[str, int]] = {}

    def copy(self) -> Self:
        """The same once more, to be changed apart."""
        other = type(self)()
        other.__dict__ |= {
            name: part.copy() if hasattr(part, "copy") else part
            for name, part in self.__dict__.items()
        }
        return other

    def put(self, rows: Iterable[Row[Any]], gone: Sequence[int]) -> None:
        """Take in packages as they now are, and let go those that are gone."""
        self._lists, self._counts, self.hits = {}, {}, {}
        for number in gone:
            self._remove(number)
        ids, names, titles = {}, {}, {}
        for some in batched(rows, AT_ONCE):
            self._put(some)
            for row in some:
                ids[row.number], names[row.number] = row.id, row.name
                titles[row.number] = row.title_key
        self.ids.put(ids)
        self.names.put(names)
        self.titles.put(titles)

    def keep(self, hits: Mapping[Ask, Numbers]) -> None:
        """Keep what the text index found until the next change, if it is of this one."""
        if self.asked_at == self.change:
            if sum(map(len, self.hits.values())) > MOST_KEPT:
                self.hits = {}
            self.hits |= hits

    def visible(self, sight: Sight) -> Mask:
        """The packages that somebody may see; the rule is `authorization.sight`'s."""
        states, private = self.states[: self.size], self.private[: self.size]
        active = states == STATES.index("active")
        mask: Mask = active & ~private
        if sight.private != frozenset():
            mask |= active & self._owned(sight.private)
        hidden = [STATES.index(state) for state in sight.states]
        if hidden:
            mask |= np.isin(states, hidden) & self._owned(sight.hidden)
        return mask

    def listed(self, sight: Sight) -> list[str]:
        """The names of the packages that somebody may see, in order; not to be changed."""
        if sight not in self._lists:
            if len(self._lists) > 8:
                self._lists = {}
            self._lists[sight] = self.names.listed(self.visible(sight))
        names: list[str] = self._lists[sight]
        return names

    def counts(self, field: str, mask: Mask) -> dict[str, int]:
        """How many of some packages have each value of a field; only those that any has."""
        known = self.terms.fields.get(field, {})
        counts = self.terms.counts(mask, [field])
        return {value: int(counts[code]) for value, code in known.items() if counts[code]}

    def counted(self, field: str, sight: Sight) -> dict[str, int]:
        """The counts of what somebody may see, kept until the next change; not to be changed."""
        key = (field, sight)
        if key not in self._counts:
            if len(self._counts) > 32:
                self._counts = {}
            self._counts[key] = self.counts(field, self.visible(sight))
        return self._counts[key]

    def _owned(self, owners: frozenset[str] | None) -> Mask:
        if owners is None:
            return np.ones(self.size, np.bool_)
        codes = [self._owners[owner] for owner in owners if owner in self._owners]
        return np.isin(self.owners[: self.size], codes)

    def _grow(self, size: int) -> None:
        self.size = max(self.size, size)
        for name in ("states", "private", "owners", "created", "modified", "title_words"):
            setattr(self, name, grown(getattr(self, name), self.size))

    def _put(self, rows: Sequence[Row[Any]]) -> None:
        numbers = [row.number for row in rows]
        self._grow(max(numbers) + 1)
        owners = self._owners
        self.states[numbers] = [STATES.index(row.state) for row in rows]
        self.private[numbers] = [row.private for row in rows]
        self.owners[numbers] = [owners.setdefault(row.owner_id, len(owners) + 1) for row in rows]
        self.created[numbers] = _microseconds([row.metadata_created for row in rows])
        self.modified[numbers] = _microseconds([row.metadata_modified for row in rows])
        kept = [orjson.loads(row.terms) for row in rows]
        self.title_words[numbers] = [each["title_words"] for each in kept]
        self.shapes.put({n: each.get("spatial") for n, each in zip(numbers, kept, strict=True)})
        fields = (_own(row) | each["fields"] for row, each in zip(rows, kept, strict=True))
        self.terms.put(dict(zip(numbers, fields, strict=True)))

    def _remove(self, number: int) -> None:
        if number >= self.size:
            return
        self.states[number] = 0
        self.terms.remove(number)
        self.shapes.put({number: None})
        for order in (self.ids, self.names, self.titles):
            order.put({number: None})


def _own(row: Row[Any]) -> dict[str, Sequence[str]]:
    """The values of a package that its row has."""
    return {
        "state": (row.state,),
        "capacity": ("private" if row.private else "public",),
        "dataset_type": (row.type,),
        "owner_org": (row.owner_id,),
        "creator_user_id": (row.creator_id,),
    }


def _microseconds(times: Sequence[str]) -> Ints:
    return np.array(times, "datetime64[us]").astype(np.int64)


class _Shared:
    """The index that all callers of an engine share, and the lock to look at it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.index = Index()

    def follow(self, connection: Connection) -> Index:
        """The index as the connection sees the catalog; called with the lock.

        A reader that began before the last change gets the newer index: what it then reads from
        its connection must say itself whether it may be seen.
        """
        change = self.index.asked_at = connection.scalars(_REVISION).one()
        if change <= self.index.change:
            return self.index
        query = _ROWS.where(_c.change > self.index.change) if self.index.change >= 0 else _ALL_ROWS
        rows: Any = connection.execute(query)
        gone = list(connection.scalars(_GONE, {"change": self.index.change}))
        if connection.get_execution_options().get("read_only"):
            self.index.put(rows, gone)
            self.index.change = change
            return self.index
        written = list(rows)
        if not written and not gone:
            return self.index
        own = self.index.copy()
        own.put(written, gone)
        return own


_shared: WeakKeyDictionary[Engine, _Shared] = WeakKeyDictionary()
_sharing = threading.Lock()


@contextmanager
def reading(call: Call) -> Iterator[Index]:
    """Lend the index as the call sees the catalog; nobody else uses it meanwhile."""
    with _sharing:
        shared = _shared.setdefault(call.connection.engine, _Shared())
    with shared.lock:
        yield shared.follow(call.connection)


def counts(call: Call, field: str, **hidden: bool) -> dict[str, int]:
    """How many packages that the caller may see have each value of a field.

    Fields are those of package_search: `organization`, `groups`, `tags`, `res_format` …; `hidden`
    are `private`, `drafts`, `deleted`, as in `authorization.sight`. Not to be changed.
    """
    sight = authorization.sight(call, **hidden)
    with reading(call) as index:
        return index.counted(field, sight)


def names(call: Call, sight: Sight) -> list[str]:
    """The names of the packages that may be seen, in order; not to be changed."""
    with reading(call) as index:
        return index.listed(sight)


def carrying(call: Call, tags: Collection[str]) -> list[int]:
    """The numbers of the packages, in whatever state, that carry a tag of a name; newest first."""
    with reading(call) as index:
        fields = [
            name for name in index.terms.fields if name == "tags" or name.startswith("vocab_")
        ]
        known = [index.terms.fields[name] for name in fields]
        codes = [codes[tag] for codes in known for tag in tags if tag in codes]
        numbers = np.flatnonzero(index.terms.having(codes, index.size))
        newest: list[int] = numbers[np.argsort(-index.modified[numbers], kind="stable")].tolist()
        return newest
