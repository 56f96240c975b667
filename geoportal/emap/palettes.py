"""Colours of classes: ramps even in lightness, so that colour blindness cannot mix them.

A ramp is computed in OKLCH (Björn Ottosson's OKLab in cylinder coordinates): lightness falls in
equal steps, the hue turns a little. Two hues that meet in a pale middle make a diverging ramp; they
are blue with orange and purple with green, which every kind of colour blindness tells apart.
"""

import functools
import math
from collections.abc import Mapping, Sequence

from datasets.colours import channels
from geoportal.palette import COLOURS

PALE, DEEP = 0.93, 0.38
"""Lightness of the two ends."""
SEQUENTIAL: Mapping[str, tuple[float, float, float]] = {
    "blue": (225, 262, 0.13),
    "green": (140, 165, 0.12),
    "orange": (85, 40, 0.14),
    "purple": (320, 300, 0.14),
    "grey": (240, 240, 0.01),
}
"""Hue of the pale and of the deep end in degrees, and the largest chroma."""
DIVERGING: Mapping[str, tuple[str, str]] = {
    "blue-orange": ("blue", "orange"),
    "purple-green": ("purple", "green"),
}
RAMPS = (*SEQUENTIAL, *DIVERGING)
OTHER, NONE = "#767676", "#b9bfc1"
"""What is in no class of its own, and what has no value."""


@functools.lru_cache(128)
def ramp(name: str, k: int) -> tuple[str, ...]:
    """Colours of k classes, the lowest first.

    >>> ramp("blue", 3)
    ('#c7efff', '#4198d7', '#234077')
    """
    if name in DIVERGING:
        return _diverging(*DIVERGING[name], k)
    return tuple(_at(name, step / max(k - 1, 1)) for step in range(k))


@functools.lru_cache(128)
def near(colour: str) -> str:
    """The sequential ramp of colours whose middle is most like a colour.

    >>> near("#0072b2"), near("#d55e00"), near("#882255")
    ('blue', 'orange', 'purple')
    """
    own = channels(colour)
    vivid = [name for name in SEQUENTIAL if name != "grey"]
    return min(vivid, key=lambda name: math.dist(own, channels(ramp(name, 5)[3])))


def qualitative(k: int) -> tuple[str, ...]:
    """Colours of k kinds that have no order; of more than eight some come twice."""
    return tuple(COLOURS[i % len(COLOURS)] for i in range(k))


def _diverging(low: str, high: str, k: int) -> tuple[str, ...]:
    """The deep end of one ramp, a pale middle where k is odd, the deep end of the other."""
    half = [(i + (0 if k % 2 else 0.5)) / max(k // 2, 1) for i in range(1 if k % 2 else 0, k)]
    sides = [min(step, 1.0) for step in half[: k // 2]]
    middle = [_at("grey", 0.0)] if k % 2 else []
    return (
        *(_at(low, step) for step in reversed(sides)),
        *middle,
        *(_at(high, step) for step in sides),
    )


def _at(name: str, step: float) -> str:
    pale, deep, chroma = SEQUENTIAL[name]
    lightness = PALE + (DEEP - PALE) * step
    vivid = chroma * math.sin(math.pi * (0.12 + 0.6 * step))
    return oklch(lightness, vivid, pale + (deep - pale) * step)


def oklch(lightness: float, chroma: float, hue_deg: float) -> str:
    """A colour of OKLCH as sRGB; what sRGB does not have is cut.

    >>> oklch(1.0, 0.0, 0.0), oklch(0.0, 0.0, 0.0)
    ('#ffffff', '#000000')
    """
    a, b = chroma * math.cos(math.radians(hue_deg)), chroma * math.sin(math.radians(hue_deg))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return _hex(
        (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
    )


def _hex(linear: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * _encoded(min(max(c, 0.0), 1.0))):02x}" for c in linear)


def _encoded(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * float(linear ** (1 / 2.4)) - 0.055
