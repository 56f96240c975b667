"""GeoPackage: a gate in front of GDAL, then the first layer with geometry, or the chosen one.

A view may never end, a virtual table may open any file, a trigger may do both. None of them is
needed to hold features, so a file with one is refused before GDAL sees it.
"""

import re
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.parse import quote

from validation.reading.cells import Cells, Unreadable
from validation.reading.vector import Layer

GATE_S = 20.0
OWN_TRIGGER = re.compile(r"rtree_|gpkg_|trigger_(insert|delete)_feature_count_", re.IGNORECASE)
VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\b", re.IGNORECASE)
OWN_INDEX = re.compile(
    r'\s*CREATE\s+VIRTUAL\s+TABLE\s+("rtree_[^"]*"|rtree_\w+)\s+USING\s+rtree\s*\(', re.IGNORECASE
)

OF_PROGRAMS = ("layer_styles", "qgis_projects")  # tables that programs keep beside the layers


def read_geopackage(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a layer of a GeoPackage that has passed the gate; those with geometry come first."""
    check_geopackage(path)
    layer = Layer(copyfile(path, Path(arguments["cells"]).with_name("layer.gpkg")))
    listed = [(name, kind) for name, kind in layer.listed() if name not in OF_PROGRAMS]
    if not listed:
        raise Unreadable("no-layer", "the GeoPackage holds no layer; nothing can be published")
    ordered = sorted(listed, key=lambda each: not each[1])
    layer.choose([name for name, _ in ordered], arguments)
    return layer.read()


def check_geopackage(path: Path) -> None:
    """Refuse a GeoPackage that holds views, foreign triggers or virtual tables, or is damaged."""
    end = time.monotonic() + GATE_S
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"  # immutable: no journal beside it
    database = sqlite3.connect(address, uri=True)
    try:
        database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
        for pragma in ("trusted_schema = off", "query_only = on", "cell_size_check = on"):
            database.execute(f"pragma {pragma}")
        for type_, name, sql in database.execute("select type, name, sql from sqlite_master"):
            _check_object(type_, str(name), sql or "")
        if database.execute("pragma quick_check(1)").fetchone()[0] != "ok":
            raise _damaged("its pages do not fit together")
    except sqlite3.Error as error:
        raise _damaged(str(error)) from None
    finally:
        database.close()


def _check_object(type_: str, name: str, sql: str) -> None:
    if type_ == "view":
        raise _refused("view", name)
    if type_ == "trigger" and not OWN_TRIGGER.match(name):
        raise _refused("trigger", name)
    if type_ == "table" and VIRTUAL.match(sql) and not OWN_INDEX.match(sql):
        raise _refused("virtual table", name)


def _refused(kind: str, name: str) -> Unreadable:
    return Unreadable(
        "geopackage-refused",
        f"the GeoPackage holds the {kind} {name[:80]!r}, which is not read here; save its layers "
        "as plain tables in a new GeoPackage",
        kind=kind,
        name=name[:80],
    )


def _damaged(detail: str) -> Unreadable:
    return Unreadable(
        "file-damaged",
        f"the GeoPackage is damaged ({detail}); export it again",
        format="gpkg",
        detail=detail,
    )
