"""Names inside pygeoapi 0.24 that we replace: all of them, here, each with its reason.

pygeoapi copies names by `from … import`, so each module that holds one is patched. The tests
call every name where it stands; a pygeoapi that moved one fails there and not in production.
"""

import functools
import logging
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pygeoapi.api
import pygeoapi.api.itemtypes
import pygeoapi.crs
import pygeoapi.provider.base
import pyproj
import shapely
from numpy.typing import NDArray

_get_crs = pygeoapi.crs.get_crs
get_crs = functools.lru_cache(256)(_get_crs)


@functools.lru_cache(256)
def transformer(source: str, target: str, always_xy: bool) -> pyproj.Transformer:
    """The way between two CRS, each a URI or WKT; made once (7 to 9 ms) and kept."""
    return pyproj.Transformer.from_crs(_crs_of(source), _crs_of(target), always_xy=always_xy)


def _crs_of(text: str) -> pyproj.CRS:
    return get_crs(text) if text.startswith("http") else pyproj.CRS.from_wkt(text)


def transform_bbox(
    bbox: Sequence[float], from_crs: str, to_crs: str, always_xy: bool = False
) -> list[float]:
    """The box in another CRS that holds the whole of a box, heights left out.

    pygeoapi transforms two corners only: 19–23°E 42–46°N in UTM 34N ends 10.8 km short.
    """
    half = len(bbox) // 2
    west, south, east, north = bbox[0], bbox[1], bbox[half], bbox[half + 1]
    if from_crs == to_crs:
        return [west, south, east, north]
    way = transformer(from_crs, to_crs, always_xy)
    return list(way.transform_bounds(west, south, east, north, densify_pts=21))


def transform_from_spec(spec: Any) -> Callable[[shapely.Geometry], shapely.Geometry]:
    """A function that brings a geometry into another CRS."""
    way = transformer(spec.source_crs_wkt, spec.target_crs_wkt, spec.always_xy)

    def transform(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(way.transform(lonlat[:, 0], lonlat[:, 1]))

    return lambda geometry: shapely.transform(geometry, transform)


def as_it_is(document: Any, _pretty: bool = False) -> Any:
    """The document itself, in place of its text: the mount mends it and writes it once.

    pygeoapi's own writer puts `&lt;` for `<` into every value.
    """
    return document


def as_given(_extents: object, datetime_: str | None = None) -> str | None:
    """The parameter `datetime` as it is: we have read it, and nothing at that time is no error.

    pygeoapi answers 400 for a time outside of the extent.
    """
    return datetime_


def leave_logging(_config: object) -> None:
    """Do nothing: pygeoapi would send the root logger of the process to standard output."""


_crs, _items = pygeoapi.crs, pygeoapi.api.itemtypes
PATCHES: tuple[tuple[ModuleType, str, object], ...] = (
    (_crs, "get_crs", get_crs),
    (pygeoapi.provider.base, "get_crs", get_crs),
    (_crs, "transform_bbox", transform_bbox),
    (_items, "transform_bbox", transform_bbox),
    (_crs, "get_transform_from_spec", transform_from_spec),
    (pygeoapi.api, "to_json", as_it_is),
    (_items, "to_json", as_it_is),
    (_items, "validate_datetime", as_given),
    (pygeoapi.api, "setup_logger", leave_logging),
)


def apply() -> None:
    """Put our names in place; AttributeError when pygeoapi does not have one of them."""
    for module, name, ours in PATCHES:
        getattr(module, name)
        setattr(module, name, ours)
    # It logs every bad request of a client as an error with a traceback.
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
