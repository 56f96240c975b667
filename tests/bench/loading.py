"""`ckanapi load` and `dump` of 10,000 datasets over HTTP: how long it takes, and what it costs us.

`make bench ARGS=loading`; EMAP_BENCH_URL names an empty PostgreSQL database to measure instead of
SQLite. ckanapi makes up to three processes against a site, and `-n` spares it a question a dataset.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import packages
from catalog import EMAP, served
from process import cpu_s, memory_mb

COUNT = 10_000
COMMAND = EMAP.with_name("ckanapi")


def main(count: int = COUNT) -> None:
    """Measure and print."""
    print("| what | wall s | datasets a second | CPU-ms of the site per dataset |")
    print("|---|---|---|---|")
    for processes, more in ((1, ["-n"]), (3, ["-n"]), (3, [])):
        name = f"load {' '.join(['-p', str(processes), *more])}"
        with tempfile.TemporaryDirectory() as scratch:
            measure(Path(scratch), count, name, ["-p", str(processes), *more])
            if os.environ.get("EMAP_BENCH_URL"):
                break  # the database is not empty any more


def measure(scratch: Path, count: int, name: str, options: list[str]) -> None:
    """Load so many datasets into an empty site, dump them, print what each took."""
    config, lines = scratch / "config.yml", scratch / "lines"
    config.write_text(json.dumps({"catalog": {"url": os.environ.get("EMAP_BENCH_URL", "")}}))
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(dataset) + "\n" for dataset in packages.datasets(count))
    (scratch / "state").mkdir()
    with served(scratch / "state", config) as (pid, client):
        for number in range(packages.ORGANIZATIONS):
            client.call("organization_create", {"name": f"opstina-{number}"})
        site = f"http://127.0.0.1:{client.connection.port}"
        words = ["-r", site, "-a", client.headers["Authorization"], "-q"]
        loading = ["load", "datasets", "-I", str(lines), *options, *words]
        row(name, pid, count, loading)
        row("dump -p 3", pid, count, ["dump", "datasets", "--all", "-p", "3", *words])
        print(f"| memory {memory_mb(pid):.0f} MB | | | |", flush=True)


def row(name: str, pid: int, count: int, words: list[str]) -> None:
    """Run ckanapi once and print what it took."""
    path = os.pathsep.join([str(EMAP.parent), os.environ["PATH"]])
    began, used = time.monotonic(), cpu_s(pid)
    command = [str(COMMAND), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PATH": path})
    wall_s = time.monotonic() - began
    cpu_ms = (cpu_s(pid) - used) / count * 1000
    print(f"| {name} | {wall_s:.0f} | {count / wall_s:.0f} | {cpu_ms:.2f} |", flush=True)
