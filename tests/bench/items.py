"""Items of a collection, side by side in one run: our server, its peers on PostGIS, and nginx.

CPU time of the whole server per request, its database included, the best of several rounds; the
servers take turns, so that a busy machine is busy for all. Every request of a peer and of `first`
is a new one, which no cache has seen; `again` is one that was answered before, beside nginx with
the same bytes in a file. Peers: pygeoapi as it comes over its PostgreSQL provider, and tipg. A peer
that is not installed is left out.
"""

import contextlib
import http.client
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import buildings
import postgis
import yaml
from process import cpu_s, free_port, memory_mb, serving

BIN = Path(sys.executable).parent
FEATURES, ROUNDS = 100_000, 4
AGAIN = 4000
"""Requests of one answer, a tick of the clock being 10 ms. A client that took each apart as JSON
would throw out of the cache what the servers have there, and measure that."""

type Paths = Callable[[random.Random, "Server"], str]


@dataclass
class Server:
    """A server that runs: its processes, where its collection is, and what it calls things."""

    name: str
    pids: list[int]
    port: int
    collection: str
    form: str = "json"
    geometry: str = "geom"
    count: int = 40
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, path: str) -> bytes:
        """One request whose answer must be JSON."""
        try:
            answer = self._answer(path)
        except http.client.RemoteDisconnected:  # it was another one's turn for too long
            self.connection.close()
            answer = self._answer(path)
        body = answer.read()
        if answer.status != 200 or "type" not in json.loads(body):
            raise RuntimeError(f"{self.name} {path}: {answer.status} {body[:300]!r}")
        return body

    def _answer(self, path: str) -> http.client.HTTPResponse:
        self.connection.request("GET", path)
        return self.connection.getresponse()

    def read(self, path: str) -> None:
        """One request whose answer is read and not looked at."""
        self._answer(path).read()

    def cpu_ms(self, paths: Iterator[str], count: int, *, again: bool = False) -> float:
        """What a request costs, in one round of so many."""
        asked = list(itertools.islice(paths, count))
        before = sum(map(cpu_s, self.pids))
        for path in asked:
            (self.read if again else self.ask)(path)
        return (sum(map(cpu_s, self.pids)) - before) / count * 1000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as running:
        folder = Path(scratch)
        source = buildings.write(folder / "zgrade.gpkg", FEATURES)
        ours = running.enter_context(emap(folder, source))
        peers = []
        if missing := postgis.available():
            print(f"PostGIS is left out: {missing} is not installed\n")
        else:
            peers = running.enter_context(on_postgis(folder, source))
        first_sight(ours, peers)
        if shutil.which("nginx"):
            again(ours, running.enter_context(nginx(folder, ours)))
        print(f"\neMap: {memory_mb(ours.pids[0]):.0f} MB resident")


def first_sight(ours: Server, peers: list[Server]) -> None:
    """Print what requests cost that nobody has asked before."""
    heads = "".join(f" {peer.name} | × |" for peer in peers)
    print(f"| first sight | eMap CPU-ms |{heads}\n|---|---|{'---|---|' * len(peers)}")
    for name, paths in KINDS.items():
        figures = turns([ours, *peers], paths)
        mine = figures[ours.name]
        row = "".join(
            f" {figures[p.name]:.2f} | {figures[p.name] / mine:.0f} |"
            if p.name in figures
            else " – | – |"
            for p in peers
        )
        print(f"| {name} | {mine:.2f} |{row}", flush=True)


