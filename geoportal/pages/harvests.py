"""How the data arrive: every source, what its last harvest did, and the report on each harvest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from datasets.errors import NotFound
from datasets.sentences import Sentence
from datasets.text import Text
from geoportal.portal import Portal
from geoportal.rendering import page
from harvesters.fetching.guard import private_hosts
from publish.harvests.faults import told
from publish.harvests.report import ACTIONS, Report, address, word
from publish.harvests.status import Status

router = APIRouter()
ROWS = 100
SHOWN = 20  # harvests of a source on its page
Action = Annotated[str, Query(max_length=20)]
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Row:
    """A source in the list; `fault` says why it is paused, or why its last harvest failed."""

    name: str
    title: str
    kind: str
    organization: Text
    address: str
    status: Status
    next_run: str
    fault: Sentence | None


@router.api_route("/harvests", methods=["GET", "HEAD"])
def harvests(request: Request) -> Response:
    """Every source with its last and its next harvest."""
    portal: Portal = request.app.state.portal
    language = request.state.language
    return page(request, "harvests.html", rows=_rows(portal, language), **_words(language))


@router.api_route("/harvests/source/{name}", methods=["GET", "HEAD"])
def source(request: Request, name: str) -> Response:
    """One source and its last harvests."""
    portal: Portal = request.app.state.portal
    language = request.state.language
    (row,) = _rows(portal, language, name)
    reports = [
        portal.harvests.report(job.id, language) for job in portal.harvests.jobs(name, SHOWN)
    ]
    return page(request, "harvest_source.html", row=row, reports=reports, **_words(language))


@router.api_route("/harvests/{job}.json", methods=["GET", "HEAD"])
def as_json(request: Request, job: str) -> Response:
    """The report on a harvest as JSON."""
    return _streamed(request, job, "json", "application/json")


@router.api_route("/harvests/{job}.csv", methods=["GET", "HEAD"])
def as_csv(request: Request, job: str) -> Response:
    """The report on a harvest for a spreadsheet."""
    return _streamed(request, job, "csv", "text/csv; charset=utf-8")


@router.api_route("/harvests/{job}", methods=["GET", "HEAD"])
def harvest(request: Request, job: str, action: Action = "", number: Number = 1) -> Response:
    """The report on a harvest, of one action or of all."""
    portal: Portal = request.app.state.portal
    made = _report(portal, job, request.state.language)
    if action and action not in ACTIONS:
        raise NotFound(f"nothing is called {action!r}; there are {', '.join(ACTIONS)}")
    found = portal.harvests.lines(made, action or None, ROWS + 1, (number - 1) * ROWS)
    return page(
        request,
        "harvest.html",
        made=made,
        action=action,
        lines=found[:ROWS],
        page_number=number,
        rows=ROWS,
        more=len(found) > ROWS,
        **_words(made.language),
    )


def _words(language: str) -> dict[str, Any]:
    """The words for what became of records, and for how a harvest stands."""
    return {
        "actions": lambda action: word("actions", action, language)[0],
        "states": lambda state: word("states", state, language),
    }


def _streamed(request: Request, job: str, form: Literal["json", "csv"], media: str) -> Response:
    portal: Portal = request.app.state.portal
    made = _report(portal, job, request.state.language)
    books = portal.harvests
    body: Iterable[bytes] = books.as_json(made) if form == "json" else books.as_csv(made)
    headers = {"Cache-Control": "no-cache"}
    if form == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{made.job.source}-{job}.csv"'
    return StreamingResponse(body, media_type=media, headers=headers)


def _report(portal: Portal, job: str, language: str) -> Report:
    """The report on a job of a source that is in config.yml; raises NotFound."""
    made = portal.harvests.report(job, language)
    if made.job.source not in _sources(portal):
        raise NotFound(f"there is no harvest {job!r}")
    return made


def _rows(portal: Portal, language: str, name: str | None = None) -> list[Row]:
    known = _sources(portal)
    if name is not None and name not in known:
        raise NotFound(f"there is no source {name!r}; there are {', '.join(known) or 'none'}")
    wanted = [name] if name is not None else list(known)
    publishers = portal.publishers.titles()
    private = private_hosts(portal.config.http.allow_private)
    return [
        _row(known[status.source], status, publishers, private, language)
        for status in portal.harvests.statuses(wanted)
    ]


def _row(
    entry: Mapping[str, Any],
    status: Status,
    publishers: Mapping[str, Text],
    private: frozenset[str],
    language: str,
) -> Row:
    organization = str(entry.get("organization") or "")
    return Row(
        name=status.source,
        title=str(entry.get("title") or status.source),
        kind=str(entry.get("kind", "")),
        organization=publishers.get(organization, Text(organization)),
        address=address(str(entry.get("url") or ""), private),
        status=status,
        next_run=_moment(status.next_run),
        fault=_fault(status, language),
    )


def _fault(status: Status, language: str) -> Sentence | None:
    if status.paused:
        return told(status.fault, status.fault_values, language)
    job = status.last
    return told(job.fault, job.fault_values, language) if job and job.fault else None


def _moment(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _sources(portal: Portal) -> Mapping[str, Mapping[str, Any]]:
    """The sources of config.yml by name, as they are written there."""
    return {str(entry.get("name", "")): entry for entry in portal.config.sources}
