"""What a call may bring that nobody has seen yet: a file, rows, a table that somebody wrote."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Protocol

import orjson

from datasets.config import Config
from datasets.errors import EmapError, NotFound, PublishError
from datasets.store import Store
from publish.datastore import table
from publish.datastore.table import Place
from validation.privacy import gate
from validation.privacy.gate import Personal
from validation.sandbox import Sandbox

PIECE_ROWS = 10_000
_two_at_a_time = BoundedSemaphore(2)  # each may take the memory of validation.limits


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, and the SHA-256 of what was looked through."""

    personal: tuple[Personal, ...]
    sha256: str


class Source(Protocol):
    """Something to be looked through; sources with one `key` are the same bytes."""

    @property
    def key(self) -> str:
        """What tells it from others."""

    def seen(self, settings: Mapping[str, Any], sandbox: Sandbox, work: Path) -> Seen:
        """Look through it; `work` is an empty folder."""


type Look = Callable[[Sequence[Source]], dict[str, Seen]]


class Unseen(Exception):  # noqa: N818 - no fault: it says what is to be done first
    """An action needs to know what stands in some sources before it can go on."""

    def __init__(self, sources: Sequence[Source]) -> None:
        super().__init__(", ".join(source.key for source in sources))
        self.sources = sources


def look(sources: Sequence[Source], store: Store, config: Config) -> dict[str, Seen]:
    """Look through some sources in the sandbox; gives what is in each, by its key.

    Raises PublishError where the machine cannot.
    """
    settings = config.validation.privacy.model_dump(mode="json")
    found = {}
    try:
        sandbox = Sandbox(config.validation.limits)
        for source in sources:
            with _two_at_a_time, store.desk("gate") as work:
                found[source.key] = source.seen(settings, sandbox, work)
    except PublishError:
        raise
    except EmapError as error:
        raise PublishError(str(error)) from error
    return found


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file that came, or one that is kept."""

    path: Path
    filename: str
    form: str

    @property
    def key(self) -> str:
        """Its place and how it is read."""
        return f"{self.form}:{self.filename}:{self.path}"

    def seen(self, settings: Mapping[str, Any], sandbox: Sandbox, work: Path) -> Seen:
        """Look through all of its tables and layers."""
        found = gate.in_file(self.path, self.filename, self.form, settings, sandbox, work)
        return Seen(found, _sha256(self.path) if found else "")


@dataclass(frozen=True, slots=True)
class Records:
    """Rows that came with a call, which has no others."""

    labels: Sequence[str]
    records: Sequence[Any]
    key: str = "records"

    def seen(self, settings: Mapping[str, Any], sandbox: Sandbox, work: Path) -> Seen:
        """Look through them."""
        known = [record for record in self.records if isinstance(record, Mapping)]
        rows = ([record.get(label) for label in self.labels] for record in known)
        return _of_rows(self.labels, rows, settings, sandbox, work)


@dataclass(frozen=True, slots=True)
class Draft:
    """A table that somebody wrote, as it is now."""

    path: Path
    key: str

    @classmethod
    def of(cls, path: Path) -> "Draft":
        """Take the table of a file; its key says when it was written last."""
        beside = path.with_name(path.name + "-wal")
        stats = [each.stat() for each in (path, beside) if each.exists()]
        return cls(path, f"{path}:{[(stat.st_mtime_ns, stat.st_size) for stat in stats]}")

    def seen(self, settings: Mapping[str, Any], sandbox: Sandbox, work: Path) -> Seen:
        """Look through its rows."""
        try:
            with table.reading(Place(self.path, immutable=False), sandbox.limits.wall_s) as opened:
                labels = [field.id for field in table.about(opened).fields]
                names = "".join(f", c{i}" for i in range(len(labels)))
                cursor = opened.execute(f"select _id{names} from t order by _id")
                rows = (row[1:] for row in cursor)
                return _of_rows(labels, rows, settings, sandbox, work)
        except NotFound:
            return Seen((), "")
        except TimeoutError as error:
            raise PublishError(str(error)) from None


def _of_rows(
    labels: Sequence[str],
    rows: Iterator[Sequence[Any]],
    settings: Mapping[str, Any],
    sandbox: Sandbox,
    work: Path,
) -> Seen:
    path = work / "rows.jsonl"
    with path.open("wb") as file:
        for piece in batched(rows, PIECE_ROWS):
            columns = [list(map(_text, column)) for column in zip(*piece, strict=True)]
            file.write(orjson.dumps(columns, option=orjson.OPT_APPEND_NEWLINE))
    found = gate.in_rows(labels, path, settings, sandbox, work)
    return Seen(found, _sha256(path) if found else "")


def _text(value: Any) -> str | None:
    """A value as a cell of text has it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