def turns(servers: list[Server], paths: Paths) -> dict[str, float]:
    """The cheapest round of each server, by name; one that cannot answer is left out."""
    best: dict[str, float] = {}
    chances = {server.name: random.Random(server.name) for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            chance = chances[server.name]
            asked = iter(lambda: paths(chance, server), None)  # noqa: B023 - used up at once
            try:
                server.ask(next(asked))
                figure = server.cpu_ms(asked, server.count)
            except (RuntimeError, json.JSONDecodeError) as error:
                print(f"{error}", file=sys.stderr)
                continue
            best[server.name] = min(figure, best.get(server.name, figure))
    return {name: max(figure, 0.01) for name, figure in best.items()}


def again(ours: Server, plain: Server) -> None:
    """Print what a request costs that was answered before, beside a file of the same bytes."""
    print("\n| again | kB | eMap CPU-ms | nginx | × |\n|---|---|---|---|---|")
    for name, address in CACHED.items():
        path, body = f"{ours.collection}/{address}", ours.ask(f"{ours.collection}/{address}")
        best = {ours.name: 9e9, plain.name: 9e9}
        for _ in range(ROUNDS):
            for server, asked in ((ours, path), (plain, f"/{quote(name)}.json")):
                if server.ask(asked) != body:
                    raise RuntimeError(f"{server.name} {asked}: other bytes than ours")
                figure = server.cpu_ms(itertools.repeat(asked), AGAIN, again=True)
                best[server.name] = min(best[server.name], figure)
        mine, theirs = best[ours.name], best[plain.name]
        times = f"{mine / theirs:.1f}"
        print(f"| {name} | {len(body) / 1000:.1f} | {mine:.3f} | {theirs:.3f} | {times} |")


def box(chance: random.Random, side: float) -> tuple[float, float, float, float]:
    """A box somewhere among the buildings."""
    x, y = chance.uniform(20.72, 21.06), chance.uniform(43.91, 44.07)
    return round(x, 5), round(y, 5), round(x + side, 5), round(y + side, 5)


def items(query: str, server: Server) -> str:
    """The address of features."""
    return f"{server.collection}/items?f={server.form}&{query}"


def boxed(side: float, limit: int) -> Paths:
    """Features in a box."""

    def paths(chance: random.Random, server: Server) -> str:
        corners = ",".join(map(str, box(chance, side)))
        return items(f"limit={limit}&bbox={corners}", server)

    return paths


def one(chance: random.Random, server: Server) -> str:
    """A feature by its id."""
    return f"{server.collection}/items/{chance.randrange(1, FEATURES)}?f={server.form}"


def attribute(chance: random.Random, server: Server) -> str:
    """About 100 features of a street and a number."""
    street = quote(chance.choice(buildings.STREETS))
    return items(f"limit=100&ulica={street}&broj={chance.randrange(1, 200)}", server)


def cql2(chance: random.Random, server: Server) -> str:
    """About 100 features of a kind in a box."""
    west, south, east, north = box(chance, 0.02)
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    text = f"S_INTERSECTS({server.geometry}, POLYGON(({ring}))) AND namena = '{buildings.KINDS[2]}'"
    return items(f"limit=100&filter-lang=cql2-text&filter={quote(text)}", server)


KINDS: Mapping[str, Paths] = {
    "items, limit=10": lambda chance, s: items(f"limit=10&offset={chance.randrange(500)}", s),
    "items, bbox → 100": boxed(0.0085, 100),
    "items, bbox → 1000": boxed(0.0275, 1000),
    "one item": one,
    "attributes → 100": attribute,
    "CQL2, place and attribute → 100": cql2,
}
CACHED = {
    "items, limit=10": "items?f=json&limit=10",
    "items, bbox → 100": "items?f=json&limit=100&bbox=20.9,44.0,20.909,44.009",
    "items, bbox → 1000": "items?f=json&limit=1000&bbox=20.9,44.0,20.929,44.029",
    "one item": "items/77?f=json",
}


@contextlib.contextmanager
def emap(folder: Path, source: Path, *options: str, database: int = 0) -> Iterator[Server]:
    """Publish the layer and serve it; a database that it is kept in is one of its processes."""
    name = "eMap on PostGIS" if database else "eMap"
    state, port = folder / name.replace(" ", "-"), free_port()
    command = [str(BIN / "emap"), "--state", str(state), *options]
    publish = ["publish", str(source), "--organization", "bench", "--name", "zgrade"]
    subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    with serving([*command, "serve", "--port", str(port)], f"{url}/health", {}) as pid:
        pids = [pid, database] if database else [pid]
        yield Server(name, pids, port, "/ogc/collections/zgrade", "json", "geometry", 400)


@contextlib.contextmanager
def on_postgis(folder: Path, source: Path) -> Iterator[list[Server]]:
    """Serve the layer by us and both peers on one PostGIS, whose CPU time counts."""
    python = postgis.environment(folder)
    config = folder / "postgis.yml"
    with contextlib.ExitStack() as running:
        database, port = running.enter_context(postgis.database(folder, source))
        url = f"postgresql://bench@127.0.0.1:{port}/postgres"
        config.write_text(yaml.safe_dump({"layers": {"backend": "postgis", "url": url}}))
        ours = emap(folder, source, "--config", str(config), database=database)
        yield [
            running.enter_context(ours),
            running.enter_context(stocked(folder, python, database, port)),
            running.enter_context(tipped(python, database, port)),
        ]


@contextlib.contextmanager
def stocked(folder: Path, python: Path, database: int, port: int) -> Iterator[Server]:
    """Pygeoapi as it comes, on a database."""
    with stock(folder, python, postgis.provider(port)) as (pid, stock_port):
        yield Server("stock pygeoapi", [pid, database], stock_port, "/collections/zgrade")


@contextlib.contextmanager
def tipped(python: Path, database: int, port: int) -> Iterator[Server]:
    """Tipg as it comes, on a database."""
    with tipg(python, port) as (pid, tipg_port):
        place = "/collections/public.zgrade"
        yield Server("tipg", [pid, database], tipg_port, place, "geojson")


@contextlib.contextmanager
def tipg(python: Path, database: int) -> Iterator[tuple[int, int]]:
    """Serve the database by tipg; yields process id and port."""
    port = free_port()
    env = {"DATABASE_URL": f"postgresql://bench@127.0.0.1:{database}/postgres"}
    serve = ["-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with serving([str(python), *serve], f"http://127.0.0.1:{port}/healthz", env) as pid:
        yield pid, port


@contextlib.contextmanager
def nginx(folder: Path, ours: Server) -> Iterator[Server]:
    """Serve our answers as files."""
    port, root = free_port(), folder / "www"
    root.mkdir()
    for name, address in CACHED.items():
        (root / f"{name}.json").write_bytes(ours.ask(f"{ours.collection}/{address}"))
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;"
        " events { worker_connections 64; } http { access_log off; sendfile on; tcp_nopush on;"
        " keepalive_requests 1000000; types { application/geo+json json; }"
        f" server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
    )
    url = f"http://127.0.0.1:{port}/{quote('one item')}.json"
    with serving(["nginx", "-c", str(config)], url, {}) as pid:
        yield Server("nginx", [pid], port, "")


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
