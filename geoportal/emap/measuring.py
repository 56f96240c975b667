"""Lengths and areas between positions that are typed in: the measuring of the map without a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets.sentences import number
from geoportal.emap.positions import positions
from geoportal.emap.tools import READ, asked, panel

router = APIRouter()
LENGTH, AREA = "length", "area"
LEAST = {LENGTH: 2, AREA: 3}
KILOMETRE, HECTARE, SQUARE_KILOMETRE = 1e3, 1e4, 1e6
At = Annotated[str, Query(max_length=20_000)]
Of = Annotated[str, Query(max_length=10)]

type Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What positions measure: metres along them, each step, and within them square metres."""

    steps_m: Sequence[float]
    length_m: float
    area_m2: float


@router.api_route("/map/measure", methods=READ)
def measure(request: Request, at: At = "", of: Of = LENGTH) -> Response:
    """A form of positions, one a line, and what they measure on the ellipsoid."""
    _, state = asked(request)
    kind = of if of in LEAST else LENGTH
    read = list(positions(at))
    places = [place for _, place in read if place]
    found = measured(places, kind) if len(places) >= LEAST[kind] else None
    return panel(
        request,
        "measure",
        state,
        at=at,
        of=kind,
        wrong=[line for line, place in read if place is None],
        found=found,
        least=LEAST[kind],
        length_said=length_said,
        area_said=area_said,
    )


def measured(places: Sequence[Position], kind: str) -> Measured:
    """Along geodesics of WGS 84; an area's edge goes back to its first place."""
    from pyproj import Geod  # noqa: PLC0415 - its data are read from the disk

    ground = Geod(ellps="WGS84")
    ring = [*places, places[0]] if kind == AREA else list(places)
    longitudes, latitudes = zip(*ring, strict=True)
    steps = [float(step) for step in ground.line_lengths(longitudes, latitudes)]
    area = ground.polygon_area_perimeter(longitudes, latitudes)[0] if kind == AREA else 0.0
    return Measured(steps, sum(steps), abs(area))


def length_said(language: str, metres: float) -> str:
    """A length as one says it.

    >>> length_said("en", 12.34), length_said("en", 456.7), length_said("en", 12345)
    ('12.3 m', '457 m', '12.35 km')
    """
    if metres < KILOMETRE:
        return f"{number(language, metres, 1 if metres < 100 else 0)} m"  # noqa: PLR2004
    return f"{number(language, metres / KILOMETRE, 2 if metres < 1e5 else 0)} km"  # noqa: PLR2004


def area_said(language: str, square_metres: float) -> str:
    """An area as one says it.

    >>> area_said("en", 456.7), area_said("en", 45678), area_said("en", 12345678)
    ('457 m²', '4.57 ha', '12.35 km²')
    """
    if square_metres < HECTARE:
        return f"{number(language, square_metres)} m²"
    if square_metres < SQUARE_KILOMETRE:
        return f"{number(language, square_metres / HECTARE, 2)} ha"
    return f"{number(language, square_metres / SQUARE_KILOMETRE, 2)} km²"
