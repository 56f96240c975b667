"""Colour and shape of each layer on every map: the same layer looks the same everywhere.

Colours after Okabe and Ito, the pale ones darkened to a contrast of 3:1 on white (WCAG 1.4.11), and
two of Paul Tol's muted scheme. A colour never stands alone: points have a shape, layers a name.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#c0619a", "#2f8fcb", "#b8860b", "#882255", "#44539e")
SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a layer is drawn; `shape` is for its points."""

    colour: str
    shape: str


def symbols(
    collections: Iterable[str], own: Mapping[str, Symbol] = MappingProxyType({})
) -> Mapping[str, Symbol]:
    """A symbol for each collection: by the hash of its id, no colour twice while there is another.

    `own` are those that have one already: kindergartens look the same in every municipality.

    >>> symbols(["naselja"]) == {"naselja": symbols(["naselja", "ulice"])["naselja"]}
    True
    """
    taken: set[str] = set()
    made = dict(own)
    for name in sorted(set(collections) - set(own)):
        start = zlib.crc32(name.encode())
        if len(taken) == len(COLOURS):
            taken.clear()
        turns = [COLOURS[(start + i) % len(COLOURS)] for i in range(len(COLOURS))]
        colour = next(colour for colour in turns if colour not in taken)
        taken.add(colour)
        made[name] = Symbol(colour, SHAPES[start // len(COLOURS) % len(SHAPES)])
    return made
