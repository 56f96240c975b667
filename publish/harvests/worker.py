"""The loop that harvests by itself: make jobs of the slots that are due, and have them run.

Any number of workers, on any number of machines, may do so over one catalog: the rows of the jobs
decide who has what, and what a dead worker had comes back when its lease ends.
"""

import logging
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from types import FrameType
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from datasets.config import Harvest
from datasets.errors import PublishError
from harvesters.sources.source import Source
from publish.database import reading
from publish.harvests import jobs
from publish.harvests.executors import Executor
from publish.harvests.executors._job import do_job
from publish.harvests.executors.dask import Dask
from publish.harvests.executors.local import Local
from publish.harvests.planning import forget, plan
from publish.retention import collect
from publish.site import Site
from publish.validating import WORKER

LOOK_S = 5.0  # between two looks at the catalog, when nothing ends meanwhile
LONGEST_S = 60.0  # between two looks at a catalog that does not answer
log = logging.getLogger("emap.harvests")


def open_worker(site: Site) -> "Worker":
    """Open the sources and the catalog of a site for a worker. Raises ConfigError."""
    desk, sources, stopping = site.desk(), site.sources(), Event()
    executor: Executor = Local(lambda job_id: do_job(job_id, desk, sources, stopping))
    if site.config.harvest.executor == "dask":
        executor = Dask(site, executor)
    work = Plan(desk.catalog.engine, sources, site.config.harvest, partial(collect, desk))
    return Worker(work, executor, stopping)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker works on: sources, and how `harvest:` of config.yml wants it."""

    engine: Engine
    sources: Sequence[Source]
    settings: Harvest
    collect: Callable[[], object]

    def make(self, now: datetime) -> None:
        """Make the jobs that are due."""
        zone, attempts = ZoneInfo(self.settings.timezone), self.settings.attempts
        for job in plan(self.engine, self.sources, now, zone, attempts):
            log.info("%s: a job is made for %s", job.source, job.slot)

    def forget(self, now: datetime) -> None:
        """Forget the jobs that are older than they are kept, and what nobody can reach."""
        forget(self.engine, now, timedelta(days=self.settings.keep_days))
        self.collect()


class Worker:
    """Plans and submits until it is told to stop; it never waits for a job."""

    def __init__(
        self,
        plan: Plan,
        executor: Executor,
        stopping: Event,
        *,
        look_s: float = LOOK_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._plan, self._executor, self._clock = plan, executor, clock
        self._look_s, self._pause_s = look_s, look_s
        self._stopping, self._lock = stopping, Lock()
        self._news: SimpleQueue[bool] = SimpleQueue()  # True is to stop, False that a job ended
        self._in_hand: set[str] = set()
        self._resting: dict[str, float] = {}  # jobs that ended here, and until when
        self._forgotten = datetime.min.replace(tzinfo=UTC)

    def stop(self) -> None:
        """Let `run` come to its end. A signal handler may call it: it takes no lock."""
        self._news.put(True)

    def run(self) -> None:
        """Work until told to stop; what is in hand then has `harvest.stop_s` seconds."""
        while not self._stopping.is_set():
            wait_s = self._look()
            self._listen(wait_s * random.uniform(0.8, 1.2))  # so that workers keep apart
        self._executor.close(self._plan.settings.stop_s)

    def _listen(self, wait_s: float) -> None:
        """Wait for the end of a job, for the word to stop, or for a time."""
        with suppress(Empty):
            if self._news.get(timeout=wait_s):
                self._stopping.set()
            while True:
                if self._news.get_nowait():
                    self._stopping.set()

    def _look(self) -> float:
        """Do what there is to do now; gives the seconds until the next look."""
        try:
            self._plan_and_submit(self._clock())
        except PublishError as error:
            self._pause_s = min(self._pause_s * 2, LONGEST_S)
            log.warning("%s; looking again in %.0f s", error, self._pause_s)
            return self._pause_s
        self._pause_s = self._look_s
        return self._look_s

    def _plan_and_submit(self, now: datetime) -> None:
        if now - self._forgotten > timedelta(days=1):
            self._plan.forget(now)
            self._forgotten = now
        self._plan.make(now)
        while job_id := self._next():
            with self._lock:
                self._in_hand.add(job_id)
            self._executor.submit(job_id, partial(self._ended, job_id))

    def _next(self) -> str | None:
        """A job that may be begun now and is not in hand; None when all hands are full."""
        with self._lock:
            clock = time.monotonic()
            self._resting = {job: until for job, until in self._resting.items() if until > clock}
            without = self._in_hand | self._resting.keys()
            if len(self._in_hand) >= self._plan.settings.parallel:
                return None
        with reading(self._plan.engine) as connection:
            return jobs.due(connection, without)

    def _ended(self, job_id: str) -> None:
        with self._lock:
            self._in_hand.discard(job_id)
            # If it is due again at once, something is wrong with it: others come first.
            self._resting[job_id] = time.monotonic() + self._look_s
        self._news.put(False)


def work_until_told(site: Site, *, until: Callable[[], object] | None = None) -> None:
    """Be a worker of a site until SIGTERM or Ctrl+C, or until `until` returns.

    A second signal ends the process at once; what it had in hand is another's then.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    worker = open_worker(site)

    def told(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    if until:
        Thread(target=_stop_after, args=(until, worker), daemon=True).start()
    log.info("worker %s looks for harvests that are due", WORKER)
    worker.run()
    log.info("worker %s has ended", WORKER)


def _stop_after(until: Callable[[], object], worker: Worker) -> None:
    until()
    worker.stop()
