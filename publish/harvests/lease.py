"""The lease of a job: held by a heartbeat, and asked for by every transaction that writes."""

import threading
from types import TracebackType

from sqlalchemy import Connection, Engine

from datasets.errors import LeaseLost, PublishError
from publish.database import writing
from publish.harvests import jobs
from publish.harvests.jobs import LEASE_S, Job


class Lease:
    """Holds a claimed job while the block runs; others may claim it when the beats stop."""

    def __init__(self, engine: Engine, job: Job, lease_s: float = LEASE_S) -> None:
        self._engine, self._job, self._lease_s = engine, job, lease_s
        self._over, self._lost = threading.Event(), threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"lease-{job.number}", daemon=True)

    def __enter__(self) -> "Lease":
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._heart.join()

    def hold(self, connection: Connection) -> None:
        """Go on holding the job, in a transaction that writes; raises LeaseLost and so ends it."""
        if not jobs.beat(connection, self._job, self._lease_s):
            self._lost.set()
            self.check()

    def check(self) -> None:
        """Raise LeaseLost when it is known that the job is another's, or was ended."""
        if self._lost.is_set():
            raise LeaseLost(
                f"job {self._job.id} of source {self._job.source!r}: another worker has it now, or"
                " a person ended it; nothing more is published by this one"
            )

    def _beat(self) -> None:
        while not self._over.wait(self._lease_s / 3):
            try:
                with writing(self._engine) as connection:
                    held = jobs.beat(connection, self._job, self._lease_s)
            except PublishError:
                continue  # the database is busy or away: the next beat, or `hold`, will tell
            if not held:
                self._lost.set()
                return
