"""Tables whose rows are places: which columns say where, in which system, and how sure that is.

Longitude and latitude under headers that can mean nothing else are taken as they are. Anything
else is taken when the header says so and the numbers fit one system, with a note, as X is north
in Serbian surveying and Y east; numbers that fit without a word of the header are asked about.
Rule: facts on Serbian data, section 2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from frictionless import Field
from numpy.typing import NDArray

from datasets.model import BBox
from datasets.serbian import fold
from validation import angles, ranges, wellknown
from validation.table import Cells, typed

DEGREES = "OGC:CRS84"
WGS84 = "http://www.w3.org/2003/01/geo/wgs84_pos#"
LONGITUDE = frozenset({"lon", "lng", "long", "longitude", "geo duzina", "geografska duzina"})
LATITUDE = frozenset({"lat", "latitude", "geo sirina", "geografska sirina"})
PERHAPS = (("x", "y"), ("duzina", "sirina"))
"""Headers that may mean something else (dužina is also length): believed by their values only."""
PLANE = frozenset("x y e n east north easting northing istok sever".split())
TOGETHER = frozenset(
    "koordinate koordinata gps lokacija location latlon latlng pozicija position polozaj "
    "coordinates coordinate geopoint tacka".split()
)
UNITS = frozenset("wgs wgs84 84 deg dms stepeni st".split())
SYSTEMS = frozenset(
    "koordinata koordinate koord coord coordinate geom gk gauss kruger krieger mgi utm utm34 "
    "utm34n 34n 34 etrs etrs89 srb zona zone 6 7 8 m metara metri epsg "
    "6316 8682 32634 3909 31277".split()
)
"""Words that say of which system a coordinate is, or that it is one."""
MOST = 0.9
"""So many of the cells that say something must fit; the others are judged as places."""
TRIED_ROWS = 2000
METRES = {name: box for name, box in ranges.RANGES.items() if name != "EPSG:4326"}
SIDES = [(box[side], box[side + 2]) for box in METRES.values() for side in (0, 1)]
"""From where to where metres east or north go."""

type Numbers = NDArray[np.float64]
type Two = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of a table lie: x and y, NaN where missing, or WKT, in the numbers of `crs`.

    `columns` are the labels that say so. `sure` is False where nothing but the numbers does: then
    a person is asked which of `systems` it is. `told` is False where there is nothing to tell.
    """

    columns: tuple[str, ...]
    crs: str
    x: Numbers = field(default_factory=lambda: np.empty(0))
    y: Numbers = field(default_factory=lambda: np.empty(0))
    wkt: pa.ChunkedArray | None = None
    systems: tuple[str, ...] = ()
    sure: bool = True
    told: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table in which places are looked for; `crs` is what a person or the source said."""

    cells: pa.Table
    labels: Sequence[str]
    fields: Sequence[Field]
    extent: BBox
    crs: str = ""

    def numeric(self) -> Mapping[int, Field]:
        """Give the columns of numbers."""
        kinds = ("number", "integer")
        return {i: f for i, f in enumerate(self.fields) if f.type in kinds}

    def texts(self) -> Iterator[int]:
        """Yield the columns of texts."""
        return (i for i, f in enumerate(self.fields) if f.type in ("string", "any", "geopoint"))

    def column(self, i: int) -> Cells:
        """Give the cells of a column."""
        return self.cells.column(f"c{i}")

    def numbers(self, i: int) -> Numbers:
        """Give a column of numbers, NaN where missing."""
        return _numbers(self.column(i), self.fields[i])

    def named(self, *columns: int) -> tuple[str, ...]:
        """Give the labels of columns."""
        return tuple(self.labels[i] for i in columns)


def find(table: Table) -> Places | None:
    """Give where the rows of a table lie; None when nothing says so."""
    ways = (_declared, _degrees, _angles, _written, _shapes, _together, _plane, _unsaid)
    return next((found for way in ways if (found := way(table)) is not None), None)


def _declared(table: Table) -> Places | None:
    """By the schema's word: rdfType of the W3C Basic Geo vocabulary."""
    kinds = {field.rdf_type: i for i, field in table.numeric().items()}
    lon, lat = kinds.get(f"{WGS84}long"), kinds.get(f"{WGS84}lat")
    return None if lon is None or lat is None else _of(table, (lon, lat))


def _degrees(table: Table) -> Places | None:
    """By headers that can mean nothing else."""
    pair = _headed(table, table.numeric(), LONGITUDE, LATITUDE)
    return _of(table, pair) if pair else None


def _of(table: Table, pair: Two) -> Places:
    x, y = map(table.numbers, pair)
    return Places(table.named(*pair), table.crs or DEGREES, x, y, told=False)


def _angles(table: Table) -> Places | None:
    """By the same headers over texts: 44°00'46.1"N, or a comma where the schema has text."""
    pair = _headed(table, table.texts(), LONGITUDE, LATITUDE)
    if not pair:
        return None
    x, y = (angles.each(table.column(i), angles.degrees)[:, 0] for i in pair)
    if not _most_fit(~np.isnan(x) & ~np.isnan(y), _saying(table, pair)):
        return None
    return Places(table.named(*pair), table.crs or DEGREES, x, y)


def _written(table: Table) -> Places | None:
    """By x and y, or length and width, when all values lie in the extent."""
    for x, y in PERHAPS:
        pair = _headed(table, table.numeric(), {x}, {y})
        if pair and _plausible(table.numbers(pair[0]), table.numbers(pair[1]), table.extent):
            return _of(table, pair)
    return None


