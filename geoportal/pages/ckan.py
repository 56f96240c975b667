"""CKAN's addresses of pages: people have bookmarked them, and other portals link to them.

    /group                        a list; with a NAME, one of them and its datasets
    /user/login                   how programs sign in

What is private, deleted or unknown is not found, whoever asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from datasets.errors import NotFound
from datasets.text import Text
from geoportal.pages import data, listing
from geoportal.portal import Portal
from geoportal.rendering import linker, page
from publish.catalog.errors import NotAuthorized, ValidationError
from publish.catalog.errors import NotFound as Unknown
from publish.package import text_of

router = APIRouter()
READ = ["GET", "HEAD"]
AT_ONCE = 25  # of organizations and groups with all fields, in one call


@dataclass(frozen=True, slots=True)
class Kind:
    """Organizations or groups: CKAN's word, the field of search, two actions."""

    noun: str
    field: str
    show: str
    list: str


GROUP = Kind("group", "groups", "group_show", "group_list")


@router.api_route("/group", methods=READ)
@router.api_route("/group/", methods=READ)
def groups(request: Request) -> Response:
    """All groups."""
    return _list(request)


@router.api_route("/group/{name}", methods=READ)
def group(
    request: Request,
    name: str,
    q: Annotated[data.Word, Query()] = "",
    sort: Annotated[data.Word, Query()] = "",
    number: data.Number = 1,
) -> Response:
    """A group and its datasets."""
    return _one(request, name, q, sort, number)


@router.api_route("/user/login", methods=READ)
def sign_in(request: Request) -> Response:
    """How programs sign in; people need not."""
    return page(request, "sign_in.html")


def _list(request: Request) -> Response:
    portal: Portal = request.app.state.portal
    found: dict[str, Mapping[str, Any]] = {}
    while True:
        asked = {"all_fields": True, "include_extras": True, "offset": len(found)}
        some = listing.anonymous(portal).call_action(GROUP.list, asked)
        found |= {each["name"]: each for each in some}
        if len(some) < AT_ONCE:
            break
    each = [(name, title_of(one), one["package_count"]) for name, one in found.items()]
    return page(request, "groups.html", groups=each)


def _one(request: Request, name: str, q: str, sort: str, number: int) -> Response:
    portal: Portal = request.app.state.portal
    found = group_document(portal, GROUP, name)
    path = f"/group/{found['name']}"
    if found["name"] != name:
        return moved(request, path)
    sort = data.sort_of(sort, q)
    datasets = data.find(portal, q, {GROUP.field: [name]}, sort, number)
    asked = {"q": q, "sort": sort}
    language: str = request.state.language
    return page(
        request,
        "group.html",
        title=title_of(found),
        notes=text_of(found, "description"),
        image=own_image(portal, found.get("image_display_url") or ""),
        found=datasets,
        asked=asked,
        **data.turning(portal, language, path, asked, number, datasets.count),
    )


def group_document(portal: Portal, kind: Kind, name: str) -> Mapping[str, Any]:
    """CKAN's document of an organization or group of a name or id; raises NotFound."""
    asked = {"id": name, "include_users": False, "include_datasets": False}
    try:
        found: Mapping[str, Any] = listing.anonymous(portal).call_action(kind.show, asked)
    except (Unknown, NotAuthorized, ValidationError):
        raise NotFound(f"there is no {kind.noun} {name!r}") from None
    if found["state"] != "active":
        raise NotFound(f"there is no {kind.noun} {name!r}")
    return found


def title_of(group: Mapping[str, Any]) -> Text:
    """The title of an organization or group; its name where it has none."""
    return text_of(group, "title") or Text(group["name"])


def own_image(portal: Portal, address: str) -> str:
    """A picture that lies here, without the site; pages load nothing from anywhere else."""
    here = address.removeprefix(portal.site_url)
    return here if here.startswith("/uploads/") else ""


def moved(request: Request, path: str) -> Response:
    """Go to an address of ours in the same language, in words for who does not follow."""
    portal: Portal = request.app.state.portal
    there = portal.site_url + linker(portal, request.state.language)(path)
    body = f'<!doctype html><title>302</title><a href="{there}">{there}</a>'
    return HTMLResponse(body, 302, {"Location": there})
