"""Features that lie where they cannot: at 0,0, with axes swapped, outside the plausible extent."""

from collections.abc import Iterator

import attrs
import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.model import BBox
from validation.checks.layers._layer import Fault, LayerCheck, Mask, feature_error
from validation.crs import to_lonlat

ZERO = 1e-6  # degrees: about 10 cm
NULL_ISLAND = feature_error(
    "null-island", "Coordinates 0,0", "The coordinates are 0,0: no place was entered."
)
SWAPPED = feature_error(
    "coordinates-swapped", "Swapped Coordinates", "Latitude stands where longitude should."
)
OUTSIDE = feature_error(
    "coordinates-outside", "Coordinates Outside", "The feature lies outside the plausible extent."
)


@attrs.define(kw_only=True, repr=False)
class Coordinates(LayerCheck):
    """Judges places in CRS84 by the extent of the subject."""

    type = "coordinates"
    Errors = [NULL_ISLAND, SWAPPED, OUTSIDE]

    def faults(self) -> Iterator[Fault]:
        """Yield features at 0,0, then swapped ones, then those outside."""
        lonlat = self.subject.lonlat
        if lonlat is None:
            return
        extent = self.subject.extent
        present = ~shapely.is_missing(lonlat) & ~shapely.is_empty(lonlat)
        zero = present & self._at_zero()
        astray = present & ~zero & ~_inside(shapely.bounds(lonlat), extent)
        swapped = self._swapped(astray)
        where = ", ".join(f"{edge:g}" for edge in extent)
        yield from self.each("null-island", zero, "lies at 0,0: no place was entered")
        yield from self.each(
            "coordinates-swapped", swapped, "has latitude and longitude in the wrong order"
        )
        yield from self.each("coordinates-outside", astray & ~swapped, f"lies outside {where}")

    def _at_zero(self) -> Mask:
        """Look at the numbers as written: metres of 0,0 are no place either."""
        bounds = shapely.bounds(self.subject.geometries)
        return np.asarray((np.abs(bounds) < ZERO).all(axis=1))

    def _swapped(self, astray: Mask) -> Mask:
        """Tell which features would lie inside with their axes the other way round."""
        swapped = np.zeros_like(astray)
        bounds = shapely.bounds(self.subject.geometries[astray])
        if not len(bounds):
            return swapped
        x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
        points = np.asarray(shapely.points(y, x), dtype=object)
        turned = to_lonlat(points, self.subject.crs).geometries
        swapped[astray] = _inside(shapely.bounds(turned), self.subject.extent)
        return swapped


def _inside(bounds: NDArray[np.float64], extent: BBox) -> Mask:
    west, south, east, north = extent
    inside: Mask = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    return inside
