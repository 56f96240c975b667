"""Positions as people write them: latitude, longitude, in degrees or with minutes and seconds."""

import re
from collections.abc import Iterator

PLAIN = re.compile(
    r"\s*(-?\d{1,3}(?:[.,]\d+)?)(?:\s*[,;]\s+|\s*;\s*|\s+|,)(-?\d{1,3}(?:[.,]\d+)?)\s*"
)
ONE_COMMA = re.compile(r"-?\d{1,3}(\.\d+)?,-?\d{1,3}(\.\d+)?")
NUMBER = r"(\d{1,3}(?:[.,]\d+)?)"
PART = rf"{NUMBER}\s*°\s*(?:{NUMBER}\s*['′’]\s*)?(?:{NUMBER}\s*(?:\"|″|”|'')\s*)?"
SIDES = {"n": 1, "s": -1, "e": 1, "w": -1, "с": 1, "ј": -1, "и": 1, "з": -1}
TURNED = re.compile(rf"\s*{PART}([nsсј])[\s,;]*{PART}([ewиз])\s*", re.IGNORECASE)
MOST = 2000
LATITUDE, LONGITUDE = 90, 180


def positions(text: str) -> Iterator[tuple[str, tuple[float, float] | None]]:
    """Each line (or what is between bars) with its longitude and latitude, None for what is none.

    >>> list(positions("44.01, 20.91 | Nis"))
    [('44.01, 20.91', (20.91, 44.01)), ('Nis', None)]
    """
    lines = [line.strip() for line in re.split(r"[\n|]+", text) if line.strip()]
    for line in lines[:MOST]:
        yield line, position(line)


def position(text: str) -> tuple[float, float] | None:
    """Longitude and latitude of text that says latitude first; None for what is no position.

    A comma may stand in a number where another sign or a blank parts the two.

    >>> position("44,01 20,91"), position("44.01,20.91"), position("91 0")
    ((20.91, 44.01), (20.91, 44.01), None)
    >>> position("44°00'36″N 20°54'36″E")
    (20.91, 44.01)
    """
    if found := TURNED.fullmatch(text):
        latitude, longitude = _turned(*found.groups()[:4]), _turned(*found.groups()[4:])
    elif ONE_COMMA.fullmatch(text.strip()):
        latitude, longitude = map(float, text.split(","))
    elif found := PLAIN.fullmatch(text):
        latitude, longitude = (float(part.replace(",", ".")) for part in found.groups())
    else:
        return None
    there = abs(latitude) <= LATITUDE and abs(longitude) <= LONGITUDE
    return (longitude, latitude) if there else None


def _turned(degrees: str, minutes: str | None, seconds: str | None, side: str) -> float:
    parts = [float((part or "0").replace(",", ".")) for part in (degrees, minutes, seconds)]
    return round(SIDES[side.lower()] * (parts[0] + parts[1] / 60 + parts[2] / 3600), 9)
