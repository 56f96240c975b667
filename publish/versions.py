"""The rows of versions and the one pointer that says which of them is public.

Every surface (CKAN API, OGC collections, tiles, downloads, pages) reads this pointer, and it moves
in one transaction together with the package. `revision` counts the moves, so that a server knows
with one small SELECT whether anything changed.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    update,
)

from datasets.errors import NotFound, PublishError
from datasets.model import Layer, Report, Resource, Version
from datasets.names import resource_id
from publish.database import commits, metadata, reading, writing

VERSION = Table(
    "version",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("dataset", "fingerprint"),
)
CURRENT = Table(
    "current",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("id", Text, nullable=False, index=True),  # a name may go from dataset to dataset
    Column("number", Integer, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("source", Text, nullable=False, index=True),
    Column("seen", Text, nullable=False),  # the fingerprint last seen at the source
)
TILES = Table(
    "tiles",
    metadata,
    Column("layer_sha", Text, primary_key=True),
    Column("file", Text, nullable=False),
)
REFUSAL = Table(
    "refusal",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
REVISION = Table("revision", metadata, Column("number", Integer, nullable=False))

_REVISION = select(REVISION.c.number)
# Made once: to put a statement together takes as long as to run it.
_POINTER = select(CURRENT).where(CURRENT.c.dataset == bindparam("wanted"))
_POINT = update(CURRENT).where(CURRENT.c.dataset == bindparam("wanted"))
_HIGHEST = select(func.max(VERSION.c.number)).where(VERSION.c.dataset == bindparam("wanted"))
_SAME = select(VERSION.c.number).where(
    VERSION.c.dataset == bindparam("wanted"), VERSION.c.fingerprint == bindparam("made_of")
)
_FORGET = delete(REFUSAL).where(REFUSAL.c.dataset == bindparam("wanted"))
_MOVE = update(REVISION).values(number=REVISION.c.number + 1)


@event.listens_for(REVISION, "after_create")
def _start_to_count(_table: object, connection: Connection, **_: object) -> None:
    connection.execute(insert(REVISION).values(number=0))


_VERSION = TypeAdapter(Version)


FRESH_S = 0.05
"""So long a revision is taken for the present one, if this process has written nothing since."""


@dataclass(frozen=True, slots=True)
class Look:
    """A revision, the last commit of this process when it was looked up, and the clock then."""

    revision: int
    commit: object
    at_s: float


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version of a dataset is current, and what its source last showed."""

    dataset: str
    id: str
    number: int
    public: bool
    source: str
    seen: str


