"""Names in a picture: Noto Sans out of the files that the pages use, a halo, no two in one place.

FreeType reads WOFF2. The files are cut by script, so a text is written in runs of one file each.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geoportal.rendering import HERE, vendored

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

FAMILY = "noto-sans"
NORMAL, BOLD = 400, 700
CYRILLIC, LATIN_EXTENDED = (0x0400, 0x045F), (0x0100, 0x02BA)
NUMERO, ACUTE = 0x2116, 0x0301
LABEL_PX = 13
HALO_PX = 1.5
GAP_PX = 9.0
MOST_LETTERS = 60
GRID_PX = 64

type Box = tuple[float, float, float, float]


def script(letter: str) -> str:
    """The file of Noto Sans that has a letter.

    >>> [script(letter) for letter in "Њč9"]
    ['cyrillic', 'latin-ext', 'latin']
    """
    code = ord(letter)
    if CYRILLIC[0] <= code <= CYRILLIC[1] or code in (NUMERO, ACUTE):
        return "cyrillic"
    return "latin-ext" if LATIN_EXTENDED[0] <= code <= LATIN_EXTENDED[1] else "latin"


@functools.lru_cache(64)
def font(file: str, weight: int, size_px: int) -> Any:
    """A font that Pillow writes with; None where the files were not fetched."""
    from PIL import ImageFont  # noqa: PLC0415 - not for requests without pictures

    folder = vendored().get(FAMILY, {}).get("folder", FAMILY)
    path = HERE / "static" / "vendor" / folder / f"{FAMILY}-{file}-{weight}-normal.woff2"
    return ImageFont.truetype(path, size_px) if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is written: size in pixels of the picture, weight, its colour and that of a halo."""

    size_px: int
    ink: str
    halo: str = ""
    halo_px: float = 0
    weight: int = NORMAL

    def runs(self, text: str) -> Iterator[tuple[str, Any]]:
        """Parts of a text that one font writes; none where there are no fonts."""
        for name, letters in itertools.groupby(text, script):
            found = font(name, self.weight, self.size_px)
            if found is not None:
                yield "".join(letters), found

    def width(self, text: str) -> float:
        """How many pixels wide a text is."""
        return float(sum(found.getlength(part) for part, found in self.runs(text)))

    def write(self, draw: "ImageDraw", place: tuple[float, float], text: str) -> None:
        """Write a text; the place is the left end of its middle line."""
        x, y = place
        for part, found in self.runs(text):
            if self.halo:
                stroke: dict[str, Any] = {"stroke_width": self.halo_px, "stroke_fill": self.halo}
                draw.text((x, y), part, fill=self.halo, font=found, anchor="lm", **stroke)
            x += found.getlength(part)
        x = place[0]
        for part, found in self.runs(text):
            draw.text((x, y), part, fill=self.ink, font=found, anchor="lm")
            x += found.getlength(part)

    def shortened(self, text: str, most_px: float) -> str:
        """A text that is no wider, with … where it was cut."""
        if self.width(text) <= most_px:
            return text
        while text and self.width(text + "…") > most_px:
            text = text[:-1]
        return text.rstrip() + "…" if text else ""

    def lines(self, text: str, most_px: float, most: int) -> list[str]:
        """A text in at most so many lines, none wider."""
        made = [""]
        for word in text.split():
            longer = f"{made[-1]} {word}".strip()
            if made[-1] and self.width(longer) > most_px and len(made) < most:
                made.append(word)
            else:
                made[-1] = longer
        return [self.shortened(line, most_px) for line in made]


@dataclass(frozen=True, slots=True)
class Taken:
    """The places in a picture that are written on already."""

    cells: dict[tuple[int, int], list[Box]] = field(default_factory=dict)

    def take(self, box: Box) -> bool:
        """Take a place; false where a part of it is taken."""
        cells = list(self._cells(box))
        if any(_touch(box, other) for cell in cells for other in self.cells.get(cell, ())):
            return False
        for cell in cells:
            self.cells.setdefault(cell, []).append(box)
        return True

    @staticmethod
    def _cells(box: Box) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = (int(side // GRID_PX) for side in box)
        return itertools.product(range(left, right + 1), range(top, bottom + 1))


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True, slots=True)
class Label:
    """A name, the place that it is about, and how far from it it is to stay, in pixels."""

    text: str
    x: float
    y: float
    away_px: float

    def boxes(self, width: float, height: float) -> Sequence[Box]:
        """Where it may stand: below, above, left, right."""
        x, y, away = self.x, self.y, self.away_px
        return (
            (x - width / 2, y + away, x + width / 2, y + away + height),
            (x - width / 2, y - away - height, x + width / 2, y - away),
            (x - away - width, y - height / 2, x - away, y + height / 2),
            (x + away, y - height / 2, x + away + width, y + height / 2),
        )


def write_labels(image: "Image", labels: Iterable[Label], pen: Pen, taken: Taken) -> None:
    """Write names that have room, the first ones first, wholly inside the picture."""
    from PIL import ImageDraw  # noqa: PLC0415 - as in `font`

    draw = ImageDraw.Draw(image)
    height = pen.size_px * 1.3
    for label in labels:
        text = label.text[:MOST_LETTERS]
        width = pen.width(text) + 2 * pen.halo_px
        if not width:
            continue
        for box in label.boxes(width, height):
            inside = (
                box[0] >= 0 and box[1] >= 0 and box[2] <= image.width and box[3] <= image.height
            )
            if inside and taken.take(box):
                pen.write(draw, (box[0] + pen.halo_px, (box[1] + box[3]) / 2), text)
                break
