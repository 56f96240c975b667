"""Coordinate systems in which features are given: their URIs, their axis order, and the way there.

Layers are kept in CRS84. Serbia's legacy system is reached by way of SRB_ETRS89, as files in it
were read (`validation.crs`): straight from WGS 84, PROJ would take a neighbour's operation in the
south, 1.6 km off.
"""

import functools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError

from datasets.model import BBox
from publish.layers.arrays import Geometries
from publish.layers.manifest import Manifest
from validation.crs import SRB_ETRS89, to_srb_etrs89

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
OFFERED = (CRS84, *(f"{EPSG}{number}" for number in (4326, 3857, 25834, 32634, 8682, 6316)))
"""WGS 84 both ways round, the web's Mercator, UTM 34N of three datums, and the legacy zone 7."""

DEGREES_APART = 1e-6
"""About 0.1 m: a system that does not bring a place back that near cannot hold it."""
NEIGHBOUR = 3.0
"""Degrees that a zone is used beyond its border: the whole of Serbia is surveyed in zone 7."""
EDGE = 21
"""Points along each edge of a box, since a straight line is bent in another system."""

THERE_AND_BACK = 2e-7
"""Degrees, 2 cm: that far the legacy zone may bring a corner; a box in metres is wider by it."""

POLE = 90

DEPTHS = {
    "Point": 0,
    "LineString": 1,
    "MultiPoint": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}
"""How deep the positions of a GeoJSON geometry lie in its coordinates."""

