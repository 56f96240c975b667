"""16 clients at once for a minute, who ask for pages, boxes, features, tiles: how long they wait.

The goal: the 95th percentile is no more than five times the median, nothing fails, and the memory
of the server stays as it is.
"""

import contextlib
import http.client
import random
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import buildings
from process import free_port, memory_mb, serving

BIN = Path(sys.executable).parent
CLIENTS, SECONDS, FEATURES = 16, 60.0, 100_000
COLLECTION = "/ogc/collections/zgrade"


def main(seconds: float = SECONDS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source, port = buildings.write(folder / "zgrade.gpkg", FEATURES), free_port()
        command = [str(BIN / "emap"), "--state", str(folder / "state")]
        publish = ["publish", str(source), "--organization", "bench", "--name", "zgrade"]
        subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}/health"
        with serving([*command, "serve", "--port", str(port)], url, {}) as pid:
            clients(port, 3.0)  # what is made once is made
            before = memory_mb(pid)
            waits, failed = clients(port, seconds)
            after = memory_mb(pid)
    median, late = statistics.median(waits), statistics.quantiles(waits, n=20)[-1]
    print("| requests | failed | median ms | p95 ms | × | MB before | MB after |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {len(waits)} | {failed} | {median:.1f} | {late:.1f} | {late / median:.1f} |"
        f" {before:.0f} | {after:.0f} |"
    )


def clients(port: int, seconds: float) -> tuple[list[float], int]:
    """What all clients waited, in ms, and how many answers were none."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        ends = time.monotonic() + seconds
        found = list(pool.map(lambda seed: client(port, seed, ends), range(CLIENTS)))
    return [wait for waits, _ in found for wait in waits], sum(failed for _, failed in found)


def client(port: int, seed: int, ends: float) -> tuple[list[float], int]:
    """Ask one question after the other until the time is up."""
    chance, waits, failed = random.Random(seed), list[float](), 0
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        while (began := time.monotonic()) < ends:
            line.request("GET", question(chance), headers={"Accept-Encoding": "gzip, br"})
            answer = line.getresponse()
            answer.read()
            failed += answer.status not in (200, 204)
            waits.append((time.monotonic() - began) * 1000)
    return waits, failed


def question(chance: random.Random) -> str:
    """What a viewer and its neighbours ask for: the same first pages, other boxes, tiles."""
    kind = chance.random()
    if kind < 0.3:
        return f"{COLLECTION}/items?f=json&limit=10&offset={chance.randrange(20) * 10}"
    if kind < 0.6:
        x, y = chance.uniform(20.72, 21.06), chance.uniform(43.91, 44.08)
        corners = f"{x:.5f},{y:.5f},{x + 0.0085:.5f},{y + 0.0085:.5f}"
        return f"{COLLECTION}/items?f=json&limit=100&bbox={corners}"
    if kind < 0.8:
        return f"{COLLECTION}/items/{chance.randrange(1, FEATURES)}?f=json"
    return f"/tiles/zgrade/14/{9140 + chance.randrange(8)}/{5930 + chance.randrange(8)}.mvt"


if __name__ == "__main__":
    main()
