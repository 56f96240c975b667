"""Gold files that are layers: attributes as offices write them, beside shapes."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from tests.validation.gold.files import Gold, Make, d


def geojson(*features: dict[str, Any]) -> Make:
    """Write points with these properties."""
    made = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Point", "coordinates": [20.3 + i / 100, 43.9]},
        }
        for i, properties in enumerate(features)
    ]

    def make(path: Path) -> None:
        document = {"type": "FeatureCollection", "features": made}
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    return make


def shapefile(**columns: list[Any]) -> Make:
    """Write points as a zipped shapefile in cp1250 that does not say so, its names in capitals."""

    def make(path: Path) -> None:
        count = len(next(iter(columns.values())))
        points = shapely.to_wkb(shapely.points(20.3 + np.arange(count) / 100, 43.9))
        stem = path.with_name("SLOJ")
        pyogrio.raw.write(
            stem.with_suffix(".shp"),
            points,
            [np.array(values) for values in columns.values()],
            list(columns),
            geometry_type="Point",
            crs="EPSG:4326",
            driver="ESRI Shapefile",
            encoding="cp1250",
        )
        with zipfile.ZipFile(path, "w") as archive:
            for part in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(stem.with_suffix(part), f"slojevi/SLOJ{part.upper()}")

    return make


LAYERS = [
    Gold(
        "cesme.geojson",
        geojson(
            {"naziv": "Kej", "ispravna": "da", "datum": "5.10.2021.", "protok": "1,25"},
            {"naziv": "Gradski park", "ispravna": "ne", "datum": "12.11.2021.", "protok": "0,80"},
            {"naziv": "Ljubić", "ispravna": "da", "datum": "1.2.2022.", "protok": "2,10"},
        ),
        ("naziv", "ispravna", "datum", "protok"),
        [
            ("Kej", "da", d("2021-10-05"), "1,25"),
            ("Gradski park", "ne", d("2021-11-12"), "0,80"),
            ("Ljubić", "da", d("2022-02-01"), "2,10"),
        ],
    ),
    Gold(
        "stajalista.geojson",
        geojson(
            {"шифра": "0012", "назив": "Железничка станица", "надстрешница": True, "линија": 4},
            {"шифра": "0013", "назив": "Болница", "надстрешница": False, "линија": 7},
        ),
        ("шифра", "назив", "надстрешница", "линија"),
        [("0012", "Железничка станица", True, 4), ("0013", "Болница", False, 7)],
    ),
    Gold(
        "stubovi.zip",
        shapefile(
            OZNAKA=["Č-01", "Š-02", "Ž-03"],
            ULICA=["Župana Stracimira", "Đure Jakšića", "Čedomira Vasovića"],
            SNAGA=[70, 150, 70],
        ),
        ("OZNAKA", "ULICA", "SNAGA"),
        [
            ("Č-01", "Župana Stracimira", 70),
            ("Š-02", "Đure Jakšića", 150),
            ("Ž-03", "Čedomira Vasovića", 70),
        ],
    ),
]
