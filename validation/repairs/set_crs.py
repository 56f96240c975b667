"""The coordinate system in which a layer's numbers are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from validation.reading.cells import Cells
from validation.repairs._repair import Repair, Stage


class SetCrs(Repair):
    """Takes the coordinates for those of another system; the numbers stay as they are."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Declare the system, for readers that ask."""
        return {**arguments, "crs": self.value("crs")}

    def mended(self, cells: Cells) -> Cells:
        """Put it over what the file itself says."""
        crs = self.value("crs")
        return cells if cells.crs == crs else replace(cells, crs=crs)
