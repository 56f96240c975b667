"""Lines that cross themselves, and lines that go nowhere."""

from collections.abc import Iterator

import attrs
import shapely

from datasets.model import Step
from validation import shapes
from validation.checks.layers._layer import Fault, LayerCheck


@attrs.define(kw_only=True, repr=False)
class Lines(LayerCheck):
    """Warns of them; a route may cross itself, a street or a pipe seldom does."""

    type = "geometry-lines"

    def faults(self) -> Iterator[Fault]:
        """Yield lines without length, then those that cross themselves."""
        nowhere = shapes.without_length(self.subject.geometries)
        crossing = self.subject.lines & ~nowhere
        crossing[crossing] = ~shapely.is_simple(self.subject.geometries[crossing])
        drop = (Step("drop-empty"),)
        note = "is a line without length"
        yield from self.each(
            "line-without-length", nowhere, note, "warning", remedies=drop, exact=False
        )
        yield from self.each("line-crossing-itself", crossing, "crosses itself", "warning")
