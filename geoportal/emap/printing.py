"""Printing a map: a sheet with its picture, legend, scale, north, sources and date."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets.sentences import number
from geoportal.emap import classes, looks, qr
from geoportal.emap.state import State
from geoportal.emap.tools import READ, asked, panel, visible
from geoportal.portal import Portal
from geoportal.raster.frame import TILE_PX, Frame
from geoportal.raster.sight import sight
from geoportal.registry import Shown, View
from geoportal.rendering import linker, page

router = APIRouter()
PAPERS: Mapping[str, tuple[int, int]] = {
    "a4": (186, 160),
    "a4-landscape": (195, 158),
    "a3": (273, 290),
    "a3-landscape": (300, 242),
}
"""Millimetres of paper for the picture, across and down, as map-tools.css has them."""
DENOMINATORS = (500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
PIXELS_PER_MM = 96 / 25.4
MOST_PIXELS = 2400
MOST_ZOOM = 22.0
EARTH_M = 2 * math.pi * 6378137
BAR = 0.3  # of the picture's width, that a scale bar may take
MOST_PITCH = 1.0
Title = Annotated[str, Query(max_length=200)]
Notes = Annotated[str, Query(max_length=1000)]
Paper = Annotated[str, Query(max_length=20)]
Pixels = Annotated[int, Query(ge=0, le=20_000)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar: its length on the ground, and in pixels of a picture so wide."""

    length_m: float
    pixels: float
    width: int

    def said(self, language: str, share: float = 1) -> str:
        """A part of its length.

        >>> Bar(2000, 80, 400).said("en"), Bar(500, 80, 400).said("sr-Latn", 0.5)
        ('2 km', '250 m')
        """
        metres = self.length_m * share
        if self.length_m >= 1000:  # noqa: PLR2004 - a kilometre
            return f"{number(language, metres / 1000, 1 if metres % 1000 else 0)} km"
        return f"{number(language, metres, 1 if metres % 1 else 0)} m"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: a picture of a frame on a paper, with the words of who prints it."""

    frame: Frame
    paper: str
    title: str
    notes: str
    bearing: float
    tilted: bool

    @property
    def width_mm(self) -> float:
        """How wide the picture is on paper."""
        across, down = PAPERS[self.paper]
        return min(across, down * self.frame.width / self.frame.height)

    @property
    def denominator(self) -> int:
        """The scale, to two digits: paper is never fed so exactly that more would be true."""
        exact = metres_per_pixel(self.frame) * self.frame.width / (self.width_mm / 1000)
        return int(float(f"{exact:.2g}"))

    @property
    def bar(self) -> Bar:
        """A round length that takes a part of the picture's width."""
        metres = metres_per_pixel(self.frame)
        length_m = round_length(metres * self.frame.width * BAR)
        return Bar(length_m, length_m / metres, self.frame.width)


@router.api_route("/map/print", methods=READ)
def print_page(
    request: Request,
    title: Title = "",
    notes: Notes = "",
    paper: Paper = "a4",
    scale: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
    width: Pixels = 0,
    height: Pixels = 0,
    exact: bool = False,
) -> Response:
    """A form of what to print, and the sheet as it will be; `exact` is the sheet alone.

    The picture is of the screen's proportions where `width` and `height` tell them, else the
    paper's; with a `scale` it has this one on paper, around the centre.
    """
    view, state = asked(request)
    chosen = paper if paper in PAPERS else "a4"
    frame = _frame(request, view, state, chosen, scale, (width, height))
    turned = state if exact else replace(state, bearing=None, pitch=None)
    sheet = Sheet(
        frame,
        chosen,
        title.strip(),
        notes.strip(),
        bearing=turned.bearing or 0,
        tilted=(turned.pitch or 0) > MOST_PITCH,
    )
    values = _values(request, view, state, sheet)
    if exact:
        return page(request, "map/sheet.html", state=state, **values)
    return panel(request, "print", state, **values, papers=PAPERS, scales=DENOMINATORS, scale=scale)


def _frame(
    request: Request, view: View, state: State, paper: str, scale: int, screen: tuple[int, int]
) -> Frame:
    across, down = (round(mm * PIXELS_PER_MM) for mm in PAPERS[paper])
    size = screen if all(screen) and not scale else (across, down)
    frame = sight(request, view, state, size)
    if not scale:
        return frame
    wanted = scale * PAPERS[paper][0] / 1000 / across
    nearer = math.log2(metres_per_pixel(frame) / wanted)
    return replace(frame, zoom=min(max(frame.zoom + nearer, 0.0), MOST_ZOOM))


def metres_per_pixel(frame: Frame) -> float:
    """How much ground a CSS pixel is in the middle of a picture."""
    return EARTH_M * math.cos(math.radians(center(frame)[1])) / (TILE_PX * 2**frame.zoom)


def center(frame: Frame) -> tuple[float, float]:
    """Longitude and latitude of the middle of a picture."""
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * frame.y))))
    return (frame.x * 360) % 360 - 180, latitude


def round_length(most_m: float) -> float:
    """The largest of 1, 2, 5 and their tens that is not longer.

    >>> round_length(1234), round_length(0.7), round_length(60)
    (1000.0, 0.5, 50.0)
    """
    tens = 10.0 ** math.floor(math.log10(most_m))
    return next(n * tens for n in (5, 2, 1) if n * tens <= most_m * (1 + 1e-9))


def _values(request: Request, view: View, state: State, sheet: Sheet) -> dict[str, Any]:
    portal: Portal = request.app.state.portal
    here = visible(view, state)
    path = f"{linker(portal, request.state.language)('/map')}?{state.query()}"
    fits = len(portal.site_url + path) <= qr.MOST_LETTERS
    return {
        "sheet": sheet,
        "here": here,
        "sources": _sources(here),
        "legend": {each.layer.id: _legend(request, view, state, each) for each in here},
        "symbols": view.symbols(),
        "picture": _picture(state, sheet.frame),
        "today": datetime.now(UTC).date().isoformat(),
        "permalink": portal.site_url + path,
        "code": f"/qr.svg?to={quote(path, safe='/')}" if fits else "",
    }


def _sources(here: Sequence[Shown]) -> list[list[Shown]]:
    """The layers in groups of one publisher, licence and date, which are then named once."""
    found: dict[tuple[str, str, str], list[Shown]] = {}
    for each in here:
        key = each.organization, each.license_title, each.modified[:10]
        found.setdefault(key, []).append(each)
    return list(found.values())


def _legend(request: Request, view: View, state: State, shown: Shown) -> list[dict[str, Any]]:
    """The classes of a layer; none where it is drawn in one colour."""
    own = view.symbols()[shown.layer.id]
    style = classes.drawn(request.app.state.portal, shown, state, own)
    return list(looks.legend(shown, style, state.labels or request.state.language))


def _picture(state: State, frame: Frame) -> str:
    """The address of the server's picture, twice as fine as the screen where it may be."""
    at = replace(state, center=center(frame), zoom=round(frame.zoom, 4), bbox=None, feature=None)
    width, height = frame.width, frame.height
    if max(width, height) > MOST_PIXELS:
        width, height = (round(n * MOST_PIXELS / max(width, height)) for n in (width, height))
    return f"/map/picture.png?{at.query()}&width={width}&height={height}"
