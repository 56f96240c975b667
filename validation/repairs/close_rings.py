"""Rings of GeoJSON whose last position is not their first."""

from collections.abc import Mapping
from typing import Any, ClassVar

from validation.repairs._repair import Repair, Stage


class CloseRings(Repair):
    """Closes rings as they are read; an area that is not closed cannot be read otherwise."""

    stage: ClassVar[Stage] = "form"

    def asked(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask the reader to close them."""
        return {**arguments, "close_rings": True}
