"""What a map lies on: basemaps of config.yml for the scripts, and drawn by the server.

/basemap/{name}/{z}/{x}/{y}.png    a basemap of layers or of a file, drawn
/basemap/{name}/{z}/{x}/{y}.mvt    a tile of a file
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.basemaps import ROLES, Basemap
from datasets.errors import NotFound, PublishError
from datasets.text import CYRILLIC, ENGLISH, LATIN, Text
from geoportal.emap.layers import labels
from geoportal.ogc.tilesets import zooms
from geoportal.portal import Portal
from geoportal.raster.brush import LINE, POLYGON, Mask
from geoportal.raster.frame import Frame
from geoportal.raster.shapes import Piece, placed, shapes
from geoportal.registry import View
from geoportal.rendering import said, tongue
from publish.layers.mvt_reading import TileLayer, read_tile
from publish.layers.pmtiles import archived_tile, header, unpacked

if TYPE_CHECKING:
    from PIL.Image import Image

router = APIRouter()
READ = ["GET", "HEAD"]
HOURLY = "public, max-age=3600"
MVT = "application/vnd.mapbox-vector-tile"
QUIET: Mapping[str, tuple[str, str]] = {
    "land": ("#f8f8f4", "#202c30"),
    "green": ("#dfebda", "#1e352b"),
    "water": ("#c6dde7", "#15323e"),
    "buildings": ("#e3ddd7", "#2d383d"),
    "roads": ("#ffffff", "#3b494f"),
    "boundaries": ("#a9a1b3", "#66607a"),
}
"""Colours of a ground that lets what lies on it speak: on a light, and on a dark screen."""
LINES_PX: Mapping[str, Sequence[float]] = {
    "roads": (0.4, 6.0),
    "boundaries": (0.5, 1.6),
    "water": (0.6, 2.5),
}
"""How wide lines are at zoom 8 and at zoom 16."""
FILES: Mapping[str, Sequence[str]] = {
    "land": ("earth",),
    "green": ("landcover", "landuse"),
    "water": ("water",),
    "buildings": ("buildings",),
    "roads": ("roads",),
    "boundaries": ("boundaries",),
    "places": ("places",),
}
NAMES = {"own": ("name:sr", "name"), "latin": ("name:sr-Latn", "name")}
"""What the layers of a file are, and what names its places: the scheme of Protomaps, version 4."""


def described(portal: Portal, view: View, language: str) -> list[dict[str, Any]]:
    """The basemaps as the scripts of the map read them (`Basemap` of basemap.mjs)."""
    return [_described(each, view, language) for each in portal.config.map.basemaps]


def _described(basemap: Basemap, view: View, language: str) -> dict[str, Any]:
    title, credit = _title(basemap), Text(basemap.attribution)
    drawn = f"/basemap/{basemap.name}/{{z}}/{{x}}/{{y}}"
    return {
        "name": basemap.name,
        "title": said(language, title),
        "lang": tongue(language, title),
        "attribution": said(language, credit),
        "creditLang": tongue(language, credit),
        "link": basemap.attribution_url,
        "pictures": basemap.tiles or [f"{drawn}.png?v={view.revision}"],
        "own": not basemap.tiles,
        "pixels": basemap.tile_px,
        "maxzoom": basemap.max_zoom,
        "parts": list(_parts(basemap, view)),
        "colours": QUIET,
    }


def _title(basemap: Basemap) -> Text:
    return Text(basemap.title, {ENGLISH: basemap.title_en} if basemap.title_en else {})


def _parts(basemap: Basemap, view: View) -> Iterator[dict[str, Any]]:
    """The vector tiles of a basemap by role, from the lowest."""
    if basemap.kind == "pmtiles":
        head = header(Path(basemap.path))
        address = f"/basemap/{basemap.name}/{{z}}/{{x}}/{{y}}.mvt"
        zoom = {"minzoom": head.min_zoom, "maxzoom": head.max_zoom}
        for role, names in FILES.items():
            for name in names:
                yield {"role": role, "layer": name, "tiles": address, "labels": NAMES, **zoom}
        return
    for role in ROLES:
        for name in getattr(basemap, role):
            if shown := view.collections.get(name):
                lowest, highest = zooms(shown)
                address = f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?v={shown.version}"
                yield {
                    "role": role,
                    "layer": name,
                    "tiles": address,
                    "minzoom": lowest,
                    "maxzoom": highest,
                    "labels": {
                        "own": labels(shown.layer, CYRILLIC),
                        "latin": labels(shown.layer, LATIN),
                    },
                }


@router.api_route("/basemap/{name}/{z}/{x}/{y}.mvt", methods=READ)
def file_tile(request: Request, name: str, z: int, x: int, y: int) -> Response:
    """A tile out of the file of a basemap."""
    basemap = named(request, name, "pmtiles")
    try:
        stored = archived_tile(Path(basemap.path), z, x, y)
    except ValueError as error:
        raise NotFound(str(error)) from None
    headers = {"Cache-Control": HOURLY}
    return Response(unpacked(stored) if stored else b"", 200, headers, MVT)


def named(request: Request, name: str, *kinds: str) -> Basemap:
    """A basemap that has one of the kinds; raises NotFound."""
    portal: Portal = request.app.state.portal
    basemap = next((each for each in portal.config.map.basemaps if each.name == name), None)
    if basemap is None or basemap.kind not in kinds:
        raise NotFound(f"there is no basemap {name[:40]!r} of that kind")
    return basemap


def lay_ground(
    image: "Image", basemap: Basemap | None, view: View, frame: Frame, dark: bool
) -> None:
    """Draw a basemap of layers or of a file under all else; of others nothing is drawn."""
    if basemap is None:
        return
    for role, pieces in _pieces(basemap, view, frame):
        if role not in QUIET:
            continue
        colour = QUIET[role][dark]
        every = [(piece, np.ones(len(piece.layer.kinds), dtype=bool)) for piece in pieces]
        low, high = LINES_PX.get(role, (0.0, 0.0))
        width = float(np.interp(frame.zoom, (8, 16), (low, high))) * frame.ratio
        mask = Mask.blank(image.size)
        if role != "boundaries":
            mask.fill(every)
        else:
            mask.stroke(every, POLYGON, width)
        if width:
            mask.stroke(every, LINE, width)
        mask.lay(image, colour, 1.0)


def _pieces(basemap: Basemap, view: View, frame: Frame) -> Iterator[tuple[str, Sequence[Piece]]]:
    for role in ROLES:
        for name in getattr(basemap, role) if basemap.kind == "layers" else ():
            if shown := view.collections.get(name):
                yield role, shapes(shown, frame).pieces
    if basemap.kind == "pmtiles":
        yield from _from_file(Path(basemap.path), frame)


def _from_file(path: Path, frame: Frame) -> Iterator[tuple[str, Sequence[Piece]]]:
    z = min(max(int(frame.zoom), 0), header(path).max_zoom)
    read = [(tile, _read(path, *tile)) for tile in frame.tiles(z, 0)[:MOST_TILES]]
    for role, names in FILES.items():
        for name in names:
            found = [placed(layers[name], frame, tile) for tile, layers in read if name in layers]
            yield role, found


MOST_TILES = 32


@functools.lru_cache(16)
def _read(path: Path, z: int, x: int, y: int) -> Mapping[str, TileLayer]:
    stored = archived_tile(path, z, x % 2**z, y)
    try:
        return read_tile(unpacked(stored)) if stored else {}
    except ValueError as error:
        raise PublishError(f"{path.name}: tile {z}/{x}/{y}: {error}") from None


@dataclass(frozen=True, slots=True)
class Choice:
    """A basemap that can be chosen on a page: its name in addresses, and its title."""

    name: str
    title: Text


def choices(portal: Portal) -> Sequence[Choice]:
    """The basemaps of the site; none where config.yml names none."""
    return [Choice(each.name, _title(each)) for each in portal.config.map.basemaps]