class Versions:
    """Versions, pointers, tile archives and refusals, in the catalog's database.

    Methods that write take the connection of the transaction they belong to.
    """

    def __init__(self, engine: Engine, bound: Connection | None = None) -> None:
        self.engine, self._bound = engine, bound
        self._watching = threading.Lock()
        self._watch: Connection | None = None
        self._looked = Look(-1, object(), 0.0)

    def within(self, connection: Connection) -> "Versions":
        """Give these on one open connection, so that they read what it wrote."""
        return Versions(self.engine, connection)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that reads; the one that these are lent on, where there is one."""
        return reading(self.engine) if self._bound is None else nullcontext(self._bound)

    def glimpse(self) -> int | None:
        """The revision, where nobody need wait for it; None where a server must be asked.

        What this process wrote is always seen; what another wrote, `FRESH_S` later at the latest.
        """
        look = self._looked
        unwritten = commits(self.engine).last is look.commit
        if unwritten and time.monotonic() - look.at_s < FRESH_S:
            return look.revision
        if self.engine.dialect.name != "sqlite":
            return None
        with contextlib.suppress(PublishError):  # who asks for `revision` is told
            return self._look()
        return None

    def revision(self) -> int:
        """How often anything public has changed, as `glimpse` has it or the database.

        Asked on every request, so a connection is kept for it: 15 µs instead of 75.
        """
        known = self.glimpse()
        return self._look() if known is None else known

    def _look(self) -> int:
        with self._watching:
            commit, at_s = commits(self.engine).last, time.monotonic()  # both before the question
            revision = self._asked()
            self._looked = Look(revision, commit, at_s)
            return revision

    def _asked(self) -> int:
        try:
            return self._counted()
        except PublishError:
            if self._watch is None or not self._watch.invalidated:
                raise
            self._watch.close()  # the server closed it: the next one may be better
            self._watch = None
            return self._counted()

    def _counted(self) -> int:
        if self._watch is None:
            self._watch = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return int(self._watch.execute(_REVISION).scalar_one())

    def close(self) -> None:
        """Give all connections back and close them."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self.engine.dispose()

    def pointer(self, dataset: str) -> Pointer | None:
        """The pointer of a dataset, public or withdrawn."""
        with self.reading() as connection:
            row = connection.execute(_POINTER, {"wanted": dataset}).first()
        return Pointer(**row._mapping) if row else None

    def pointers(self, source: str | None = None) -> list[Pointer]:
        """All pointers, or those of one source, by dataset name."""
        query = select(CURRENT).order_by(CURRENT.c.dataset)
        if source is not None:
            query = query.where(CURRENT.c.source == source)
        with self.reading() as connection:
            return [Pointer(**row._mapping) for row in connection.execute(query)]

    def current(self, dataset: str) -> Version | None:
        """The public version of a dataset; None if there is none or it was withdrawn."""
        pointer = self.pointer(dataset)
        return self.get(dataset, pointer.number) if pointer and pointer.public else None

    def get(self, dataset: str, number: int) -> Version:
        """One version; raises NotFound."""
        where = (VERSION.c.dataset == dataset) & (VERSION.c.number == number)
        with self.reading() as connection:
            body = connection.execute(select(VERSION.c.body).where(where)).scalar()
        if body is None:
            raise NotFound(f"dataset {dataset!r} has no version {number}")
        return _parsed(body)

    def history(self, dataset: str) -> list[Version]:
        """All versions of a dataset, the first one first."""
        query = (
            select(VERSION.c.body).where(VERSION.c.dataset == dataset).order_by(VERSION.c.number)
        )
        with self.reading() as connection:
            return [_parsed(body) for body in connection.scalars(query)]

    def public(self) -> tuple[int, list[Version]]:
        """The revision and all public versions, both of one moment."""
        joined = VERSION.join(
            CURRENT,
            (CURRENT.c.dataset == VERSION.c.dataset) & (CURRENT.c.number == VERSION.c.number),
        )
        query = select(VERSION.c.body).select_from(joined).where(CURRENT.c.public)
        with self.reading() as connection:
            revision = int(connection.execute(select(REVISION.c.number)).scalar_one())
            bodies = connection.scalars(query.order_by(VERSION.c.dataset)).all()
        return revision, [_parsed(body) for body in bodies]

    def reachable(self, newest: int) -> Iterator[Version]:
        """The public version of every dataset, and so many of its newest ones."""
        top = select(VERSION.c.dataset, func.max(VERSION.c.number).label("number"))
        last = top.group_by(VERSION.c.dataset).subquery()
        joined = VERSION.join(CURRENT, CURRENT.c.dataset == VERSION.c.dataset).join(
            last, last.c.dataset == VERSION.c.dataset
        )
        shown = VERSION.c.number == CURRENT.c.number
        query = select(VERSION.c.body).select_from(joined)
        query = query.where(CURRENT.c.public, shown | (VERSION.c.number > last.c.number - newest))
        with self.reading() as connection:
            for body in connection.scalars(query):
                yield _VERSION.validate_json(body)  # not kept: it may be all that there are

    def numbers(self) -> tuple[int, dict[str, int]]:
        """The revision, and the public version of every dataset, both of one moment."""
        query = select(CURRENT.c.dataset, CURRENT.c.number).where(CURRENT.c.public)
        with self.reading() as connection:
            revision = int(connection.execute(select(REVISION.c.number)).scalar_one())
            rows = connection.execute(query.order_by(CURRENT.c.dataset))
            return revision, {row.dataset: row.number for row in rows}

    def currents(self, datasets: Sequence[str]) -> dict[str, Version]:
        """The public versions of some datasets, of those that have one."""
        same = (CURRENT.c.dataset == VERSION.c.dataset) & (CURRENT.c.number == VERSION.c.number)
        query = select(VERSION.c.body).join(CURRENT, same)
        query = query.where(CURRENT.c.public, VERSION.c.dataset.in_(datasets))
        with self.reading() as connection:
            found = map(_parsed, connection.scalars(query))
            return {version.dataset: version for version in found}

    def archives(self) -> dict[str, str]:
        """The finished tile archives: file name by layer hash."""
        with self.reading() as connection:
            return {row.layer_sha: row.file for row in connection.execute(select(TILES))}

    def is_tiled(self, layer_sha: str) -> bool:
        """Tell whether the tile archive of a layer is finished."""
        with self.reading() as connection:
            query = select(TILES.c.file).where(TILES.c.layer_sha == layer_sha)
            return connection.execute(query).first() is not None

    def numbered(self, connection: Connection, dataset: str, fingerprint: str) -> tuple[int, bool]:
        """The number for this fingerprint, and whether it is new: equal ones share a version."""
        known = connection.scalar(_SAME, {"wanted": dataset, "made_of": fingerprint})
        if known is not None:
            return int(known), False
        highest = connection.scalar(_HIGHEST, {"wanted": dataset})
        return int(highest or 0) + 1, True

    def add(self, connection: Connection, version: Version) -> None:
        """Write the row of a new version."""
        body = _VERSION.dump_json(version).decode()
        values = {
            "dataset": version.dataset,
            "number": version.number,
            "fingerprint": version.fingerprint,
            "body": body,
        }
        connection.execute(insert(VERSION), values)

    def rebuilt(self, connection: Connection, version: Version, layers: Sequence[Layer]) -> Version:
        """Note that the layers of a version were built again; gives it with them.

        It shows the same, and has another hash where another program made it.
        """
        if version.layers == tuple(layers):
            return version
        version = replace(version, layers=tuple(layers))
        where = (VERSION.c.dataset == version.dataset) & (VERSION.c.number == version.number)
        body = _VERSION.dump_json(version).decode()
        connection.execute(update(VERSION).where(where).values(body=body))
        return version

    def point(self, connection: Connection, version: Version, seen: str | None = None) -> bool:
        """Make a version the public one; tells whether there was one before, public or withdrawn.

        `seen` is what the source shows now, if it was asked; so it is for a first version.
        """
        self.forget_refusal(connection, version.dataset)
        values: dict[str, Any] = {"number": version.number, "public": True}
        if seen is not None:
            values |= {"id": version.package["id"], "seen": seen, "source": version.source}
        known = bool(connection.execute(_POINT, {"wanted": version.dataset, **values}).rowcount)
        if not known:
            connection.execute(insert(CURRENT), {"dataset": version.dataset, **values})
        moved(connection)
        return known

    def withdraw(self, connection: Connection, dataset: str) -> None:
        """Take a dataset off every public surface; its versions stay."""
        connection.execute(update(CURRENT).where(CURRENT.c.dataset == dataset).values(public=False))
        moved(connection)

    def tiled(self, layer_sha: str, file: str) -> None:
        """Note that the tile archive of a layer is finished."""
        with writing(self.engine) as connection:
            connection.execute(delete(TILES).where(TILES.c.layer_sha == layer_sha))
            connection.execute(insert(TILES).values(layer_sha=layer_sha, file=file))
            moved(connection)

    def untiled(self, layer_sha: str) -> None:
        """Note that a layer has no tile archive any more: the next run builds it."""
        with writing(self.engine) as connection:
            connection.execute(delete(TILES).where(TILES.c.layer_sha == layer_sha))
            moved(connection)

    def refuse(self, connection: Connection, refusal: "Refusal") -> None:
        """Keep why a dataset was not published, until it is."""
        self.forget_refusal(connection, refusal.dataset)
        body = TypeAdapter(Refusal).dump_json(refusal).decode()
        connection.execute(insert(REFUSAL).values(dataset=refusal.dataset, body=body))

    def forget_refusal(self, connection: Connection, dataset: str) -> None:
        """Drop what was kept of a refusal: the source took the fault back."""
        connection.execute(_FORGET, {"wanted": dataset})

    def refusal(self, dataset: str) -> "Refusal | None":
        """Why a dataset was not published when it last came; None if it was."""
        query = select(REFUSAL.c.body).where(REFUSAL.c.dataset == dataset)
        with self.reading() as connection:
            body = connection.execute(query).scalar()
        return TypeAdapter(Refusal).validate_json(body) if body else None

    def refusals(self) -> list["Refusal"]:
        """All refusals, by dataset name."""
        query = select(REFUSAL.c.body).order_by(REFUSAL.c.dataset)
        with self.reading() as connection:
            return [TypeAdapter(Refusal).validate_json(b) for b in connection.scalars(query)]


