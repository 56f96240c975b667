"""Signs of numbers as accountants write them, made into a minus before the digits."""

from validation.reading.cells import Cells
from validation.reading.signs import with_signs
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair


class Signs(Repair):
    """Writes -350,00 for (350,00) and 350,00-, and 5 for +5."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        if not self.step.field:
            return cells
        guess = self.value("guess") == "true"
        return in_columns(cells, self.step.field, lambda texts: with_signs(texts, guess=guess))
