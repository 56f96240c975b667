"""Tiles: stored ones beside nginx with the same bytes in files, and those made on request.

CPU time of the server per request, best of three rounds; the client is not counted. `once` asks for
each tile once, so that nothing is kept from before; `again` asks for the same ones in turn.
"""

import gzip
import http.client
import itertools
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path

import buildings
import nginx
from pmtiles.reader import MmapSource, all_tiles
from process import cpu_s, free_port, memory_mb, serving

BIN = Path(sys.executable).parent
ROUNDS, REQUESTS = 3, 5000
DENSE = (20.88, 43.98, 20.93, 44.02)

type Tile = tuple[int, int, int]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = [str(BIN / "emap"), "--state", str(folder / "state")]
        for name, count, extent in (
            ("zgrade", 100_000, buildings.EXTENT),
            ("gusto", 70_000, DENSE),
        ):
            source = buildings.write(folder / f"{name}.gpkg", count, extent)
            publish = ["publish", str(source), "--organization", "bench", "--name", name]
            subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with serving([*command, "serve", "--port", str(port)], f"{url}/health", {}) as pid:
            measure(folder, pid, port)


def measure(folder: Path, pid: int, port: int) -> None:
    """Print the rows of both servers."""
    url = f"http://127.0.0.1:{port}"
    said = json.load(urllib.request.urlopen(f"{url}/tiles/zgrade.json"))
    v = said["tiles"][0].partition("?")[2]
    root = folder / "files"
    archive = folder / "zgrade.pmtiles"
    archive.write_bytes(urllib.request.urlopen(f"{url}/tiles/zgrade.pmtiles").read())
    stored = unpacked(archive, root, said["maxzoom"])
    deepest = stored[said["maxzoom"]]
    print("| tile | eMap CPU-ms | nginx CPU-ms | × |\n|---|---|---|---|")
    with nginx.files(folder, root) as (other, their_port):
        ours = [f"/tiles/zgrade/{path(t)}?{v}" for t in deepest]
        theirs = [f"/{path(t)}" for t in deepest]
        row(f"z{said['maxzoom']}, once", cost(pid, port, ours), cost(other, their_port, theirs))
        for z, tiles in stored.items():
            mine = best(pid, port, [f"/tiles/zgrade/{path(t)}?{v}" for t in tiles])
            row(f"z{z}, again", mine, best(other, their_port, [f"/{path(t)}" for t in tiles]))
    made = [f"/tiles/gusto/{path(t)}?{v}" for t in every(16, port)]
    count = features(port, made)
    once = min(cost(pid, port, made[turn::ROUNDS]) for turn in range(ROUNDS))
    print(f"| z16, made now, {count:.0f} features | {once:.1f} | | |")
    print(f"| z16, again | {best(pid, port, made):.3f} | | |")
    print(f"\n{memory_mb(pid):.0f} MB resident")


def row(name: str, ours: float, theirs: float) -> None:
    """Print two figures and how many times one is the other."""
    print(f"| {name} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.1f} |")


def unpacked(archive: Path, root: Path, deepest: int) -> dict[int, list[Tile]]:
    """Write the tiles of three zooms as files; gives their places by zoom."""
    places: dict[int, list[Tile]] = {10: [], 14: [], deepest: []}
    with archive.open("rb") as file:
        for place, tile in all_tiles(MmapSource(file)):
            if place[0] in places:
                target = root / path(place)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tile)
                places[place[0]].append(place)
    return places


def path(tile: Tile) -> str:
    """The address of a tile below its layer."""
    return "{}/{}/{}.mvt".format(*tile)


def every(z: int, port: int) -> Iterable[Tile]:
    """The tiles of a zoom that lie within the dense layer."""
    tileset = f"http://127.0.0.1:{port}/ogc/collections/gusto/tiles/WebMercatorQuad?f=json"
    limits = json.load(urllib.request.urlopen(tileset))["tileMatrixSetLimits"][-1]
    shift = z - int(limits["tileMatrix"])
    names = ("minTileCol", "maxTileCol", "minTileRow", "maxTileRow")
    left, right, top, bottom = (
        limits[name] << shift if shift > 0 else limits[name] >> -shift for name in names
    )
    inner = itertools.product(range(left + 1, right), range(top + 1, bottom))
    return [(z, x, y) for x, y in inner]


def features(port: int, paths: Sequence[str]) -> float:
    """How many features a tile in the middle of the layer has."""
    import mapbox_vector_tile  # noqa: PLC0415 - of the tests, and only here

    address = f"http://127.0.0.1:{port}{paths[len(paths) // 2]}"
    tile = mapbox_vector_tile.decode(urllib.request.urlopen(address).read())
    return sum(len(layer["features"]) for layer in tile.values())


def best(pid: int, port: int, paths: Sequence[str]) -> float:
    """The cheapest of some rounds over these paths, in CPU-ms per request."""
    cost(pid, port, paths)
    turns = list(itertools.islice(itertools.cycle(paths), REQUESTS))
    return min(cost(pid, port, turns) for _ in range(ROUNDS))


def cost(pid: int, port: int, paths: Sequence[str]) -> float:
    """CPU-ms per request of one round."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    before = cpu_s(pid)
    for each in paths:
        connection.request("GET", each, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or not gzip.decompress(body):
            raise RuntimeError(f"{each}: {answer.status}")
    return max((cpu_s(pid) - before) / len(paths) * 1000, 0.001)
