"""Actions by name: what each takes, whether it writes, and its help."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from publish.catalog.call import Call, Given
from publish.catalog.errors import UnknownAction, invalid
from publish.catalog.validators import Takes, check

type Do = Callable[[Call, Given], Any]


@dataclass(frozen=True, slots=True)
class Action:
    """A function that answers one name of the Action API.

    Without `takes` the arguments arrive as they were sent: an action that must first see who asks
    checks them itself. A `pure` one needs neither the database nor to know who asks.
    """

    name: str
    do: Do
    writes: bool
    takes: Takes | None
    pure: bool = False

    @property
    def help(self) -> str:
        """The documentation of the action."""
        return inspect.getdoc(self.do) or ""

    def __call__(self, call: Call, given: Given) -> Any:
        """Check the arguments and act."""
        if self.takes is None:
            return self.do(call, given)
        errors: dict[str, Any] = {}
        values = check(self.takes, given, errors)
        if errors:
            raise invalid(errors)
        return self.do(call, values)


ACTIONS: dict[str, Action] = {}


def action(
    *, writes: bool = False, takes: Takes | None = None, pure: bool = False
) -> Callable[[Do], Do]:
    """Register a function under its own name; the function itself stays as it is."""

    def register(do: Do) -> Do:
        name = do.__name__
        ACTIONS[name] = Action(name, do, writes, takes, pure)
        return do

    return register


def find(name: str) -> Action:
    """Give an action by name; raises UnknownAction."""
    if name not in ACTIONS:
        raise UnknownAction(f"Action name not known: {name}")
    return ACTIONS[name]
