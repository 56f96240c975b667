"""Features outside the municipality whose they are said to be."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
import shapely

from validation.checks.layers._layer import Fault, LayerCheck, Mask, layer_error

MOST = 0.05
"""The share of features that may lie outside; a neighbour's data have all of them there."""
DEGREE_M = 111_320  # metres of a degree of latitude
MOSTLY = layer_error(
    "municipality-other",
    "Other Municipality",
    "More features than can be a slip lie outside the publisher's municipality.",
)


@attrs.define(kw_only=True, repr=False)
class Municipality(LayerCheck):
    """Judges by the boundary of the organization's municipality, where the site has it.

    `settings["municipality"]` has its `name`, `boundary` (WKB in CRS84 as hexadecimal digits) and
    `tolerance_m`: how far a simplified boundary may be from the true one. A feature is where its
    middle is.
    """

    type = "municipality"
    Errors = [MOSTLY]

    def faults(self) -> Iterator[Fault]:
        """Yield an error when too many lie outside, then each that does."""
        own = self.subject.settings.get("municipality")
        if not own or self.subject.lonlat is None:
            return
        outside = self._outside(own, self.subject.lonlat)
        count, present = np.count_nonzero(outside), np.count_nonzero(self.subject.present)
        name = str(own["name"])
        if count > MOST * present:
            share = f"{count / present:.0%}"
            note = f"has {count} of {present} features outside the municipality {name}"
            values = {"municipality": name, "share": share, "count": str(count)}
            yield Fault("municipality-other", note, values=values)
        note = f"lies outside the municipality {name}"
        yield from self.each("municipality-outside", outside, note, "warning", municipality=name)

    def _outside(self, own: Mapping[str, Any], lonlat: Any) -> Mask:
        boundary = shapely.from_wkb(str(own["boundary"]))
        area = shapely.buffer(boundary, float(own["tolerance_m"]) / DEGREE_M)
        shapely.prepare(area)
        outside = self.subject.present.copy()
        outside[outside] = ~shapely.covers(area, shapely.centroid(lonlat[outside]))
        return outside
