"""A picture of layers: PNG, drawn by the server for who has no map in the browser."""

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datasets.basemaps import Basemap
from datasets.text import CYRILLIC
from geoportal.emap.classes import Entry, Style
from geoportal.emap.classes import drawn as style_of
from geoportal.emap.layers import labels as naming
from geoportal.emap.state import State
from geoportal.palette import Symbol
from geoportal.portal import Portal
from geoportal.raster import brush, looks
from geoportal.raster.basemaps import lay_ground
from geoportal.raster.brush import LINE, POINT, POLYGON, Chosen, Mask
from geoportal.raster.frame import Frame
from geoportal.raster.heat import HEAT_TO, warm
from geoportal.raster.looks import DARK, LIGHT, Scheme
from geoportal.raster.shapes import Piece, Shapes, points, shapes
from geoportal.raster.writing import GAP_PX, HALO_PX, LABEL_PX, Label, Pen, Taken, write_labels
from geoportal.registry import Shown, View

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_S = 10.0
LABELS_FROM = 9.0
FILLED, TINTED, EDGE_OPACITY = 0.65, 0.18, 0.7
COLOURS = 256
EDGE_PX = ((6.0, 0.6), (12.0, 1.8))
LINE_PX = ((6.0, 1.2), (14.0, 4.0))
SYMBOL = ((5.0, 0.4), (9.0, 0.62), (14.0, 1.0))

