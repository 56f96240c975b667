"""Statements about things, in the order in which they were made; each is there once.

A page of a hundred datasets is some twelve thousand statements. They are kept as text that every
syntax can hold (`publish.dcat.terms`), so that writing them is joining strings.
"""

from publish.dcat.terms import Node, Term


class About:
    """What is said about one thing: its kinds, and pairs of a property and a value."""

    __slots__ = ("kinds", "pairs")

    def __init__(self) -> None:
        self.kinds: dict[str, None] = {}
        self.pairs: dict[tuple[str, Term], None] = {}

    def say(self, property_: str, *values: Term | None) -> None:
        """State the values of a property (`dct:title`); None is nothing."""
        for value in values:
            if value is not None:
                self.pairs[property_, value] = None

    def by_property(self) -> dict[str, list[Term]]:
        """The values of each property."""
        found: dict[str, list[Term]] = {}
        for property_, value in self.pairs:
            found.setdefault(property_, []).append(value)
        return found


class Graph:
    """A document: what is said, by the thing it is said about."""

    def __init__(self) -> None:
        self.things: dict[Node, About] = {}

    def about(self, thing: Node, *kinds: str) -> About:
        """Give what is said about a thing, to say more; it is of these kinds (`dcat:…`) too."""
        found = self.things.get(thing)
        if found is None:
            found = self.things[thing] = About()
        found.kinds.update(dict.fromkeys(kinds))
        return found

    def knows(self, thing: Node, kind: str) -> bool:
        """Tell whether a thing is there as one of a kind; a publisher may call it others."""
        found = self.things.get(thing)
        return found is not None and kind in found.kinds

    def link(self, thing: Node, *kinds: str) -> Node:
        """Give a thing, of which only the kind is said."""
        self.about(thing, *kinds)
        return thing
