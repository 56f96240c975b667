"""What a check of a layer judges: all features in one go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from datasets.model import BBox, Severity, Step
from validation.checks._check import (
    LIMIT,
    Fault,
    Mask,
    OwnCheck,
    feature_error,
    layer_error,
)
from validation.crs import Geometries

__all__ = [
    "LIMIT",
    "Fault",
    "LayerCheck",
    "Mask",
    "Subject",
    "feature_error",
    "layer_error",
]


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer as the checks see it.

    `rows` has the place of each feature in the original, `geometries` stand in the file's own
    `crs`, `lonlat` are the same in CRS84, None when they could not be brought there. `operation`
    is PROJ's name of how they were. `extent` is where they may lie. `settings` are what the site
    and the organization want checked, as `Checks.settings` has it.
    """

    rows: NDArray[np.int64]
    geometries: Geometries
    crs: str
    lonlat: Geometries | None
    operation: str
    extent: BBox
    settings: Mapping[str, Any] = field(default_factory=dict)


@attrs.define(kw_only=True, repr=False)
class LayerCheck(OwnCheck):
    """Base of checks of layers."""

    subject: Subject

    def each(
        self,
        check: str,
        mask: Mask,
        note: str,
        severity: Severity = "error",
        *,
        remedies: tuple[Step, ...] = (),
        exact: bool = True,
        **values: str,
    ) -> Iterator[Fault]:
        """Yield one fault for each feature of a mask, up to LIMIT, with the count of them all."""
        values["count"] = str(np.count_nonzero(mask))
        for i in np.flatnonzero(mask)[:LIMIT]:
            row = int(self.subject.rows[i])
            yield Fault(check, note, severity, row, values, remedies=remedies, exact=exact)
