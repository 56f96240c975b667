"""GeoPackage, GML and zipped Shapefile, by GDAL: the first layer, flat, its attributes as text."""

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pyarrow as pa
import pyogrio
import pyproj

from datasets.model import Finding
from validation.reading import archive
from validation.reading.canonical import table_type, texts
from validation.reading.cells import Cells, Unreadable, row_numbers
from validation.reading.dbf import attributes_of, gdal_name
from validation.reading.geometries import decoded, decoded_one_by_one, flat, lost
from validation.reading.geopackage import check_geopackage
from validation.reading.gml import check_gml

MOST_WARNINGS = 20
CONFIDENCE = 70  # of 100: how alike a .prj and an EPSG entry must be to be called the same
FAULTS = (RuntimeError, ValueError)  # the bases of pyogrio's, Arrow's and of wrong UTF-8
OF_PROGRAMS = ("layer_styles", "qgis_projects")  # tables that programs keep beside the layers


@dataclass
class Layer:
    """A layer as GDAL reads it; what GDAL warns of is collected."""

    path: Path
    name: str | None = None
    encoding: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @contextmanager
    def heard(self) -> Any:
        """Turn GDAL's faults into a refusal, and its warnings into findings."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                yield
            except FAULTS as error:
                raise damaged(self.path.suffix[1:], str(error)) from None
        said = dict.fromkeys(str(w.message).replace(str(self.path.parent) + "/", "") for w in heard)
        self.findings += [_warned(text) for text in list(said)[:MOST_WARNINGS]]


def read_geopackage(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read the first layer with geometry of a GeoPackage that has passed the gate."""
    check_geopackage(path)
    own = Path(arguments["cells"]).with_name("layer.gpkg")  # GDAL may write beside what it reads
    copyfile(path, own)
    layer = Layer(own)
    with layer.heard():
        listed = pyogrio.list_layers(own).tolist()
    found = [(name, kind) for name, kind in listed if name not in OF_PROGRAMS]
    if not found:
        raise Unreadable("no-layer", "the GeoPackage holds no layer; nothing can be published")
    layer.name = next((name for name, kind in found if kind), found[0][0])
    layer.findings += _ignored([name for name, _ in found], layer.name)
    return _read(layer, "utf-8")


