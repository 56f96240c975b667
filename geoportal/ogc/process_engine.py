"""pygeoapi's processes over ours: descriptions as its handlers want them, and execution.

Its handlers for jobs are not used: they sort by a time that a waiting job does not have, link to
results that are not there, and know no filter.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygeoapi.process.base
from pygeoapi.process.manager.base import BaseManager
from pygeoapi.util import JobStatus

from geoportal.ogc import config
from geoportal.ogc.asked import Asked
from geoportal.ogc.problems import Problem
from geoportal.registry import Shown
from publish.executions import jobs
from publish.executions.jobs import Busy, Job
from publish.executions.run import keep_files, written
from publish.processes import SYNC, Here, Made, Process, Published, TooMuch, Work, processes

EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
LATER = "ask for it as a job, with the header Prefer: respond-async"
SLOW = f"it took longer than {SYNC.timeout_s:.0f} s; {LATER}"


@dataclass(frozen=True, slots=True)
class Execution:
    """What an execute request asks for, checked: inputs, outputs by name, how to answer."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Mapping[str, Any]]
    response: str

    @property
    def by_reference(self) -> bool:
        """True when an output is wanted as a link."""
        return any(each.get("transmissionMode") == "reference" for each in self.outputs.values())


@dataclass(frozen=True, slots=True)
class Done:
    """Files that an execution made, in a folder that goes when the answer is written."""

    execution: Execution
    made: tuple[Made, ...]
    job: Job | None = None


class Layers(Mapping[str, Published]):
    """The collections of a view as processes see them; it knows which were looked at."""

    def __init__(self, collections: Mapping[str, Shown]) -> None:
        self._collections = collections
        self.seen: dict[str, Published] = {}

    def __getitem__(self, name: str) -> Published:
        if name not in self.seen:
            self.seen[name] = published(self._collections[name])
        return self.seen[name]

    def __contains__(self, name: object) -> bool:
        return name in self._collections

    def __iter__(self) -> Iterator[str]:
        return iter(self._collections)

    def __len__(self) -> int:
        return len(self._collections)


def published(shown: Shown) -> Published:
    """A collection as a process sees it."""
    return Published(
        id=shown.layer.id,
        version=shown.version,
        sha=shown.layer.sha,
        dataset=shown.layer.dataset,
        title=shown.title,
        publisher=shown.organization_title,
        license=shown.license_title or shown.license_id,
        modified=shown.modified,
        features=shown.features,
    )


def here(asked: Asked) -> Here:
    """Where the inputs of a request are read."""
    return Here(Layers(asked.view.collections), asked.base_url)


def client(asked: Asked) -> str:
    """Who asks, as far as the network says it."""
    address = asked.request.client
    return hashlib.sha256((address.host if address else "").encode()).hexdigest()


def no_process(name: str, asked: Asked) -> Problem:
    """404 for a process that is not here."""
    there = f"there is no process {name[:80]!r}; see {asked.base_url}/processes"
    return Problem(404, there, "NoSuchProcess", f"{EXCEPTIONS}/no-such-process")


def known(asked: Asked) -> Process:
    """The process that the path names; raises Problem 404."""
    name = str(asked.request.path_params["process"])
    if name not in processes():
        raise no_process(name, asked)
    return processes()[name]


