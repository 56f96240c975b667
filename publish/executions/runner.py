"""The runner: begins due jobs, each in a process of its own that can be ended.

Every worker of the server has one. It is woken when somebody asks for a job, and looks itself for
those that another left when it died; the rows see to it that no more than `processes.parallel`
are at work, whoever began them.
"""

import contextlib
import itertools
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from datasets.errors import NotFound, PublishError
from publish.executions import jobs
from publish.executions.jobs import Job
from publish.executions.run import Bench, remove
from publish.executions.servers import Server

log = logging.getLogger("emap.processes")
LOOKS_S, LEFT_S = 1.0, 5.0
"""So often a runner looks for jobs that nobody does, and so long it leaves a new one to others."""
TIDIES = 3600
"""After so many looks it removes what was kept long enough."""


class Runner:
    """Begins processes while there is something to do."""

    def __init__(self, bench: Bench, state: Path) -> None:
        self.bench = bench
        sections = {"catalog", "layers", "processes", "validation"}
        config = bench.config.model_dump(mode="json", include=sections)
        self._server = Server({"state": str(state), "config": config})
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()

    def tidy(self) -> None:
        """Forget jobs and results that were kept long enough."""
        own, bench = self.bench.config.processes, self.bench
        keep = timedelta(hours=own.keep_hours)
        for job_id in jobs.forget(bench.engine, keep, own.keep_bytes):
            remove(bench.store, job_id)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Look for jobs that nobody does until the block ends."""
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.close()

    def _look(self, over: threading.Event) -> None:
        for look in itertools.count():
            try:
                self.wake(LEFT_S)
                if not look % TIDIES:
                    self.tidy()
            except PublishError as error:
                log.warning("%s", error)
            if over.wait(LOOKS_S):
                return

    def close(self) -> None:
        """Begin no more; what is at work goes on."""
        self._server.close()

    def wake(self, waited_s: float = 0) -> threading.Thread | None:
        """Begin a job that is due in a process beside this one; gives the thread that waits.

        A new one is due when it has waited so long.
        """
        job_id = self._taken(waited_s)
        if job_id is None:
            return None
        thread = threading.Thread(target=self._work, args=(job_id,), daemon=True)
        thread.start()
        return thread

    def _taken(self, waited_s: float = 0) -> str | None:
        """A job that is due and not in hand; None when as many are in hand as may be."""
        parallel = self.bench.config.processes.parallel
        with self._lock:
            if len(self._in_hand) >= parallel:
                return None
            job_id = jobs.due(self.bench.engine, parallel, self._in_hand, waited_s)
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
        """Let a process do a job and wait for its end; what it says on errors goes to ours."""
        with contextlib.suppress(NotFound):
            before = jobs.find(self.bench.engine, job_id)
            if not self._server.run(job_id):
                log.warning("job %s: its process ended too early", job_id)
                self._count(before)

    def _count(self, before: Job) -> None:
        """Count as an attempt what broke before it claimed its job, so that it is not for ever."""
        engine = self.bench.engine
        if jobs.find(engine, before.id).token == before.token:
            jobs.claim(engine, before.id, lease_s=-1)
