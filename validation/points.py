"""Tables with longitude and latitude in columns of their own are layers of points."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from frictionless import Field
from numpy.typing import NDArray

from datasets.model import BBox
from datasets.serbian import fold
from validation.table import Cells, typed

WGS84 = "http://www.w3.org/2003/01/geo/wgs84_pos#"
LONGITUDE = frozenset({"lon", "lng", "long", "longitude", "geo duzina", "geografska duzina"})
LATITUDE = frozenset({"lat", "latitude", "geo sirina", "geografska sirina"})
PERHAPS = (("x", "y"), ("duzina", "sirina"))
"""Headers that may mean something else (dužina is also length): believed by their values only."""

type Numbers = NDArray[np.float64]


def find(
    cells: pa.Table, labels: Sequence[str], fields: Sequence[Field], extent: BBox
) -> tuple[Numbers, Numbers] | None:
    """Give the longitudes and latitudes of a table, NaN where missing; None when it has none.

    The schema's word (rdfType of the W3C Basic Geo vocabulary) counts first, then headers that
    can mean nothing else, then x and y when every value lies in the extent.
    """
    numeric = {i: f for i, f in enumerate(fields) if f.type in ("number", "integer")}
    pair = _declared(numeric) or _headed(labels, numeric, LONGITUDE, LATITUDE)
    if pair:
        return _numbers(cells, numeric, pair)
    for x, y in PERHAPS:
        pair = _headed(labels, numeric, {x}, {y})
        found = _numbers(cells, numeric, pair) if pair else None
        if found and _plausible(*found, extent):
            return found
    return None


def _declared(numeric: Mapping[int, Field]) -> tuple[int, int] | None:
    kinds = {field.rdf_type: i for i, field in numeric.items()}
    lon, lat = kinds.get(f"{WGS84}long"), kinds.get(f"{WGS84}lat")
    return None if lon is None or lat is None else (lon, lat)


def _headed(
    labels: Sequence[str],
    numeric: Mapping[int, Field],
    lon: frozenset[str] | set[str],
    lat: frozenset[str] | set[str],
) -> tuple[int, int] | None:
    words = {i: _word(labels[i]) for i in numeric}
    lons = [i for i, word in words.items() if word in lon]
    lats = [i for i, word in words.items() if word in lat]
    return (lons[0], lats[0]) if len(lons) == len(lats) == 1 else None


def _word(label: str) -> str:
    """Fold a header, without the datum and unit that some add.

    >>> _word("Географска дужина (WGS84)")
    'geografska duzina'
    """
    return " ".join(w for w in fold(label).split() if w not in ("wgs", "wgs84", "84", "deg"))


def _numbers(
    cells: pa.Table, numeric: Mapping[int, Field], pair: tuple[int, int]
) -> tuple[Numbers, Numbers]:
    lon, lat = (_column(cells.column(f"c{i}"), numeric[i]) for i in pair)
    return lon, lat


def _column(cells: Cells, field: Field) -> Numbers:
    column = typed(cells, field)
    if pa.types.is_string(column.type):  # integers too long for int64: no coordinates
        return np.full(len(column), np.nan)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _plausible(x: Numbers, y: Numbers, extent: BBox) -> bool:
    """Tell whether all values lie inside, and are not just small whole numbers."""
    west, south, east, north = extent
    there = ~np.isnan(x) & ~np.isnan(y)
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    fractions = (x[there] % 1 != 0).any() and (y[there] % 1 != 0).any()
    return bool(there.any() and inside[there].all() and fractions)
