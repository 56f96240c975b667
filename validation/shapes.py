"""What drawn shapes suffer from, and how each is mended: what checks find and repairs change.

A rule gets the geometries of a layer, None where there is none, and tells which are wrong, or
gives them mended in an array of their own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from datasets.errors import ReadingError
from datasets.model import BBox
from validation.crs import to_lonlat

type Geometries = NDArray[np.object_]
type Mask = NDArray[np.bool_]

ZERO = 1e-6  # degrees: about 10 cm
POLYGON, MULTIPLE = 3, (4, 5, 6)
POINTS, LINES, AREAS = (0, 4), (1, 2, 5), (3, 6)
"""GEOS' numbers of types."""


def there(geometries: Geometries) -> Mask:
    """Tell which features have a geometry that holds a place."""
    present: Mask = ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
    return present


def of_kind(geometries: Geometries, kinds: Sequence[int]) -> Mask:
    """Tell which geometries are of the types, as POINTS, LINES or AREAS have them."""
    return np.isin(shapely.get_type_id(geometries), kinds)


def at_zero(geometries: Geometries) -> Mask:
    """Tell which lie at 0,0, in whatever unit: there no place was entered."""
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(shapely.bounds(geometries)) < ZERO).all(axis=1))


def inside(geometries: Geometries, extent: BBox) -> Mask:
    """Tell which lie wholly in west, south, east, north."""
    bounds, (west, south, east, north) = shapely.bounds(geometries), extent
    within: Mask = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    return within


def swapped(geometries: Geometries, crs: str, extent: BBox) -> Mask:
    """Tell which lie outside of an extent in degrees, and inside it with their axes swapped."""
    astray = there(geometries) & ~at_zero(geometries)
    try:
        astray[astray] = ~inside(to_lonlat(geometries[astray], crs).geometries, extent)
        bounds = shapely.bounds(geometries[astray])
        x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
        points: Geometries = np.asarray(shapely.points(y, x), dtype=object)
        turned = to_lonlat(points, crs).geometries
    except ReadingError:  # the CRS is not known
        return np.zeros(len(geometries), dtype=bool)
    astray[astray] = inside(turned, extent)
    return astray


def with_axes_swapped(geometries: Geometries, wrong: Mask) -> Geometries:
    """Turn x and y of the features of a mask."""
    turned = geometries.copy()
    deep = wrong & shapely.has_z(geometries)
    for mask, include_z in ((wrong & ~deep, False), (deep, True)):
        turned[mask] = shapely.transform(geometries[mask], _turned, include_z=include_z)
    return turned


