"""CQL2 over the records: what a filter may ask of them is a table in memory, one a revision.

It is laid out as the layers are, so that their SQL answers and a filter means the same in both.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import orjson
import shapely

from datasets.model import Column
from geoportal.ogc.asked import Asked
from geoportal.ogc.record import RECORDS, record
from geoportal.registry import View
from publish.cql2 import Expression, functions
from publish.cql2.dialects import Sqlite
from publish.cql2.sql import condition
from publish.layers import geojson, sqlite
from publish.layers.crs import CRS84
from publish.layers.manifest import Manifest

AT_ONCE = 1000
MOST_S = 5.0
"""So long one filter may take."""

type Record = Mapping[str, Any]
type Row = tuple[str | None, ...]

COLUMNS = (
    Column("id", "Identifier", "string"),
    Column("name", "Name", "string"),
    Column("type", "Type", "string"),
    Column("title", "Title", "string"),
    Column("description", "Description", "string"),
    Column("created", "Created", "datetime"),
    Column("updated", "Updated", "datetime"),
    Column("license", "License", "string"),
    Column("keywords", "Keywords", "string[]"),
    Column("formats", "Formats", "string[]"),
    Column("externalIds", "External identifiers, scheme:value", "string[]"),
    Column("time_begin", "First day", "date"),
    Column("time_end", "Last day", "date"),
)
"""What a filter may ask of a record, besides its geometry; words are in the request's language."""

MANIFEST = Manifest(
    layer=RECORDS,
    dataset="",
    resource="",
    geometry_type="Geometry",
    features=0,
    without_geometry=0,
    bbox_lonlat=None,
    columns=COLUMNS,
    id_column="id",
    crs=CRS84,
    operation="",
    files={},
)
"""The records as a filter is checked against them."""


class Rows:
    """The records as rows that a filter can be asked of."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.deserialize(_laid_out(list(records)))
        functions.teach(self._connection)

    def ids(self, expression: Expression) -> list[str]:
        """The ids of the records that a checked filter is true of; raises TimeoutError."""
        where, bound = condition(expression, MANIFEST, Sqlite())
        with self._limited() as connection:
            found = connection.execute(f"select fid from a where {where}", bound)
            return [each for (each,) in found]

    @contextmanager
    def _limited(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            end = time.monotonic() + MOST_S
            self._connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
            try:
                yield self._connection
            except sqlite3.OperationalError as error:
                if "interrupted" not in str(error):
                    raise
                raise TimeoutError(f"records: no answer within {MOST_S} s") from None


def row(one: Record) -> Row:
    """The values of COLUMNS: times in UTC without an offset, lists as JSON, None for what is not.

    A time that goes on has no end.
    """
    about = one["properties"]
    begin, end = (one["time"] or {"interval": ["..", ".."]})["interval"]
    lists = {
        "keywords": about.get("keywords"),
        "formats": [each["name"] for each in about.get("formats", ())],
        "externalIds": [f"{e['scheme']}:{e['value']}" for e in about.get("externalIds", ())],
    }
    said = {
        **about,
        **{name: orjson.dumps(items).decode() if items else None for name, items in lists.items()},
        **{name: about[name].removesuffix("Z") for name in ("created", "updated")},
        "id": one["id"],
        "time_begin": None if begin == ".." else begin[:10],
        "time_end": None if end == ".." else end[:10],
    }
    return tuple(said.get(column.name) for column in COLUMNS)


def _laid_out(records: Sequence[Record]) -> bytes:
    """A database of records as one of a layer; it is made in one thread and asked in others."""
    connection = sqlite.create(Path(":memory:"), COLUMNS)
    with closing(connection):
        if records:
            ids, values = [one["id"] for one in records], [row(one) for one in records]
            places = [one["geometry"] and orjson.dumps(one["geometry"]) for one in records]
            shapes = shapely.from_geojson(np.array(places, dtype=object))
            features = geojson.fragments(ids, shapes, (), [()] * len(ids))
            sqlite.insert(connection, 1, ids, values, shapely.bounds(shapes), features)
            sqlite.insert_items(connection, 1, COLUMNS, values)
        connection.execute("commit")
        return connection.serialize()


def rows(asked: Asked) -> Rows:
    """The public records in the request's language, as they are at the revision that it sees."""
    with _making:
        known = _known.setdefault(asked.view, {})
        if asked.language not in known:
            known[asked.language] = Rows(_records(asked))
        return known[asked.language]


_making = threading.Lock()
_known: WeakKeyDictionary[View, dict[str, Rows]] = WeakKeyDictionary()


def _records(asked: Asked) -> Iterator[Record]:
    catalog, start = asked.portal.catalog.as_user(None), 0
    while True:
        given = {"rows": AT_ONCE, "start": start, "sort": "name asc"}
        found = catalog.call_action("package_search", given)["results"]
        yield from (record(asked, package) for package in found)
        start += AT_ONCE
        if len(found) < AT_ONCE:
            return
