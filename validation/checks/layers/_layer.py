"""What a check of a layer judges: all features in one go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets.model import BBox, Severity, Step
from validation import shapes
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
    and the organization want checked, as `Checks.settings` has it. `format` is the file's own,
    `columns` are the text cells of its attributes. `placed_by` are the labels of the
    columns that the geometries of a table were made of: of x and y, or of one.
    """

    rows: NDArray[np.int64]
    geometries: Geometries
    crs: str
    lonlat: Geometries | None
    operation: str
    extent: BBox
    settings: Mapping[str, Any] = field(default_factory=dict)
    format: str = ""
    columns: Sequence[pa.ChunkedArray] = ()
    placed_by: Sequence[str] = ()
    _found: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    @property
    def present(self) -> Mask:
        """Tell which features have a place."""
        return self._known("present", lambda: shapes.there(self.geometries))

    @property
    def invalid(self) -> Mask:
        """Tell which break the rules of Simple Features."""
        return self._known("invalid", lambda: shapes.invalid(self.geometries))

    @property
    def first_like(self) -> NDArray[np.int64]:
        """Give for each feature the place of the first one like it, -1 where it is the first."""
        return self._known("like", lambda: shapes.like(self.geometries, self.columns))

    @property
    def areas(self) -> Mask:
        """Tell which are areas that can be measured."""
        kind = shapes.of_kind(self.geometries, shapes.AREAS)
        return kind & self.present & ~self.invalid

    @property
    def lines(self) -> Mask:
        """Tell which are lines that can be measured."""
        kind = shapes.of_kind(self.geometries, shapes.LINES)
        return kind & self.present & ~self.invalid

    def step(self, repair: str, **values: str) -> Step:
        """Name a repair of the geometries, or of the columns that they were made of."""
        if not self.placed_by:
            return Step(repair, values=values)
        x, *y = self.placed_by
        return Step(repair, x, {**values, "y": y[0]} if y else values)

    def _known(self, name: str, look: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Look once for all checks."""
        if name not in self._found:
            self._found[name] = look()
        return self._found[name]


@attrs.define(kw_only=True, repr=False)
class LayerCheck(OwnCheck):
    """Base of checks of layers."""

    subject: Subject

    def found(self) -> tuple[Fault, ...]:
        """Give the faults, looked for once; numbers too large to reckon with raise no alarm."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return super().found()

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
