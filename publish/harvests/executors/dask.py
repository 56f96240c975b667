"""Jobs on the machines of a Dask cluster: only the words of a job travel there.

Dask's scheduler forgets what it had when it dies; the rows of the jobs do not. While no scheduler
answers, the jobs run in this process.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

from datasets.errors import ConfigError
from publish.harvests.executors import Executor
from publish.harvests.executors._job import do_job
from publish.site import Site, open_site

CONNECT_S = 5  # for the scheduler to answer
AWAY_S = 30.0  # before it is asked again
log = logging.getLogger("emap.harvests")


class Dask:
    """Submits each job to a cluster; `here` runs them while the cluster is away."""

    def __init__(self, site: Site, here: Executor) -> None:
        self._words = (str(site.path.resolve()) if site.path else "", str(site.state))
        self._address = site.config.harvest.scheduler
        self._here = here
        self._client: Any = None
        self._away_until = 0.0
        self._futures: dict[str, Any] = {}  # Dask forgets a job whose future is let go

    def submit(self, job_id: str, ended: Callable[[], None]) -> None:
        """Give a job to the cluster, or to a thread here when there is none."""
        client = self._connected()
        if client is None:
            self._here.submit(job_id, ended)
            return

        def over(future: Any) -> None:
            self._futures.pop(job_id, None)
            if future.status == "error":
                log.warning("job %s: the cluster could not do it: %s", job_id, future.exception())
            ended()

        future = client.submit(work, *self._words, job_id, pure=False)
        self._futures[job_id] = future
        future.add_done_callback(over)

    def _connected(self) -> Any:
        """The client of the scheduler; None while it does not answer."""
        if self._client is not None and self._client.status != "running":
            self._client.close(timeout=CONNECT_S)
            self._client = None
        if self._client is None and time.monotonic() >= self._away_until:
            self._client = self._connect()
        return self._client

    def _connect(self) -> Any:
        try:
            import distributed  # noqa: PLC0415 - an extra, and slow to load
        except ImportError:
            raise ConfigError("harvest.executor: dask needs `pip install 'emap[dask]'`") from None
        connect: Any = distributed.Client  # it has no types
        try:
            client = connect(self._address, timeout=CONNECT_S, set_as_default=False)
        except OSError:
            self._away_until = time.monotonic() + AWAY_S
            log.warning("%s: no scheduler answers there: the jobs run here", self._address)
            return None
        log.info("%s: the jobs run there", self._address)
        return client

    def close(self, wait_s: float) -> None:
        """Leave the jobs to the cluster; those here have so many seconds."""
        self._here.close(wait_s)
        if self._client is not None:
            self._client.close(timeout=CONNECT_S)


def work(config: str, state: str, job_id: str) -> None:
    """Do a job in a worker of the cluster, which opens the site by its paths."""
    site = open_site(Path(config) if config else None, Path(state))
    desk = site.desk()
    try:
        do_job(job_id, desk, site.sources(), Event())
    finally:
        desk.catalog.engine.dispose()
