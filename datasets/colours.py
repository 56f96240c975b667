"""Colours as `#rrggbb`: how well one is read on another, and mixtures.

Rule: WCAG 2.2, relative luminance and contrast ratio.
"""

THRESHOLD, GAMMA = 0.04045, 2.4


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255.

    >>> channels("#0b5563")
    (11, 85, 99)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (none) to 21 (black on white).

    >>> round(contrast("#000000", "#ffffff")), round(contrast("#ffffff", "#777777"), 2)
    (21, 4.48)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """A share (0 to 1) of a colour in another.

    >>> mixed("#000000", "#ffffff", 0.5), mixed("#0b5563", "#ffffff", 1)
    ('#808080', '#0b5563')
    """
    pairs = zip(channels(colour), channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= THRESHOLD else ((channel + 0.055) / 1.055) ** GAMMA
