"""What was made of a thing that never changes, kept for as long as the thing itself is there."""

import weakref
from collections.abc import Callable


class Kept[Thing, Made]:
    """Remembers by identity: a view or a collection that was replaced takes all of it along."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Thing, dict[object, Made]] = (
            weakref.WeakKeyDictionary()
        )

    def of(self, thing: Thing, key: object, make: Callable[[], Made]) -> Made:
        """What was made of a thing for a key, such as a language; made now if it was not yet."""
        known = self._made.setdefault(thing, {})
        if key not in known:
            known[key] = make()
        return known[key]
