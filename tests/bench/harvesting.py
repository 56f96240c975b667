"""Harvest sources of a config.yml, each in a thread, and print what it took as JSON.

`python tests/bench/harvesting.py STATE CONFIG SOURCE…`: a process of its own, so that its memory is
that of the harvest alone. `--describe` reads the pages of the sources and keeps nothing, `--gather`
ends when the first record would be looked at.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import text

from datasets import config
from harvesters import open_sources
from harvesters.sources.source import Source
from publish.desk import Desk, open_desk
from publish.harvests.run import run
from publish.harvests.work import Progress


class Clock:
    """Wall and CPU seconds until each phase ended."""

    def __init__(self) -> None:
        self.began = (time.monotonic(), time.process_time())
        self.phases: dict[str, tuple[float, float]] = {}

    def tell(self, progress: Progress) -> None:
        now = (time.monotonic() - self.began[0], time.process_time() - self.began[1])
        self.phases[progress.phase] = now


def main(state: Path, path: Path, names: list[str]) -> None:
    """Harvest and print."""
    settings, document = config.load(path)
    sources = [source for source in open_sources(settings, document) if source.name in names]
    desk, clock = open_desk(settings, state), Clock()
    harvest = described if "--describe" in names else harvested
    if "--gather" in names:
        harvest = gathered
    with ThreadPoolExecutor(len(sources)) as threads:
        actions = sum(threads.map(lambda source: harvest(source, desk, clock), sources), Counter())
    clock.tell(Progress("all", 0))
    with desk.catalog.engine.connect() as connection:
        versions = connection.scalar(text("select count(*) from version"))
    figures = {
        "actions": actions,
        "versions": versions,
        "phases": clock.phases,
        "most_mb": most_mb(),
    }
    sys.stdout.write(json.dumps(figures))


def harvested(source: Source, desk: Desk, clock: Clock) -> Counter[str]:
    """Harvest a source; counts what became of its records."""
    return Counter(receipt.action for receipt in run(source, desk, tell=clock.tell))


def gathered(source: Source, desk: Desk, clock: Clock) -> Counter[str]:
    """Keep what a source says it has, and publish nothing."""

    def tell(progress: Progress) -> None:
        if progress.phase == "gather":
            clock.tell(progress)

    story = run(source, desk, tell=tell)
    next(story, None)
    story.close()
    return Counter()


def described(source: Source, desk: Desk, clock: Clock) -> Counter[str]:
    """Read what a source says it has, and keep nothing."""
    http = desk.http.bound(source.address)
    return Counter({"described": sum(len(page.records) for page in source.harvest(http))})


def most_mb() -> float:
    """The most memory that this process had, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
