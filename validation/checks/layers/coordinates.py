"""Features that lie where they cannot: at 0,0, with axes swapped, outside the plausible extent."""

from collections.abc import Iterator

import attrs
import numpy as np
import shapely

from datasets.model import Step
from validation import shapes
from validation.checks.layers._layer import Fault, LayerCheck, feature_error

HALF_WORLD = 180  # degrees
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
        swapped = np.zeros_like(astray)
        if astray.any():
            swapped[astray] = shapes.swapped(subject.geometries[astray], subject.crs, extent)
        where = ",".join(f"{edge:g}" for edge in extent)
        note = "lies at 0,0: no place was entered"
        drop, turn = Step("drop-at-zero"), Step("swap-axes", values={"extent": where})
        yield from self.each("null-island", zero, note, remedies=(drop,), exact=False)
        note = "has latitude and longitude in the wrong order"
        yield from self.each("coordinates-swapped", swapped, note, remedies=(turn,))
        yield from self.each("coordinates-outside", astray & ~swapped, f"lies outside {where}")