def run_now(
    asked: Asked, process: Process, inputs: Mapping[str, Any], folder: Path
) -> tuple[Made, ...]:
    """Run a process while its client waits; raises Problem for what is wrong or too much."""
    place = here(asked)
    with told():
        return process.run(process.read(inputs, place), Work(place, folder, SYNC, asked.language))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say as a problem what a process refuses, and where it could be had."""
    try:
        yield
    except TooMuch as error:
        raise Problem(400, f"{error}; or {LATER}", "TooMuch") from None
    except ValueError as error:
        raise Problem(400, str(error)) from None
    except TimeoutError:
        raise Problem(400, SLOW, "TooMuch") from None


def submit(asked: Asked, process: Process, execution: Execution) -> Job:
    """Write a job and see that somebody does it; its inputs are judged first."""
    runner, place = asked.portal.runner, here(asked)
    runner.tidy()
    try:
        process.check(process.read(execution.inputs, place), runner.bench.bounds)
        wanted = _asked(asked, execution, place)
        job = jobs.submit(runner.bench.engine, process.id, wanted, client(asked))
    except Busy as error:
        raise Problem(503, str(error), "Busy") from None
    except ValueError as error:
        raise Problem(400, str(error)) from None
    runner.wake()
    return job


def keep(asked: Asked, process: Process, execution: Execution) -> Job:
    """Run a process now and keep its results as a job that is done."""
    bench = asked.portal.runner.bench
    asked.portal.runner.tidy()
    with bench.store.desk("process") as folder:
        made = run_now(asked, process, execution.inputs, folder)
        job_id = jobs.new_id()
        kept = keep_files(bench.store, job_id, folder, made)
    wanted = _asked(asked, execution, Here({}, asked.base_url))
    return jobs.keep(bench.engine, process.id, wanted, client(asked), job_id, kept)


def _asked(asked: Asked, execution: Execution, place: Here) -> jobs.Asked:
    seen: Iterable[Published] = (
        place.layers.seen.values() if isinstance(place.layers, Layers) else ()
    )
    return jobs.Asked(
        inputs=execution.inputs,
        outputs=execution.outputs,
        response=execution.response,
        layers=written(seen),
        base_url=asked.base_url,
        language=asked.language,
    )


class Described(pygeoapi.process.base.BaseProcessor):  # type: ignore[misc]
    """A process as pygeoapi knows it: its description in one language."""

    def __init__(self, process: Process, language: str) -> None:
        super().__init__({"name": process.id}, described(process, language))


def described(process: Process, language: str) -> dict[str, Any]:
    """The description of a process. Rule: OGC 18-062r2, 7.10."""
    return {
        "id": process.id,
        "version": process.version,
        "title": process.title.said(language),
        "description": process.description.said(language),
        "jobControlOptions": [
            "sync-execute",
            *([] if process.quick else ["async-execute", "dismiss"]),
        ],
        "outputTransmission": ["value", "reference"],
        "links": [],
        "inputs": {
            each.name: {
                "title": each.title.said(language),
                "description": each.description.said(language),
                "schema": dict(each.schema),
                "minOccurs": int(each.required),
                "maxOccurs": each.most,
            }
            for each in process.inputs
        },
        "outputs": {
            each.name: {
                "title": each.title.said(language),
                "description": each.description.said(language),
                "schema": dict(each.schema),
            }
            for each in process.outputs
        },
    }


class Engine(BaseManager):  # type: ignore[misc]
    """What pygeoapi's handlers ask for processes and executions, for one request."""

    def __init__(
        self, asked: Asked, execution: Execution | None = None, folder: Path = Path()
    ) -> None:
        super().__init__({"name": "emap"})
        self.is_async = True
        self.processes: dict[str, Any] = dict.fromkeys(processes())
        self._asked, self._execution, self._folder = asked, execution, folder

    def get_processor(self, process_id: str) -> Described:
        """The description of a process."""
        return Described(processes()[process_id], self._asked.language)

    def execute_process(
        self, process_id: str, *_args: object, **_more: object
    ) -> tuple[str, str, object, JobStatus, dict[str, str]]:
        """Run a process now, or write a job; gives what pygeoapi makes an answer of."""
        process, execution = processes()[process_id], self._execution
        assert execution is not None
        if not process.quick and wants_job(self._asked):
            job = submit(self._asked, process, execution)
            applied = {"Preference-Applied": "respond-async"}
            return job.id, "application/json", job, JobStatus.accepted, applied
        if execution.by_reference:
            job = keep(self._asked, process, execution)
            return job.id, "", Done(execution, (), job), JobStatus.successful, {}
        made = run_now(self._asked, process, execution.inputs, self._folder)
        return "", "", Done(execution, made), JobStatus.successful, {}


def wants_job(asked: Asked) -> bool:
    """True when the client prefers a job (RFC 7240: several preferences, in any order)."""
    said = asked.request.headers.get("prefer", "")
    words = (word.partition(";")[0].strip().lower() for word in said.split(","))
    return "respond-async" in words


def api(asked: Asked, engine: Engine) -> Any:
    """The API object of pygeoapi for a request about processes."""
    made = config.view(asked, ())
    made.manager = engine
    return made
