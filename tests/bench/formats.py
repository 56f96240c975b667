"""Files of a part of a layer: our server and our cutting beside ogr2ogr on the same data.

100,000 polygons are published; 10,000 of them are taken by a box, and cut by a circle of as many.
CPU time of our server for a request whose answer it has not seen, and of ogr2ogr for its whole
process, best of three. ogr2ogr reads a GeoPackage with an index; its start is counted, and so
nothing else of ours is either.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import buildings
import shapely
from process import cpu_s, free_port, memory_mb, serving

from publish.formats import Selection, formats
from publish.layers.read import SqliteFeatures

BIN = Path(sys.executable).parent
COUNT, ROUNDS = 100_000, 3
BOX = (20.80, 43.95, 20.928, 44.0125)
"""About 10,000 of the buildings."""
AREA = shapely.Point(20.9, 44.0).buffer(0.0505, quad_segs=64)
DRIVERS = {
    "gpkg": "GPKG",
    "flatgeobuf": "FlatGeobuf",
    "shp": "ESRI Shapefile",
    "geojson": "GeoJSON",
    "geojsonseq": "GeoJSONSeq",
    "csv": "CSV",
    "xlsx": "XLSX",
    "kml": "KML",
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = buildings.write(folder / "zgrade.gpkg", COUNT)
        box = measure_server(folder, source)
        cut = measure_cutting(folder)
        peers = {name: measure_peer(folder, source, name) for name in box}
        peers_cut = {name: measure_peer(folder, source, name, cut=True) for name in cut}
    print("| format | box of 10,000: CPU-ms | ogr2ogr | × | cut: CPU-ms | ogr2ogr | × |")
    print("|---|---|---|---|---|---|---|")
    for name, mine in box.items():
        sides = ((mine, peers[name]), (cut[name], peers_cut[name]))
        print(f"| {name} | {' | '.join(_said(*side) for side in sides)} |")


def _said(mine: float, peer: float | None) -> str:
    return f"{mine:.0f} | – | –" if peer is None else f"{mine:.0f} | {peer:.0f} | {mine / peer:.2f}"


def measure_server(folder: Path, source: Path) -> dict[str, float]:
    """Publish the layer and ask our server for the box in each format; says its memory."""
    state, port = folder / "state", free_port()
    command = [str(BIN / "emap"), "--state", str(state)]
    publish = ["publish", str(source), "--organization", "bench", "--name", "zgrade"]
    subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    address = f"{url}/ogc/collections/zgrade/items?bbox={','.join(map(str, BOX))}&f="
    with serving([*command, "serve", "--port", str(port)], f"{url}/health", {}) as pid:
        found = {}
        for name in formats():
            ask = [lambda name=name: urllib.request.urlopen(address + name).read()] * ROUNDS
            found[name] = 1000 * min(_spent(pid, each) for each in ask)
        print(f"eMap: {memory_mb(pid):.0f} MB resident after all of them\n")
    return found


def _spent(pid: int, work: Callable[[], object]) -> float:
    before = cpu_s(pid)
    work()
    return cpu_s(pid) - before


def measure_cutting(folder: Path) -> dict[str, float]:
    """Cut the layer to the circle in this process, in each format."""
    [layer] = (folder / "state" / "layers" / "zgrade").iterdir()
    found = {}
    for name, form in formats().items():
        best = []
        for _ in range(ROUNDS):
            before = time.process_time()
            sum(map(len, form.write(Selection(SqliteFeatures(layer), area=AREA))))
            best.append(time.process_time() - before)
        found[name] = 1000 * min(best)
    return found


def measure_peer(folder: Path, source: Path, name: str, *, cut: bool = False) -> float | None:
    """What ogr2ogr spends for the same file; None where it cannot write it."""
    program, driver = shutil.which("ogr2ogr"), DRIVERS.get(name)
    if program is None or driver is None:
        return None
    where = ["-clipsrc", AREA.wkt] if cut else ["-spat", *map(str, BOX)]
    ending = formats()[name].ending.removesuffix(".zip")
    spent = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=folder) as out:
            command = [program, "-f", driver, f"{out}/zgrade.{ending}", str(source), *where]
            before = _children_s()
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            spent.append(_children_s() - before)
    return 1000 * min(spent)


def _children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system
