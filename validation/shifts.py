"""What became of the values: shares of blanks, ranges, categories and places, then and now.

Both tables are ours, typed, in Arrow or Parquet, so they are compared in this process. A shift is a
warning: it may be true. The thresholds are chosen so that an ordinary year of a register passes.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets.model import Finding
from datasets.typed import GEOMETRY, SAID

BLANKS = 0.2
"""A column may get so much blanker, as a share of its rows."""
FACTOR = 8.0
"""The middle value of a column may grow or shrink by so much; a lost decimal comma makes it 10."""
GONE = 0.5
"""The share of a column's categories that may go at once."""
MOST_CATEGORIES = 60
FEW = 10
"""Below so many rows nothing is said: a few rows shift with each that is added."""
MOVED_M = 1.0
MOVED_SHARE = 0.2
METRES = 111_320.0  # of a degree of latitude

type Values = pa.ChunkedArray
type Numbers = NDArray[np.float64]
type Places = NDArray[np.float64]
type Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Former:
    """Where the typed table of the last version lies (Parquet), and its layer if it has one."""

    table: Path
    layer: Path | None = None


def shifts(now: Path, former: Former, resource: str) -> Iterator[Finding]:
    """Yield the columns whose values shifted and the features that moved."""
    with pa.memory_map(str(now)) as source:
        table = pa.ipc.open_file(source).read_all()
        before = pq.ParquetFile(former.table)
        if min(table.num_rows, before.metadata.num_rows) >= FEW:
            shared = [n for n in before.schema_arrow.names if n in table.column_names]
            for name in shared:
                was = before.read([name]).column(0)
                yield from _shifted(resource, name, was, table.column(name))
        if former.layer is not None and GEOMETRY in table.column_names:
            yield from _moved(resource, table, former.layer)


def _shifted(resource: str, name: str, was: Values, now: Values) -> Iterator[Finding]:
    yield from _blanker(resource, name, was, now)
    if was.type != now.type:
        return
    if pa.types.is_integer(now.type) or pa.types.is_floating(now.type):
        yield from _scaled(resource, name, was, now)
    elif pa.types.is_string(now.type):
        yield from _categories(resource, name, was, now)


def _blanker(resource: str, name: str, was: Values, now: Values) -> Iterator[Finding]:
    before, after = was.null_count / len(was), now.null_count / len(now)
    if after - before > BLANKS:
        yield _finding(
            "values-blank",
            resource,
            name,
            f"{after:.0%} of column {name!r} are blank; of the last version {before:.0%} were",
            before=f"{before:.0%}",
            now=f"{after:.0%}",
        )


def _scaled(resource: str, name: str, was: Values, now: Values) -> Iterator[Finding]:
    """Compare middle values: they do not follow a few outliers."""
    before, after = _middle(was), _middle(now)
    if not before or not after or before * after < 0:
        return
    factor = abs(after / before)
    if factor >= FACTOR or factor <= 1 / FACTOR:
        yield _finding(
            "values-scaled",
            resource,
            name,
            f"the middle value of column {name!r} was {before:g} and is {after:g}",
            before=f"{before:g}",
            now=f"{after:g}",
        )


def _middle(values: Values) -> float:
    return float(pc.quantile(values, 0.5)[0].as_py() or 0.0)


def _categories(resource: str, name: str, was: Values, now: Values) -> Iterator[Finding]:
    before = pc.unique(was).drop_null()
    if not 1 < len(before) <= min(MOST_CATEGORIES, len(was) // 2):
        return
    gone = before.filter(pc.invert(pc.is_in(before, pc.unique(now))))
    if len(gone) / len(before) > GONE:
        yield _finding(
            "values-replaced",
            resource,
            name,
            f"{len(gone)} of the {len(before)} values that column {name!r} had are gone",
            gone=str(len(gone)),
            total=str(len(before)),
        )


def _moved(resource: str, now: pa.Table, layer: Path) -> Iterator[Finding]:
    """Compare the middles of features that are the same by their key, else by all attributes."""
    columns = pq.ParquetFile(layer).schema_arrow.names
    key = [c for c in _key(now) if c in columns] or [c for c in columns if c in now.column_names]
    if not key:
        return
    before = pq.read_table(layer, columns=[*key, "bbox"])
    was = _placed(before, key, _of_boxes(before.column("bbox").combine_chunks()))
    metres = _metres(was, _placed(now, key, _of_shapes(now.column(GEOMETRY))))
    moved = metres[metres > MOVED_M]
    if len(metres) >= FEW and len(moved) / len(metres) > MOVED_SHARE:
        share, middle = f"{len(moved) / len(metres):.0%}", f"{np.median(moved):.0f}"
        note = f"{share} of the features moved since the last version, half of them by {middle} m"
        yield _finding("geometry-moved", resource, "", note, share=share, metres=middle)


def _key(table: pa.Table) -> list[str]:
    said = orjson.loads((table.schema.metadata or {}).get(SAID, b"{}"))
    return list(said.get("primary_key", ()))


def _of_boxes(boxes: pa.StructArray) -> Places:
    """Give the middles of boxes, NaN where there is none."""
    west, south, east, north = (
        np.asarray(boxes.field(i).to_numpy(zero_copy_only=False), dtype=float) for i in range(4)
    )
    middles = np.column_stack([(west + east) / 2, (south + north) / 2])
    middles[np.asarray(boxes.is_null())] = np.nan
    return middles


def _of_shapes(wkb: Values) -> Places:
    import shapely  # noqa: PLC0415 - only for layers

    west, south, east, north = shapely.bounds(shapely.from_wkb(wkb.to_numpy())).T
    return np.column_stack([(west + east) / 2, (south + north) / 2])


def _placed(table: pa.Table, key: list[str], middles: Places) -> dict[tuple[str, ...], Place]:
    """Give the middle of each feature by its key; those that share one are left out."""
    rows = list(zip(*(map(str, table.column(name).to_pylist()) for name in key), strict=True))
    once = {row for row, count in Counter(rows).items() if count == 1}
    return {
        row: (lon, lat)
        for row, (lon, lat) in zip(rows, middles.tolist(), strict=True)
        if row in once and math.isfinite(lon)
    }


def _metres(was: Mapping[tuple[str, ...], Place], now: Mapping[tuple[str, ...], Place]) -> Numbers:
    """Give how far each feature that is in both moved, on a plane: enough to tell a metre."""
    pairs = [(*was[key], *place) for key, place in now.items() if key in was]
    lon, lat, lon_now, lat_now = np.array(pairs, dtype=float).reshape(-1, 4).T
    east = (lon_now - lon) * METRES * np.cos(np.radians(lat))
    return np.asarray(np.hypot(east, (lat_now - lat) * METRES))


def _finding(check: str, resource: str, field: str, note: str, **values: str) -> Finding:
    return Finding(check, "warning", resource, field=field, note=note, values=values)
