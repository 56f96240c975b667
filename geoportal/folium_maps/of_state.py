"""What the address of a map says of a layer, for a map of one HTML file."""

from pathlib import Path

from datasets.errors import ConfigError, NotFound
from datasets.model import BBox
from geoportal.emap import classes, looks, selection
from geoportal.emap.state import State
from geoportal.folium_maps.of_layers import Pick, of_layers
from geoportal.palette import Symbol
from geoportal.portal import Portal
from geoportal.registry import Shown, View


def write_map(portal: Portal, dataset: str, path: Path, language: str) -> int:
    """Write the layers of a public dataset as one HTML file; gives its size in bytes.

    Raises NotFound when nothing of it is on the map, ConfigError when it cannot be written.
    """
    view = portal.registry.view()
    layers = [each for each in view.collections.values() if each.layer.dataset == dataset]
    if not layers:
        there = ", ".join(sorted({e.layer.dataset for e in view.collections.values()})) or "none"
        raise NotFound(f"no public dataset {dataset!r} is on the map; there are {there}")
    picks = [pick(portal, view, State(), each, language) for each in layers]
    made = of_layers(picks, language=language).encode()
    try:
        path.write_bytes(made)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    return len(made)


def pick(
    portal: Portal,
    view: View,
    state: State,
    shown: Shown,
    language: str,
    box: BBox | None = None,
) -> Pick:
    """What the map shows of a layer: what is in the box, its filter, time, opacity and classes."""
    name = shown.layer.id
    symbol = view.symbols(shown)[name]
    style = classes.drawn(portal, shown, state, symbol)
    return Pick(
        shown,
        symbol if style.column else Symbol(style.entries[0].colour, symbol.shape),
        selection.query(shown, state.where.get(name, ""), state.time, box),
        state.opacity.get(name, 1.0),
        (lambda values: style.entry(values).colour) if style.column else None,
        [(each["colour"], each["label"]) for each in looks.legend(shown, style, language)],
    )
