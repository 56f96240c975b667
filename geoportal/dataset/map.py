"""A dataset on small maps, one for each of its layers."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import framed, opened
from geoportal.folium_maps import MOST_FEATURES
from geoportal.ogc.downloads import choices
from geoportal.rendering import linker

router = APIRouter()


@router.api_route("/data/{name}/map", methods=["GET", "HEAD"])
def on_map(request: Request, name: str) -> Response:
    """The layers of a dataset, each to look at, to open and to take away."""
    found = opened(request, name)
    language: str = request.state.language
    ids = [each.layer.id for each in found.layers]
    return framed(
        request,
        found,
        "map",
        "dataset/map.html",
        most_features=MOST_FEATURES,
        symbols=found.portal.registry.view().symbols(),
        files={each.layer.id: choices(each, language) for each in found.layers},
        whole=linker(found.portal, language)("/map", layers=",".join(ids)),
    )
