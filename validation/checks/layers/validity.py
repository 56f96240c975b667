"""Geometries that break the rules of Simple Features: crossing rings, holes outside, and so on."""

import re
from collections.abc import Iterator

import attrs
import numpy as np
import shapely

from datasets.model import Step
from validation.checks.layers._layer import LIMIT, Fault, LayerCheck, feature_error

Invalid = feature_error(
    "geometry-invalid", "Invalid Geometry", "The geometry breaks the rules of Simple Features."
)
_REASON = re.compile(r"(?P<reason>[^[]*)(?:\[(?P<place>[^]]*)\])?")


@attrs.define(kw_only=True, repr=False)
class Validity(LayerCheck):
    """Judges each geometry in its own CRS, as it came. Rule: OGC Simple Features, by GEOS."""

    type = "geometry-validity"
    Errors = [Invalid]

    def faults(self) -> Iterator[Fault]:
        """Yield each invalid geometry with GEOS' reason and the place of it."""
        invalid = np.flatnonzero(self.subject.invalid)
        shown = invalid[:LIMIT]
        geometries = self.subject.geometries[shown]
        for i, said in zip(shown, shapely.is_valid_reason(geometries), strict=True):
            parts = _REASON.match(str(said))
            values = {k: (v or "").strip() for k, v in parts.groupdict().items()} if parts else {}
            values["count"] = str(len(invalid))
            row = int(self.subject.rows[i])
            mend = (Step("make-valid"),)
            note = f"is not valid: {said}"
            yield Fault("geometry-invalid", note, "error", row, values, remedies=mend)
