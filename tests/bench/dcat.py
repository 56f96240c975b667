"""The catalog for harvesters, with 10,000 datasets: CPU-ms for a page of 100 over HTTP, unpacked.

Beside it, in the same run: the same page read into rdflib, and written by rdflib again.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import packages
from catalog import Client, served
from process import cpu_s
from rdflib import Graph

PAGES = 20
SYNTAXES = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld"}


def main(size: int = 10_000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        state, config = Path(scratch) / "state", Path(scratch) / "config.yml"
        state.mkdir()
        config.write_text(json.dumps({"site": {"title": "Bench"}}))
        packages.load(state, size, "")
        print(f"| of {size:,} datasets | CPU-ms | kB | rdflib, writing alone |\n|---|---|---|---|")
        with served(state, config) as (pid, client):
            for ending, name in SYNTAXES.items():
                spent, body = _page(pid, client, ending)
                peer = _timed(Graph().parse(data=body, format=name).serialize, format=name)
                print(f"| /catalog.{ending} | {spent:.0f} | {len(body) / 1e3:.0f} | {peer:.0f} |")


def _page(pid: int, client: Client, ending: str) -> tuple[float, str]:
    body = _get(client, f"/catalog.{ending}")
    before = cpu_s(pid)
    for number in range(PAGES):
        body = _get(client, f"/catalog.{ending}?page={number + 1}")
    return (cpu_s(pid) - before) / PAGES * 1e3, body


def _get(client: Client, path: str) -> str:
    client.connection.request("GET", path)
    response = client.connection.getresponse()
    body = response.read().decode()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {body[:500]}")
    return body


def _timed(do: Callable[..., Any], **keywords: str) -> float:
    before = time.process_time()
    do(**keywords)
    return (time.process_time() - before) * 1e3
