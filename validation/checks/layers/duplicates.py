"""Features that take the same place as one before them."""

from collections.abc import Iterator

import attrs
import numpy as np

from validation import shapes
from validation.checks.layers._layer import LIMIT, Fault, LayerCheck


@attrs.define(kw_only=True, repr=False)
class Duplicates(LayerCheck):
    """Warns of lines and areas drawn twice, and of points whose attributes repeat too."""

    type = "geometry-duplicates"

    def faults(self) -> Iterator[Fault]:
        """Yield each repetition with the feature that it repeats."""
        subject = self.subject
        first = subject.first_like
        repeated = np.flatnonzero((first >= 0) & ~shapes.at_zero(subject.geometries))
        all_points = bool(shapes.of_kind(subject.geometries[repeated], shapes.POINTS).all())
        drop = subject.step("drop-duplicate-features")
        for i in repeated[:LIMIT]:
            other = str(subject.rows[first[i]])
            yield Fault(
                "geometry-repeated",
                f"takes the same place as feature {other}",
                "warning",
                int(subject.rows[i]),
                {"other": other, "count": str(len(repeated))},
                remedies=(drop,),
                exact=all_points,
            )
