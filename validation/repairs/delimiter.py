"""The character between the cells of a delimited text."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class Delimiter(Repair):
    """Splits the rows at another character."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Declare the delimiter; the rest of the dialect stays."""
        dialect = arguments["dialect"]
        inner = dialect.get("csv")
        declared = {**inner} if isinstance(inner, Mapping) else {}
        declared["delimiter"] = self.value("delimiter")
        return {**arguments, "dialect": {**dialect, "csv": declared}}
