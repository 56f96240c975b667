"""Names of columns that a Shapefile cut to ten letters."""

from collections.abc import Iterator

import attrs

from datasets.model import Step
from validation.checks.tables._table import Fault, TableCheck

DBF_BYTES = 10
LEAST = 6  # letters that agree, where a number stands at the end


@attrs.define(kw_only=True, repr=False)
class Names(TableCheck):
    """Warns of names that are the beginning of one in the schema."""

    type = "names"

    def faults(self) -> Iterator[Fault]:
        """Yield each with the name that the schema has."""
        labels = self.subject.labels
        missing = [name for name in self.subject.names if name not in labels]
        for column, label in enumerate(labels, 1):
            whole = [
                name for name in missing if label not in self.subject.names and _cut(label, name)
            ]
            if len(whole) == 1:
                to = whole[0]
                yield Fault(
                    "label-cut",
                    f"the column {label!r} is {to!r} of the schema, cut to ten letters",
                    "warning",
                    values={"name": to, "count": "1"},
                    field=label,
                    column=column,
                    remedies=(Step("rename-column", label, {"to": to}),),
                )


def _cut(label: str, name: str) -> bool:
    """Tell whether a label is what a Shapefile leaves of a name: ten bytes, or less and a number.

    >>> _cut("naziv_ulic", "naziv_ulice"), _cut("naziv_ul_1", "naziv_ulice"), _cut("id", "id_ulice")
    (True, True, False)
    """
    size = len(label.encode())
    if size > DBF_BYTES or len(name) <= len(label):
        return False
    stem, _, number = label.rpartition("_")
    numbered = number.isdecimal() and len(stem) >= LEAST and name.startswith(stem)
    return (size >= DBF_BYTES - 1 and name.startswith(label)) or numbered