type Feature = dict[str, Any]
type Numbers = NDArray[np.float64]
type Way = Callable[[Any, Any], tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system by its URI.

    `swapped` is true where the first axis runs north (EPSG:4326: latitude, longitude); `decimals`
    say the centimetre in degrees and the millimetre in metres.
    """

    uri: str
    name: str
    swapped: bool
    degrees: bool

    @property
    def decimals(self) -> int:
        """How many decimals a coordinate has."""
        return 7 if self.degrees else 3


@functools.lru_cache(256)
def place(uri: str) -> Crs:
    """The plane coordinate system of a URI; raises ValueError for one that PROJ does not know.

    >>> place("http://www.opengis.net/def/crs/EPSG/0/4326").swapped
    True
    """
    system = _system(uri)
    north_first = system.axis_info[0].direction.lower() == "north"
    return Crs(uri, str(system.name), north_first, bool(system.is_geographic))


def offered(manifest: Manifest) -> tuple[str, ...]:
    """The URIs of the systems in which a layer can be had, CRS84 first.

    Besides those in OFFERED it is the system of the layer's own file. Left out is what does not
    reach the layer's place: Balkans zone 7 is no system for Africa.
    """
    own = re.fullmatch(r"EPSG:(\d+)", manifest.crs)
    uris = (*OFFERED, f"{EPSG}{own[1]}") if own else OFFERED
    return _reaching(tuple(dict.fromkeys(uris)), manifest.bbox_lonlat)


@functools.lru_cache(4096)
def _reaching(uris: tuple[str, ...], bbox_lonlat: BBox | None) -> tuple[str, ...]:
    return tuple(uri for uri in uris if _known(uri) and _holds(uri, bbox_lonlat))


def _known(uri: str) -> bool:
    try:
        return bool(place(uri))
    except ValueError:
        return False


def _holds(uri: str, bbox_lonlat: BBox | None) -> bool:
    """True when the box is near the system's area, and comes back from the system as it was."""
    if bbox_lonlat is None or uri == CRS84:
        return True
    west, south, east, north = bbox_lonlat
    if area := _system(uri).area_of_use:
        beside = max(area.west - east, west - area.east, area.south - north, south - area.north)
        if beside > NEIGHBOUR:
            return False
    x, y = _edges(bbox_lonlat)
    there, back = _ways(uri)
    again = np.array(back(*there(x, y))) - (x, y)
    return bool(np.isfinite(again).all() and np.abs(again).max() < DEGREES_APART)


def project(shapes: Geometries, uri: str) -> Geometries:
    """Geometries of CRS84 in a system, in its axis order, rounded to its decimals; None stays."""
    if uri == CRS84:
        return shapes
    return _transformed(shapes, _projection(uri))


def _projection(uri: str) -> Way:
    system, (there, _) = place(uri), _ways(uri)

    def transform(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
        east, north = np.round(there(lon, lat), system.decimals) + 0.0  # no minus before a zero
        return (north, east) if system.swapped else (east, north)

    return transform


def project_features(features: Sequence[Feature], uri: str) -> None:
    """Bring GeoJSON features of CRS84 into a system, as `project` does, where they are.

    The coordinates of all are transformed at once.
    """
    places = [place for feature in features for place in _positions(feature["geometry"])]
    if uri == CRS84 or not places:
        return
    lonlat = np.array(places)
    columns = _projection(uri)(lonlat[:, 0], lonlat[:, 1])
    for position, there in zip(places, np.column_stack(columns).tolist(), strict=True):
        position[:] = there


def _positions(geometry: Any) -> Iterable[list[float]]:
    """The lists of two numbers in a GeoJSON geometry, which may be None."""
    if geometry is None:
        return ()
    if geometry["type"] == "GeometryCollection":
        return chain.from_iterable(map(_positions, geometry["geometries"]))
    nested: Iterable[Any] = (geometry["coordinates"],)
    for _ in range(DEPTHS[geometry["type"]]):
        nested = chain.from_iterable(nested)
    return nested


def to_lonlat(shapes: Geometries, uri: str) -> Geometries:
    """Geometries in a system, in its axis order, in CRS84; None stays.

    Raises ValueError where a coordinate has no place on the earth.
    """
    if uri == CRS84:
        return shapes
    swapped, (_, back) = place(uri).swapped, _ways(uri)

    def transform(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        lon, lat = back(y, x) if swapped else back(x, y)
        if not (np.isfinite(lon).all() and (np.abs(lat) <= POLE).all()):
            raise ValueError(f"a coordinate is not in the area of {uri}")
        return lon, lat

    return _transformed(shapes, transform)


def bbox_lonlat(bbox: BBox, uri: str) -> BBox:
    """The box in degrees that holds the whole of a box in a system, given in its axis order.

    In degrees west may be greater than east (it crosses the antimeridian); in metres that is no
    box. Raises ValueError for none, and for one that is not in the system's area.
    """
    box = (bbox[1], bbox[0], bbox[3], bbox[2]) if place(uri).swapped else bbox
    if box[1] > box[3] or (box[0] > box[2] and not place(uri).degrees):
        raise ValueError("its first corner is not the lower one")
    if uri == CRS84:
        return box
    if place(uri).degrees and box[0] > box[2]:
        corners = _ways(uri)[1](np.array([box[0], box[2]]), np.array([box[1], box[3]]))
        (west, east), (south, north) = (numbers.tolist() for numbers in corners)
    else:
        lon, lat = _ways(uri)[1](*_edges(box))
        west, south, east, north = (float(n) for n in (lon.min(), lat.min(), lon.max(), lat.max()))
    if not place(uri).degrees:
        west, south = west - THERE_AND_BACK, south - THERE_AND_BACK
        east, north = east + THERE_AND_BACK, north + THERE_AND_BACK
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError(f"it is not in the area of {uri}")
    return west, south, east, north


def epsg(uri: str) -> int:
    """The EPSG code of a system; 4326 for CRS84, whose axes are the other way round.

    >>> epsg(CRS84)
    4326
    """
    return 4326 if uri == CRS84 else int(uri.removeprefix(EPSG))


def authority(uri: str) -> str:
    """The code as PROJ and GDAL take it.

    >>> authority(CRS84)
    'OGC:CRS84'
    """
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{epsg(uri)}"


def wkt(uri: str, version: str = "WKT2_2019") -> str:
    """The system as WKT; `WKT1_ESRI` is what a .prj holds."""
    return str(_system(uri).to_wkt(version))


def projjson(uri: str) -> str:
    """The system as PROJJSON, as GeoParquet wants it."""
    return str(_system(uri).to_json())


def _edges(box: BBox) -> tuple[Numbers, Numbers]:
    """Points along the four edges of a box, x and y apart."""
    west, south, east, north = box
    across, up = np.linspace(west, east, EDGE), np.linspace(south, north, EDGE)
    x = np.concatenate([across, across, np.full(EDGE, west), np.full(EDGE, east)])
    y = np.concatenate([np.full(EDGE, south), np.full(EDGE, north), up, up])
    return x, y


def _transformed(shapes: Geometries, way: Way) -> Geometries:
    there: Geometries = shapely.transform(shapes, way, interleaved=False)  # type: ignore[arg-type]
    return there


@functools.lru_cache(256)
def _system(uri: str) -> CRS:
    number = re.fullmatch(re.escape(EPSG) + r"([0-9]{4,6})", uri)
    if uri != CRS84 and number is None:
        raise ValueError(f"{uri[:80]!r} is no CRS such as {CRS84} or {EPSG}4326")
    try:
        system = CRS("OGC:CRS84" if number is None else f"EPSG:{number[1]}")
    except CRSError:
        raise ValueError(f"{uri[:80]!r} is not known to PROJ") from None
    if not (system.is_geographic or system.is_projected) or len(system.axis_info) != len("xy"):
        raise ValueError(f"{uri[:80]!r} is not a system of the plane")
    return system


@functools.lru_cache(256)
def _ways(uri: str) -> tuple[Way, Way]:
    """From longitude and latitude to easting and northing, and back."""
    system = _system(uri)
    serbian = to_srb_etrs89(system)
    if serbian is None:
        direct = Transformer.from_crs("OGC:CRS84", system, always_xy=True)
        return direct.transform, lambda x, y: direct.transform(x, y, direction=INVERSE)
    onward = Transformer.from_crs(SRB_ETRS89, "OGC:CRS84", always_xy=True)

    def there(lon: Any, lat: Any) -> tuple[Any, Any]:
        x, y = onward.transform(lon, lat, direction=INVERSE)
        return serbian.transform(x, y, direction=INVERSE)

    return there, lambda x, y: onward.transform(*serbian.transform(x, y))


INVERSE = TransformDirection.INVERSE
