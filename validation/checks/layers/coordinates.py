"""Features that lie where they cannot: at 0,0, with axes swapped, outside the plausible extent."""

from collections.abc import Iterator

import attrs
import numpy as np
import shapely

from datasets.model import BBox, Step
from validation import shapes
from validation.checks.layers._layer import Fault, LayerCheck, feature_error

HALF_WORLD = 180  # degrees
WORLD = 360
SERBIA: BBox = (18.8, 41.8, 23.1, 46.2)
MOST = 0.9
"""So many places that lie in Serbia the other way round leave no doubt, if no extent is said."""
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
        """Yield features at 0,0, swapped ones, those outside, those around the world."""
        if self.subject.lonlat is None:
            return
        yield from self._places(self.subject.lonlat)
        bounds = shapely.bounds(self.subject.lonlat)
        with np.errstate(invalid="ignore"):
            wide = self.subject.present & (bounds[:, 2] - bounds[:, 0] > HALF_WORLD)
        note = "reaches around half the world: it crosses the 180th meridian"
        yield from self.each("antimeridian-crossed", wide, note, "warning")

    def _places(self, lonlat: shapes.Geometries) -> Iterator[Fault]:
        subject, extent = self.subject, self.subject.extent
        zero = subject.present & shapes.at_zero(subject.geometries)
        astray = subject.present & ~zero & ~shapes.inside(lonlat, extent)
        box = SERBIA if self._is_unsaid(lonlat, zero) else extent
        swapped = np.zeros_like(astray)
        looked = astray if box is extent else subject.present & ~zero
        if looked.any():
            swapped[looked] = shapes.swapped(subject.geometries[looked], subject.crs, box)
        where = ",".join(f"{edge:g}" for edge in box)
        note = "lies at 0,0: no place was entered"
        drop, turn = subject.step("drop-at-zero"), self._turn(where)
        yield from self.each("null-island", zero, note, remedies=(drop,), exact=False)
        note = "has latitude and longitude in the wrong order"
        yield from self.each(
            "coordinates-swapped", swapped, note, remedies=(turn,), exact=box is extent
        )
        yield from self.each("coordinates-outside", astray & ~swapped, f"lies outside {where}")

    def _is_unsaid(self, lonlat: shapes.Geometries, zero: shapes.Mask) -> bool:
        """Tell whether no extent is said, and most places lie in Serbia when they are turned."""
        west, _, east, _ = self.subject.extent
        if east - west < WORLD:
            return False
        there = self.subject.present & ~zero
        south, west, north, east = shapely.bounds(lonlat[there]).T
        turned = (west >= SERBIA[0]) & (south >= SERBIA[1])
        turned &= (east <= SERBIA[2]) & (north <= SERBIA[3])
        return bool(there.any()) and turned.mean() >= MOST

    def _turn(self, where: str) -> Step:
        """Name the repair that turns axes; a table does not say by itself in which CRS it is."""
        system = {"crs": self.subject.crs} if self.subject.placed_by else {}
        return self.subject.step("swap-axes", extent=where, **system)
