"""Where a picture looks that shows what an address of the map says."""

from collections.abc import Sequence

from fastapi import Request

from datasets.errors import NotFound
from datasets.model import BBox
from geoportal.emap.layers import mercator, public_collection
from geoportal.emap.places import facts
from geoportal.emap.state import State
from geoportal.emap.tools import visible
from geoportal.portal import Portal
from geoportal.raster.frame import Frame
from geoportal.registry import View

ROOM_PX = 24
CLOSE = 13
"""The zoom at which a single point is looked at."""


def sight(request: Request, view: View, state: State, size: tuple[int, int]) -> Frame:
    """What a picture of a size shows.

    It is where the address looks, else the chosen feature, else all of the visible layers.
    """
    if state.center and state.zoom is not None:
        return Frame.of_view(state.center, state.zoom, size)
    chosen = None if state.bbox else _chosen(view, state)
    if chosen and chosen[:2] == chosen[2:]:
        return Frame.of_view(chosen[:2], CLOSE, size)
    boxes = [each.layer.bbox_lonlat for each in visible(view, state) if each.layer.bbox_lonlat]
    portal: Portal = request.app.state.portal
    box = state.bbox or chosen or joined(boxes) or portal.config.validation.extent
    return Frame.of_box(mercator(box), size, margin_px=ROOM_PX)


def _chosen(view: View, state: State) -> BBox | None:
    """The box of the feature that is chosen; None where none is, or it is nowhere."""
    if state.feature is None:
        return None
    collection, fid = state.feature
    try:
        return facts(public_collection(view, collection), fid, "").bbox_lonlat
    except NotFound:
        return None


def joined(boxes: Sequence[BBox]) -> BBox | None:
    """The box of all boxes together; None of none."""
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
