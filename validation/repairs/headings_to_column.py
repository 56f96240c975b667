"""Headings among the rows, each for those that follow."""

from dataclasses import replace

import pyarrow as pa

from validation.reading.cells import Cells
from validation.reading.parts import filled_counts, heading_texts, headings
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class HeadingsToColumn(Repair):
    """Writes each heading into a further column of the rows below it, and leaves its row out."""

    def mended(self, cells: Cells) -> Cells:
        """Add the column `label` behind all others; a blank row stays blank."""
        mask = headings(cells)
        if not mask.any():
            return cells
        said, current = [], ""
        blank = filled_counts(cells) == 0
        for is_heading, is_blank, text in zip(mask, blank, heading_texts(cells), strict=True):
            current = text if is_heading else current
            said.append("" if is_blank else current)
        missing = len(cells.columns) - len(cells.labels)
        columns = [*cells.columns, pa.chunked_array([pa.array(said, pa.string())])]
        labels = (*cells.labels, *[""] * missing, self.value("label", "одељак"))
        return kept(replace(cells, labels=labels, columns=columns), pa.array(~mask))