def _turned(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    return coordinates[:, [1, 0, 2][: coordinates.shape[1]]]


def without_length(geometries: Geometries) -> Mask:
    """Tell which lines begin where they end and go nowhere."""
    wrong: Mask = of_kind(geometries, LINES) & there(geometries)
    wrong[wrong] = shapely.length(geometries[wrong]) == 0
    return wrong


def invalid(geometries: Geometries) -> Mask:
    """Tell which break the rules of Simple Features; lines without length are told apart."""
    wrong: Mask = ~shapely.is_missing(geometries) & ~shapely.is_valid(geometries)
    return wrong & ~without_length(geometries)


def made_valid(geometries: Geometries, wrong: Mask) -> Geometries:
    """Mend geometries by their structure; what collapses to nothing is left out."""
    mended = shapely.make_valid(geometries[wrong], method="structure", keep_collapsed=False)
    return _with(geometries, wrong, mended)


def wrongly_wound(geometries: Geometries) -> Mask:
    """Tell which areas have an outer ring that goes clockwise, or an inner one that does not.

    Rule: RFC 7946, section 3.1.6.
    """
    parts, feature = shapely.get_parts(geometries, return_index=True)
    area = shapely.get_type_id(parts) == POLYGON
    rings, part = shapely.get_rings(parts[area], return_index=True)
    outer = np.diff(part, prepend=-1) > 0
    wrong = np.zeros(len(geometries), dtype=bool)
    wrong[feature[area][part[shapely.is_ccw(rings) != outer]]] = True
    return wrong


def wound(geometries: Geometries, wrong: Mask) -> Geometries:
    """Turn the rings of areas as RFC 7946 wants them."""
    return _with(geometries, wrong, shapely.orient_polygons(geometries[wrong]))


def repeating_nodes(geometries: Geometries) -> Mask:
    """Tell which have a node twice in a row."""
    coordinates, feature = shapely.get_coordinates(geometries, return_index=True)
    same = (coordinates[1:] == coordinates[:-1]).all(axis=1) & (feature[1:] == feature[:-1])
    wrong = np.zeros(len(geometries), dtype=bool)
    wrong[feature[1:][same]] = True
    wrong &= ~of_kind(geometries, POINTS) & ~without_length(geometries)
    counts = shapely.get_num_coordinates(geometries[wrong])  # parts may touch, nodes must not
    wrong[wrong] = shapely.get_num_coordinates(_thinned(geometries[wrong])) < counts
    return wrong


def without_repeating_nodes(geometries: Geometries, wrong: Mask) -> Geometries:
    """Leave out nodes that repeat the one before."""
    return _with(geometries, wrong, _thinned(geometries[wrong]))


def _thinned(geometries: Geometries) -> Geometries:
    thinned: Geometries = shapely.remove_repeated_points(geometries, 0)
    return thinned


def single_parted(geometries: Geometries) -> Mask:
    """Tell which are of a Multi… type and have one part."""
    one: Mask = shapely.get_num_geometries(geometries) == 1
    return one & of_kind(geometries, MULTIPLE)


def single(geometries: Geometries, wrong: Mask) -> Geometries:
    """Take the one part out of each."""
    return _with(geometries, wrong, shapely.get_geometry(geometries[wrong], 0))


def like(geometries: Geometries, columns: Sequence[pa.ChunkedArray]) -> NDArray[np.int64]:
    """Give for each feature the number (from 0) of the first one like it, -1 where it is the first.

    Lines and areas are alike when they take the same place, however drawn. Points are when their
    columns hold the same too: many things may stand at one address.
    """
    found = np.full(len(geometries), -1)
    present = there(geometries)
    for kinds, told in ((LINES + AREAS, ()), (POINTS, columns)):
        at = np.flatnonzero(of_kind(geometries, kinds) & present)
        at = at[_repeats(_grouped(len(at), shapely.bounds(geometries[at]).T))]
        normal = shapely.to_wkb(shapely.normalize(geometries[at]))
        keys = [pa.array(normal.tolist(), pa.binary())]
        keys += [column.take(pa.array(at)).combine_chunks() for column in told]
        group = _grouped(len(at), (_codes(key) for key in keys))
        _, first, group = np.unique(group, return_index=True, return_inverse=True)
        found[at] = np.where(first[group] == np.arange(len(at)), -1, at[first[group]])
    return found


def _grouped(size: int, keys: Iterable[NDArray[Any]]) -> NDArray[np.int64]:
    """Number the groups of equals by several keys, each of `size` values."""
    group = np.zeros(size, dtype=np.int64)
    for key in keys:
        _, code = np.unique(key, return_inverse=True)
        _, group = np.unique(group * (size + 1) + code, return_inverse=True)
    return group


def _repeats(group: NDArray[np.int64]) -> Mask:
    repeats: Mask = np.bincount(group, minlength=1)[group] > 1
    return repeats


def _codes(values: pa.Array) -> NDArray[np.int64]:
    """Number the distinct values; a cell that is not there is one of them."""
    indices = pc.dictionary_encode(values, null_encoding="encode").indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _with(geometries: Geometries, at: Mask, others: Geometries) -> Geometries:
    put = geometries.copy()
    put[at] = others
    return put
