"""Harvesting a CKAN of 1,000 or more datasets of 3 resources, metadata alone (`files: none`).

`make bench ARGS=harvest` measures 1,000 and 5,000, `ARGS="harvest 1000 50000"` other sizes. Of each
size the catalog is gathered, which keeps every record; gathered and published; harvested again with
nothing new; and dumped by `ckanapi dump datasets --all` in the same run. Then 50 sources of 100
datasets are described at once by five processes, on two ports of one machine: a host is a name and
a port. The portal waits 5 ms before each answer, as if it were far away.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from process import cpu_s, free_port, serving

HERE = Path(__file__).parent
CKANAPI = Path(sys.executable).with_name("ckanapi")
SIZES = ("1000", "5000")
PUBLISHED = 5_000  # a larger catalog is gathered alone
SOURCES, PROCESSES, EACH = 50, 5, 100
COLUMNS = ("datasets", "what", "wall s", "CPU s", "datasets a second", "versions", "most MB")

type Figures = dict[str, Any]


def main(sizes: tuple[str, ...] = ()) -> None:
    """Measure and print."""
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for size in map(int, sizes or SIZES):
        with portal(size, 1) as [port], tempfile.TemporaryDirectory() as scratch:
            one(size, port, Path(scratch))
    with portal(EACH, 2) as ports, tempfile.TemporaryDirectory() as scratch:
        many(ports, Path(scratch))


@contextlib.contextmanager
def portal(size: int, hosts: int) -> Iterator[list[int]]:
    """Run a portal; yields its ports."""
    ports = [free_port() for _ in range(hosts)]
    command = [sys.executable, str(HERE / "portal.py"), str(size), *map(str, ports)]
    with serving(command, f"http://127.0.0.1:{ports[0]}/stats", {}):
        yield ports


def one(size: int, port: int, scratch: Path) -> None:
    """Harvest one portal again and again, and dump it."""
    site = f"http://127.0.0.1:{port}"
    config = settings(scratch, [site])
    gathered = harvesting(scratch / "gathered", config, "--gather", "portal-0")[0]
    del gathered["versions"]
    row(size, "gathered", gathered, "gather")
    if size <= PUBLISHED:
        for what in ("gathered and published", "again, unchanged"):
            row(size, what, harvesting(scratch / "state", config, "portal-0")[0], "all")
    began, used = time.monotonic(), cpu_s(os.getpid())
    command = [str(CKANAPI), "dump", "datasets", "--all", "-q", "-r", site]
    path = os.pathsep.join([str(CKANAPI.parent), os.environ["PATH"]])
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PATH": path})
    spent = (time.monotonic() - began, cpu_s(os.getpid()) - used)
    row(size, "ckanapi dump", {"phases": {"all": spent}}, "all")


def row(size: int, what: str, figures: Figures, phase: str) -> None:
    """Print what was measured."""
    wall_s, spent_s = figures["phases"][phase]
    said = [f"{size:,}", what, f"{wall_s:.1f}", f"{spent_s:.1f}", f"{size / wall_s:,.0f}"]
    said += [f"{figures[key]:,.0f}" if key in figures else "–" for key in ("versions", "most_mb")]
    print(f"| {' | '.join(said)} |", flush=True)


def many(ports: Sequence[int], scratch: Path) -> None:
    """Describe many sources at once, and print how many requests met on a host."""
    sites = [f"http://127.0.0.1:{ports[n % len(ports)]}/s{n}" for n in range(SOURCES)]
    config = settings(scratch, sites)
    names = [f"portal-{n}" for n in range(SOURCES)]
    shares = [names[place::PROCESSES] for place in range(PROCESSES)]
    harvesting(scratch / "state", config, "--describe", names[0])  # makes the database
    figures = harvesting(scratch / "state", config, "--describe", *shares)
    wall_s = max(each["phases"]["all"][0] for each in figures)
    found = sum(each["actions"]["described"] for each in figures)
    with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/stats") as answer:
        stats = json.load(answer)
    print(f"\n{SOURCES} sources in {PROCESSES} processes: {found:,} datasets in {wall_s:.1f} s;")
    for number, port in enumerate(map(str, ports), 1):
        asked, most = stats["asked"][port], stats["at_once"][port]
        print(f"host {number} was asked {asked} times, at most {most} at a time")


def settings(scratch: Path, sites: Sequence[str]) -> Path:
    """Write a config.yml with a source for each site; gives its path."""
    source = {"kind": "ckan", "files": "none", "organization": "bench"}
    named = [{**source, "name": f"portal-{n}", "url": site} for n, site in enumerate(sites)]
    path = scratch / "config.yml"
    path.write_text(json.dumps({"http": {"allow_private": ["127.0.0.1"]}, "sources": named}))
    return path


def harvesting(state: Path, config: Path, *words: str | Sequence[str]) -> list[Figures]:
    """Run harvesting.py, in one process or in one for each list of sources; gives what they say."""
    plain = [word for word in words if isinstance(word, str)]
    shares = [list(word) for word in words if not isinstance(word, str)] or [[]]
    command = [sys.executable, str(HERE / "harvesting.py"), str(state), str(config), *plain]
    running = [subprocess.Popen([*command, *share], stdout=subprocess.PIPE) for share in shares]
    answers = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError(f"{command} failed")
    return [json.loads(answer) for answer in answers]
