"""Where many points are: warmth, as the map draws it while they are too close to be told apart."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from geoportal.emap.palettes import ramp
from geoportal.raster.frame import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

HEAT_TO = 11.0
REACH_PX = 14
STEPS = 7


def warm(
    image: "Image", places: Iterable[tuple[int, float, float]], opacity: float, frame: Frame
) -> None:
    """Put the warmth of points on a picture; the densest place in it is the warmest."""
    from PIL import Image, ImageFilter  # noqa: PLC0415 - not for requests without pictures

    width, height = image.size
    at = np.array([place[1:] for place in places]).reshape(-1, 2)
    cells, _, _ = np.histogram2d(at[:, 1], at[:, 0], (height, width), ((0, height), (0, width)))
    grey = Image.fromarray(cells.astype(np.float32))
    spread = np.asarray(grey.filter(ImageFilter.BoxBlur(REACH_PX * frame.ratio / 2)))
    spread = np.asarray(
        Image.fromarray(spread).filter(ImageFilter.BoxBlur(REACH_PX * frame.ratio / 2))
    )
    warmth = np.sqrt(spread / max(float(spread.max()), 1e-9))
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in ramp("orange", STEPS)]
    table = np.array([(0, 0, 0, 0), *((*colour, 210) for colour in colours)], dtype=np.uint8)
    coloured = table[np.ceil(warmth * STEPS - 0.02).astype(int).clip(0, STEPS)]
    coloured[..., 3] = coloured[..., 3] * opacity
    image.alpha_composite(Image.fromarray(coloured, "RGBA"))
