"""Doing: a process run over published layers, while a client waits or as a job."""

import logging
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from datasets.config import Config
from datasets.errors import EmapError, PublishError
from datasets.store import Store
from datasets.text import Text
from publish.executions import jobs
from publish.executions.jobs import Dismissed, Job, Kept
from publish.layers.backends import Backend
from publish.processes import Bounds, Here, Made, Published, Work, processes
from publish.validating import WORKER

LOG = logging.getLogger(__name__)
GRACE_S = 30.0
"""So long after its time an execution may be at what cannot be stopped half-way."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The opened things that executions need."""

    engine: Engine
    store: Store
    layers: Backend
    config: Config

    @property
    def bounds(self) -> Bounds:
        """How much a job may take."""
        own = self.config.processes
        return Bounds(own.max_features, own.max_bytes, own.timeout_s)


def written(layers: Iterable[Published]) -> dict[str, dict[str, Any]]:
    """Collections as a job's row has them: so it is of one version, whatever is published since."""
    return {
        each.id: {
            "version": each.version,
            "sha": each.sha,
            "dataset": each.dataset,
            "title": _words(each.title),
            "publisher": _words(each.publisher),
            "license": each.license,
            "modified": each.modified,
        }
        for each in layers
    }


def _words(text: Text) -> dict[str, Any]:
    return {"own": text.own, "translated": dict(text.translated)}


def _opened(bench: Bench, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Published]:
    return {
        name: Published(
            id=name,
            version=row["version"],
            sha=row["sha"],
            dataset=row["dataset"],
            title=Text(**row["title"]),
            publisher=Text(**row["publisher"]),
            license=row["license"],
            modified=row["modified"],
            features=bench.layers.features(bench.store.layer(name, row["sha"])),
        )
        for name, row in rows.items()
    }


def do_job(bench: Bench, job_id: str, worker: str = WORKER) -> None:
    """Do a job and keep its results, or write why not; nothing when it is another's or over."""
    job = jobs.claim(bench.engine, job_id, bench.bounds.timeout_s + 2 * GRACE_S, worker)
    if job is None:
        return
    try:
        with bench.store.desk("process") as folder:
            made = _done(bench, job, folder)
            kept = keep_files(bench.store, job.id, folder, made)
        jobs.finish(bench.engine, job, kept)
    except Dismissed:
        remove(bench.store, job.id)
    except TimeoutError:
        _fail(bench, job, f"it took longer than {bench.bounds.timeout_s:.0f} s; ask for less")
    except MemoryError:
        _fail(bench, job, "it took more memory than it may; ask for less")
    except PublishError as error:
        LOG.error("job %s: %s", job.id, error)
        _fail(bench, job, "the site could not do it; ask again in a while")
    except (ValueError, EmapError) as error:
        _fail(bench, job, str(error))


def _done(bench: Bench, job: Job, folder: Path) -> tuple[Made, ...]:
    asked, process = job.asked, processes()[job.process]
    here = Here(_opened(bench, asked.layers), asked.base_url)
    tell = _Teller(bench.engine, job)
    work = Work(here, folder, bench.bounds, asked.language, tell)
    return process.run(process.read(asked.inputs, here), work)


class _Teller:
    """Writes how far a job is, once a second at most."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._engine, self._job, self._told_s = engine, job, time.monotonic()

    def __call__(self, share: float) -> None:
        if time.monotonic() - self._told_s > 1:
            self._told_s = time.monotonic()
            jobs.note(self._engine, self._job, int(share * 99))


def _fail(bench: Bench, job: Job, message: str) -> None:
    try:
        jobs.fail(bench.engine, job, message)
    except Dismissed:
        remove(bench.store, job.id)


def keep_files(store: Store, job_id: str, folder: Path, made: Iterable[Made]) -> tuple[Kept, ...]:
    """Make the files of a folder the results of a job."""
    kept = tuple(
        Kept(each.output, each.media_type, each.path.name, each.path.stat().st_size)
        for each in made
    )
    remove(store, job_id)  # what an attempt left that ended too early
    store.adopt(folder, store.results(job_id))
    return kept


def remove(store: Store, job_id: str) -> None:
    """Remove the results of a job, if there are any."""
    shutil.rmtree(store.results(job_id), ignore_errors=True)