def tables_of(connection: Connection, dataset_id: str) -> Mapping[str, str]:
    """The typed tables of a dataset's public version: sha256 of the blob by resource id."""
    version = _public(connection, dataset_id)
    tables = version.tables if version else {}
    return {resource_id(dataset_id, name): sha for name, sha in tables.items()}


def files_of(connection: Connection, dataset_id: str) -> Mapping[str, Resource]:
    """The publisher's files of a dataset's public version, by resource id."""
    version = _public(connection, dataset_id)
    files = version.resources if version else ()
    return {resource_id(dataset_id, file.name): file for file in files}


def _public(connection: Connection, dataset_id: str) -> Version | None:
    joined = VERSION.join(
        CURRENT,
        (CURRENT.c.dataset == VERSION.c.dataset) & (CURRENT.c.number == VERSION.c.number),
    )
    query = select(VERSION.c.body).select_from(joined)
    body = connection.scalar(query.where(CURRENT.c.id == dataset_id, CURRENT.c.public))
    return None if body is None else _parsed(body)


def moved(connection: Connection) -> None:
    """Count that something public has changed, in the transaction that changes it."""
    connection.execute(_MOVE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a dataset is not public as it last came: refused by its report, or held for a person."""

    dataset: str
    id: str
    title: str
    organization: str
    source: str
    when: str
    action: str
    reason: str
    report: Report


@functools.lru_cache(4096)
def _parsed(body: str) -> Version:
    """A version never changes, so each is parsed once."""
    return _VERSION.validate_json(body)
