"""Reading a layer that is kept in PostGIS: one statement for each question."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
import psycopg

from datasets.model import BBox, Layer
from publish.layers import webmercatorquad
from publish.layers.backends.postgis import query as sql
from publish.layers.backends.postgis.connections import Pool, Row, table_of
from publish.layers.backends.postgis.tile import NAME_BYTES, tile
from publish.layers.features import TIMEOUT_S, Features, Keys, check_page, counts, identity
from publish.layers.geojson import FeatureId, Value
from publish.layers.integrity import parquet
from publish.layers.labels import in_tiles
from publish.layers.query import Query

MOST_AHEAD = 1000
"""The largest page of which more may be read than is shown."""


class PostgisFeatures(Features):
    """The features of a layer's folder whose table is in a database."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        super().__init__(folder)
        self.pool = pool

    def page(
        self,
        query: Query,
        *,
        after: int | None = None,
        offset: int = 0,
        limit: int,
        timeout_s: float = TIMEOUT_S,
    ) -> list[tuple[int, bytes]]:
        """Key and fragment of the features that match."""
        check_page(query, offset, after, limit)
        start = after or 0
        if query == Query():  # keys are 1, 2, 3 …: an offset is a key
            start, offset = start + offset, 0
        if start > self.manifest.features:
            return []
        table = table_of(self.folder)
        statement, bound = sql.select(query, self.manifest, table, start, offset, limit)
        return cast("list[tuple[int, bytes]]", self.rows_of(statement, bound, timeout_s))

    def counted_page(
        self, query: Query, *, offset: int = 0, limit: int, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, list[tuple[int, bytes]]]:
        """How many features match in all, and a page of them.

        Somewhat more is read than asked for: if that is all, there is nothing to count.
        """
        is_known = query.matches_all or (self.folder, query.digest) in counts
        more = limit if is_known or limit > MOST_AHEAD else limit + limit // 4
        matched, page = super().counted_page(query, offset=offset, limit=more, timeout_s=timeout_s)
        return matched, page[:limit]

    def counted(self, query: Query, timeout_s: float) -> int:
        """How many features match, by looking."""
        statement, bound = sql.count(query, self.manifest, table_of(self.folder))
        [(count,)] = self.rows_of(statement, bound, timeout_s)
        return int(count)

    def keys(self, query: Query, *, timeout_s: float = TIMEOUT_S) -> Keys:
        """The keys of all features that match."""
        statement, bound = sql.keys(query, self.manifest, table_of(self.folder))
        rows = self.rows_of(statement, bound, timeout_s)
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def feature(self, fid: str) -> bytes | None:
        """One feature by its id."""
        key = identity(fid, self.manifest.id_type)
        if key is None:
            return None
        statement = f"select feature from {table_of(self.folder)} where fid = %(fid)s"
        found = self.rows_of(statement, {"fid": key}, TIMEOUT_S)
        return found[0][0] if found else None

    def candidates(
        self, bbox: BBox, most: int, most_bytes: int
    ) -> Sequence[tuple[FeatureId, bytes, *tuple[Value, ...]]] | None:
        """Id, fragment and attributes of all features whose box touches a box."""
        table, bound = table_of(self.folder), sql.corners([bbox])
        sizes = sql.boxed("length(a.feature) size", table, most + 1)
        statement = f"select count(*), coalesce(sum(size), 0)::bigint from ({sizes}) b"
        [(features, size_bytes)] = self.rows_of(statement, bound, TIMEOUT_S)
        if features > most or size_bytes > most_bytes:
            return None
        columns = "".join(f", a.c{i}" for i in range(len(self.manifest.columns)))
        rows = self.rows_of(sql.boxed(f"a.fid, a.feature{columns}", table, most), bound, TIMEOUT_S)
        return [(fid, feature, *map(_plain, values)) for fid, feature, *values in rows]

    def tile(self, layer: Layer, z: int, x: int, y: int, cap: int) -> bytes | None:
        """The tile as PostGIS draws it, or as we do where a name is too long for PostgreSQL."""
        webmercatorquad.check(z, x, y)
        if any(len(column.name) > NAME_BYTES for column in in_tiles(layer.columns)):
            return super().tile(layer, z, x, y, cap)
        table, id_type = table_of(self.folder), self.manifest.id_type
        statement, bound = tile(layer, id_type, table, (z, x, y), cap)
        [(is_too_much, drawn)] = self.rows_of(statement, bound, TIMEOUT_S)
        return None if is_too_much else drawn

    def rows_of(self, statement: str, bound: sql.Bound, timeout_s: float) -> list[Row]:
        """The rows of a statement about the layer's table."""
        try:
            return self.pool.rows(statement, bound, timeout_s)
        except psycopg.errors.UndefinedTable:
            self._keep_again()
            return self.pool.rows(statement, bound, timeout_s)
        except TimeoutError as error:
            raise TimeoutError(f"layer {self.folder.name}: {error}") from None

    def _keep_again(self) -> None:
        """Make a table that was lost out of layer.parquet; who asks meanwhile waits for it."""
        from publish.layers.backends.postgis.table import keep  # noqa: PLC0415 - pyarrow is large

        parquet(self.folder)
        keep(self.pool.url, self.folder)


def _plain(value: Any) -> Value:
    """A value as the layer's other files have it."""
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value