def read_gml(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read the first layer of a GML file that has passed the gate, its values as they stand.

    GDAL turns coordinates to x before y by what the name of their system promises. It looks for
    .gfs and .xsd files beside the file, so it gets a copy in a folder with nothing else in it.
    """
    check_gml(path)
    own = Path(arguments["cells"]).with_name("layer.gml")
    copyfile(path, own)
    pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})
    layer = Layer(own, options={"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"})
    with layer.heard():
        names = [str(name) for name, _kind in pyogrio.list_layers(own).tolist()]
    if not names:
        raise Unreadable("no-features", "the file holds no features; nothing can be published")
    layer.name = names[0]
    layer.findings += _ignored(names, layer.name)
    return replace(_read(layer, "utf-8"), types={})


def read_shapefile(opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read the first Shapefile of a zip, unpacked under names of ours."""
    layers = archive.layers(opened)
    first = layers[0]
    missing = [part for part in archive.SHAPEFILE_PARTS if part not in first.parts]
    if missing:
        raise Unreadable(
            "shapefile-part-missing",
            f"the shapefile {first.stem!r} has no {' and no '.join(missing)}; zip all its files",
            layer=first.stem,
            missing=", ".join(missing),
        )
    path = archive.extract(opened, first, Path(arguments["cells"]).parent)
    attributes = attributes_of(path.with_suffix(".dbf"), arguments["encoding"])
    layer = Layer(path, encoding=gdal_name(attributes.codec))
    layer.findings += _ignored([each.stem for each in layers], first.stem)
    if attributes.finding:
        layer.findings.append(attributes.finding)
    return replace(_read(layer, attributes.codec), sheet=first.stem)


def _read(layer: Layer, encoding: str) -> Cells:
    with layer.heard():
        meta, table = pyogrio.raw.read_arrow(
            layer.path,
            layer=layer.name,
            encoding=layer.encoding,
            datetime_as_string=True,
            **layer.options,
        )
    if table.num_rows == 0:
        raise Unreadable("no-features", "the layer holds no features; nothing can be published")
    fields = [str(name) for name in meta["fields"]]
    wkb = _geometry(table, meta)
    columns = [table.column(i) for i in _attributes(table, wkb)]
    geometry, findings = (None, []) if wkb is None else _flat(layer, table.column(wkb))
    return Cells(
        labels=tuple(fields),
        columns=[_cells(layer, n, column) for n, column in zip(fields, columns, strict=True)],
        rows=row_numbers(range(1, table.num_rows + 1)),
        geometry=geometry,
        encoding=encoding,
        sheet=layer.name or "",
        crs=code(meta["crs"] or ""),
        types=_types(meta, columns),
        findings=(*layer.findings, *findings),
    )


def _geometry(table: pa.Table, meta: Mapping[str, Any]) -> int | None:
    """Give the number of the geometry column; it is known by its mark, not by its name."""
    if not meta["geometry_type"]:
        return None
    marked = (
        i
        for i, column in enumerate(table.schema)
        if (column.metadata or {}).get(b"ARROW:extension:name") == b"geoarrow.wkb"
    )
    return next(marked, table.num_columns - 1)


def _attributes(table: pa.Table, wkb: int | None) -> list[int]:
    return [i for i in range(table.num_columns) if i != wkb]


def _cells(layer: Layer, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write a column as text; pictures and other bytes are no cells, and are left out."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        layer.findings.append(_warned(f"column {name!r} holds bytes, not text; it is left empty"))
        return pa.chunked_array([pa.array([""] * len(column), pa.string())])
    return texts(column)


def _types(meta: Mapping[str, Any], columns: Sequence[pa.ChunkedArray]) -> dict[int, str]:
    """Give the types that the file itself declares; GDAL hands moments over as text."""
    own = {"OFTDateTime": "datetime", "OFTDate": "date", "OFTTime": "time"}
    return {
        i: own.get(ogr, table_type(column.type))
        for i, (ogr, column) in enumerate(zip(meta["ogr_types"], columns, strict=True))
    }


def _flat(layer: Layer, column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, list[Finding]]:
    """Give the geometries in two dimensions and straight, with what was changed or lost."""
    findings: list[Finding] = []
    wkb = column.to_pylist()
    try:
        geometries = decoded(wkb)
    except NotImplementedError:
        with layer.heard():
            read = pyogrio.raw.read(layer.path, layer=layer.name, columns=[], **layer.options)
            wkb = read[2].tolist()
        geometries = decoded_one_by_one(wkb)
        findings.append(_straightened())
    findings += lost(wkb, geometries)
    flattened, notes = flat(geometries)
    return flattened, findings + notes


def code(crs: str) -> str:
    """Give a CRS as EPSG:n where one fits, else as WKT; empty where it says nothing.

    Of a compound CRS the horizontal part counts, as heights are left out.
    """
    if not crs:
        return ""
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return ""
    if found.is_compound:
        found = found.sub_crs_list[0]
    if found.is_engineering or "undefined" in found.name.lower():
        return ""
    authority = found.to_2d().to_authority(min_confidence=CONFIDENCE)
    return f"{authority[0]}:{authority[1]}" if authority else str(found.to_2d().to_wkt())


def damaged(format_: str, detail: str) -> Unreadable:
    """Say that GDAL could not read it."""
    return Unreadable(
        "file-damaged",
        f"the layer cannot be read ({detail[:200]}); export it again",
        format=format_,
        detail=detail[:200],
    )


def _ignored(names: Sequence[str], taken: str) -> list[Finding]:
    others = [name for name in names if name != taken]
    if not others:
        return []
    return [
        Finding(
            "layers-ignored",
            "warning",
            note=f"of {len(names)} layers only {taken!r} is read; not {', '.join(others)[:300]}; "
            "send each as a resource of its own",
            values={"taken": taken, "ignored": ", ".join(others)[:300]},
        )
    ]


def _straightened() -> Finding:
    return Finding(
        "curves-linearised",
        "note",
        note="curves were turned into lines of short pieces; the original file keeps them",
    )


def _warned(text: str) -> Finding:
    return Finding("reader-warning", "warning", note=text[:300], values={"detail": text[:300]})
