"""Tile archives: which zooms a layer gets, and a program that makes them at low priority.

tippecanoe where it is and works, else an encoder of our own: the same zooms, attributes and bounds.
"""

import contextlib
import functools
import hashlib
import itertools
import math
import mmap
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from datasets.errors import PublishError
from datasets.model import Layer
from publish.layers import pmtiles, tippecanoe
from publish.layers.features import Features
from publish.layers.tilegrid import MAX_TILE_BYTES

TIMEOUT_S = 3600.0
MIN_MAX_ZOOM, POINT_MAX_ZOOM, MAX_MAX_ZOOM = 12, 14, 15
POLITE = (("nice", "-n", "15"), ("ionice", "-c", "3"))
"""Where the system has them: ionice is of Linux only."""
OUTPUT = "out.pmtiles"
ROOT = Path(__file__).parents[2]
RECIPE = 2
"""Part of an archive's name: raise it when the same layer gets other tiles."""


@dataclass(frozen=True)
class Job:
    """A program that writes OUTPUT into the folder it runs in, and what it reads.

    `settings` are all that decides what becomes of a layer. tippecanoe writes its `words` into the
    archive, so they hold no path of this machine.
    """

    name: str
    settings: Sequence[str]
    program: Path
    words: Sequence[str]
    lines: Iterable[bytes] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


type Recipe = Callable[[Features, Layer, int], Job]
"""Says how a program makes the archive of a layer down to a zoom."""


def nobody(_fault: str) -> None:
    """Tell nobody."""


def build_tiles(
    source: Features,
    layer: Layer,
    into: Path,
    *,
    timeout_s: float = TIMEOUT_S,
    told: Callable[[str], None] = nobody,
) -> Path:
    """Make `<settings hash>-<hash>.pmtiles` of a layer in the folder `into`, and give its path.

    The vector layer is called as the collection; features keep their numbers as ids, and an id that
    is none becomes the attribute `id`. Names have a Latin twin. No tile has more than 500 kB. Where
    tippecanoe fails our own encoder makes them, in what is left of `timeout_s`, and `told` gets to
    know why. Raises PublishError, saying all that went wrong, when no program makes them in time,
    or when no feature has a geometry.
    """
    if layer.features == layer.without_geometry:
        raise PublishError(f"tiles of {layer.id}: no feature has a geometry")
    zoom, end_s = max_zoom(layer, typical_size_deg(source.folder)), time.monotonic() + timeout_s
    faults: list[str] = []
    for recipe in recipes():
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            break
        try:
            job = recipe(source, layer, zoom)
            archive = _built(job, layer.id, into, left_s)
        except PublishError as error:
            faults.append(str(error))
            continue
        if faults:
            told(f"{'; '.join(faults)}; {job.name} made them")
        return archive
    raise PublishError("; ".join(faults))


def recipes() -> list[Recipe]:
    """What can make an archive on this machine, the best first."""
    program = tippecanoe.binary()
    if program is None:
        return [of_encoder]
    return [functools.partial(of_tippecanoe, program), of_encoder]


def of_tippecanoe(program: Path, source: Features, layer: Layer, zoom: int) -> Job:
    """The work of tippecanoe; raises PublishError where it does not run at all."""
    options = tippecanoe.options(layer, zoom, MAX_TILE_BYTES)
    return Job(
        "tippecanoe",
        [tippecanoe.version(program), *options],
        program,
        [*options, "-t", ".", "-o", OUTPUT],
        tippecanoe.lines(source),
    )


def of_encoder(source: Features, _layer: Layer, zoom: int) -> Job:
    """The work of our own encoder."""
    return Job(
        "the encoder",
        ["eMap", str(zoom)],
        Path(sys.executable),
        ["-P", "-m", "publish.layers.encoder", str(source.folder), str(zoom), OUTPUT],
        environment={"PYTHONPATH": str(ROOT)},
    )


def _built(job: Job, name: str, into: Path, timeout_s: float) -> Path:
    """What a job makes, checked, in the folder where it shall lie."""
    with tempfile.TemporaryDirectory(dir=into, prefix="tiles-") as desk:
        _run(job, name, Path(desk), timeout_s)
        made = Path(desk) / OUTPUT
        pmtiles.check(made, MAX_TILE_BYTES)
        with made.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            place = into / f"{settings_hash(job)}-{pmtiles.digest(view)}.pmtiles"
        made.rename(place)
    return place


def settings_hash(job: Job) -> str:
    """16 hexadecimal digits over what the job is told: how the archive's name begins."""
    return hashlib.sha256("\n".join((str(RECIPE), *job.settings)).encode()).hexdigest()[:16]


def max_zoom(layer: Layer, typical_size_deg: float) -> int:
    """The deepest zoom of a layer whose typical feature is so many degrees large.

    Points go to z14. Lines and polygons go as deep as one of them fills half a tile, between z12
    and z15; the browser enlarges what lies below.
    """
    if layer.geometry_type.removeprefix("Multi") == "Point":
        return POINT_MAX_ZOOM
    deepest = math.ceil(math.log2(360 / max(typical_size_deg, 1e-9))) + 1
    return min(max(deepest, MIN_MAX_ZOOM), MAX_MAX_ZOOM)


def typical_size_deg(folder: Path) -> float:
    """The median of the features' larger box sides."""
    from publish.layers.geoparquet import read_boxes  # noqa: PLC0415 - pyarrow is large

    west, south, east, north = read_boxes(folder).T
    return float(np.nanmedian(np.fmax(east - west, north - south)))


def _run(job: Job, name: str, desk: Path, timeout_s: float) -> None:
    """Run a program in an empty folder."""
    told = desk / "stderr"
    command, environment = gentle(job)
    with told.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=desk,
            env={"LC_ALL": "C.UTF-8", "TMPDIR": str(desk), **environment, **job.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    late = _feed(process, iter(job.lines), timeout_s)
    if late:
        raise PublishError(f"tiles of {name}: {job.name} took longer than {timeout_s:.1f} s")
    if process.returncode != 0:
        lines = told.read_text(errors="replace").strip().splitlines()
        said = [line for line in lines if not line.startswith("Warning:")]  # of `-t .`, each time
        last = said[-1] if said else f"ended with {process.returncode} and said nothing"
        raise PublishError(f"tiles of {name}: {job.name}: {last[:300]}")


def gentle(job: Job) -> tuple[list[str], dict[str, str]]:
    """The command and the PATH by which a job runs when nobody else wants processor or disk.

    The program is found by its name alone: a full path would stand in the archive.
    """
    politely = [[found, *words] for name, *words in POLITE if (found := shutil.which(name))]
    command = [*itertools.chain(*politely), job.program.name, *job.words]
    return command, {"PATH": str(job.program.parent)}


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
