"""The runner: begins due jobs, each in a process of its own that can be ended.

Every worker of the server has one, and is woken when somebody asks for a job or about one; the
rows see to it that no more than `processes.parallel` are at work, whoever began them.
"""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import orjson

from publish.executions import jobs
from publish.executions.run import Bench, remove


class Runner:
    """Begins processes while there is something to do."""

    def __init__(self, bench: Bench, state: Path) -> None:
        self.bench, self._state = bench, state
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def tidy(self) -> None:
        """Forget jobs and results that were kept long enough."""
        own, bench = self.bench.config.processes, self.bench
        keep = timedelta(hours=own.keep_hours)
        for job_id in jobs.forget(bench.engine, keep, own.keep_bytes):
            remove(bench.store, job_id)

    def wake(self) -> threading.Thread | None:
        """Begin a job that is due in a process beside this one; gives the thread that waits."""
        parallel = self.bench.config.processes.parallel
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if len(self._threads) >= parallel:
                return None
            job_id = jobs.due(self.bench.engine, parallel)
            if job_id is None:
                return None
            thread = threading.Thread(target=self._work, args=(job_id,), daemon=True)
            self._threads.append(thread)
            thread.start()
        return thread

    def _work(self, job_id: str | None) -> None:
        while job_id is not None:
            self._run(job_id)
            job_id = jobs.due(self.bench.engine, self.bench.config.processes.parallel)

    def _run(self, job_id: str) -> None:
        """Run a job in a process and wait for its end; what it says on errors goes to ours."""
        sections = {"catalog", "layers", "processes", "validation"}
        said = {
            "job": job_id,
            "state": str(self._state),
            "config": self.bench.config.model_dump(mode="json", include=sections),
        }
        subprocess.run(
            [sys.executable, "-m", "publish.executions"], input=orjson.dumps(said), check=False
        )
