"""The layer of a file that is meant."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class Layer(Repair):
    """Reads another layer."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Name the layer."""
        return {**arguments, "layer": self.value("layer")}
