"""Jobs as threads of this process; what they read is judged in child processes."""

import threading
import time
from collections.abc import Callable


class Local:
    """Runs each job in a thread. `work` does a job by its id, and ends early when told to stop."""

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work
        self._threads: set[threading.Thread] = set()

    def submit(self, job_id: str, ended: Callable[[], None]) -> None:
        """Begin a job in a thread of its own."""

        def run() -> None:
            try:
                self._work(job_id)
            finally:
                self._threads.discard(threading.current_thread())
                ended()

        # A daemon: what hangs in a read must not keep a process from ending that was told to.
        thread = threading.Thread(target=run, name=f"job-{job_id}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def close(self, wait_s: float) -> None:
        """Wait for the jobs at work; one that takes longer is left to its lease."""
        ends = time.monotonic() + wait_s
        for thread in list(self._threads):
            thread.join(max(0.0, ends - time.monotonic()))
