"""Features without a place, and layers that mix points, lines and areas."""

from collections.abc import Iterator

import attrs
import numpy as np
import shapely

from datasets.model import Step
from validation.checks.layers._layer import Fault, LayerCheck

FAMILIES = ("points", "lines", "areas", "collections")
_FAMILY = np.array([0, 1, 1, 2, 0, 1, 2, 3])  # by GEOS type id: point, line, ring, polygon, multi…


@attrs.define(kw_only=True, repr=False)
class Presence(LayerCheck):
    """Warns of missing and empty geometries, and of a kind unlike most of the layer."""

    type = "geometry-presence"

    def faults(self) -> Iterator[Fault]:
        """Yield missing, empty and unlike features."""
        missing = shapely.is_missing(self.subject.geometries)
        empty = ~self.subject.present & ~missing
        yield from self.each("geometry-missing", missing, "has no geometry", "warning")
        drop = (Step("drop-empty"),)
        note = "has an empty geometry"
        yield from self.each("geometry-empty", empty, note, "warning", remedies=drop)
        yield from self._mixed()

    def _mixed(self) -> Iterator[Fault]:
        present = self.subject.present
        family = _FAMILY[shapely.get_type_id(self.subject.geometries)]
        counts = np.bincount(family[present], minlength=len(FAMILIES))
        usual = int(counts.argmax())
        note = f"is not of the same kind as most of the layer, which has {FAMILIES[usual]}"
        unlike = present & (family != usual)
        yield from self.each("geometry-mixed", unlike, note, "warning", usual=FAMILIES[usual])
