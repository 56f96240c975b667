"""Files that a clerk takes away: blank templates, the marked workbook, the report as one file."""

import threading
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from datasets.errors import NotFound
from datasets.model import Report
from datasets.template import templates
from datasets.text import CYRILLIC, LATIN
from geoportal.folium_maps import POLICY
from geoportal.portal import Portal
from geoportal.report_file import places_map, report_file
from geoportal.report_output import write_xlsx
from geoportal.studio.answers import Private
from geoportal.studio.clerk import Signed, editable
from geoportal.studio.doing import desk
from publish.reports import last_report
from validation.templates import write

router = APIRouter(route_class=Private, include_in_schema=False)
READ = ["GET", "HEAD"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_one_at_a_time = threading.Lock()  # a workbook takes a reader in the sandbox


@router.api_route("/studio/template/{name}.{form}", methods=READ)
def template(
    request: Request, clerk: Signed, name: str, form: Literal["xlsx", "csv"], example: bool = False
) -> Response:
    """A blank table of a template, in the script of the page."""
    portal: Portal = request.app.state.portal
    found = templates().get(name)
    if found is None:
        raise NotFound(f"there is no template {name[:60]!r}")
    script = CYRILLIC if request.state.language == CYRILLIC else LATIN
    with portal.store.desk("template") as folder:
        path = folder / f"{name}.{form}"
        write(found, form, path, script, example)
        made = path.read_bytes()
    return _file(made, f"{name}.{form}", XLSX if form == "xlsx" else "text/csv")


@router.api_route("/studio/data/{name}/marked.xlsx", methods=READ)
def marked(
    request: Request,
    clerk: Signed,
    name: str,
    resource: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The table that was sent, its wrong cells coloured, the remarks as comments."""
    portal: Portal = request.app.state.portal
    found = editable(request, clerk, name)
    files = found.delivery.resources if found.delivery else ()
    file = next((each for each in files if resource in ("", each.name)), None)
    if file is None:
        raise NotFound(f"dataset {name!r} was not delivered with a file {resource!r}")
    report, language = _report(portal, name), request.state.language
    with _one_at_a_time, portal.store.desk("workbook") as folder:
        write_xlsx(report, folder / "marked.xlsx", file, desk(portal).sandbox, language)
        made = (folder / "marked.xlsx").read_bytes()
    return _file(made, f"{file.name}-marked.xlsx", XLSX)


@router.api_route("/studio/data/{name}/report.html", methods=READ)
def report(request: Request, clerk: Signed, name: str) -> Response:
    """The report as one file that needs nothing else."""
    found = editable(request, clerk, name)
    language: str = request.state.language
    made = report_file(
        _report(request.app.state.portal, name), language, found.title.said(language)
    )
    return _file(made.encode(), f"{name}-report.html", "text/html; charset=utf-8")


@router.api_route("/studio/data/{name}/places/{resource}", methods=READ)
def places(request: Request, clerk: Signed, name: str, resource: str) -> Response:
    """The faulty places of a delivery, on a small map in a sandbox."""
    editable(request, clerk, name)
    made = _report(request.app.state.portal, name)
    excerpt = made.excerpts.get(resource)
    if excerpt is None or not excerpt.places:
        raise NotFound(f"no places of {resource[:60]!r} are wrong")
    drawn = places_map(made, resource, request.state.language)
    return Response(drawn, headers={"Content-Security-Policy": POLICY}, media_type="text/html")


def _report(portal: Portal, name: str) -> Report:
    return last_report(portal.versions, portal.store, name)


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": POLICY,
    }
    return Response(content, headers=headers, media_type=media_type)
