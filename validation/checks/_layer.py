"""What every check of a layer is: a Frictionless Check that judges all features in one go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import attrs
import numpy as np
from frictionless import Check, Error
from frictionless.errors import RowError, TableError
from numpy.typing import NDArray

from datasets.model import BBox, Severity
from validation.crs import Geometries

LIMIT = 1000
"""So many faults of one kind are told; all are counted. Frictionless' own limit of errors."""

type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer as the checks see it.

    `rows` has the place of each feature in the original, `geometries` stand in the file's own
    `crs`, `lonlat` are the same in CRS84, None when they could not be brought there. `operation`
    is PROJ's name of how they were. `extent` is where they may lie.
    """

    rows: NDArray[np.int64]
    geometries: Geometries
    crs: str
    lonlat: Geometries | None
    operation: str
    extent: BBox


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a layer, or with one feature when `row` is given."""

    check: str
    note: str
    severity: Severity = "error"
    row: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@attrs.define(kw_only=True, repr=False)
class LayerCheck(Check):
    """Base of our checks: say what is wrong in `faults`, name an error class for each error.

    Warnings are faults too; they reach our report, and not Frictionless', whose errors all make
    data invalid. Frictionless drops an error whose class is not listed in `Errors`.
    """

    Errors: ClassVar[list[type[Error]]] = []
    subject: Subject
    _found: tuple[Fault, ...] | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, in the order of the features."""
        raise NotImplementedError

    def found(self) -> tuple[Fault, ...]:
        """Give the faults, looked for once."""
        if self._found is None:
            self._found = tuple(self.faults())
        return self._found

    def validate_end(self) -> Iterator[Error]:
        """Give Frictionless the errors among the faults."""
        classes = {error.type: error for error in self.Errors}
        for fault in self.found():
            if fault.severity == "error":
                yield _error(classes[fault.check], fault)

    def each(
        self, check: str, mask: Mask, note: str, severity: Severity = "error", **values: str
    ) -> Iterator[Fault]:
        """Yield one fault for each feature of a mask, up to LIMIT, with the count of them all."""
        values["count"] = str(np.count_nonzero(mask))
        for i in np.flatnonzero(mask)[:LIMIT]:
            yield Fault(check, note, severity, int(self.subject.rows[i]), values)


def _error(error: Any, fault: Fault) -> Error:
    place = {} if fault.row is None else {"cells": [], "row_number": fault.row}
    made: Error = error(note=fault.note, **place)
    return made


def feature_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of one feature; its message names the feature's row."""
    return _class(RowError, kind, title, description, 'Feature at position "{rowNumber}": {note}')


def layer_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of a whole layer."""
    return _class(TableError, kind, title, description, "The layer: {note}")


def _class(base: Any, kind: str, title: str, description: str, template: str) -> type[Error]:
    body = {"type": kind, "title": title, "description": description, "template": template}
    made: type[Error] = type(f"{title.title().replace(' ', '')}Error", (base,), body)
    return made
