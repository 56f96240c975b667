"""What our checks are: Frictionless Checks that judge a whole table or layer in one go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import attrs
import numpy as np
from frictionless import Check, Error
from frictionless.errors import RowError, TableError
from numpy.typing import NDArray

from datasets.model import Offer, Severity, Step

LIMIT = 1000
"""So many faults of one kind are told; all are counted. Frictionless' own limit of errors."""

type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a table or a layer, or with one row or feature when `row` is given.

    `field` is the label of a column and `column` its number from 1, 0 for none. `values` fill the
    sentence; `values["count"]` counts all faults of this kind in this column. `remedies` are the
    repairs to offer: the proposal, then its alternatives. `exact` ones lose nothing; others a
    person must confirm. `offers` are for what only the check itself can count and show.
    """

    check: str
    note: str
    severity: Severity = "error"
    row: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    column: int = 0
    remedies: tuple[Step, ...] = ()
    exact: bool = True
    offers: tuple[Offer, ...] = ()


@attrs.define(kw_only=True, repr=False)
class OwnCheck(Check):
    """Base of our checks: say what is wrong in `faults`, name an error class for each error.

    Warnings are faults too; they reach our report, and not Frictionless', whose errors all make
    data invalid. Frictionless drops an error whose class is not listed in `Errors`.
    """

    Errors: ClassVar[list[type[Error]]] = []
    subject: Any
    _found: tuple[Fault, ...] | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, in the order of the rows."""
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


def _error(error: Any, fault: Fault) -> Error:
    place = {} if fault.row is None else {"cells": [], "row_number": fault.row}
    made: Error = error(note=fault.note, **place)
    return made


def feature_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of one feature; its message names the feature's row."""
    return _class(RowError, kind, title, description, 'Feature at position "{rowNumber}": {note}')


def row_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of one row of a table."""
    return _class(RowError, kind, title, description, 'Row at position "{rowNumber}": {note}')


def layer_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of a whole layer."""
    return _class(TableError, kind, title, description, "The layer: {note}")


def column_error(kind: str, title: str, description: str) -> type[Error]:
    """Make the class of an error of a column, which the note names, or of a whole table."""
    return _class(TableError, kind, title, description, "The table: {note}")


def _class(base: Any, kind: str, title: str, description: str, template: str) -> type[Error]:
    body = {"type": kind, "title": title, "description": description, "template": template}
    made: type[Error] = type(f"{title.title().replace(' ', '')}Error", (base,), body)
    return made
