"""The catalog over HTTP with 1,000, 10,000 or 100,000 datasets: CPU time per request, and memory.

`make bench ARGS=catalog` measures 10,000; `ARGS="catalog 1000 10000 100000"` draws the curve;
EMAP_BENCH_URL names an empty PostgreSQL database to measure instead of SQLite (one size at a time;
the CPU time of PostgreSQL is not in the figures then). Every search asks for other words.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import packages
from process import cpu_s, free_port, memory_mb, serving

EMAP = Path(sys.executable).parent / "emap"
ROUNDS = 3
FACETS = ["organization", "tags", "res_format"]

type Ask = Callable[[int], dict[str, Any]]


def main(sizes: tuple[str, ...] = ()) -> None:
    """Measure and print."""
    figures = {int(size): measured(int(size)) for size in sizes or ("10000",)}
    print(f"| request | {' | '.join(f'{size:,}' for size in figures)} |")
    print(f"|---|{'---|' * len(figures)}")
    for name in next(iter(figures.values())):
        print(f"| {name} | {' | '.join(f'{each[name]:.2f}' for each in figures.values())} |")


def measured(size: int) -> dict[str, float]:
    """Load so many datasets and ask for them: CPU-ms per request, and MB of memory."""
    url = os.environ.get("EMAP_BENCH_URL", "")
    with tempfile.TemporaryDirectory() as scratch:
        state, config = Path(scratch) / "state", Path(scratch) / "config.yml"
        state.mkdir()
        config.write_text(json.dumps({"catalog": {"url": url}}))
        before = time.process_time()
        packages.load(state, size, url)
        figures = {"load, per dataset": (time.process_time() - before) / size * 1e3}
        with served(state, config) as (pid, client):
            figures["memory after the start, MB"] = memory_mb(pid)
            for name, (action, ask, count) in requests(size).items():
                figures[name] = cost(pid, client, action, ask, count)
            figures["memory at the end, MB"] = memory_mb(pid)
        return figures


@contextlib.contextmanager
def served(state: Path, config: Path) -> Iterator[tuple[int, "Client"]]:
    """Serve a state folder, with a token of a sysadmin; yields the process and a client."""
    command = [str(EMAP), "--state", str(state)]
    made = [*command, "token", "create", "--user", "bench", "--sysadmin", "--config", str(config)]
    token = subprocess.run(made, check=True, capture_output=True, text=True).stdout.split()[-1]
    port = free_port()
    serve = [*command, "serve", "--port", str(port), "--config", str(config)]
    with serving(serve, f"http://127.0.0.1:{port}/health", {}) as pid:
        yield pid, Client(port, token)


class Client:
    """Asks over one connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = {"Content-Type": "application/json", "Authorization": token}

    def call(self, action: str, given: dict[str, Any]) -> Any:
        """The result of an action."""
        body = json.dumps(given)
        self.connection.request("POST", f"/api/3/action/{action}", body, self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{action}: {response.status} {answer[:500]!r}")
        return answer


def requests(size: int) -> dict[str, tuple[str, Ask, int]]:
    """What is asked, how often, with what arguments each time."""
    some = list(packages.datasets(min(size, 2_000)))
    names = [f"skup-{(n * 7919) % size:06}" for n in range(2_000)]

    def search(n: int) -> dict[str, Any]:
        words = [
            word for word in some[n % len(some)]["notes"].split() if word not in packages.SMALL
        ]
        q = " ".join(words[n % 20 : n % 20 + 1 + n % 2])
        return {"q": q, "facet.field": FACETS, "rows": 20}

    def create(n: int) -> dict[str, Any]:
        return some[n % len(some)] | {"name": f"novi-{n}"}

    def patch(n: int) -> dict[str, Any]:
        return {"id": names[n], "notes": some[(n * 3) % len(some)]["notes"] + f" {n}"}

    return {
        "status_show": ("status_show", lambda n: {}, 1_000),
        "package_show": ("package_show", lambda n: {"id": names[n]}, 600),
        "package_search, q and 3 facets, rows=20": ("package_search", search, 300),
        "package_search, everything, rows=10": ("package_search", lambda n: {"start": n}, 300),
        "package_list": ("package_list", lambda n: {}, 200),
        "package_create": ("package_create", create, 200),
        "package_patch": ("package_patch", patch, 200),
        "package_patch, and a search after it": ("", search, 50),
    }


def cost(pid: int, client: Client, action: str, ask: Ask, count: int) -> float:
    """CPU-ms of the server per request: the best of three rounds, each of other requests."""
    numbers = iter(range(count * ROUNDS + 1))
    one(client, action, ask(next(numbers)))
    rounds = []
    for _ in range(ROUNDS):
        asks = [ask(next(numbers)) for _ in range(count)]
        before = cpu_s(pid)
        for given in asks:
            one(client, action, given)
        rounds.append((cpu_s(pid) - before) / count * 1e3)
    return min(rounds)


def one(client: Client, action: str, given: dict[str, Any]) -> None:
    """One request; a search after a write is two, and the write is counted too."""
    if action:
        client.call(action, given)
        return
    client.call("package_patch", {"id": "skup-000001", "version": str(time.monotonic_ns())})
    client.call("package_search", given)
