"""Our checks and their errors as Frictionless knows its own, by type."""

from frictionless import Check, Error, Plugin, system

from datasets.kinds import kind, kinds
from validation.checks._layer import LayerCheck

ORDER = ("reference", "validity", "presence", "coordinates")
"""The checks that come first; a file of a city's own comes after them."""


class LayerChecks(Plugin):
    """Gives Frictionless the classes of validation/checks, so that it reads our reports too."""

    def select_check_class(self, type: str | None = None) -> type[Check] | None:
        """Give a check by its type."""
        return next((check for check in checks() if check.type == type), None)

    def select_error_class(self, type: str | None = None) -> type[Error] | None:
        """Give an error by its type."""
        errors = (error for check in checks() for error in check.Errors)
        return next((error for error in errors if error.type == type), None)


def checks() -> list[type[LayerCheck]]:
    """Give every check of the folder, in the order in which they judge."""
    names = kinds("validation.checks")
    names.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return [kind("validation.checks", name, LayerCheck) for name in names]


def register() -> None:
    """Make them known to Frictionless in this process."""
    system.register("emap", LayerChecks())
