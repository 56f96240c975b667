"""Places written as numbers: degrees, minutes and seconds, or metres of Serbia's systems."""

import re

from datasets.model import BBox
from geoportal.emap.positions import position

SERBIA: BBox = (18.5, 41.5, 23.5, 46.5)
EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
NORTHING = (4_500_000, 5_300_000)
ZONES = (
    (7_200_000, 7_800_000, 6316),
    (6_300_000, 6_800_000, 8678),
    (8_300_000, 8_800_000, 8679),
    (200_000, 850_000, 32634),
)
"""Eastings and the systems that have them: zones 7, 6 and 8 of the legacy system, UTM 34N."""
_NUMBER = re.compile(r"\d{6,7}(?:[.,]\d{1,4}(?!\d))?")
_SIGN = re.compile(r"[yxen=:;,\s]|уtm|utm|34n|m|м", re.IGNORECASE)


def coordinates(text: str) -> tuple[float, float] | None:
    """Longitude and latitude of what is written as numbers; None for anything else.

    Degrees say latitude first, unless only the other order lies in Serbia. Of metres either may
    be first: a northing here is never an easting.

    >>> coordinates("44.01, 20.91"), coordinates("20,91 44,01"), coordinates("Ниш 12")
    ((20.91, 44.01), (20.91, 44.01), None)
    >>> [round(number, 3) for number in coordinates("Y=7493123 X=4874567")]
    [20.909, 44.016]
    """
    text = text.strip()[:100]
    found = position(text)
    if found is None:
        return _metres(text)
    swapped = found[1], found[0]
    return swapped if _inside(swapped) and not _inside(found) else found


def _metres(text: str) -> tuple[float, float] | None:
    numbers = [float(number.replace(",", ".")) for number in _NUMBER.findall(text)]
    if len(numbers) != 2 or _SIGN.sub("", _NUMBER.sub("", text)):
        return None
    for easting, northing in (numbers, reversed(numbers)):
        if not NORTHING[0] <= northing <= NORTHING[1]:
            continue
        for least, most, epsg in ZONES:
            if least <= easting <= most:
                return _lonlat(easting, northing, epsg)
    return None


def _lonlat(easting: float, northing: float, epsg: int) -> tuple[float, float] | None:
    import numpy as np  # noqa: PLC0415 - with PROJ it is loaded by who asks in metres
    import shapely  # noqa: PLC0415

    from publish.layers.crs import place, to_lonlat  # noqa: PLC0415

    uri = EPSG.format(epsg)
    at = (northing, easting) if place(uri).swapped else (easting, northing)
    try:
        (point,) = to_lonlat(np.array([shapely.Point(at)]), uri)
    except ValueError:
        return None
    found = round(float(point.x), 7), round(float(point.y), 7)
    return found if _inside(found) else None


def _inside(lonlat: tuple[float, float]) -> bool:
    west, south, east, north = SERBIA
    return west <= lonlat[0] <= east and south <= lonlat[1] <= north
