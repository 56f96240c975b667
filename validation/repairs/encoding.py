"""The encoding in which a text is to be read."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class Encoding(Repair):
    """Reads the file's bytes, or those of its DBF, in another encoding."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Declare the encoding."""
        return {**arguments, "encoding": self.value("encoding")}
