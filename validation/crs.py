"""Coordinate systems: from a file's own CRS to longitude and latitude, by a named operation.

Serbia's legacy system (datum MGI 1901, Gauss-Krüger zones) needs a route of its own. Asked for
WGS 84 directly, PROJ chooses an operation by place and takes a neighbouring country's for ten
municipalities in the south: 1.6 km off. By way of SRB_ETRS89 there is one operation for all.
"""

import functools
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from datasets.errors import ReadingError

type Geometries = NDArray[np.object_]
type Project = Callable[[Any, Any], Any]

LONLAT = frozenset({("OGC", "CRS84"), ("EPSG", "4326"), ("EPSG", "4258")})
MGI_1901 = "MGI 1901"
SRB_ETRS89 = "EPSG:8685"
SERBIAN = ("MGI 1901 to SRB-ETRS89 (9)", "MGI 1901 to SRB-ETRS89 (8)")
"""The operations for Serbia, best first: the NTv2 grid (0.03 m) where it is installed, else the
seven parameters (0.46 m). EPSG."""


class Lonlat(NamedTuple):
    """Geometries in degrees, x = longitude, y = latitude, two-dimensional; None stays None.

    `operation` is PROJ's name of what was done, empty when nothing was.
    """

    geometries: Geometries
    operation: str


def to_lonlat(geometries: Geometries, crs: str) -> Lonlat:
    """Bring geometries (x = easting, y = northing, whatever the CRS says of its axes) to CRS84.

    ETRS89 and WGS 84 degrees stay as they are: they differ by less than a metre here. Raises
    ReadingError when the CRS is not known.
    """
    system = known(crs)
    if system is None:
        raise ReadingError(f"CRS {crs!r} is not known; give an EPSG code, as in EPSG:8682")
    if _is_lonlat(system):
        return Lonlat(shapely.force_2d(geometries), "")
    if not shapely.count_coordinates(geometries):
        return Lonlat(geometries, "")
    project, operation = _route(system.to_wkt())
    there: Geometries = shapely.transform(geometries, project, interleaved=False)  # type: ignore[arg-type]
    return Lonlat(there, operation())


def known(crs: str) -> CRS | None:
    """Give the plane CRS of a code, a name or a WKT; None when PROJ knows none like it."""
    try:
        system = CRS.from_user_input(crs) if crs.strip() else None
    except CRSError:
        return None
    return system.sub_crs_list[0] if system is not None and system.is_compound else system


def code(system: CRS) -> str:
    """Give a CRS's code as authority:number, or empty when it has none.

    >>> code(CRS.from_epsg(6316))
    'EPSG:6316'
    """
    authority = system.to_authority(min_confidence=70)
    return ":".join(authority) if authority else ""


def label(system: CRS) -> str:
    """Give what people call a CRS: its code, else its name."""
    return code(system) or str(system.name)


def mismatched(system: CRS, geometries: Geometries) -> bool:
    """Tell whether most features have metres in a CRS of degrees, or degrees in one of metres.

    Those at 0,0 are at no place in either.
    """
    bounds = np.abs(shapely.bounds(geometries))
    bounds = bounds[~np.isnan(bounds).any(axis=1) & bounds.any(axis=1)]
    if not len(bounds):
        return False
    share = float(np.mean((bounds <= 180).all(axis=1)))
    return share < 0.5 if system.is_geographic else share > 0.5


def is_ballpark(operation: str) -> bool:
    """Tell whether PROJ had no datum shift and left it out: hundreds of metres may be missing."""
    return "ballpark" in operation.lower()


def _is_lonlat(system: CRS) -> bool:
    return system.to_authority() in LONLAT


@functools.lru_cache(maxsize=64)
def _route(wkt: str) -> tuple[Project, Callable[[], str]]:
    """Give what transforms x and y, and what names the operation after it was used."""
    system = CRS.from_wkt(wkt)
    serbian = to_srb_etrs89(system)
    if serbian is None:
        direct = Transformer.from_crs(system, "EPSG:4326", always_xy=True)
        return direct.transform, lambda: _name(direct.get_last_used_operation())
    onward = Transformer.from_crs(SRB_ETRS89, "EPSG:4326", always_xy=True)
    return (
        lambda x, y: onward.transform(*serbian.transform(x, y)),
        lambda: f"{_name(serbian)} + {_name(onward)}",
    )


def to_srb_etrs89(system: CRS) -> Transformer | None:
    """Give Serbia's own operation from a CRS with the datum MGI 1901 to longitude and latitude.

    These are of SRB_ETRS89, x before y on both sides. None for another datum, and outside Serbia's
    zones (zone 5 is not Serbia).
    """
    if system.datum is None or _plain(system.datum.name) != MGI_1901:
        return None
    with warnings.catch_warnings(action="ignore"):  # a grid that is not installed is no news
        found = TransformerGroup(system, SRB_ETRS89, always_xy=True).transformers
    for name in SERBIAN:
        for transformer in found:
            if transformer.description.find(name) >= 0:
                return transformer
    return None


def _plain(datum: str) -> str:
    """Undo Esri's spelling of a datum: D_MGI_1901."""
    return datum.removeprefix("D_").replace("_", " ")


def _name(operation: Transformer) -> str:
    return operation.description.removesuffix(" (with axis order normalized for visualization)")
