"""The picture of a dataset that others show beside a link to it: its map over its name."""

from typing import TYPE_CHECKING

from geoportal.raster.writing import BOLD, Pen

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH, HEIGHT, BAND = 1200, 630, 178
GROUND, INK, QUIET = "#0b5563", "#ffffff", "#cfe6e9"
MARGIN = 48


def titled(image: "Image", title: str, below: str) -> "Image":
    """The picture with a band below it: a title of one line or two, and a line under it."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - not for requests without pictures

    top = image.height
    whole = Image.new("RGBA", (image.width, top + BAND), GROUND)
    whole.paste(image)
    draw = ImageDraw.Draw(whole)
    room = whole.width - 2 * MARGIN
    large, small = Pen(44, INK, weight=BOLD), Pen(34, INK, weight=BOLD)
    pen = large if large.width(title) <= room else small
    lines = pen.lines(title, room, 2)
    step = pen.size_px * 1.25
    first = top + (BAND - 52) / 2 + 8 - step * (len(lines) - 1) / 2
    for i, line in enumerate(lines):
        pen.write(draw, (MARGIN, first + i * step), line)
    quiet = Pen(25, QUIET)
    quiet.write(draw, (MARGIN, whole.height - 34), quiet.shortened(below, room))
    return whole
