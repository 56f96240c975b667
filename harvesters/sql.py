"""Views of a database: PostgreSQL with or without PostGIS, or a file of SQLite."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from datasets.errors import ConfigError, HarvestError
from datasets.record import Collected, Distribution, Known, Page, Record
from datasets.section import Section
from datasets.text import ENGLISH, Text
from harvesters.features.cells import cell, geometry, member
from harvesters.features.database import Database, address, one_select, quoted
from harvesters.features.made import feature_file, table_file
from harvesters.features.paging import made, new_file
from harvesters.fetching.http import Fetched, Http
from harvesters.sources import collecting
from harvesters.sources.source import Name, Source

MAX_COLUMNS = 500
FIRST = 1_000  # rows that are looked at for the system of their geometries
DEGREES = "EPSG:4326"
_TYPES = {"csv": "text/csv", "geojson": "application/geo+json"}

type Row = Sequence[Any]


def _listed(said: Any) -> Any:
    return [said] if isinstance(said, str) else said


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One name, or several."""


class View(Section):
    """A query, or the name of a table or view, that is a dataset of one file.

    Rows are in the order of `key`, which no two of them share. With a `geometry` (WKT, WKB or a
    column of PostGIS) it is a layer in the system `crs`, else in the one that the geometries say.
    """

    name: Name
    title: str = ""
    title_en: str = ""
    description: str = ""
    license: str = ""
    query: Annotated[str, AfterValidator(lambda said: said and one_select(said))] = ""
    table: str = ""
    key: Columns
    modified: str = ""
    geometry: str = ""
    crs: str = Field(default="", pattern=r"^(EPSG:[0-9]{4,6})?$")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.query) == bool(self.table):
            raise ValueError("must have a `query` or a `table`, one of both")
        return self

    @property
    def format(self) -> str:
        """The format of its file."""
        return "geojson" if self.geometry else "csv"

    @property
    def rows(self) -> str:
        """What stands in FROM."""
        return f'(\n{self.query}\n) AS "emap"' if self.query else quoted(self.table)

    @property
    def selection(self) -> str:
        """The statement that gives its rows in order."""
        order = ", ".join(quoted(name) for name in self.key)
        return f"SELECT * FROM {self.rows} ORDER BY {order}"  # noqa: S608 - config.yml's own

    @property
    def stamp(self) -> str:
        """The statement that tells whether rows changed: the last change, and how many."""
        return f"SELECT max({quoted(self.modified)}), count(*) FROM {self.rows}"  # noqa: S608


