"""What a press of a button of the map's form changes: for who has no JavaScript."""

from dataclasses import replace

from starlette.datastructures import QueryParams

from geoportal.emap.state import State, rank
from geoportal.registry import View

MOVES = {"up": -1, "down": 1}


def pressed(asked: QueryParams, state: State, view: View) -> State | None:
    """The state after the form was sent; None where the address is of no form.

    `order` is how the layers were before, top first: what is new comes on top of its kind. `do` is
    what is to be done: up, down, remove or zoom, a colon, and the layer.
    """
    if "order" not in asked:
        return None
    before = asked["order"].split(",")
    new = [name for name in state.layers if name not in before]
    kept = [name for name in before if name in state.layers]
    layers = tuple(dict.fromkeys(kept))
    for name in reversed(new):
        layers = placed(layers, name, view)
    ordered = replace(state, layers=layers)
    action, _, layer = asked.get("do", "").partition(":")
    return _done(action, layer, ordered, view) if layer in view.collections else ordered


def _done(action: str, layer: str, state: State, view: View) -> State:
    if action == "zoom":
        on = state.layers if layer in state.layers else placed(state.layers, layer, view)
        box = view.collections[layer].layer.bbox_lonlat
        return replace(state, layers=on, bbox=box, center=None, zoom=None)
    if action == "remove":
        return replace(state, layers=tuple(name for name in state.layers if name != layer))
    if action in MOVES and layer in state.layers:
        return replace(state, layers=moved(state.layers, layer, MOVES[action]))
    return state


def placed(layers: tuple[str, ...], layer: str, view: View) -> tuple[str, ...]:
    """The layers and a new one: above those of its kind, so that areas do not hide points."""
    own = rank(view, layer)
    at = next((i for i, name in enumerate(layers) if rank(view, name) >= own), len(layers))
    return (*layers[:at], layer, *layers[at:])


def moved(layers: tuple[str, ...], layer: str, by: int) -> tuple[str, ...]:
    """The layers with one of them some places lower; it stays at the ends.

    >>> moved(("a", "b", "c"), "b", -1), moved(("a", "b"), "b", 1)
    (('b', 'a', 'c'), ('a', 'b'))
    """
    others = [name for name in layers if name != layer]
    others.insert(max(layers.index(layer) + by, 0), layer)
    return tuple(others)
