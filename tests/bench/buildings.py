"""Synthetic buildings around Kragujevac: the same layer for us and for the peer."""

from pathlib import Path

import geopandas
import numpy as np
import shapely

STREETS = ("Његошева", "Краља Петра I", "Светозара Марковића", "Кнеза Михаила", "Војводе Мишића")
KINDS = ("становање", "пословање", "школа", "вртић", "гаража")


EXTENT = (20.7, 43.9, 21.1, 44.1)


def write(
    path: Path, count: int = 20_000, extent: tuple[float, float, float, float] = EXTENT
) -> Path:
    """Write `count` small polygons with eight attributes as a GeoPackage; always the same."""
    rng = np.random.default_rng(34000)
    west = rng.uniform(extent[0], extent[2], count)
    south = rng.uniform(extent[1], extent[3], count)
    size = rng.uniform(0.0001, 0.0004, count)
    frame = geopandas.GeoDataFrame(
        {
            "sifra": np.arange(1, count + 1),
            "ulica": rng.choice(STREETS, count),
            "broj": [str(n) for n in rng.integers(1, 200, count)],
            "naselje": "Крагујевац",
            "posta": rng.choice([34000, 34101, 34103], count),
            "namena": rng.choice(KINDS, count),
            "spratova": rng.integers(1, 12, count),
            "povrsina": np.round(rng.uniform(40, 900, count), 1),
        },
        geometry=shapely.box(west, south, west + size, south + size),
        crs="OGC:CRS84",
    )
    frame.to_file(path, driver="GPKG", layer="zgrade")
    return path
