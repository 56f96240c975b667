"""A step of the build: in a wheel, emap.py becomes the package `emap` around our folders.

Not `force-include` in pyproject.toml: hatchling obeys that in an editable install too, and
.venv would run a copy of emap.py made on the day of the install, not the file in the checkout.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontDoor(BuildHookInterface[Any]):
    """Put emap.py into wheels, and leave it where it lies otherwise."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add emap.py to what hatchling packs; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"]["emap.py"] = "emap/__init__.py"
