"""Mapbox Vector Tiles drawn by PostGIS: where no archive has the tile yet."""

from collections.abc import Iterator
from typing import Any

from datasets.model import Column, Layer
from publish.layers import webmercatorquad
from publish.layers.backends.postgis import query as sql
from publish.layers.labels import twin
from publish.layers.tilegrid import BUFFER, EXTENT

NAME_BYTES = 63
"""PostgreSQL cuts longer names."""
# no column is called so: their names are one word
SHAPE, FID, ROW = '"the shape"', '"the id"', '"the row"'
MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS'


def tile(
    layer: Layer, id_type: str, table: str, place: tuple[int, int, int], cap: int
) -> tuple[str, dict[str, Any]]:
    """SQL for whether there are more features than `cap`, and for the tile; with what it binds.

    Features have the attributes that `mvt.encode` gives them: null is left out, an id that is no
    whole number from 0 is the attribute `id`, a name has its twin in Latin.
    """
    z, x, y = place
    attributes = ", ".join(_attributes(layer, id_type))
    shape = (
        f"ST_AsMVTGeom(ST_Transform(a.geom, 3857), ST_TileEnvelope({z}, {x}, {y}),"
        f" {EXTENT}, {BUFFER}) {SHAPE}"
    )
    columns = "".join(f", a.c{i}" for i in range(len(layer.columns)))
    near = sql.boxed(f"a.pk, a.fid, a.latin, a.geom{columns}", table, cap + 1)
    fid = f", '{FID[1:-1]}'" if id_type == "integer" else ""
    statement = (
        f"with near as materialized ({near}),"
        " much as (select count(*) > %(cap)s too from near),"
        f" drawn as (select {attributes}, {shape} from near a"
        " where not (select too from much) order by a.pk)"
        f" select (select too from much), ST_AsMVT({ROW}, %(name)s, {EXTENT}, '{SHAPE[1:-1]}'{fid})"
        f" from drawn {ROW} where {SHAPE} is not null"
    )
    box = webmercatorquad.bounds_lonlat(z, x, y, BUFFER / EXTENT)
    return statement, {**sql.corners([box]), "cap": cap, "name": layer.id}


def _attributes(layer: Layer, id_type: str) -> Iterator[str]:
    if id_type == "integer":
        yield f"case when a.fid >= 0 then a.fid end {FID}"
        yield "case when a.fid < 0 then a.fid end id"
    else:
        yield "a.fid id"
    for i, column in enumerate(layer.columns):
        yield f'{_said(f"a.c{i}", column)} "{column.name}"'
    if added := twin(layer.columns):
        yield f'a.latin "{added.name}"'


def _said(sql_name: str, column: Column) -> str:
    """A value as a tile has it: dates and times as ISO text, lists as JSON."""
    if column.type == "date":
        return f"to_char({sql_name}, 'YYYY-MM-DD')"
    if column.type == "datetime":
        whole = f"date_trunc('second', {sql_name}) = {sql_name}"
        return f"to_char({sql_name}, case when {whole} then '{MOMENT}' else '{MOMENT}.US' end)"
    if column.items:
        return f"to_json({sql_name})::text"
    return sql_name
