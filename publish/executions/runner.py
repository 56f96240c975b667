"""The runner: begins due jobs, each in a process of its own that can be ended.

Every worker of the server has one, and is woken when somebody asks for a job or about one; the
rows see to it that no more than `processes.parallel` are at work, whoever began them.
"""

import contextlib
import logging
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import orjson

from datasets.errors import NotFound
from publish.executions import jobs
from publish.executions.jobs import Job
from publish.executions.run import Bench, remove

log = logging.getLogger("emap.processes")


class Runner:
    """Begins processes while there is something to do."""

    def __init__(self, bench: Bench, state: Path) -> None:
        self.bench, self._state = bench, state
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()

    def tidy(self) -> None:
        """Forget jobs and results that were kept long enough."""
        own, bench = self.bench.config.processes, self.bench
        keep = timedelta(hours=own.keep_hours)
        for job_id in jobs.forget(bench.engine, keep, own.keep_bytes):
            remove(bench.store, job_id)

    def wake(self) -> threading.Thread | None:
        """Begin a job that is due in a process beside this one; gives the thread that waits."""
        job_id = self._taken()
        if job_id is None:
            return None
        thread = threading.Thread(target=self._work, args=(job_id,), daemon=True)
        thread.start()
        return thread

    def _taken(self) -> str | None:
        """A job that is due and not in hand; None when as many are in hand as may be."""
        parallel = self.bench.config.processes.parallel
        with self._lock:
            if len(self._in_hand) >= parallel:
                return None
            job_id = jobs.due(self.bench.engine, parallel, self._in_hand)
            if job_id is not None:
                self._in_hand.add(job_id)
        return job_id

    def _work(self, job_id: str | None) -> None:
        while job_id is not None:
            try:
                self._run(job_id)
            finally:
                with self._lock:
                    self._in_hand.discard(job_id)
            job_id = self._taken()

    def _run(self, job_id: str) -> None:
        """Run a job in a process and wait for its end; what it says on errors goes to ours."""
        sections = {"catalog", "layers", "processes", "validation"}
        said = {
            "job": job_id,
            "state": str(self._state),
            "config": self.bench.config.model_dump(mode="json", include=sections),
        }
        words = [sys.executable, "-m", "publish.executions"]
        with contextlib.suppress(NotFound):
            before = jobs.find(self.bench.engine, job_id)
            ended = subprocess.run(words, input=orjson.dumps(said), check=False)
            if ended.returncode:
                log.warning("job %s: its process ended with %s", job_id, ended.returncode)
                self._count(before)

    def _count(self, before: Job) -> None:
        """Count as an attempt what broke before it claimed its job, so that it is not for ever."""
        engine = self.bench.engine
        if jobs.find(engine, before.id).token == before.token:
            jobs.claim(engine, before.id, lease_s=-1)
