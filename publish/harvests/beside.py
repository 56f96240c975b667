"""A worker beside the web server: one process, begun and ended by the server's parent.

It also ends when that parent is killed: it waits for its parent's end as it waits for work.
"""

import logging
import multiprocessing
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnProcess
from pathlib import Path

from datasets.errors import ConfigError, EmapError
from publish.harvests.worker import work_until_told
from publish.site import Site, open_site
from publish.terminal import EXIT, complain, exit_code

PAUSE_S = 5.0  # before a worker that broke is begun again; each time twice as long
LONGEST_S = 300.0
log = logging.getLogger("emap.harvests")


@contextmanager
def beside(site: Site) -> Iterator[None]:
    """Keep a worker while the block runs, where the site has something for it to do."""
    if not is_wanted(site):
        yield
        return
    keeper = _Keeper(site)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


def is_wanted(site: Site) -> bool:
    """Tell whether a source has a schedule, and a worker beside the server is not declined."""
    scheduled = any(entry.get("every") or entry.get("cron") for entry in site.config.sources)
    return site.config.harvest.in_serve and scheduled


class _Keeper(threading.Thread):
    """Begins the worker, and begins it again when it breaks."""

    def __init__(self, site: Site) -> None:
        super().__init__(name="worker-keeper", daemon=True)
        self._words = (str(site.path.resolve()) if site.path else "", str(site.state))
        self._patience_s = site.config.harvest.stop_s + PAUSE_S
        self._over, self._lock = threading.Event(), threading.Lock()
        self._process: SpawnProcess | None = None

    def run(self) -> None:
        pause_s = PAUSE_S
        while process := self._begun():
            process.join()
            if process.exitcode in (0, EXIT[ConfigError]):
                return
            if not self._over.is_set():
                log.warning("the worker ended with %s: begun again", process.exitcode)
            self._over.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_S)

    def _begun(self) -> SpawnProcess | None:
        with self._lock:
            if self._over.is_set():
                return None
            spawn = multiprocessing.get_context("spawn")
            self._process = spawn.Process(target=_work, args=self._words, daemon=True)
            self._process.start()
            return self._process

    def stop(self) -> None:
        """End the worker: politely first."""
        with self._lock:
            self._over.set()
            process = self._process
        if process is not None:
            process.terminate()
            self.join(self._patience_s)
            process.kill()
        self.join()


def _work(config: str, state: str) -> None:
    """Be the worker, in the process begun for it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    try:
        site = open_site(Path(config) if config else None, Path(state))
        work_until_told(site, until=parent.join)
    except EmapError as error:
        complain(str(error))
        sys.exit(exit_code(error))
