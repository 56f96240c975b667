"""Building layers and their archives of tiles, two thirds points and one third areas.

Each build runs in a process of its own: wall and CPU seconds, the most memory, and bytes on disk.
`make bench ARGS="building 3000000"` takes other sizes.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from datasets.typed import ARROW, GEOMETRY, ROW, SAID

SIZES = (10_000, 100_000, 300_000)
STEPS = {"SQLite + GeoParquet": "layer", "tippecanoe": "tiles", "own encoder": "own"}
STREETS = ("Његошева", "Краља Петра I", "Светозара Марковића", "Кнеза Михаила", "Војводе Мишића")
KINDS = ("становање", "пословање", "школа", "вртић", "гаража")
TYPES = {
    "sifra": "integer",
    "ulica": "string",
    "broj": "string",
    "naselje": "string",
    "posta": "integer",
    "namena": "string",
    "spratova": "integer",
    "povrsina": "number",
}
BATCH = 30_000


def main(sizes: Sequence[str] = ()) -> None:
    """Measure and print."""
    print("| features | what | s | CPU s | MB at most | MB on disk |\n|---|---|---|---|---|---|")
    for count in map(int, sizes) if sizes else SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            table, layer = Path(scratch, "table.arrow"), Path(scratch, "layer")
            write(table, count)
            layer.mkdir()
            for what, step in STEPS.items():
                said = " | ".join(f"{figure:.1f}" for figure in measured(step, table, layer))
                print(f"| {count:,} | {what} | {said} |")


def measured(step: str, table: Path, layer: Path) -> list[float]:
    """Seconds, CPU seconds, MB at the most and MB on disk of a build in a process of its own."""
    command = [sys.executable, __file__, step, str(table), str(layer)]
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    figures: list[float] = json.loads(done.stdout)
    return figures


def write(path: Path, count: int) -> None:
    """Write a typed table as validation leaves it."""
    said = {
        "columns": [{"name": n, "title": n, "type": t} for n, t in TYPES.items()],
        "primary_key": ["sifra"],
        "crs": "OGC:CRS84",
        "operation": "",
        "geometry_type": "Geometry",
    }
    fields = [(name, ARROW[kind]) for name, kind in TYPES.items()]
    fields += [(ROW, pa.int64()), (GEOMETRY, pa.binary())]
    schema = pa.schema(fields, metadata={SAID: json.dumps(said).encode()})
    with pa.ipc.new_file(path, schema) as file:
        for batch in batches(count):
            file.write_batch(pa.record_batch(batch, schema=schema))


def batches(count: int) -> Iterator[list[pa.Array]]:
    """The columns of the table, some thousands of rows at a time; always the same."""
    rng = np.random.default_rng(34000)
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        number = np.arange(first + 1, first + size + 1)
        place = rng.uniform((20.7, 43.9), (21.1, 44.1), (size, 2))
        side = rng.uniform(0.0001, 0.0004, size)
        area = number % 3 == 0
        shapes = shapely.points(place)
        shapes[area] = shapely.box(*place[area].T, *(place[area].T + side[area]))
        yield [
            pa.array(number),
            pa.array(rng.choice(STREETS, size).tolist()),
            pa.array(rng.integers(1, 200, size).astype(str).tolist()),
            pa.array(["Крагујевац"] * size),
            pa.array(rng.choice([34000, 34101, 34103], size)),
            pa.array(rng.choice(KINDS, size).tolist()),
            pa.array(rng.integers(1, 12, size)),
            pa.array(np.round(rng.uniform(40, 900, size), 1)),
            pa.array(number),
            pa.array(shapely.to_wkb(shapes), pa.binary()),
        ]


def build(step: str, table: Path, layer: Path) -> list[float]:
    """One build in this process; gives what it cost."""
    from publish.layers import tippecanoe  # noqa: PLC0415 - counted with the build
    from publish.layers.build import build_layer  # noqa: PLC0415 - as above
    from publish.layers.read import SqliteFeatures  # noqa: PLC0415 - as above
    from publish.layers.tiling import build_tiles  # noqa: PLC0415 - as above

    began = time.monotonic()
    if step == "layer":
        build_layer(table, layer="zgrade", dataset="zgrade", resource="zgrade", into=layer)
        made = list(layer.iterdir())
    else:
        if step == "own":
            tippecanoe.binary = lambda: None
        source = SqliteFeatures(layer)
        made = [build_tiles(source, source.manifest.as_layer(), layer.parent)]
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [
        time.monotonic() - began,
        sum(each.ru_utime + each.ru_stime for each in spent),
        max(each.ru_maxrss for each in spent) / 1024,
        sum(each.stat().st_size for each in made) / 2**20,
    ]


if __name__ == "__main__":
    print(json.dumps(build(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
