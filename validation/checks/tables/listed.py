"""Names of streets and settlements that the list of them does not have."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from datasets.serbian import fold
from validation.checks.tables._table import SHOWN, Fault, TableCheck

MOST_SUGGESTED = 50  # distinct names of a column for which one like it is looked for


@attrs.define(kw_only=True, repr=False)
class Listed(TableCheck):
    """Warns of names that are in none of the site's lists for such a column.

    `settings["lists"]` has for each its `name`, the `columns` (headers) that it is for, and its
    `values`. Case, script and accents do not count.
    """

    type = "listed"

    def faults(self) -> Iterator[Fault]:
        """Yield each name that is not listed, with one that is like it."""
        for listed in self.subject.settings.get("lists", ()):
            headers = {fold(str(column)) for column in listed["columns"]}
            for i, label in enumerate(self.subject.labels):
                if fold(label) in headers:
                    yield from self._column(i, listed)

    def _column(self, column: int, listed: Mapping[str, Any]) -> Iterator[Fault]:
        there = {fold(value): value for value in listed["values"]}
        texts = self.subject.texts(column).to_pylist()
        unlisted = [text for text in texts if fold(text) not in there]
        cells = self.subject.columns[column]
        count = str(pc.sum(pc.is_in(cells, value_set=pa.array(unlisted, pa.string()))).as_py() or 0)
        for number, text in enumerate(unlisted):
            near = _near(text, there) if number < MOST_SUGGESTED else ""
            values = {"value": text[:SHOWN], "list": str(listed["name"]), "near": near}
            row = int(self.subject.rows[pc.index(cells, text).as_py()])
            note = f"is not in the list {listed['name']}"
            yield Fault(
                "name-unlisted",
                note,
                "warning",
                row,
                {**values, "count": count},
                self.subject.labels[column],
                column + 1,
            )


def _near(text: str, there: Mapping[str, str]) -> str:
    found = difflib.get_close_matches(fold(text), there, 1, cutoff=0.8)
    return there[found[0]] if found else ""
