"""The rows in which the names of the columns stand."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class HeaderRows(Repair):
    """Takes one row, or several above each other, for the header; what is above is left out."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Declare the rows, "3" or "2,3", or "0" for none; nothing where they are no numbers.

        Several rows are joined as ours are, a group over all its columns.
        """
        rows = self.value("rows").split(",")
        if not all(row.strip().isdecimal() for row in rows):
            return arguments
        dialect = {k: v for k, v in arguments["dialect"].items() if k != "header"}
        numbers = sorted({int(row) for row in rows})
        if numbers == [0]:
            return {**arguments, "dialect": {**dialect, "header": False}}
        return {**arguments, "dialect": {**dialect, "headerRows": numbers}, "laid_out": True}
