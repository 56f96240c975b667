"""The pygeoapi provider of time series: places and what was measured there."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pygeoapi.provider.base import ProviderInvalidQueryError
from pygeoapi.provider.base_edr import BaseEDRProvider

from datasets.model import BBox
from geoportal.ogc.coverages import collection, parameter
from geoportal.ogc.intervals import interval
from publish.layers.query import split
from publish.layers.series import Series

MOST_ROWS = 50_000
NEAR_M = 1_000
"""How far from a position a place may be that stands for it."""

METRES = 111_320  # of a degree of latitude
UNITS_M = {"m": 1.0, "km": 1_000.0}
"""Units of a radius."""

type Shapes = NDArray[np.object_]
type Mask = NDArray[np.bool_]


class SeriesProvider(BaseEDRProvider):  # type: ignore[misc]
    """Series of one immutable layer; each query gives a CoverageCollection."""

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self.series: Series = definition["series"]
        self.language: str = definition["language"]
        self._fields = {
            name: {"title": measured.title, "type": "number", "x-ogc-unit": measured.unit}
            for name, measured in self.series.measured.items()
        }

    def get_fields(self) -> dict[str, dict[str, str]]:
        """What is measured, as pygeoapi looks for a parameter's name."""
        fields: dict[str, dict[str, str]] = self._fields
        return fields

    def get_parameters(self, parameters: Any = (), as_list: bool = False) -> Any:
        """What is measured, by its name, as CoverageJSON says it."""
        measured = self.series.measured
        found = {n: parameter(n, m, self.language) for n, m in measured.items()}
        return list(found.values()) if as_list else found

    def position(self, wkt: Any, **asked: Any) -> dict[str, Any]:
        """What covers a point, or is nearest to it and no further than NEAR_M."""

        def nearest(shapes: Shapes) -> Mask:
            far = metres(shapes, wkt)
            return far == far.min() if len(far) and far.min() <= NEAR_M else far < 0

        return self._within(around(wkt, NEAR_M), nearest, asked)

    def radius(self, wkt: Any, within: str, within_units: str, **asked: Any) -> dict[str, Any]:
        """What is no further from a point than a distance."""
        most = float(within) * UNITS_M[within_units]
        return self._within(around(wkt, most), lambda shapes: metres(shapes, wkt) <= most, asked)

    def area(self, wkt: Any, **asked: Any) -> dict[str, Any]:
        """What touches a polygon."""
        shapely.prepare(wkt)
        return self._within(wkt.bounds, lambda shapes: shapely.intersects(wkt, shapes), asked)

    def cube(self, bbox: Any, **asked: Any) -> dict[str, Any]:
        """What touches a box, whatever the heights; west of which may be greater than east."""
        half = len(bbox) // 2
        box = bbox[0], bbox[1], bbox[half], bbox[half + 1]
        both = shapely.multipolygons([shapely.box(*each) for each in split(box)])
        return self._within(box, lambda shapes: shapely.intersects(both, shapes), asked)

    def locations(self, location_id: str, **asked: Any) -> dict[str, Any]:
        """What was measured at a place with a name."""
        name = self.series.locations[location_id].name
        return self._collection(self._asked(asked, equal=((self.series.names, name),)), asked)

    def _within(
        self, box: BBox, keep: Callable[[Shapes], Mask], asked: dict[str, Any]
    ) -> dict[str, Any]:
        """The coverages of features in a box whose places are to be kept."""
        rows = self._asked(asked, bbox=box)
        places = {orjson.dumps(row["geometry"]): row["geometry"] for row in rows}
        places.pop(b"null", None)
        shapes = shapely.from_geojson(np.array(list(places), dtype=object))
        kept = {place for place, is_kept in zip(places, keep(shapes), strict=True) if is_kept}
        return self._collection((r for r in rows if orjson.dumps(r["geometry"]) in kept), asked)

    def _asked(self, asked: dict[str, Any], **where: Any) -> list[dict[str, Any]]:
        """The features that a question to the layer finds; not too many."""
        said = asked["datetime_"]
        query = self.data.ask(time=interval(said) if said else None, **where)
        found = self.data.page(query, limit=MOST_ROWS + 1)
        if len(found) > MOST_ROWS:
            told = (
                f"more than {MOST_ROWS} measurements; ask for a smaller area or a shorter datetime"
            )
            raise ProviderInvalidQueryError(told, user_msg=told)
        return [orjson.loads(feature) for _, feature in found]

    def _collection(self, rows: Iterable[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
        wanted = asked["select_properties"] or list(self.series.measured)
        return collection(rows, self.series, wanted, self.language)


def around(point: Any, most_m: float) -> BBox:
    """A box in degrees that holds all that is no further from a point, for most of the Earth."""
    high = most_m / METRES * 1.01
    wide = high / max(math.cos(math.radians(min(abs(point.y) + high, 89))), 0.01)
    return point.x - wide, point.y - high, point.x + wide, point.y + high


def metres(shapes: Shapes, point: Any) -> NDArray[np.float64]:
    """How far shapes are from a point, on a plane that touches the Earth there."""
    scale = math.cos(math.radians(point.y))

    def flat(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = (lonlat - [point.x, point.y]) * [scale * METRES, METRES]
        return moved

    here = shapely.Point(0, 0)
    far: NDArray[np.float64] = np.asarray(shapely.distance(shapely.transform(shapes, flat), here))
    return far
