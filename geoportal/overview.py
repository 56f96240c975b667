"""A small picture of layers as SVG, drawn from the layers themselves."""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from datasets.model import BBox
from geoportal.palette import Symbol
from geoportal.registry import Shown
from publish.layers.features import Features

WIDTH, HEIGHT, MARGIN = 640, 480, 8
MOST_FEATURES = 1500
TOLERANCE_PX = 1.0
AREA = 'fill="{0}" fill-opacity=".18" stroke="{0}" stroke-opacity=".55" stroke-linejoin="round"'
DOT = 'stroke="{0}" stroke-width="5" stroke-linecap="round"'

type Places = NDArray[np.float64]
type Placing = Callable[[Places], Places]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer to draw: where it lies on the disk and in the world, and its colour."""

    features: Features
    points: bool
    bbox_lonlat: BBox | None
    colour: str


def overview(shown: Iterable[Shown], symbols: Mapping[str, Symbol]) -> str:
    """The first features of each layer, polygons below points; an empty picture of none."""
    drawn = [
        Drawn(
            each.features,
            "Point" in each.layer.geometry_type,
            each.layer.bbox_lonlat,
            symbols[each.layer.id].colour,
        )
        for each in shown
    ]
    return picture(tuple(sorted(drawn, key=lambda layer: layer.points)))


def extent(shown: Iterable[Shown]) -> BBox | None:
    """The area in degrees that the whole picture of some layers shows; None of none."""
    boxes = [each.layer.bbox_lonlat for each in shown if each.layer.bbox_lonlat]
    if not boxes:
        return None
    fit = _fitted(boxes)
    west, north = fit.west - fit.left / fit.scale_x, fit.north + fit.top / fit.scale_y
    return west, north - HEIGHT / fit.scale_y, west + WIDTH / fit.scale_x, north


@functools.lru_cache(32)
def picture(layers: tuple[Drawn, ...]) -> str:
    """The layers as SVG, in their order. Layers never change, so it is drawn once."""
    place = placing([layer.bbox_lonlat for layer in layers if layer.bbox_lonlat])
    groups = "".join(_group(layer, place) for layer in layers)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{groups}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """How boxes come into the picture: pixels a degree, and where their corner lies in pixels."""

    west: float
    north: float
    left: float
    top: float
    scale_x: float
    scale_y: float


def _fitted(boxes: Sequence[BBox]) -> Fit:
    """All boxes fit, and a kilometre is as long both ways."""
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.01)
    wide, high = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    return Fit(west, north, left, top, squeeze * scale, scale)


def placing(boxes: Sequence[BBox]) -> Placing:
    """A function from degrees to pixels."""
    if not boxes:
        return lambda lonlat: lonlat
    fit = _fitted(boxes)

    def place(lonlat: Places) -> Places:
        x = fit.left + (lonlat[:, 0] - fit.west) * fit.scale_x
        y = fit.top + (fit.north - lonlat[:, 1]) * fit.scale_y
        return np.column_stack([x, y])

    return place


def _group(layer: Drawn, place: Placing) -> str:
    fragments = layer.features.features(limit=MOST_FEATURES)
    placed = [fragment for fragment in fragments if orjson.loads(fragment)["geometry"]]
    shapes = [shapely.transform(shapely.from_geojson(fragment), place) for fragment in placed]
    return "".join(
        f'<path d="{path}" {style}/>'
        for path, style in (
            ("".join(paths(shapes)), AREA.format(layer.colour)),
            ("".join(_dots(shapes)), DOT.format(layer.colour)),
        )
        if path
    )


def _dots(shapes: Sequence[BaseGeometry]) -> Iterator[str]:
    for shape in shapes:
        if shape.geom_type in ("Point", "MultiPoint"):
            for x, y in shapely.get_coordinates(shape):
                yield f"M{x:.1f} {y:.1f}h0"


def paths(shapes: Sequence[BaseGeometry]) -> Iterator[str]:
    """Rings and lines, simplified to what can be seen at this size."""
    for part in shapely.get_parts([s for s in shapes if shapely.get_dimensions(s) > 0]):
        simple = shapely.simplify(part, TOLERANCE_PX)
        for line in shapely.get_rings(simple) if simple.geom_type == "Polygon" else [simple]:
            first, *rest = (f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(line))
            yield f"M{first}L{'L'.join(rest)}"
