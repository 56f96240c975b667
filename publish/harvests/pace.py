"""How fast a harvest goes, and how long it still takes: measured, or not said."""

import time
from collections.abc import Callable

from publish.harvests.work import Progress

LEAST = 3  # things done before a rate is believed
LEAST_S = 1.0


class Pace:
    """Follows one run of a job: what this run did, at which rate, and what is left of it.

    Records that need no work are not counted: they are through at once, and a rate with them in it
    would promise too much. `received` counts the records of which the run has told what became.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.phase, self.received = "", 0
        self.done, self.left = 0, None  # type: tuple[int, int | None]
        self._last = self._began = clock()
        self._found = 0

    def note(self, progress: Progress) -> None:
        """Take in how far the job is."""
        now = self._clock()
        if progress.phase != self.phase:
            # Pages count from the first on: those before may be of a run that was killed.
            self._began = now if progress.phase == "gather" else self._last
            self.phase, self.done, self._found = progress.phase, 0, progress.done
        if progress.phase == "gather":
            self.done = progress.done - self._found
            self.left = max(0, progress.total - progress.done) if progress.total else None
        else:
            self.done += 1
            self.left = max(0, progress.total - self.received) if progress.total else None
        self._last = now

    @property
    def per_s(self) -> float | None:
        """Records a second that needed work; None until it is known."""
        took_s = self._clock() - self._began
        if self.done < LEAST or took_s < LEAST_S:
            return None
        return self.done / took_s

    def words(self) -> str:
        """The rate and the time that is left, such as `2.5/s, 0:04:00 left`."""
        rate = self.per_s
        if rate is None:
            return "? left"
        shown = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
        return f"{shown}, {'?' if self.left is None else clock_time(self.left / rate)} left"


def clock_time(seconds: float) -> str:
    """A time as a clock shows it.

    >>> clock_time(0.4), clock_time(3725)
    ('0:00:00', '1:02:05')
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
