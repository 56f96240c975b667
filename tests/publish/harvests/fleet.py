"""Real workers over one catalog, and an upstream that holds one file back until it is told."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, select

from publish.database import open_database, reading
from publish.harvests import jobs
from publish.harvests.jobs import Job
from publish.harvests.tables import RECORDS
from publish.migrations import prepare
from tests.upstream import Asked, Reply, Upstream

PROJECT = Path(__file__).resolve().parents[3]
EMAP = [sys.executable, str(PROJECT / "emap.py")]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("EMAP_")}
FILES = ("a", "b", "c", "d", "e")
HELD = "c"
DEADLINE_S = 90
CONFIG = """\
http: {{allow_private: ["127.0.0.1:{port}"], attempts: 1}}
harvest: {{lease_s: 2, stop_s: 20, parallel: 2{more}}}
organizations: [{{name: nis, title: Ниш}}]
sources:
- name: grad
  kind: file
  organization: nis
  files: all
  every: {every}
  urls: [{urls}]
"""


def eventually[T](look: Callable[[], T], what: str) -> T:
    """Look again and again until there is something to see."""
    ends = time.monotonic() + DEADLINE_S
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.05)  # between two looks at other processes
    raise AssertionError(f"not within {DEADLINE_S} s: {what}")


class Fleet:
    """A site with a source of five files, its processes, and a look into its catalog."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.folder, self.upstream = folder, upstream
        self.config, self.state = folder / "config.yml", folder / "var"
        prepare(self.engine())
        self.reached, self.released = threading.Event(), threading.Event()
        self.running: list[subprocess.Popen[bytes]] = []
        for name in FILES:
            upstream.answers[f"/{name}.pdf"] = Reply(
                f"%PDF {name}".encode(), type="application/pdf"
            )
        upstream.answers[f"/{HELD}.pdf"] = self._held
        self.configure()

    def _held(self, _: Asked) -> Reply:
        self.reached.set()
        self.released.wait(DEADLINE_S)
        return Reply(b"%PDF held", type="application/pdf")

    def configure(self, more: str = "", every: str = "1h") -> None:
        """Write config.yml; `more` are settings of harvests."""
        port = self.upstream.url.rpartition(":")[2]
        urls = ", ".join(
            f"{{url: {self.upstream.url}/{name}.pdf, name: skup-{name}}}" for name in FILES
        )
        self.config.write_text(CONFIG.format(port=port, more=more, every=every, urls=urls))

    def start(self, *words: object, log: str) -> subprocess.Popen[bytes]:
        """Start a command of emap over the site."""
        options = ["--config", self.config, "--state", self.state]
        return self.begin([*EMAP, *map(str, [*options, *words])], log)

    def begin(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        """Start a process that ends with the test."""
        with (self.folder / log).open("wb") as out:
            environment = CLEAN | {"PYTHONPATH": str(PROJECT)}
            process = subprocess.Popen(
                command, stdout=out, stderr=out, env=environment, cwd=self.folder
            )
        self.running.append(process)
        return process

    def said(self, log: str, pattern: str) -> str:
        """Wait until a process has said something; gives the first group, or all."""
        found = eventually(
            lambda: re.search(pattern, (self.folder / log).read_text()), f"{pattern} in {log}"
        )
        return found[found.lastindex or 0]

    def engine(self) -> Engine:
        """The catalog's database; it has its tables from the beginning."""
        self.state.mkdir(exist_ok=True)
        return open_database("", self.state)

    def jobs(self) -> list[Job]:
        """The jobs there are, the newest first."""
        engine = self.engine()
        try:
            with reading(engine) as connection:
                return jobs.jobs(connection)
        finally:
            engine.dispose()

    def at_work(self) -> Job:
        """Wait until a job is in its middle: three files are there or asked for."""
        eventually(self.reached.is_set, "the file that is held back is asked for")
        [job] = self.jobs()
        return job

    def done(self) -> Job:
        """Wait until the only job is over."""
        eventually(lambda: [job for job in self.jobs() if job.over], "the job is over")
        [job] = self.jobs()
        return job

    def versions(self) -> dict[str, int]:
        """The version of each dataset of the source."""
        engine = self.engine()
        try:
            with reading(engine) as connection:
                query = select(RECORDS.c.dataset, RECORDS.c.version)
                return {row.dataset: row.version for row in connection.execute(query)}
        finally:
            engine.dispose()

    def asked(self) -> Counter[str]:
        """How often each file was asked for."""
        return Counter(asked.path[1] for asked in self.upstream.asked)

    def close(self) -> None:
        self.released.set()
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


def pid_of(worker: str) -> int:
    """The process of a worker."""
    return int(worker.rpartition(":")[2])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
