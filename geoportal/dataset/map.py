"""A dataset on small maps, one for each of its layers."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import framed, opened
from geoportal.folium_maps import MOST_FEATURES

router = APIRouter()


@router.api_route("/data/{name}/map", methods=["GET", "HEAD"])
def on_map(request: Request, name: str) -> Response:
    """The layers of a dataset."""
    found = opened(request, name)
    return framed(request, found, "map", "dataset/map.html", most_features=MOST_FEATURES)
