"""Our checks and their errors as Frictionless knows its own, by type."""

from frictionless import Check, Error, Plugin, system

from datasets.kinds import kind, kinds
from validation.checks._check import OwnCheck

ORDER = ("reference", "validity", "presence", "coordinates")
"""The checks that come first; a file of a city's own comes after them."""
LAYERS, TABLES = "validation.checks.layers", "validation.checks.tables"


class OwnChecks(Plugin):
    """Gives Frictionless the classes of validation/checks, so that it reads our reports too."""

    def select_check_class(self, type: str | None = None) -> type[Check] | None:
        """Give a check by its type."""
        return next((check for check in checks() if check.type == type), None)

    def select_error_class(self, type: str | None = None) -> type[Error] | None:
        """Give an error by its type."""
        errors = (error for check in checks() for error in check.Errors)
        return next((error for error in errors if error.type == type), None)


def checks(*folders: str) -> list[type[OwnCheck]]:
    """Give every check of the folders, all if none is named, in the order in which they judge.

    The files of LAYERS load GEOS and PROJ, those of TABLES do not.
    """
    found: list[type[OwnCheck]] = []
    for folder in folders or (LAYERS, TABLES):
        names = kinds(folder)
        names.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
        found += [kind(folder, name, OwnCheck) for name in names]
    return found


def register() -> None:
    """Make them known to Frictionless in this process."""
    system.register("emap", OwnChecks())
