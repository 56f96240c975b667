"""What of a layer goes into a file: which features, in which CRS, cut to which area."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from datasets.model import Column
from datasets.text import CYRILLIC, Text
from publish.formats._cutting import cut, family
from publish.layers import crs, geojson
from publish.layers.arrays import Geometries
from publish.layers.crs import CRS84
from publish.layers.features import Features
from publish.layers.manifest import Manifest
from publish.layers.query import Query

if TYPE_CHECKING:
    import pyarrow as pa

PAGE = 10_000

type Desk = Callable[[str], AbstractContextManager[Path]]
"""Lends an empty folder for a purpose, which is gone when the block ends, as `Store.desk` does."""


@contextmanager
def temporary(purpose: str) -> Iterator[Path]:
    """Lend an empty folder within the system's for temporary files."""
    with tempfile.TemporaryDirectory(prefix=f"emap-{purpose}-") as folder:
        yield Path(folder)


def nobody(_done: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Selection:
    """Features of one layer, as a file shall hold them; it reads nothing until it is asked to.

    `area`, a polygon in CRS84, leaves out what it does not touch and cuts what it does not hold:
    geometries keep their dimension, so a polygon that only touches it is left out too. `offset`
    and `limit` count what `query` finds. `language` is that of titles; values stay as they are.
    `archive` are the tiles of the whole layer, where they are made. `progress` is told how many
    features were read, again and again; raising in it ends the work. On a `desk` lie files that
    cannot be sent before they are done.
    """

    features: Features
    query: Query = Query()
    crs: str = CRS84
    language: str = CYRILLIC
    title: str = ""
    offset: int = 0
    limit: int | None = None
    area: shapely.Geometry | None = None
    archive: Path | None = None
    progress: Callable[[int], None] = nobody
    desk: Desk = temporary

    @property
    def manifest(self) -> Manifest:
        """What the layer says about itself."""
        return self.features.manifest

    @property
    def name(self) -> str:
        """The collection's id, which names the file and the layer in it."""
        return self.manifest.layer

    @property
    def columns(self) -> tuple[Column, ...]:
        """The public columns; before them `id`, where no column is the feature's id."""
        if self.manifest.id_column:
            return self.manifest.columns
        return Column("id", "id", "integer"), *self.manifest.columns

    @property
    def is_whole(self) -> bool:
        """True when it is the layer with nothing left out, in its own order and CRS."""
        every = replace(self, query=Query(), crs=CRS84, offset=0, limit=None, area=None)
        return self == replace(every, crs=self.crs) and self.crs == CRS84

    @property
    def geometry_type(self) -> str:
        """As of the layer; a cut polygon or line may have many parts."""
        kind = self.manifest.geometry_type
        many = self.area is not None and kind in ("Polygon", "LineString")
        return f"Multi{kind}" if many else kind

    def said(self, column: Column) -> str:
        """The title of a column in the language of the file; its name where it has none."""
        return Text(column.title or column.name).said(self.language)

    @cached_property
    def count(self) -> int:
        """How many features the query finds within offset and limit, before any cutting."""
        found = max(0, self.features.count(self._query) - self.offset)
        return found if self.limit is None else min(found, self.limit)

    def tables(self) -> "Iterator[pa.Table]":
        """The features, some thousands at a time: `id`, the public columns, `geometry`.

        Geometries are WKB, x before y (east before north) as GIS files have them, whatever the
        order of the CRS; null where there is none. Nothing is rounded in CRS84.
        """
        done = 0
        for rows in self.features.rows(self._query, offset=self.offset, limit=self.limit):
            self.progress(done)
            done += rows.num_rows
            yield self._placed(rows)
        self.progress(done)

    def shapes(self) -> "Iterator[tuple[pa.Table, Geometries]]":
        """Like `tables`, with geometries of shapely beside them, in the axis order of the CRS."""
        swapped = crs.place(self.crs).swapped
        for rows in self.tables():
            shapes = shapely.from_wkb(rows["geometry"].to_numpy())
            yield rows, flipped(shapes) if swapped else shapes

    def fragments(self) -> Iterator[list[bytes]]:
        """The features as GeoJSON, some thousands at a time, as `f=json` has them in this CRS."""
        if self.area is None and self.crs == CRS84 and not self.query.sort:
            yield from self._ready()
        else:
            yield from self._made()

    @property
    def _query(self) -> Query:
        """The query, with the area's box where it has none."""
        if self.area is None or self.query.boxes:
            return self.query
        west, south, east, north = shapely.bounds(self.area).tolist()
        return replace(self.query, boxes=((west, south, east, north),))

    def _ready(self) -> Iterator[list[bytes]]:
        """Fragments as the layer keeps them."""
        left, after, offset, done = self.count, None, self.offset, 0
        while left:
            self.progress(done)
            page = self.features.page(
                self._query, after=after, offset=offset, limit=min(PAGE, left)
            )
            after, offset = page[-1][0], 0
            left, done = left - len(page), done + len(page)
            yield [fragment for _, fragment in page]
        self.progress(done)

    def _made(self) -> Iterator[list[bytes]]:
        from publish.layers.rows import values  # noqa: PLC0415 - pyarrow is large

        for rows, shapes in self.shapes():
            shown = geojson.rounded(shapes) if self.crs == CRS84 else shapes
            columns = self.manifest.columns
            plain = values(rows, columns)
            yield list(geojson.fragments(rows["id"].to_pylist(), shown, columns, plain))

    def _placed(self, rows: "pa.Table") -> "pa.Table":
        """Rows with geometries cut and brought into the CRS; rows left empty fall out."""
        if self.area is None and self.crs == CRS84:
            return rows
        import pyarrow as pa  # noqa: PLC0415 - large

        shapes = shapely.from_wkb(rows["geometry"].to_numpy())
        if self.area is not None:
            shapes = cut(shapes, self.area, family(self.manifest.geometry_type))
            there = ~shapely.is_missing(shapes)
            rows, shapes = rows.filter(pa.array(there)), shapes[there]
        shapes = crs.project(shapes, self.crs)
        if crs.place(self.crs).swapped:
            shapes = flipped(shapes)
        wkb = pa.array(shapely.to_wkb(shapes, byte_order=1), pa.binary())
        return rows.set_column(rows.schema.get_field_index("geometry"), "geometry", wkb)


def flipped(shapes: Geometries) -> Geometries:
    """The geometries with their two axes changed over."""
    there: Geometries = shapely.transform(shapes, lambda places: places[:, ::-1])
    return there
