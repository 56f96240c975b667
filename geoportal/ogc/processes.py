"""OGC API Processes: what can be done with what is published, and doing it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson
import pygeoapi.api.processes
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from geoportal.ogc import jobs, parameters, process_engine, results
from geoportal.ogc.answers import COMMON, Answer, mended, written
from geoportal.ogc.asked import Asked
from geoportal.ogc.engine import call
from geoportal.ogc.openapi_document import described, operation
from geoportal.ogc.parameters import Parameter, up_to
from geoportal.ogc.part import Link, Part, Route, Threads
from geoportal.ogc.problems import Problem, bad
from geoportal.ogc.process_engine import Done, Engine, Execution, known
from geoportal.ogc.results import Result
from geoportal.rendering import page
from geoportal.words import word
from publish.processes import Output, Process, processes

REL = "http://www.opengis.net/def/rel/ogc/1.0"
FORM = "application/x-www-form-urlencoded"
MODES = ("value", "reference")
RESPONSES = ("raw", "document")
LIMIT = Parameter(
    "limit",
    "The most processes in the list.",
    {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100},
    up_to(10_000),
)


def listed(asked: Asked) -> Response:
    """Every process, by pages."""
    asked = asked.check((LIMIT, parameters.OFFSET))
    limit, offset = (int(str(asked.values.get(n, d))) for n, d in (("limit", 100), ("offset", 0)))
    handler, api = pygeoapi.api.processes.describe_processes, process_engine.api
    _, document = call(handler, asked.without("limit"), api(asked, Engine(asked)))
    there = document["processes"]
    document["processes"] = there[offset : offset + limit]
    for one in document["processes"]:
        address = f"{asked.base_url}/processes/{one['id']}"
        one["links"] = [_link("self", address, one["title"])]
    mended(document, asked)["links"].extend(jobs.beside(asked, offset, limit, len(there)))
    return written(asked, Answer(document, "processes"))


def one(asked: Asked) -> Response:
    """What a process does, wants and gives; for people, with a form to run it."""
    process = known(asked)
    asked = asked.check()
    document = _description(asked, process)
    values = _form_values(asked, process, {}, "")
    return written(asked, Answer(document, "process", values=values))


def _description(asked: Asked, process: Process) -> dict[str, Any]:
    handler = pygeoapi.api.processes.describe_processes
    _, document = call(handler, asked, process_engine.api(asked, Engine(asked)), process.id)
    address = f"{asked.base_url}/processes/{process.id}/execution"
    execute = _link(f"{REL}/execute", address, word(asked.language, "ogc_execute"))
    document["links"] = [execute, *_jobs_links(asked)]
    return mended(document, asked)


def execute(asked: Asked) -> Response:
    """Run a process: at once, or as a job that answers 201."""
    process = known(asked)
    kind = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        return _from_form(asked.check(), process)
    asked = asked.as_json().check()
    execution = read(asked.body, process)
    with asked.portal.runner.bench.store.desk("process") as folder:
        api = process_engine.api(asked, Engine(asked, execution, folder))
        headers, outcome = call(pygeoapi.api.processes.execute_process, asked, api, process.id)
        if isinstance(outcome, Done):
            return _now(asked, outcome)
    job_id = headers["Location"].rpartition("/")[2]
    return _accepted(asked, job_id, headers["Preference-Applied"])


def _now(asked: Asked, done: Done) -> Response:
    execution = done.execution
    if done.job is not None:
        found = jobs.results_of(asked, done.job)
    else:
        found = [Result(m.output, m.media_type, m.path, m.path.name) for m in done.made]
    return results.answer(found, execution.outputs, execution.response)


def _accepted(asked: Asked, job_id: str, applied: str) -> Response:
    job = jobs.find(asked, job_id)
    headers = {
        **results.NO_STORE,
        "Location": f"{asked.base_url}/jobs/{job.id}",
        "Preference-Applied": applied,
        "Access-Control-Expose-Headers": "Location, Preference-Applied",
    }
    document = orjson.dumps(jobs.status_info(asked, job))
    return Response(document, 201, headers, "application/json")


def read(body: bytes, process: Process) -> Execution:
    """An execute request; raises Problem for what is not one. Rule: OGC 18-062r2, 7.11."""
    try:
        sent = orjson.loads(body or b"null")
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    if not isinstance(sent, dict):
        raise Problem(400, 'the body must be a JSON object with "inputs"', "MissingParameterValue")
    if sent.get("subscriber") is not None:
        raise Problem(400, "subscriber: nobody is called back; ask for the job's status instead")
    inputs, outputs = ({} if sent.get(n) is None else sent[n] for n in ("inputs", "outputs"))
    if not isinstance(inputs, dict):
        raise bad("inputs", inputs, "an object of inputs by name")
    response = sent.get("response", "raw")
    if response not in RESPONSES:
        raise bad("response", response, f"one of {', '.join(RESPONSES)}")
    return Execution(inputs, _outputs(outputs, process), response)


def _outputs(given: Any, process: Process) -> Mapping[str, Mapping[str, Any]]:
    known = {each.name: each for each in process.outputs}
    if not isinstance(given, dict):
        raise bad("outputs", given, f"an object of outputs by name: {', '.join(known)}")
    for name, wanted in given.items():
        if name not in known:
            raise bad("outputs", name, f"one of {', '.join(known)}")
        if not isinstance(wanted, dict) or wanted.get("transmissionMode", "value") not in MODES:
            allowed = f"an object whose transmissionMode is one of {', '.join(MODES)}"
            raise bad(f"outputs: {name}", wanted, allowed)
        _check_format(known[name], wanted.get("format") or {})
    return given


def _check_format(output: Output, wanted: Any) -> None:
    """Raise Problem for a format that an output is not made in: each is made in one."""
    made = output.schema.get("contentMediaType", "application/json")
    asked = wanted.get("mediaType", made) if isinstance(wanted, dict) else wanted
    if str(asked).partition(";")[0].strip().lower() != made:
        raise bad(f"outputs: {output.name}: format", wanted, f'{{"mediaType": "{made}"}}')


def _from_form(asked: Asked, process: Process) -> Response:
    """Run a process as its page asked, and lead to the page of the job."""
    try:
        words = parse_qs(asked.body.decode(), max_num_fields=2000)
    except ValueError:
        raise Problem(400, "the form is not UTF-8, or has more than 2000 fields") from None
    sent = {each.name: each for each in process.inputs if each.name in words}
    inputs: dict[str, Any] = {}
    for name, each in sent.items():
        values = [value.strip() for value in words[name] if value.strip()]
        if each.control == "text" and each.most > 1:
            values = [line.strip() for line in "\n".join(values).splitlines()]
        inputs[name] = values if each.most > 1 else (values or [""])[0]
    execution = Execution(inputs, {}, "raw")
    run = process_engine.keep if process.quick else process_engine.submit
    try:
        job = run(asked, process, execution)
    except Problem as problem:
        return _again(asked, process, words, problem)
    prefix = asked.base_url.removeprefix(asked.portal.site_url)
    return RedirectResponse(f"{prefix}/jobs/{job.id}", 303, headers=dict(results.NO_STORE))


def _again(
    asked: Asked, process: Process, words: Mapping[str, list[str]], problem: Problem
) -> Response:
    """The form as it was sent, with what is wrong with it."""
    document = _description(asked, process)
    values = _form_values(asked, process, words, problem.detail)
    local = {"document": document, "local": lambda href: href.removeprefix(asked.portal.site_url)}
    response = page(asked.request, "ogc/process.html", problem.status, **local, **values)
    response.headers.update({**COMMON, "Cache-Control": "no-store"})
    return response


def _form_values(
    asked: Asked, process: Process, words: Mapping[str, list[str]], wrong: str
) -> dict[str, Any]:
    return {
        "process": process,
        "given": words,
        "wrong": wrong,
        "collections": asked.view.collections.values(),
    }


def _link(rel: str, href: str, title: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": title, "href": href}


def _jobs_links(asked: Asked) -> list[dict[str, Any]]:
    address, title = f"{asked.base_url}/jobs", word(asked.language, "ogc_jobs")
    return [_link(f"{REL}/job-list", address, title)]


def landing(asked: Asked) -> list[Link]:
    """The link of the landing page to jobs; pygeoapi's own leads to the processes."""
    return [*_jobs_links(asked)]


