"""Lines below the last row: sources, remarks, dates, signatures."""

import numpy as np
import pyarrow as pa

from validation.reading.cells import Cells
from validation.reading.footnotes import footnotes
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class DropFootnotes(Repair):
    """Leaves out the lines below a table, and the blank rows around them."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the rows above."""
        return kept(cells, pa.array(np.arange(len(cells.rows)) < footnotes(cells).start))
