"""What a check of a table judges: its text cells, column by column, as they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
from frictionless import Field
from numpy.typing import NDArray

from datasets.model import Severity, Step
from validation.checks._check import LIMIT, Fault, Mask, OwnCheck, column_error, row_error
from validation.privacy.table import Hit

__all__ = ["LIMIT", "Fault", "Mask", "Subject", "TableCheck", "column_error", "row_error"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A table, or the attributes of a layer, as the checks see it.

    `rows` has the place of each row in the original; `columns` are the text cells under the
    `labels`, null where a row is too short; `fields` are those of the schema, one a label.
    `key` names the fields of the primary key. `settings` are what the site and the organization
    want checked, as `Checks.settings` has it. `name` is the resource's, `hits` what was found of
    personal data, in columns beside the header too.
    """

    rows: NDArray[np.int64]
    labels: Sequence[str]
    columns: Sequence[pa.ChunkedArray]
    fields: Sequence[Field]
    key: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    header_row: int = 0
    hits: Sequence[Hit] = ()


@attrs.define(kw_only=True, repr=False)
class TableCheck(OwnCheck):
    """Base of checks of tables; work on distinct values where you can: a column has few."""

    subject: Subject

    def each(
        self,
        check: str,
        mask: Mask,
        note: str,
        severity: Severity = "error",
        *,
        column: int = 0,
        remedies: tuple[Step, ...] = (),
        exact: bool = True,
        **values: str,
    ) -> Iterator[Fault]:
        """Yield one fault for each row of a mask, up to LIMIT, with the count of them all.

        `column` is its number from 1, 0 when the fault is the row's.
        """
        values["count"] = str(np.count_nonzero(mask))
        label = self.subject.labels[column - 1] if column else ""
        for i in np.flatnonzero(mask)[:LIMIT]:
            row = int(self.subject.rows[i])
            yield Fault(check, note, severity, row, values, label, column, remedies, exact)