def threads(request: Request) -> Threads:
    """Quick processes do not wait behind long ones."""
    process = processes().get(request.scope["path"].rsplit("/", 2)[-2])
    return Threads.HEAVY if process is not None and process.quick else Threads.LONG


def _execution() -> dict[str, Any]:
    """The operation that runs a process, for the OpenAPI definition."""
    made = operation("Run a process", "execute", ("application/json",))
    prefer = {
        "name": "Prefer",
        "in": "header",
        "description": "respond-async makes a job of it",
        "schema": {"type": "string"},
    }
    made["parameters"] = [prefer]
    made["requestBody"] = {"required": True, "content": {"application/json": {"schema": EXECUTE}}}
    anything: dict[str, Any] = {"schema": {}}
    made["responses"] |= {
        "200": {"description": "The outputs", "content": {"*/*": anything}},
        "201": {"description": "A job", "content": {"application/json": anything}},
        "204": {"description": "Links to the outputs"},
    }
    return made


EXECUTE = {
    "type": "object",
    "properties": {
        "inputs": {"type": "object"},
        "outputs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"transmissionMode": {"type": "string", "enum": list(MODES)}},
            },
        },
        "response": {"type": "string", "enum": list(RESPONSES), "default": "raw"},
    },
}
CONF = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf"
PROCESS = "/processes/{processId}"
JOB = "/jobs/{jobId}"
PART = Part(
    routes=(
        Route("/processes", listed),
        Route("/processes/{process}", one),
        Route("/processes/{process}/execution", execute, threads, ("POST",)),
        Route("/jobs", jobs.listed),
        Route("/jobs/{job}", jobs.one),
        Route("/jobs/{job}", jobs.dismiss, methods=("DELETE",)),
        Route("/jobs/{job}/dismiss", jobs.dismiss_by_form, methods=("POST",)),
        Route("/jobs/{job}/results", jobs.results_all),
        Route("/jobs/{job}/results/{output}", jobs.result),
    ),
    classes=tuple(
        f"{CONF}/{name}"
        for name in (
            "core",
            "ogc-process-description",
            "json",
            "html",
            "oas30",
            "job-list",
            "dismiss",
        )
    ),
    paths={
        "/processes": operation(
            "Every process", "processes", more=[described(LIMIT), described(parameters.OFFSET)]
        ),
        PROCESS: operation("A process", "process"),
        f"POST {PROCESS}/execution": _execution(),
        "/jobs": operation("Your jobs", "jobs", more=[described(p) for p in jobs.PARAMETERS]),
        JOB: operation("How a job stands", "job"),
        f"DELETE {JOB}": operation("End a job", "dismiss", ("application/json",)),
        f"{JOB}/results": operation("The outputs of a job", "results", ("*/*",)),
    },
    landing=landing,
)
