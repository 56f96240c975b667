"""A file with several layers: one is read, the others are told and offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.model import Finding, Offer, Sample, Step
from validation.reading.cells import Unreadable

MOST_OFFERED = 20
SHOWN = 80
NAMES_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Held:
    """A layer that a file holds: its name, how many features it has, and what its columns are."""

    name: str
    features: int = 0
    labels: Sequence[str] = ()


def chosen(held: Sequence[Held], arguments: Mapping[str, Any]) -> tuple[str, list[Finding]]:
    """Give the name of the layer to read: the one that a person chose, else the first.

    Raises Unreadable, with those there are, when the chosen one is gone.
    """
    names = [layer.name for layer in held]
    wanted = str(arguments.get("layer") or "")
    if wanted and wanted not in names:
        raise _gone(wanted, held)
    taken = wanted or names[0]
    return taken, _ignored(held, taken, settled=bool(wanted))


def _ignored(held: Sequence[Held], taken: str, *, settled: bool) -> list[Finding]:
    others = ", ".join(layer.name for layer in held if layer.name != taken)[:NAMES_SHOWN]
    if not others:
        return []
    return [
        Finding(
            "layers-ignored",
            "note" if settled else "warning",
            note=f"of {len(held)} layers only {taken!r} is read; not {others}; "
            "send each as a resource of its own",
            values={"taken": taken, "ignored": others},
            offers=() if settled else _offers(held, taken),
        )
    ]


def _gone(wanted: str, held: Sequence[Held]) -> Unreadable:
    names = ", ".join(layer.name for layer in held)[:NAMES_SHOWN]
    return Unreadable(
        "layer-missing",
        f"the layer {wanted[:SHOWN]!r} that was chosen is not there; there are {names}",
        layer=wanted[:SHOWN],
        layers=names,
    ).offering(*_offers(held, ""))


def _offers(held: Sequence[Held], taken: str) -> tuple[Offer, ...]:
    """Offer each layer, that which is read now first."""
    ordered = sorted(held, key=lambda layer: layer.name != taken)[:MOST_OFFERED]
    return tuple(
        Offer(
            Step("layer", values={"layer": layer.name}),
            max(0, layer.features),
            (Sample(None, "", ", ".join(layer.labels)[:SHOWN]),),
            exact=False,
        )
        for layer in ordered
    )
