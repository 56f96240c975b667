"""Jobs of processes: how they stand, what came of them, and ending them.

A client sees in the list what it asked for itself; whoever knows the id of a job sees that job. So
nobody learns where others look, and nobody ends what others began.
Rule: OGC 18-062r2, 7.12 to 7.14, 11 and 13.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.responses import RedirectResponse, Response

from datasets.errors import NotFound
from geoportal.ogc import parameters, process_engine, results
from geoportal.ogc.answers import Answer, itself, written
from geoportal.ogc.asked import HTML, Asked
from geoportal.ogc.intervals import interval
from geoportal.ogc.parameters import Parameter, one_of, up_to, whole
from geoportal.ogc.problems import Problem
from geoportal.ogc.process_engine import EXCEPTIONS
from geoportal.ogc.results import Result
from geoportal.words import word
from publish.catalog.call import now
from publish.executions import jobs
from publish.executions.jobs import Job
from publish.executions.run import remove
from publish.processes import processes

RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
STATES = ("accepted", "running", "successful", "failed", "dismissed")
MAX_SHOWN = 200_000
"""Bytes of a JSON output that the page of a job shows."""


def several(name: str, allowed: Sequence[str]) -> Any:
    """A reader of words with commas between, each of a few."""
    read_one = one_of(name, allowed)
    return lambda value: tuple(read_one(each) for each in value.split(","))


LIMIT = Parameter(
    "limit",
    "The most jobs in one answer; `next` leads on.",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    up_to(1000),
)
TYPE = Parameter(
    "type",
    "The type of jobs.",
    {"type": "array", "items": {"type": "string", "enum": ["process"]}},
    several("type", ("process",)),
)
STATUS = Parameter(
    "status",
    "How they stand.",
    {"type": "array", "items": {"type": "string", "enum": list(STATES)}},
    several("status", STATES),
)
PROCESS = Parameter(
    "processID",
    "Of which processes.",
    {"type": "array", "items": {"type": "string"}},
    lambda value: tuple(value.split(",")),
)
DATETIME = Parameter("datetime", "When they were made.", {"type": "string"}, interval)
LEAST = Parameter(
    "minDuration", "Took no less than s.", {"type": "integer"}, whole("minDuration", 0, 10**9)
)
MOST = Parameter(
    "maxDuration", "Took no more than s.", {"type": "integer"}, whole("maxDuration", 0, 10**9)
)
PARAMETERS = (LIMIT, parameters.OFFSET, TYPE, STATUS, PROCESS, DATETIME, LEAST, MOST)


def listed(asked: Asked) -> Response:
    """The jobs of this client, the newest first."""
    asked = asked.check(PARAMETERS)
    runner = asked.portal.runner
    runner.wake()
    mine = [
        job
        for job in jobs.jobs_of(runner.bench.engine, process_engine.client(asked))
        if _fits(job, asked)
    ]
    limit, offset = (int(str(asked.values.get(n, d))) for n, d in (("limit", 100), ("offset", 0)))
    shown = mine[offset : offset + limit]
    links = [*itself(asked), *beside(asked, offset, limit, len(mine))]
    document = {"jobs": [status_info(asked, job) for job in shown], "links": links}
    titles = {name: process.title.said(asked.language) for name, process in processes().items()}
    return written(asked, Answer(document, "jobs", values={"titles": titles}), cache="no-store")


def beside(asked: Asked, offset: int, limit: int, most: int) -> Iterator[dict[str, Any]]:
    """Links to the pages before and after one of a list with `most` entries."""
    kind = "text/html" if asked.format == HTML else "application/json"
    for rel, title, start in (
        ("prev", "previous", max(offset - limit, 0) if offset else most),
        ("next", "next", offset + limit),
    ):
        if start < most:
            href = asked.href(asked.format, offset=start)
            yield {"rel": rel, "type": kind, "title": word(asked.language, title), "href": href}


def _fits(job: Job, asked: Asked) -> bool:
    values: Any = asked.values
    begin, end = values.get("datetime", (None, None))
    made = _moment(job.created)
    return (
        job.state in values.get("status", STATES)
        and job.process in values.get("processID", (job.process,))
        and (begin is None or made >= begin)
        and (end is None or made <= end)
        and _lasted(job, values.get("minDuration"), values.get("maxDuration"))
    )


def _lasted(job: Job, least_s: int | None, most_s: int | None) -> bool:
    """True within the bounds that are given; a job that was not begun lasted no time at all."""
    if least_s is None and most_s is None:
        return True
    if not job.started:
        return False
    took_s = (_moment(job.finished or now()) - _moment(job.started)).total_seconds()
    return (least_s or 0) <= took_s and (most_s is None or took_s <= most_s)


def one(asked: Asked) -> Response:
    """How a job stands; for people, with what came of it."""
    asked = asked.check()
    asked.portal.runner.wake()
    job = found(asked)
    return _told(asked, job)


def _told(asked: Asked, job: Job) -> Response:
    document = status_info(asked, job)
    others = [link for link in document["links"] if link["rel"] != "self"]
    document["links"] = [*itself(asked), *others]
    values = {"job": job, "process": processes().get(job.process), "outputs": _shown(asked, job)}
    return written(asked, Answer(document, "job", values=values), cache="no-store")


def status_info(asked: Asked, job: Job) -> dict[str, Any]:
    """A job as the standard has it: what is not known is left out."""
    address = f"{asked.base_url}/jobs/{job.id}"
    links = [_link("self", address, f"{job.process} {job.created}")]
    if job.state == "successful":
        link = _link(RESULTS, f"{address}/results", word(asked.language, "ogc_results"))
        links.append(link | {"type": _kind(job)})
    moments = ("created", "started", "finished", "updated")
    told = {
        "type": "process",
        "processID": job.process,
        "jobID": job.id,
        "status": job.state,
        "message": job.message or word(asked.language, f"ogc_job_{job.state}"),
        "progress": job.progress,
        **{name: f"{value[:19]}Z" for name in moments if (value := getattr(job, name))},
    }
    return told | {"links": links}


def _kind(job: Job) -> str:
    """The media type of the results as they were asked for."""
    if job.asked.response == "document":
        return "application/json"
    wanted = [o for o in job.outputs if not job.asked.outputs or o.output in job.asked.outputs]
    return wanted[0].media_type if len(wanted) == 1 else "multipart/related"


def results_all(asked: Asked) -> Response:
    """The outputs of a job, as they were asked for; for people, the page of the job."""
    asked = asked.check()
    job = found(asked)
    if asked.format == HTML:
        return _told(asked, job)
    _check_done(job)
    return results.answer(results_of(asked, job), job.asked.outputs, job.asked.response)


def result(asked: Asked) -> Response:
    """One output of a job, as a file."""
    asked = asked.as_json().check()
    job, name = found(asked), str(asked.request.path_params["output"])
    _check_done(job)
    for each in results_of(asked, job):
        if each.name == name:
            return results.whole(each)
    raise Problem(
        404,
        f"there is no output {name[:80]!r}; there are {', '.join(o.output for o in job.outputs)}",
    )


def dismiss(asked: Asked) -> Response:
    """End a job, and remove what came of it."""
    asked = asked.as_json().check()
    job = found(asked)
    if job.state == "dismissed":
        raise Problem(410, f"job {job.id} was dismissed", "Gone")
    bench = asked.portal.runner.bench
    job = jobs.dismiss(bench.engine, job.id)
    remove(bench.store, job.id)
    document = status_info(asked, job)
    document["links"] = [_link("up", f"{asked.base_url}/jobs", word(asked.language, "ogc_jobs"))]
    return Response(orjson.dumps(document), headers=results.NO_STORE, media_type="application/json")


def dismiss_by_form(asked: Asked) -> Response:
    """End a job as its page asks, and show it again."""
    dismiss(asked)
    address = f"{asked.base_url}/jobs/{found(asked).id}".removeprefix(asked.portal.site_url)
    return RedirectResponse(address, 303, headers=dict(results.NO_STORE))


def found(asked: Asked) -> Job:
    """The job that the path names; raises Problem 404."""
    return find(asked, str(asked.request.path_params["job"]))


def find(asked: Asked, job_id: str) -> Job:
    """A job by its id; raises Problem 404."""
    try:
        return jobs.find(asked.portal.runner.bench.engine, str(uuid.UUID(job_id)))
    except (ValueError, NotFound):
        gone = f"there is no job {job_id[:40]!r}; jobs are forgotten after a while"
        raise Problem(404, gone, "NoSuchJob", f"{EXCEPTIONS}/no-such-job") from None


def results_of(asked: Asked, job: Job) -> list[Result]:
    """The files that came of a job."""
    folder = asked.portal.runner.bench.store.results(job.id)
    address = f"{asked.base_url}/jobs/{job.id}/results"
    return [
        Result(
            each.output, each.media_type, folder / each.file, each.file, f"{address}/{each.output}"
        )
        for each in job.outputs
    ]


def _check_done(job: Job) -> None:
    if job.state == "failed":
        raise Problem(400, f"job {job.id} failed: {job.message}", "JobFailed")
    if job.state == "dismissed":
        raise Problem(410, f"job {job.id} was dismissed", "Gone")
    if job.state != "successful":
        late = f"job {job.id} is {job.state}, {job.progress} %; ask again"
        raise Problem(404, late, "ResultNotReady", f"{EXCEPTIONS}/result-not-ready")


def _shown(asked: Asked, job: Job) -> list[dict[str, Any]]:
    """The outputs of a job for its page; a small one of JSON is shown there."""
    process = processes().get(job.process)
    titles = {each.name: each.title for each in process.outputs} if process else {}
    shown = []
    for kept, each in zip(job.outputs, results_of(asked, job), strict=True):
        small = kept.media_type == "application/json" and kept.size_bytes <= MAX_SHOWN
        shown.append(
            {
                "title": titles[each.name].said(asked.language)
                if each.name in titles
                else each.name,
                "href": each.href.removeprefix(asked.portal.site_url),
                "file": each.file,
                "size_bytes": kept.size_bytes,
                "value": orjson.loads(each.path.read_bytes()) if small else None,
            }
        )
    return shown


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _link(rel: str, href: str, title: str) -> dict[str, Any]:
    return {"rel": rel, "type": "application/json", "title": title, "href": href}
