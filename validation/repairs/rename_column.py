"""Names of columns that were cut short, or do not agree with the schema."""

from dataclasses import replace

from datasets.model import Schema
from validation import descriptors
from validation.reading.cells import Cells
from validation.repairs._columns import places
from validation.repairs._fields import in_field
from validation.repairs._repair import Repair


class RenameColumn(Repair):
    """Calls a column by another name; one that another column has is not taken."""

    def mended(self, cells: Cells) -> Cells:
        """Change the label."""
        to, found = self.value("to"), places(cells, self.step.field)
        if not to or len(found) != 1 or to in cells.labels or found[0] >= len(cells.labels):
            return cells
        labels = list(cells.labels)
        labels[found[0]] = to
        return replace(cells, labels=tuple(labels))

    def understood(self, schema: Schema) -> Schema:
        """Change the field's name, unless the schema knows the new one."""
        to = self.value("to")
        if not to or any(field["name"] == to for field in descriptors.fields(schema)):
            return schema
        return in_field(schema, self.step.field, lambda field: {**field, "name": to})