type Stops = Sequence[tuple[float, float]]
type Pieces = Sequence[tuple[Piece, Chosen]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture is made of: layers, top first, as a map shows them, in a frame.

    `shapes` says whether features are drawn, `names` whether they are named, `ground` whether the
    picture is opaque.
    """

    portal: Portal
    view: View
    layers: Sequence[Shown]
    symbols: Mapping[str, Symbol]
    state: State
    frame: Frame
    language: str = CYRILLIC
    dark: bool = False
    ground: bool = True
    names: bool = True
    shapes: bool = True
    basemap: Basemap | None = None

    @property
    def scheme(self) -> Scheme:
        """The colours of the map itself."""
        return DARK if self.dark else LIGHT

    def style(self, shown: Shown) -> Style:
        """How a layer is drawn."""
        return style_of(self.portal, shown, self.state, self.symbols[shown.layer.id])


def drawn(scene: Scene) -> "Image":
    """The picture as an image, layers from the lowest, then names.

    Raises BrokenArchive, and TimeoutError where layers take too long together.
    """
    from PIL import Image  # noqa: PLC0415 - not for requests without pictures

    ends = time.monotonic() + MOST_S
    ground = scene.scheme.ground if scene.ground else (0, 0, 0, 0)
    image = Image.new("RGBA", scene.frame.size_px, ground)
    lay_ground(image, scene.basemap, scene.view, scene.frame, scene.dark)
    written: list[Label] = []
    for shown in reversed(scene.layers):
        found = shapes(shown, scene.frame)
        if scene.shapes:
            _draw(image, scene, shown, scene.style(shown), found)
        written[:0] = _labels(scene, shown, found) if scene.names else []
        if time.monotonic() > ends:
            raise TimeoutError(f"a picture took more than {MOST_S} s")
    write_labels(image, written, label_pen(scene), Taken())
    return image


def png(image: "Image", *, opaque: bool = False) -> bytes:
    """An image as PNG; an opaque one has a palette where that loses nothing."""
    out = io.BytesIO()
    if opaque:
        image = image.convert("RGB")
        few = image.getcolors(COLOURS)
        image = image.quantize(len(few), method=0) if few else image
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def label_pen(scene: Scene) -> Pen:
    """The pen of names on the map."""
    ratio, scheme = scene.frame.ratio, scene.scheme
    return Pen(LABEL_PX * ratio, scheme.ink, scheme.halo, HALO_PX * ratio)


def _draw(image: "Image", scene: Scene, shown: Shown, style: Style, found: Shapes) -> None:
    """Draw a layer, its classes one after the other from the last."""
    coloured = looks.is_coloured(style)
    opacity = scene.state.opacity.get(shown.layer.id, 1.0)
    dressed = [(piece, looks.wanted(shown, scene.state, piece)) for piece in found.pieces]
    if style.kind == "heat" and scene.frame.zoom < HEAT_TO:
        warm(image, [place for each in dressed for place in points(*each)], opacity, scene.frame)
        return
    numbers = [looks.classes(style, piece) for piece in found.pieces]
    by_class = [
        [(piece, chosen & (of == i)) for (piece, chosen), of in zip(dressed, numbers, strict=True)]
        for i in range(len(style.entries))
    ]
    filled = FILLED if coloured else TINTED
    for entry, pieces in reversed(list(zip(style.entries, by_class, strict=True))):
        _areas(image, entry, pieces, filled * opacity)
    edge = scene.scheme.ink if coloured else style.entries[0].colour
    _edges(image, scene, edge, dressed, opacity)
    for entry, pieces in reversed(list(zip(style.entries, by_class, strict=True))):
        _lines(image, scene, entry, pieces, opacity)
        _points(image, scene, entry, pieces, opacity)


def _areas(image: "Image", entry: Entry, pieces: Pieces, opacity: float) -> None:
    if _has(pieces, POLYGON):
        mask = Mask.blank(image.size)
        mask.fill(pieces)
        mask.lay(image, entry.colour, opacity)


def _edges(image: "Image", scene: Scene, colour: str, pieces: Pieces, opacity: float) -> None:
    if _has(pieces, POLYGON):
        mask = Mask.blank(image.size)
        mask.stroke(pieces, POLYGON, between(EDGE_PX, scene.frame.zoom) * scene.frame.ratio)
        mask.lay(image, colour, EDGE_OPACITY * opacity)


def _lines(image: "Image", scene: Scene, entry: Entry, pieces: Pieces, opacity: float) -> None:
    if not _has(pieces, LINE):
        return
    width = between(LINE_PX, scene.frame.zoom) * entry.size * scene.frame.ratio
    mask = Mask.blank(image.size)
    mask.stroke(pieces, LINE, width)
    mask.lay(image, entry.colour, opacity)


def _points(image: "Image", scene: Scene, entry: Entry, pieces: Pieces, opacity: float) -> None:
    if not _has(pieces, POINT):
        return
    scale = between(SYMBOL, scene.frame.zoom) * entry.size * scene.frame.ratio
    stamp = brush.symbol(entry.shape, entry.colour, scene.scheme.halo, round(scale, 2))
    if opacity < 1:
        stamp = stamp.copy()
        stamp.putalpha(stamp.getchannel("A").point(lambda alpha: int(alpha * opacity)))
    width, height = image.size
    half = stamp.width / 2
    for _, x, y in (place for each in pieces for place in points(*each)):
        left, top = round(x - half), round(y - half)
        low = max(-left, 0), max(-top, 0)
        if -stamp.width < left < width and -stamp.height < top < height:
            image.alpha_composite(stamp, (max(left, 0), max(top, 0)), low)


def _has(pieces: Pieces, kind: int) -> bool:
    return any(len(piece.parts(kind, chosen)) for piece, chosen in pieces)


def between(stops: Stops, zoom: float) -> float:
    """A size at a zoom, on straight lines between those at some zooms.

    >>> between([(5, 1.0), (9, 2.0)], 7), between([(5, 1.0), (9, 2.0)], 20)
    (1.5, 2.0)
    """
    return float(np.interp(zoom, [at for at, _ in stops], [size for _, size in stops]))


def _labels(scene: Scene, shown: Shown, found: Shapes) -> list[Label]:
    """The names of the points of a layer, as the map writes them."""
    own = naming(shown.layer, scene.state.labels or scene.language)
    zoom, ratio = scene.frame.zoom, scene.frame.ratio
    if zoom < LABELS_FROM or not own:
        return []
    away = GAP_PX * between(SYMBOL, zoom) * ratio + 2 * ratio
    made = []
    for piece in found.pieces:
        columns = [piece.layer.column(name) for name in own]
        for feature, x, y in points(piece, looks.wanted(shown, scene.state, piece)):
            text = next((str(c[feature]) for c in columns if c[feature] not in (None, "")), "")
            if text:
                made.append(Label(text, x, y, away))
    return made