class Sql(Source):
    """Each of `views` is a dataset, read in a transaction that can only read.

    `url` is SQLAlchemy's, without the password, which is in the variable `secret_env` of the
    environment or in the file `secret_file`. A statement may take `timeout_s`, a view have
    `max_rows`.
    """

    organization: Name
    url: Annotated[str, AfterValidator(address)]
    secret_env: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    secret_file: Path | None = None
    views: tuple[View, ...] = Field(min_length=1)
    timeout_s: float = Field(default=300, gt=0)
    max_rows: int = Field(default=1_000_000, gt=0)

    @property
    def address(self) -> str:
        """Nothing: where a database is concerns nobody outside."""
        return ""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the views; raises HarvestError when the database does not let us in."""
        with self._database().reading():
            records = tuple(map(self._record, self.views))
        yield Page(records, total=len(records))

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Read the view anew; raises HarvestError when it does not come whole."""
        return collecting.collect(self, record, known, http, into, whole=self.files != "none")

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Write all rows of a view into one file."""
        view = next((each for each in self.views if each.name == record.remote_id), None)
        if view is None:
            raise HarvestError(f"config.yml has no view {record.remote_id!r} any more", "gone")
        write = _write_layer if view.geometry else _write_table
        with new_file(into, f"{view.name}.{view.format}") as path:
            with self._database().reading() as reading:
                rows = self._checked(view, reading.rows(view.selection))
                write(view, rows, path, http.max_bytes)
            return made(path, "", _TYPES[view.format])

    def _record(self, view: View) -> Record:
        translated = {ENGLISH: view.title_en} if view.title_en else {}
        distribution = Distribution(
            key=view.name,
            name=view.name,
            format=view.format,
            crs=view.crs,
            hints={"statement": view.selection},
        )
        return Record(
            remote_id=view.name,
            title=Text(view.title or view.name, translated),
            name=view.name,
            notes=Text(view.description),
            license_id=view.license,
            modified=self._stamp(view) if view.modified else "",
            distributions=(distribution,),
        )

    def _stamp(self, view: View) -> str:
        """Tell when a view was last changed; a query that fails is told when it is read."""
        try:
            with self._database().reading() as reading:
                _, (last, count) = reading.rows(view.stamp)
        except HarvestError as error:
            if error.transient:
                raise
            return ""
        return f"{cell(last)} {count}"

    def _checked(self, view: View, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the names, then the rows; raises HarvestError for what is no file of rows."""
        names = next(rows)
        _refuse_names(view, names)
        places = [names.index(name) for name in view.key]
        yield names
        before: tuple[Any, ...] = ()
        for count, row in enumerate(rows, 1):
            key = tuple(row[place] for place in places)
            if key == before:
                said = ", ".join(str(cell(part)) for part in key)[:200]
                raise HarvestError(
                    f"view {view.name!r}: two rows have the key {said!r}: name more columns in"
                    " `key`",
                    "identity-twice",
                    id=said,
                )
            if count > self.max_rows:
                raise HarvestError(
                    f"view {view.name!r}: more than {self.max_rows} rows: choose fewer, or raise"
                    " max_rows",
                    "too-many",
                )
            before = key
            yield row

    def _database(self) -> Database:
        return Database(self.url, self._secret(), self.timeout_s)

    def _secret(self) -> str:
        """The password, empty where none is needed; raises ConfigError."""
        if not (self.secret_env or self.secret_file):
            return ""
        where = f"variable {self.secret_env}" if self.secret_env else f"file {self.secret_file}"
        try:
            kept = (
                os.environ.get(self.secret_env, "")
                if self.secret_env
                else (self.secret_file or Path()).read_text(encoding="utf-8").partition("\n")[0]
            ).strip()
        except (OSError, UnicodeError):
            kept = ""
        if not kept:
            raise ConfigError(f"source {self.name!r}: no password in the {where}")
        return kept


def _refuse_names(view: View, names: Row) -> None:
    """Refuse columns that no file can have, and a key or geometry that is no column."""
    twice = sorted({name for name in names if names.count(name) > 1})
    wanted = (*view.key, *filter(None, (view.geometry,)))
    missing = [name for name in wanted if name not in names]
    if missing:
        said = f"there is no column {missing[0]!r}"
    elif twice:
        said = f"two columns are called {twice[0]!r}"
    elif len(names) > MAX_COLUMNS:
        said = f"{len(names)} columns, and {MAX_COLUMNS} is the limit"
    else:
        return
    raise HarvestError(f"view {view.name!r}: {said}: correct it in config.yml", "query", said=said)


def _write_table(view: View, rows: Iterator[Row], path: Path, max_bytes: int) -> None:
    with table_file(path, view.name, max_bytes, next(rows)) as add:
        for row in rows:
            add([cell(value) for value in row])


def _write_layer(view: View, rows: Iterator[Row], path: Path, max_bytes: int) -> None:
    names = next(rows)
    place = names.index(view.geometry)
    first = list(islice(rows, FIRST))
    crs = view.crs or _crs(view, (row[place] for row in first))
    columns = [(i, name) for i, name in enumerate(names) if i != place]
    with feature_file(path, view.name, max_bytes, "" if crs == DEGREES else crs) as add:
        for row in chain(first, rows):
            shape, srid = _geometry(view, row[place])
            if not view.crs and srid and f"EPSG:{srid}" != crs:
                raise _wrong(view, f"geometries in EPSG:{srid} and in {crs}; give `crs`")
            add(shape, {name: member(row[i]) for i, name in columns})


def _crs(view: View, values: Iterable[Any]) -> str:
    """The system that the first geometries say they are in; degrees, if none says so."""
    said = (srid for _, srid in (_geometry(view, value) for value in values) if srid)
    return f"EPSG:{next(said, 4326)}"


def _geometry(view: View, value: Any) -> tuple[bytes, int]:
    try:
        return geometry(value)
    except ValueError as error:
        raise _wrong(view, f"column {view.geometry!r} holds no WKT and no WKB ({error})") from None


def _wrong(view: View, said: str) -> HarvestError:
    return HarvestError(f"view {view.name!r}: {said}", "wrong-answer", wanted="WKT, WKB")
