"""The sheet of a workbook that is meant."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class Sheet(Repair):
    """Reads another sheet."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Name the sheet."""
        return {**arguments, "sheet": self.value("sheet")}
