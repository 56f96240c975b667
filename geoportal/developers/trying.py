"""A page to try an operation on: a form whose answer comes from the API itself.

Without JavaScript the form leads to the answer; with it the answer is shown below, with its status,
time and headers, and as a command to copy.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from geoportal.developers.operations import Operation, operation, operations
from geoportal.portal import Portal
from geoportal.rendering import linker, page

router = APIRouter()
READ = ["GET", "HEAD"]


@router.api_route("/developers/try", methods=READ)
def try_it(request: Request) -> Response:
    """All operations, by API and group."""
    portal: Portal = request.app.state.portal
    groups: dict[str, dict[str, list[Operation]]] = {}
    for each in operations(portal, request.state.language).values():
        groups.setdefault(each.api, {}).setdefault(each.group, []).append(each)
    return page(request, "developers/operations.html", groups=groups)


@router.api_route("/developers/try/{name}", methods=READ)
def try_one(request: Request, name: str) -> Response:
    """The form of one operation, filled with what the address says."""
    portal: Portal = request.app.state.portal
    chosen = operation(portal, request.state.language, name)
    given = {field.name: request.query_params.get(field.name, "") for field in chosen.fields}
    return page(
        request,
        "developers/operation.html",
        operation=chosen,
        given=given,
        collections=list(portal.registry.view().collections),
    )


@router.api_route("/developers/answer/{name}", methods=READ)
def answer(request: Request, name: str) -> Response:
    """Go where the form leads: an address of ours that the fields make."""
    portal: Portal = request.app.state.portal
    chosen = operation(portal, request.state.language, name)
    address = chosen.address(request.query_params)
    here = linker(portal, request.state.language)
    return RedirectResponse(here(address) if chosen.api == "ogc" else address, 303)
