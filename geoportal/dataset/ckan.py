"""CKAN's addresses of a dataset: people have bookmarked them, and other portals link to them.

/dataset/NAME                 the dataset, whose own address is /data/NAME; by id, the way there
/dataset/NAME/resource/ID     a resource
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.errors import NotFound
from datasets.text import Text
from geoportal.dataset.facts import web_address
from geoportal.dataset.frame import opened
from geoportal.dataset.overview import overview
from geoportal.pages.ckan import moved
from geoportal.rendering import page

router = APIRouter()
READ = ["GET", "HEAD"]


@router.api_route("/dataset/{name}", methods=READ)
def dataset(request: Request, name: str) -> Response:
    """The page of a dataset."""
    found = opened(request, name)
    if found.name != name:
        return moved(request, f"/dataset/{found.name}")
    return overview(request, name)


@router.api_route("/dataset/{name}/resource/{resource_id}", methods=READ)
def resource(request: Request, name: str, resource_id: str) -> Response:
    """The page of a resource."""
    found = opened(request, name)
    of_id = {each["id"]: each for each in found.package["resources"]}
    one = of_id.get(resource_id)
    if one is None:
        raise NotFound(f"dataset {name!r} has no resource {resource_id!r}")
    return page(
        request,
        "resource.html",
        package=found.package,
        dataset_title=found.title,
        resource=one,
        title=Text(one.get("name") or one["url"].rpartition("/")[2] or one["id"]),
        href=web_address(one["url"]),
    )
