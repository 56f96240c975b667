"""The area of a search: four fields, and the same on a small picture of what is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datasets.model import BBox
from geoportal.overview import HEIGHT, WIDTH, extent
from geoportal.pages.question import CORNERS, box_of
from geoportal.portal import Portal
from geoportal.registry import Shown, View

MOST_LAYERS = 6  # of the picture


@dataclass(frozen=True, slots=True)
class Area:
    """What a form shows: the corners as text, and in the picture.

    `bbox_lonlat` is None where nothing was chosen, or what was typed `is_wrong`; `extent` is the
    area of the whole picture of `layers`, None while there is none; `frame` is where the area lies
    in it: x, y, width, height.
    """

    bbox_lonlat: BBox | None
    corners: Mapping[str, str]
    is_wrong: bool
    layers: Sequence[str] = ()
    extent: BBox | None = None
    frame: Sequence[float] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return WIDTH, HEIGHT


def area(portal: Portal, said: str, typed: Sequence[str]) -> Area:
    """The area that an address or four typed corners mean."""
    shown = _widest(portal.registry.view())
    drawn, whole = [each.layer.id for each in shown], extent(shown)
    try:
        box = box_of(said, typed)
    except ValueError:
        corners = typed if any(typed) else (said.split(",") + [""] * 4)[:4]
        return Area(None, dict(zip(CORNERS, corners, strict=True)), True, drawn, whole)
    corners = [f"{each:g}" for each in box] if box else [""] * 4
    frame = _frame(box, whole) if box and whole else ()
    return Area(box, dict(zip(CORNERS, corners, strict=True)), False, drawn, whole, frame)


def _widest(view: View) -> list[Shown]:
    """The layers that cover most: they show where things are."""
    placed = [each for each in view.collections.values() if each.layer.bbox_lonlat]
    return sorted(placed, key=lambda each: -_degrees(each.layer.bbox_lonlat))[:MOST_LAYERS]


def _degrees(box: BBox | None) -> float:
    """How large a box is, in square degrees."""
    return (box[2] - box[0]) * (box[3] - box[1]) if box else 0.0


def _frame(box: BBox, whole: BBox) -> Sequence[float]:
    """Where a box lies in the picture; what is outside is cut off."""
    west, south, east, north = whole
    wide, high = WIDTH / (east - west), HEIGHT / (north - south)
    left, right = ((min(max(x, west), east) - west) * wide for x in (box[0], box[2]))
    top, bottom = ((north - min(max(y, south), north)) * high for y in (box[3], box[1]))
    return [round(each, 1) for each in (left, top, right - left, bottom - top)]
