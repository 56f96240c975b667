"""One job done by whoever has it: as far as it goes, with one line in the log."""

import logging
import time
from collections.abc import Generator, Sequence
from threading import Event
from typing import cast

from datasets.errors import EmapError
from datasets.model import Receipt
from harvesters.sources.source import Source
from publish.database import reading
from publish.desk import Desk
from publish.harvests import jobs
from publish.harvests.jobs import Job
from publish.harvests.run import run_job

log = logging.getLogger("emap.harvests")


def do_job(job_id: str, desk: Desk, sources: Sequence[Source], stopping: Event) -> None:
    """Do a job; when told to stop, give the rest of it back to the queue."""
    began = time.monotonic()
    receipts = cast(Generator[Receipt], run_job(job_id, desk, sources))
    try:
        if any(stopping.is_set() for _ in receipts):
            receipts.close()
        with reading(desk.catalog.engine) as connection:
            job = jobs.find(connection, job_id)
    except EmapError as error:
        log.warning("job %s: %s", job_id, error)
    else:
        level = logging.WARNING if job.state in ("failed", "held") else logging.INFO
        log.log(level, "%s", _line(job, time.monotonic() - began))


def _line(job: Job, took_s: float) -> str:
    """What became of a job, in one line."""
    counts = ", ".join(f"{number} {action}" for action, number in sorted(job.counts.items()))
    words = f"{job.source}: job {job.id} is {job.state} after {took_s:.1f} s"
    return ": ".join(word for word in (words, counts, job.reason) if word)
