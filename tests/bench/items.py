"""Items of a collection: our server beside stock pygeoapi on the same data, in one run.

CPU time of the server per request, its database included, best of three rounds; the client is not
counted. Stock pygeoapi runs its own Starlette app over its GeoJSON provider (no service needed, as
with us) and, where PostgreSQL is installed, over PostGIS.
"""

import contextlib
import http.client
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import buildings
import geopandas
import postgis
import yaml
from process import cpu_s, free_port, memory_mb, serving

BIN = Path(sys.executable).parent
ROUNDS = 3


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = buildings.write(folder / "zgrade.gpkg")
        ours = measure_ours(folder, source)
        peers = {"GeoJSON": measure_geojson(folder, source)}
        if missing := postgis.available():
            print(f"PostGIS is left out: {missing} is not installed\n")
        else:
            peers["PostGIS"] = measure_postgis(folder, source)
    heads = " | ".join(f"stock {name} | ×" for name in peers)
    print(f"| request | eMap CPU-ms | {heads} |\n|---|---|{'---|---|' * len(peers)}")
    for name, mine in ours.items():
        row = " | ".join(f"{p[name]:.2f} | {p[name] / mine:.0f}" for p in peers.values())
        print(f"| {name} | {mine:.2f} | {row} |")


def measure_ours(folder: Path, source: Path) -> dict[str, float]:
    """Publish the layer and ask our server."""
    state, port = folder / "state", free_port()
    command = [str(BIN / "emap"), "--state", str(state)]
    publish = ["publish", str(source), "--organization", "bench", "--name", "zgrade"]
    subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    with serving([*command, "serve", "--port", str(port)], f"{url}/health", {}) as pid:
        figures = measured([pid], port, "/ogc/collections/zgrade", rounds=1000)
        print(f"eMap: {memory_mb(pid):.0f} MB resident while serving\n")
    return figures


def measure_geojson(folder: Path, source: Path) -> dict[str, float]:
    """Ask pygeoapi as it comes, over its GeoJSON provider."""
    data = folder / "zgrade.geojson"
    frame = geopandas.read_file(source)
    frame["id"] = frame["sifra"]
    frame.to_file(data, driver="GeoJSON")
    provider = {"type": "feature", "name": "GeoJSON", "data": str(data), "id_field": "id"}
    with stock(folder, Path(sys.executable), provider) as (pid, port):
        return measured([pid], port, "/collections/zgrade", rounds=5)


def measure_postgis(folder: Path, source: Path) -> dict[str, float]:
    """Ask pygeoapi as it comes, over its PostgreSQL provider; the database's CPU time counts."""
    python = postgis.environment(folder)
    with (
        postgis.database(folder, source) as (database, port_of_database),
        stock(folder, python, postgis.provider(port_of_database)) as (pid, port),
    ):
        return measured([pid, database], port, "/collections/zgrade", rounds=100)


@contextlib.contextmanager
def stock(folder: Path, python: Path, provider: dict[str, object]) -> Iterator[tuple[int, int]]:
    """Serve one collection by pygeoapi's own Starlette app; yields process id and port."""
    port = free_port()
    config = folder / f"{provider['name']}.yml"
    config.write_text(yaml.safe_dump(stock_config(port, provider)))
    openapi = folder / f"{provider['name']}-openapi.yml"
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
    command = [python.parent / "pygeoapi", "openapi", "generate", config]
    openapi.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    serve = ["-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port)]
    url = f"http://127.0.0.1:{port}/conformance?f=json"
    with serving([str(python), *serve, "--log-level", "warning"], url, env) as pid:
        yield pid, port


def stock_config(port: int, provider: dict[str, object]) -> dict[str, object]:
    """The least that pygeoapi wants to know."""
    url = f"http://127.0.0.1:{port}"
    organization = {"name": "bench", "url": url}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en"],
            "limits": {"default_items": 10, "max_items": 1000},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench",
                "description": "bench",
                "keywords": ["bench"],
                "keywords_type": "theme",
                "terms_of_service": url,
                "url": url,
            },
            "license": {"name": "none", "url": url},
            "provider": organization,
            "contact": organization,
        },
        "resources": {
            "zgrade": {
                "type": "collection",
                "title": "zgrade",
                "description": "zgrade",
                "keywords": ["zgrade"],
                "links": [],
                "extents": {"spatial": {"bbox": [20.7, 43.9, 21.1, 44.1]}},
                "providers": [provider],
            }
        },
    }


def measured(pids: list[int], port: int, collection: str, rounds: int) -> dict[str, float]:
    """CPU-ms per request of each kind; every box is another one, so that no cache answers it."""
    chance = random.Random(1)

    def boxes() -> Iterator[str]:
        while True:  # about 100 of 20,000 features
            x, y = chance.uniform(20.72, 21.06), chance.uniform(43.91, 44.08)
            box = f"{x:.5f},{y:.5f},{x + 0.02:.5f},{y + 0.02:.5f}"
            yield f"{collection}/items?f=json&limit=100&bbox={box}"

    def tens() -> Iterator[str]:
        while True:
            yield f"{collection}/items?f=json&limit=10&offset={chance.randrange(10_000)}"

    def ones() -> Iterator[str]:
        while True:
            yield f"{collection}/items/{chance.randrange(1, 20_000)}?f=json"

    kinds: dict[str, Callable[[], Iterator[str]]] = {
        "items, limit=10": tens,
        "items, bbox of about 100": boxes,
        "one item": ones,
    }
    return {name: best(pids, port, kind(), rounds) for name, kind in kinds.items()}


def best(pids: list[int], port: int, paths: Iterator[str], count: int) -> float:
    """The cheapest of three rounds, in CPU-ms per request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    ask(connection, next(paths))  # what is made once is not counted
    figures = []
    for _ in range(ROUNDS):
        before = sum(map(cpu_s, pids))
        for _ in range(count):
            ask(connection, next(paths))
        figures.append((sum(map(cpu_s, pids)) - before) / count * 1000)
    return max(min(figures), 0.01)


def ask(connection: http.client.HTTPConnection, path: str) -> None:
    """One request whose answer must be GeoJSON."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or "type" not in json.loads(body):
        raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
