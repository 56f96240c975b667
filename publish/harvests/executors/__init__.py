"""Where jobs run. The job's row is the truth: an executor may lose a job, its lease ends then."""

from collections.abc import Callable
from typing import Protocol


class Executor(Protocol):
    """Something that runs jobs by their ids, several at a time."""

    def submit(self, job_id: str, ended: Callable[[], None]) -> None:
        """Begin a job and return at once; `ended` is called when nobody works on it here any more.

        Raises HarvestError when it cannot be begun now: then its row waits as before.
        """

    def close(self, wait_s: float) -> None:
        """Take no more, and give the jobs at work so many seconds to come to a good end."""
