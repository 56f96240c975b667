"""A column that is not to be published."""

from typing import ClassVar

from datasets.model import Schema
from validation.reading.cells import Cells
from validation.repairs._columns import places, without
from validation.repairs._fields import without_field
from validation.repairs._repair import Repair


class DropColumn(Repair):
    """Leaves a column out, with its field of the schema."""

    hides: ClassVar[bool] = True

    def mended(self, cells: Cells) -> Cells:
        """Keep the other columns."""
        return without(cells, places(cells, self.step.field))

    def understood(self, schema: Schema) -> Schema:
        """Keep the other fields."""
        return without_field(schema, self.step.field)
