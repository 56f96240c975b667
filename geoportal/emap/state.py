"""What a map shows, as its address says it: the same parameters on every page that has a map.

`layers=a,b` top first, "" for none · `opacity.<id>=0.5` · `style.<id>=` and `where.<id>=` as the
modules that draw and choose read them · `time=` a moment or begin/end · `base=` · `compare=` a
layer, `@version` behind it · `center=lon,lat` `zoom=` `pitch=` `bearing=`, or `bbox=w,s,e,n` ·
`feature=<id>/<fid>` · `labels=` the script of labels and values · `3d=1` ·
`tree=theme`. Whatever is not understood is left out: an address never fails.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from datasets.model import BBox
from datasets.text import LANGUAGES
from geoportal.registry import View

FIRST_ON = 3
MOST_LAYERS = 100
MOST_LETTERS = 4000  # of a filter or a style
NUMBER = re.compile(r"-?\d{1,4}(\.\d{1,15})?")
TREES = ("organization", "theme")
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class State:
    """What a map shows. `gone` are layers that were asked for and are not there (any more).

    `opacity` is 0 to 1 by layer, without those that are 1; `center` is longitude, latitude.
    """

    layers: tuple[str, ...] = ()
    opacity: Mapping[str, float] = NOTHING
    style: Mapping[str, str] = NOTHING
    where: Mapping[str, str] = NOTHING
    time: str = ""
    base: str = ""
    compare: str = ""
    center: tuple[float, float] | None = None
    zoom: float | None = None
    pitch: float | None = None
    bearing: float | None = None
    bbox: BBox | None = None
    feature: tuple[str, str] | None = None
    labels: str = ""
    extruded: bool = False
    tree: str = ""
    gone: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: QueryParams, view: View) -> Self:
        """Read an address. No `layers` at all means those of the site, or the first few."""
        on, gone = _layers(asked, view)
        labels, tree = asked.get("labels", ""), asked.get("tree", "")
        return cls(
            layers=on,
            opacity=_opacity(asked, view),
            style=_by_layer("style.", asked, view),
            where=_by_layer("where.", asked, view),
            time=asked.get("time", "")[:80],
            base=asked.get("base", "")[:80],
            compare=_known(asked.get("compare", ""), view),
            center=_center(asked.get("center", "")),
            zoom=_number(asked.get("zoom", ""), 0, 24),
            pitch=_number(asked.get("pitch", ""), 0, 85),
            bearing=_number(asked.get("bearing", ""), -180, 180),
            bbox=parse_box(asked.get("bbox", "")),
            feature=_feature(asked.get("feature", "")),
            labels=labels if labels in LANGUAGES else "",
            extruded=asked.get("3d") == "1",
            tree=tree if tree in TREES[1:] else "",
            gone=gone,
        )

    def query(self, **changes: Any) -> str:
        """The address's query, without `?`; `changes` are fields with what they become."""
        return urlencode(replace(self, **changes).pairs(), safe=",/:;@*")

    def pairs(self, *without: str) -> Sequence[tuple[str, str]]:
        """Names and values of the parameters in a fixed order, `without` some fields."""
        said = {
            "layers": [("layers", ",".join(self.layers))],
            "opacity": [(f"opacity.{k}", f"{v:g}") for k, v in self.opacity.items()],
            "style": [(f"style.{k}", v) for k, v in self.style.items()],
            "where": [(f"where.{k}", v) for k, v in self.where.items()],
            **{name: [(name, getattr(self, name))] for name in ("time", "base", "compare")},
            "center": [("center", _joined(self.center))],
            **{
                name: [(name, _short(getattr(self, name)))] for name in ("zoom", "pitch", "bearing")
            },
            "bbox": [("bbox", _joined(self.bbox))],
            **{name: [(name, getattr(self, name))] for name in ("labels", "tree")},
            "extruded": [("3d", "1" if self.extruded else "")],
            "feature": [("feature", "/".join(self.feature or ()))],
        }
        kept = [pair for name, pairs in said.items() if name not in without for pair in pairs]
        return [(name, value) for name, value in kept if value or name == "layers"]

    def without(self, layer: str) -> Self:
        """The same with all features of a layer, whatever was chosen of them."""
        return replace(self, where={k: v for k, v in self.where.items() if k != layer}, time="")


def parse_box(text: str) -> BBox | None:
    """West, south, east, north in degrees; None for what is no box.

    >>> parse_box("19,42,23,46.2"), parse_box("19,42,nan,46"), parse_box("")
    ((19.0, 42.0, 23.0, 46.2), None, None)
    """
    parts = text.split(",")
    if len(parts) != 4 or not all(map(NUMBER.fullmatch, parts)):
        return None
    west, south, east, north = (float(part) for part in parts)
    return (west, south, east, north) if south <= north else None


def _layers(asked: QueryParams, view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that are on, each in a parameter of its own or with commas between, and the gone."""
    if "layers" not in asked:
        few = sorted(list(view.collections)[:FIRST_ON], key=lambda name: rank(view, name))
        return tuple(view.first or few), ()
    every = [name for part in asked.getlist("layers") for name in part.split(",") if name]
    names = list(dict.fromkeys(every))[:MOST_LAYERS]
    on = tuple(name for name in names if name in view.collections)
    return on, tuple(name[:80] for name in names if name not in view.collections)


def rank(view: View, layer: str) -> int:
    """Where a layer lies when nobody said: 0 points above 1 lines above 2 areas."""
    kind = view.collections[layer].layer.geometry_type
    return 2 if "Polygon" in kind else 0 if "Point" in kind else 1


def _by_layer(prefix: str, asked: QueryParams, view: View) -> Mapping[str, str]:
    """The last value by layer of parameters that begin so."""
    named = [
        (name.removeprefix(prefix), value)
        for name, value in asked.multi_items()
        if name.startswith(prefix) and 0 < len(value) <= MOST_LETTERS
    ]
    return {layer: value for layer, value in named if layer in view.collections}


def _opacity(asked: QueryParams, view: View) -> Mapping[str, float]:
    given = {k: _number(v, 0, 1) for k, v in _by_layer("opacity.", asked, view).items()}
    return {layer: value for layer, value in given.items() if value is not None and value < 1}


def _known(text: str, view: View) -> str:
    """A layer with or without `@version`; empty where there is none of that name."""
    return text if text.partition("@")[0] in view.collections and len(text) < 200 else ""


def _feature(text: str) -> tuple[str, str] | None:
    collection, _, fid = text[:MOST_LETTERS].partition("/")
    return (collection, fid) if collection and fid else None


def _center(text: str) -> tuple[float, float] | None:
    longitude, _, latitude = text.partition(",")
    at = _number(longitude, -180, 180), _number(latitude, -90, 90)
    return None if at[0] is None or at[1] is None else (at[0], at[1])


def _number(text: str, least: float, most: float) -> float | None:
    """A number between two others; None for anything else.

    >>> _number("0.5", 0, 1), _number("2", 0, 1), _number("1e9", 0, 1)
    (0.5, None, None)
    """
    if not NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if least <= number <= most else None


def _joined(numbers: Sequence[float] | None) -> str:
    return ",".join(map(_short, numbers or ()))


def _short(number: float | None) -> str:
    """A number as an address has it: seven places are a centimetre.

    >>> _short(20.9100000001), _short(12.0), _short(None)
    ('20.91', '12', '')
    """
    return "" if number is None else f"{number:.7f}".rstrip("0").rstrip(".")
