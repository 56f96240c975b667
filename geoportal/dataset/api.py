"""A dataset for programs: its addresses, and calls that run as shown."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.dataset.frame import Opened, framed, opened
from geoportal.dataset.snippets import by_purpose, snippets

router = APIRouter()


@router.api_route("/data/{name}/api", methods=["GET", "HEAD"])
def api(request: Request, name: str) -> Response:
    """Where a program finds a dataset, and how it asks."""
    found = opened(request, name)
    layer = found.layers[0].layer.id if found.layers else ""
    calls = snippets(found.portal.site_url, found.name, layer, _table(found))
    return framed(request, found, "api", "dataset/api.html", calls=by_purpose(calls), layer=layer)


def _table(found: Opened) -> str:
    """The id of the first resource whose rows can be asked for; empty if there is none."""
    active = (each["id"] for each in found.package["resources"] if each.get("datastore_active"))
    return next(active, "")
