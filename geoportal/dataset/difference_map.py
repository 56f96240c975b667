"""A difference on a map: a picture that needs no JavaScript, and GeoJSON for other programs."""

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson
import shapely
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from datasets.model import BBox
from geoportal.dataset.compared import Compared
from geoportal.overview import HEIGHT, WIDTH, paths, placing
from publish.layers.labels import label

if TYPE_CHECKING:
    from publish.columns.kept import Kept, Rows
    from publish.layers.features import Features

MOST_DRAWN, MOST_AROUND, MOST_LINKED = 1_500, 1_500, 150
MOST_FEATURES = 20_000
ROOM = 0.02  # of the width and height, on each side
KINDS = ("removed", "changed", "added")
"""In the order in which they are drawn: what is new lies on top."""

MARKS = {
    "added": "M-5 0H5M0 -5V5",
    "removed": "M-4 -4L4 4M-4 4L4 -4",
    "changed": "M0 -5L5 0L0 5L-5 0Z",
}
"""A sign for each kind, so that colour is never alone."""


def features(compared: Compared, most: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, id and GeoJSON of what differs, at most so many; the removed as they were."""
    assert compared.layers is not None
    (_, old), (_, new) = compared.layers
    found = compared.found
    left = most
    for kind, kept, layer, rows in (
        ("removed", compared.old, old, found.removed),
        ("changed", compared.new, new, found.changed[1]),
        ("added", compared.new, new, found.added),
    ):
        yield from _features(kind, kept, layer, rows[:left])
        left -= len(rows[:left])


def _features(
    kind: str, kept: "Kept", layer: "Features", rows: "Rows"
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    from publish.columns.rows_of_features import ids  # noqa: PLC0415 - pyarrow takes 40 MB

    for fid in ids(kept, layer, rows):
        fragment = layer.feature(fid)
        if fragment is not None:
            yield kind, fid, orjson.loads(fragment)


def geojson(compared: Compared) -> Iterator[bytes]:
    """A FeatureCollection in CRS84 whose features say under `_change` how they differ.

    Raises ValueError, before the first byte, for more than MOST_FEATURES.
    """
    many = sum(compared.found.counts.values())
    if many > MOST_FEATURES:
        raise ValueError(f"{many} features are more than the {MOST_FEATURES} of a file; take csv")
    return _collection(compared)


def _collection(compared: Compared) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    between = b"\n"
    for kind, _, feature in features(compared, MOST_FEATURES):
        feature["properties"] = {"_change": kind, **feature["properties"]}
        yield between + orjson.dumps(feature)
        between = b",\n"
    yield b"\n]}\n"


def picture(compared: Compared, base: str) -> Markup:
    """An SVG of what differs, over the layer as it is now; empty where nothing has a place.

    `base` is the address of a feature's page without its id: what is there now is a link.
    """
    drawn = [
        (kind, fid, _name(compared, feature), shapely.from_geojson(orjson.dumps(place)))
        for kind, fid, feature in features(compared, MOST_DRAWN)
        if (place := feature["geometry"])
    ]
    box = _box([shape for *_, shape in drawn])
    if box is None or compared.layers is None:
        return Markup("")
    place = placing([box])
    around = Markup('<path class="around" d="{}"/>').format(_around(compared.layers[1][1], box))
    linked = len(drawn) <= MOST_LINKED
    marks = Markup("").join(
        _mark(kind, shapely.transform(shape, place), f"{base}{fid}" if linked else "", name)
        for kind, fid, name, shape in drawn
    )
    return Markup('<svg class="difference" viewBox="0 0 {} {}" role="group">{}{}</svg>').format(
        WIDTH, HEIGHT, around, marks
    )


def _name(compared: Compared, feature: dict[str, Any]) -> str:
    """What people call a feature, else its id."""
    own = label(compared.new.columns)
    named = feature["properties"].get(own.name) if own else None
    return str(named or feature["id"])


def _box(shapes: list[BaseGeometry]) -> BBox | None:
    """The box of all, with some room around."""
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    wide, high = max(east - west, 0.01) * ROOM, max(north - south, 0.01) * ROOM
    return (west - wide, max(south - high, -90.0), east + wide, min(north + high, 90.0))


@functools.lru_cache(32)
def _around(layer: "Features", box: BBox) -> str:
    """What of the layer lies in the box, as one quiet path."""
    place = placing([box])
    found = layer.features(layer.ask(bbox=box), limit=MOST_AROUND)
    shapes = [
        shapely.transform(shapely.from_geojson(fragment), place)
        for fragment in found
        if orjson.loads(fragment)["geometry"]
    ]
    dots = (
        f"M{x:.1f} {y:.1f}h0"
        for shape in shapes
        if shape.geom_type in ("Point", "MultiPoint")
        for x, y in shapely.get_coordinates(shape)
    )
    return "".join([*paths(shapes), *dots])


def _mark(kind: str, shape: BaseGeometry, href: str, name: str) -> Markup:
    """A feature's outline, and the sign of its kind in it."""
    middle = shape.representative_point()
    outline = Markup('<path class="shape" d="{}"/>').format("".join(paths([shape])))
    sign = Markup('<path class="sign" transform="translate({:.1f} {:.1f})" d="{}"/>').format(
        middle.x, middle.y, MARKS[kind]
    )
    drawn = Markup('<g class="{}"><title>{}</title>{}{}</g>').format(kind, name, outline, sign)
    if kind == "removed" or not href:
        return drawn
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(href, name, drawn)