def _shapes(table: Table) -> Places | None:
    """By well-known text, which says that it is a shape; the system its numbers or SRID say."""
    for i in table.texts():
        column = table.column(i)
        if not wellknown.is_wkt(column):
            continue
        said = table.crs or wellknown.declared(column)
        crs = said or (DEGREES if wellknown.is_lonlat(column) else "")
        systems = () if said else ranges.candidates(*wellknown.middle(column))
        return Places(table.named(i), crs, wkt=column, systems=systems, sure=bool(crs))
    return None


def _together(table: Table) -> Places | None:
    """By one column of pairs: "44.0128, 20.9114", in whichever order lies in the extent."""
    for i in table.texts():
        tried = angles.each(table.column(i).slice(0, TRIED_ROWS), angles.pair, 2)
        if not _most_fit(~np.isnan(tried[:, 0]), _said(table.column(i).slice(0, TRIED_ROWS))):
            continue
        a, b = angles.each(table.column(i), angles.pair, 2).T
        xy = _turned(a, b, table.extent)
        if xy is None:
            continue
        says = bool(TOGETHER & set(_words(table.labels[i])))
        sure = says or bool(table.crs)
        systems = () if table.crs else ranges.candidates(20, 44)
        return Places(table.named(i), table.crs or DEGREES, *xy, systems=systems, sure=sure)
    return None


def _turned(a: Numbers, b: Numbers, extent: BBox) -> tuple[Numbers, Numbers] | None:
    """Give x and y, by the order of two columns that puts most places into the extent."""
    for x, y in ((b, a), (a, b)):
        if _most_fit(_inside(x, y, extent), ~np.isnan(a)):
            return x, y
    return None


def _plane(table: Table) -> Places | None:
    """By headers such as X and Y over metres that fit one system; the values tell which is east."""
    heads = [i for i in table.numeric() if _is_plane(table.labels[i])]
    return _measured(table, heads, sure=True) if len(heads) == 2 else None


def _unsaid(table: Table) -> Places | None:
    """By two columns of metres, and no others, that fit one system: asked, unless it was said."""
    like = [i for i in table.numeric() if _is_like(table, i)]
    return _measured(table, like, sure=bool(table.crs)) if len(like) == 2 else None


def _measured(table: Table, pair: Sequence[int], *, sure: bool) -> Places | None:
    a, b = map(table.numbers, pair)
    for x, y, columns in ((a, b, pair), (b, a, pair[::-1])):
        if system := _system(x, y):
            crs = table.crs or system
            systems = () if table.crs else ranges.candidates(*_middle(x, y))
            return Places(table.named(*columns), crs, x, y, None, systems, sure)
    return None


def _system(x: Numbers, y: Numbers) -> str:
    """Give the system in metres that most of the places fit; empty for none."""
    there = ~np.isnan(x) & ~np.isnan(y) & (x != 0) & (y != 0)
    for name, box in METRES.items():
        if _most_fit(_inside(x, y, box), there):
            return name
    return ""


def _middle(x: Numbers, y: Numbers) -> tuple[float, float]:
    return float(np.nanmedian(x)), float(np.nanmedian(y))


def _is_like(table: Table, i: int) -> bool:
    """Tell whether the first rows of a column may be metres east or north, without casting all."""
    first = _numbers(table.column(i).slice(0, TRIED_ROWS), table.fields[i])
    first = first[~np.isnan(first) & (first != 0)]
    return any(_most_fit((first >= low) & (first <= high), first != 0) for low, high in SIDES)


def _is_plane(label: str) -> bool:
    words = [word for word in _words(label) if word not in SYSTEMS]
    return len(words) == 1 and words[0] in PLANE


def _headed(
    table: Table,
    among: Mapping[int, Field] | Iterator[int],
    lon: frozenset[str] | set[str],
    lat: frozenset[str] | set[str],
) -> Two | None:
    words = {i: _word(table.labels[i]) for i in among}
    lons = [i for i, word in words.items() if word in lon]
    lats = [i for i, word in words.items() if word in lat]
    return (lons[0], lats[0]) if len(lons) == len(lats) == 1 else None


def _word(label: str) -> str:
    """Fold a header, without the datum and unit that some add.

    >>> _word("Географска дужина (WGS84)")
    'geografska duzina'
    """
    return " ".join(word for word in _words(label) if word not in UNITS)


def _words(label: str) -> list[str]:
    return fold(label).split()


def _numbers(cells: Cells, field: Field) -> Numbers:
    column = typed(cells, field)
    if pa.types.is_string(column.type):  # integers too long for int64: no coordinates
        return np.full(len(column), np.nan)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _plausible(x: Numbers, y: Numbers, extent: BBox) -> bool:
    """Tell whether all values lie inside, and are not just small whole numbers."""
    there = ~np.isnan(x) & ~np.isnan(y)
    fractions = (x[there] % 1 != 0).any() and (y[there] % 1 != 0).any()
    return bool(there.any() and _inside(x, y, extent)[there].all() and fractions)


def _inside(x: Numbers, y: Numbers, box: BBox) -> NDArray[np.bool_]:
    west, south, east, north = box
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def _most_fit(fit: NDArray[np.bool_], there: NDArray[np.bool_]) -> bool:
    """Tell whether enough of what is there fits."""
    count = int(there.sum())
    return count > 0 and int((fit & there).sum()) >= MOST * count


def _saying(table: Table, columns: Two) -> NDArray[np.bool_]:
    """Give the rows in which every one of these columns says something."""
    first, second = (_said(table.column(i)) for i in columns)
    return first & second


def _said(cells: Cells) -> NDArray[np.bool_]:
    return np.array([bool(text and text.strip()) for text in cells.to_pylist()], dtype=bool)
