"""Addresses of pictures: tiles of a layer, a map as it is shown, and a dataset's for a link to it.

/raster/{collection}/{z}/{x}/{y}.png    WebMercatorQuad; `size` 256 or 512, `ratio` 1 or 2
/map/picture.png                        what /map shows; `width`, `height`, `ratio`
/data/{name}/picture.png                1200 by 630
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from datasets.errors import NotFound
from datasets.text import ENGLISH, Text
from geoportal.caching import FOR_EVER, known
from geoportal.emap.layers import mercator, public_collection
from geoportal.emap.state import State
from geoportal.emap.tools import asked
from geoportal.portal import Portal
from geoportal.raster import basemaps, card
from geoportal.raster.album import Album, Key
from geoportal.raster.basemaps import named
from geoportal.raster.frame import TILE_PX, Frame
from geoportal.raster.picture import Scene, drawn, png
from geoportal.raster.sight import joined, sight
from geoportal.registry import Shown, View
from geoportal.rendering import said
from publish.package import text_of

router = APIRouter()
router.include_router(basemaps.router)
READ = ["GET", "HEAD"]
MOST_LAYERS = 20
MOST_PIXELS = 12_000_000
SOON, HOURLY = "public, max-age=10", "public, max-age=3600"
WITHIN_PX = 40
NEAREST = 14.0

album = Album()

Side = Annotated[int, Query(ge=16, le=2400)]
Ratio = Annotated[int, Query(ge=1, le=2)]
Pinned = Annotated[int | None, Query(ge=1, le=2**31)]


@router.api_route("/raster/{collection}/{z}/{x}/{y}.png", methods=READ)
def tile(
    request: Request,
    collection: str,
    z: int,
    x: int,
    y: int,
    v: Pinned = None,
    size: Annotated[int, Query(ge=256, le=512, multiple_of=256)] = 256,
    ratio: Ratio = 1,
    dark: bool = False,
) -> Response:
    """One tile of a layer, transparent where nothing is; drawn as `style.<id>` and the rest say."""
    portal: Portal = request.app.state.portal
    view, state = asked(request)
    pinned = portal.registry.pinned(collection, v) if v else None
    shown = pinned or public_collection(view, collection)
    try:
        frame = Frame.of_tile(z, x, y, size, ratio)
    except ValueError as error:
        raise NotFound(str(error)) from None
    scene = Scene(
        portal,
        view,
        [shown],
        view.symbols(shown),
        state,
        frame,
        dark=dark,
        ground=False,
        names=False,
    )
    cache = SOON if shown.archive is None else FOR_EVER if pinned else "no-cache"
    return _answer(request, scene, cache)


@router.api_route("/basemap/{name}/{z}/{x}/{y}.png", methods=READ)
def ground_tile(
    request: Request, name: str, z: int, x: int, y: int, ratio: Ratio = 1, dark: bool = False
) -> Response:
    """One tile of 512 pixels of a basemap of layers or of a file."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    basemap = named(request, name, "layers", "pmtiles")
    try:
        frame = Frame.of_tile(z, x, y, TILE_PX, ratio)
    except ValueError as error:
        raise NotFound(str(error)) from None
    scene = Scene(portal, view, (), {}, State(), frame, dark=dark, basemap=basemap)
    return _answer(request, scene, HOURLY)


@router.api_route("/map/picture.png", methods=READ)
def picture(
    request: Request,
    width: Side = 800,
    height: Side = 600,
    ratio: Ratio = 1,
    dark: bool = False,
    only: Literal["", "names"] = "",
) -> Response:
    """A map as its address says; without layers the ground alone.

    `only=names` are the names of features without a ground, to be laid over tiles.
    """
    if width * height * ratio**2 > MOST_PIXELS:
        raise HTTPException(400, f"a picture has at most {MOST_PIXELS} pixels")
    portal: Portal = request.app.state.portal
    view, state = asked(request)
    frame = replace(sight(request, view, state, (width, height)), ratio=ratio)
    scene = Scene(
        portal,
        view,
        [view.collections[name] for name in state.layers[:MOST_LAYERS]],
        view.symbols(),
        state,
        frame,
        request.state.language,
        dark,
        ground=not only,
        shapes=not only,
        basemap=None if only else portal.config.map.named(state.base),
    )
    return _answer(request, scene, "no-cache")


@router.api_route("/data/{name}/picture.png", methods=READ)
def dataset_picture(request: Request, name: str) -> Response:
    """The picture of a dataset beside a link to it."""
    portal: Portal = request.app.state.portal
    version = portal.public_version(name)
    if version is None:
        raise NotFound(f"there is no public dataset {name!r}")
    view, language = portal.registry.view(), request.state.language
    shown = [each for each in view.collections.values() if each.layer.dataset == name]
    publisher = portal.publishers.titles().get(version.package["owner_org"], Text(""))
    site = Text(portal.config.site.title, {ENGLISH: portal.config.site.title_en})
    words = (
        said(language, text_of(version.package, "title")),
        " · ".join(filter(None, (said(language, publisher), said(language, site)))),
    )
    return _answer(request, _card(portal, view, shown, language), HOURLY, words)


def _card(portal: Portal, view: View, shown: Sequence[Shown], language: str) -> Scene:
    """All layers of a dataset over the band of their name."""
    layers = shown[:MOST_LAYERS]
    state = State(layers=tuple(each.layer.id for each in layers))
    boxes = [each.layer.bbox_lonlat for each in layers if each.layer.bbox_lonlat]
    box = mercator(joined(boxes) or portal.config.validation.extent)
    size = card.WIDTH, card.HEIGHT - card.BAND
    frame = Frame.of_box(box, size, margin_px=WITHIN_PX, most=NEAREST)
    base = portal.config.map.named("")
    return Scene(portal, view, layers, view.symbols(), state, frame, language, basemap=base)


def _answer(
    request: Request, scene: Scene, cache: str, words: tuple[str, str] | None = None
) -> Response:
    """A picture that is drawn, or known to the client. Raises TimeoutError."""
    key = (*_key(scene), words)
    tag = hashlib.blake2b(repr(key).encode(), digest_size=12).hexdigest()
    headers = {"ETag": f'"{tag}"', "Cache-Control": cache, "Access-Control-Allow-Origin": "*"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    made = album.picture(key, partial(_drawn, scene, words))
    return Response(made, 200, headers, "image/png")


def _drawn(scene: Scene, words: tuple[str, str] | None) -> bytes:
    image = drawn(scene)
    if words:
        image = card.titled(image, *words)
    return png(image, opaque=scene.ground)


def _key(scene: Scene) -> Key:
    """All that a picture depends on."""
    layers = [
        (
            each.layer.sha,
            each.archive and each.archive.name,
            scene.symbols[each.layer.id],
            *(part.get(each.layer.id) for part in _own(scene.state)),
        )
        for each in scene.layers
    ]
    look = scene.state.time, scene.state.labels or scene.language, scene.dark, scene.ground
    base = scene.basemap and (scene.basemap.name, scene.view.revision, scene.view.lost)
    return (tuple(layers), scene.frame, *look, scene.names, scene.shapes, base)


def _own(state: State) -> Sequence[Mapping[str, object]]:
    return state.style, state.where, state.opacity
