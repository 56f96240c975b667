"""A portal of 1,000 layers: what its documents cost, and how soon a publication is seen.

CPU time of the server per request; a document is first asked for once, then 200 times.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from process import cpu_s, free_port, memory_mb, serving

BIN = Path(sys.executable).parent
LAYERS, ROUNDS = 1000, 200
CONFIG = """
site: {title: Bench}
organizations: [{name: bench, title: Bench}]
sources: [{name: bench, kind: folder, path: data, organization: bench}]
"""
PATHS = {
    "/collections": "/ogc/collections?f=json",
    "/collections, a page of 100": "/ogc/collections?f=json&limit=100",
    "one collection": "/ogc/collections/sloj-0500?f=json",
    "/openapi": "/ogc/openapi?f=json",
    "items, limit=10": "/ogc/collections/sloj-0500/items?f=json&limit=10",
}


def main() -> None:
    """Publish, measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, port = Path(scratch), free_port()
        began = time.monotonic()
        publish(folder)
        print(f"{LAYERS} datasets published in {time.monotonic() - began:.0f} s\n")
        command = [*emap(folder), "serve", "--port", str(port)]
        url = f"http://127.0.0.1:{port}/health"
        with serving(command, url, {}) as pid:
            print("| document | bytes | first, CPU-ms | then, CPU-ms |\n|---|---|---|---|")
            for name, path in PATHS.items():
                size, first = cost(pid, port, path, 1)
                _, then = cost(pid, port, path, ROUNDS)
                print(f"| {name} | {size:,} | {first:.0f} | {then:.2f} |")
            again(folder, pid, port)
            print(f"\n{memory_mb(pid):.0f} MB resident")


def emap(folder: Path) -> list[str]:
    """The command line of the site."""
    places = ["--config", str(folder / "config.yml"), "--state", str(folder / "state")]
    return [str(BIN / "emap"), *places]


def publish(folder: Path) -> None:
    """Make a folder of small layers and publish all of them."""
    for i in range(LAYERS):
        package = folder / "data" / f"sloj-{i:04d}"
        package.mkdir(parents=True)
        write(package / "podaci.geojson", i, "Место")
        resource = {"name": "podaci", "path": "podaci.geojson"}
        descriptor = {"name": package.name, "title": f"Слој {i}", "resources": [resource]}
        descriptor["licenses"] = [{"name": "CC-BY-4.0"}]
        (package / "datapackage.json").write_text(json.dumps(descriptor))
    (folder / "config.yml").write_text(CONFIG)
    subprocess.run([*emap(folder), "run"], check=True, stdout=subprocess.DEVNULL)


def write(path: Path, number: int, word: str) -> None:
    """Twenty points near one another."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [20 + k / 1000, 43 + number / 1000]},
            "properties": {"naziv": f"{word} {k}", "vrsta": "АБ"[k % 2], "broj": k},
        }
        for k in range(20)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def cost(pid: int, port: int, path: str, rounds: int) -> tuple[int, float]:
    """Bytes of an answer, and CPU-ms for one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    before, size = cpu_s(pid), 0
    for _ in range(rounds):
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
    connection.close()
    return size, (cpu_s(pid) - before) / rounds * 1000


def again(folder: Path, pid: int, port: int) -> None:
    """Publish one layer anew: what the first request after it costs."""
    write(folder / "data" / "sloj-0003" / "podaci.geojson", 3, "Село")
    subprocess.run([*emap(folder), "run"], check=True, stdout=subprocess.DEVNULL)
    for name in ("/collections", "/openapi"):
        print(f"| {name}, after a publication | | {cost(pid, port, PATHS[name], 1)[1]:.0f} | |")
