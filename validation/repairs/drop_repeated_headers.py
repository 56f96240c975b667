"""The header again among the data, as at the top of every printed page."""

import pyarrow as pa

from validation.reading.cells import Cells
from validation.reading.parts import repeated_headers
from validation.repairs._repair import Repair
from validation.repairs._rows import kept


class DropRepeatedHeaders(Repair):
    """Leaves out rows that say the labels again, word for word."""

    def mended(self, cells: Cells) -> Cells:
        """Keep the others."""
        return kept(cells, pa.array(~repeated_headers(cells)))
