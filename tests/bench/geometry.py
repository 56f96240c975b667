"""What the checks of shapes cost: 100,000 areas of 41 nodes, and a million rows of text.

Two layers: areas strewn at random, of which 11,000 pairs overlap, and a grid of areas that share
their edges, the adverse case of a search for overlaps.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from frictionless import Field
from numpy.typing import NDArray

from validation.checks import _plugin
from validation.checks.layers import _layer
from validation.checks.tables import _table

AREAS, NODES, ROWS = 100_000, 41, 1_000_000
SERBIA = (18.8, 41.8, 23.1, 46.3)


def main() -> None:
    """Print CPU seconds by check."""
    print("| check | strewn | side by side |\n|---|---|---|")
    strewn, grid = of_layer(areas(strewn_nodes())), of_layer(areas(grid_nodes()))
    for name in strewn:
        print(f"| {name} | {strewn[name]:.2f} | {grid[name]:.2f} |")
    print(f"| **all** | **{sum(strewn.values()):.2f}** | **{sum(grid.values()):.2f}** |")
    print("\n| check, 1M rows x 10 columns | CPU s |\n|---|---|")
    costs = of_table()
    for name, cost in costs.items():
        print(f"| {name} | {cost:.2f} |")
    print(f"| **all** | **{sum(costs.values()):.2f}** |")


def of_layer(geometries: NDArray[np.object_]) -> dict[str, float]:
    """Give the CPU seconds of each check of layers."""
    rows = np.arange(1, len(geometries) + 1)
    lonlat = shapely.force_2d(geometries)
    subject = _layer.Subject(rows, geometries, "OGC:CRS84", lonlat, "", SERBIA, {}, "geojson")
    return costs(_plugin.checks(_plugin.LAYERS), subject)


def of_table() -> dict[str, float]:
    """Give the CPU seconds of each check of tables; the first one pays for the distinct texts."""
    columns = texts()
    types = {"id": "integer", "iznos": "number", "datum": "date", "x": "number"}
    fields = [
        Field.from_descriptor({"name": name, "type": types.get(name, "string")}) for name in columns
    ]
    cells = [pa.chunked_array([pa.array(c.tolist(), pa.string())]) for c in columns.values()]
    rows = np.arange(2, ROWS + 2)
    subject = _table.Subject(rows, list(columns), cells, fields, names=list(columns))
    return costs(_plugin.checks(_plugin.TABLES), subject)


def costs(checks: Sequence[Callable[..., Any]], subject: Any) -> dict[str, float]:
    """Run each check once."""
    spent = {}
    for check in checks:
        started = time.process_time()
        made = check(subject=subject)
        made.found()
        spent[made.type] = time.process_time() - started
    return spent


def areas(nodes: NDArray[np.float64]) -> NDArray[np.object_]:
    """Make areas of nodes by area."""
    rings, many = np.arange(len(nodes) + 1) * NODES, np.arange(len(nodes) + 1)
    kind = shapely.GeometryType.POLYGON
    made: NDArray[np.object_] = shapely.from_ragged_array(kind, nodes.reshape(-1, 2), (rings, many))
    return made


def strewn_nodes() -> NDArray[np.float64]:
    """Give the nodes of rough circles at random places in Serbia."""
    random = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, NODES)[:-1]
    x, y = random.uniform(18.9, 22.9, (AREAS, 1)), random.uniform(42, 46, (AREAS, 1))
    reach = random.uniform(0.001, 0.002, (AREAS, NODES - 1))
    around = np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], -1)
    return closed(np.round(around, 7))


def grid_nodes() -> NDArray[np.float64]:
    """Give the nodes of squares side by side, ten on each edge."""
    side = int(AREAS**0.5)
    steps, none = np.arange(10), np.zeros(10)
    along = [(steps, none), (none + 10, steps), (10 - steps, none + 10), (none, 10 - steps)]
    edge = np.concatenate([np.stack(pair, -1) for pair in along])
    corner = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 1, 2) * 10
    return closed(np.round((corner + edge) * 0.001 + (19.5, 42.5), 7))


def closed(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put the first node of each ring behind its last."""
    return np.concatenate([nodes, nodes[:, :1]], axis=1)


def texts() -> dict[str, NDArray[np.str_]]:
    """Give ten columns as offices have them: half of few values, half of nearly all distinct."""
    random = np.random.default_rng(1)
    towns = np.array(["Чачак", "Niš", "Крагујевац", "Novi Sad", "Суботица"])
    streets = np.array([f"Улица {n}" for n in range(20_000)])
    days = np.datetime64("2000-01-01") + random.integers(0, 9000, ROWS)
    house = np.char.add(" ", random.integers(1, 200, ROWS).astype(str))
    note = np.char.add("napomena broj ", random.integers(0, 2 * ROWS, ROWS).astype(str))
    return {
        "id": np.arange(ROWS).astype(str),
        "naselje": random.choice(towns, ROWS),
        "adresa": np.char.add(random.choice(streets, ROWS), house),
        "iznos": np.round(random.uniform(0, 1e6, ROWS), 2).astype(str),
        "datum": np.datetime_as_string(days),
        "oznaka": np.char.zfill(random.integers(0, 99_999, ROWS).astype(str), 5),
        "status": random.choice(np.array(["da", "ne"]), ROWS),
        "x": np.round(random.uniform(18, 23, ROWS), 6).astype(str),
        "napomena": note,
        "vrsta": random.choice(np.array(["lipa", "bor", "javor"]), ROWS),
    }
