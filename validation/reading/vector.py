"""A layer that GDAL reads: flat, its attributes as text, what GDAL warns of as findings."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyogrio

from datasets.model import Finding
from validation.reading import choice
from validation.reading.canonical import json_type, table_type, texts
from validation.reading.cells import Cells, Unreadable, bytes_left_out, empty, row_numbers, warned
from validation.reading.choice import MOST_OFFERED, Held
from validation.reading.geometries import decoded, decoded_one_by_one, flat, lost
from validation.reading.systems import code

MOST_WARNINGS = 20
FAULTS = (RuntimeError, ValueError)  # the bases of pyogrio's, Arrow's and of wrong UTF-8


@dataclass
class Layer:
    """A layer as GDAL reads it; what GDAL warns of is collected.

    `path` is a copy of our own: GDAL may write beside what it reads.
    """

    path: Path
    name: str | None = None
    encoding: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Turn GDAL's faults into a refusal, and its warnings into findings."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                yield
            except FAULTS as error:
                raise damaged(self.path.suffix[1:], str(error)) from None
            except OSError as error:
                if error.errno:  # the machine's own: a disk that is full
                    raise
                raise damaged(self.path.suffix[1:], str(error)) from None
        said = dict.fromkeys(str(w.message).replace(str(self.path.parent) + "/", "") for w in heard)
        self.findings += [warned(text) for text in list(said)[:MOST_WARNINGS]]

    def choose(self, names: Sequence[str], arguments: Mapping[str, Any]) -> None:
        """Take one of the file's layers, the first unless a person chose; raises Unreadable."""
        held = [Held(name) for name in names]
        if len(names) > 1:
            with self.heard():
                held[:MOST_OFFERED] = map(self._held, names[:MOST_OFFERED])
        self.name, told = choice.chosen(held, arguments)
        self.findings += told

    def _held(self, name: str) -> Held:
        known = pyogrio.read_info(self.path, layer=name, **self.options)
        return Held(name, int(known["features"]), [str(label) for label in known["fields"]])

    def claimed(self) -> int:
        """Give how many features the layer says to have."""
        return self._held(self.name or "").features

    def listed(self) -> list[tuple[str, str | None]]:
        """Give the names of the layers and the types of their geometries, None for a table."""
        found: list[list[Any]] = []
        with self.heard():
            found = pyogrio.list_layers(self.path).tolist()
        return [(str(name), kind) for name, kind in found]

    def read(self, encoding: str = "utf-8") -> Cells:
        """Give the cells of the layer; raises Unreadable when it is damaged or has no feature."""
        with self.heard():
            meta, table = pyogrio.raw.read_arrow(
                self.path,
                layer=self.name,
                encoding=self.encoding,
                datetime_as_string=True,
                **self.options,
            )
        if table.num_rows == 0:
            raise empty()
        fields = [str(name) for name in meta["fields"]]
        wkb = _geometry(table, meta)
        columns = [table.column(i) for i in range(table.num_columns) if i != wkb]
        geometry, findings = (None, []) if wkb is None else self._flat(table.column(wkb))
        return Cells(
            labels=tuple(fields),
            columns=[self._cells(n, column) for n, column in zip(fields, columns, strict=True)],
            rows=row_numbers(range(1, table.num_rows + 1)),
            geometry=geometry,
            encoding=encoding,
            sheet=self.name or "",
            crs=code(meta["crs"] or ""),
            types=_types(meta, columns),
            findings=(*self.findings, *findings),
        )

    def _cells(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Write a column as text; pictures and other bytes are no cells, and are left out."""
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            self.findings.append(bytes_left_out(name))
            return pa.chunked_array([pa.array([""] * len(column), pa.string())])
        return texts(column)

    def _flat(self, column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, list[Finding]]:
        """Give the geometries in two dimensions and straight, with what was changed or lost."""
        findings: list[Finding] = []
        wkb = column.to_pylist()
        try:
            geometries = decoded(wkb)
        except NotImplementedError:
            with self.heard():
                read = pyogrio.raw.read(self.path, layer=self.name, columns=[], **self.options)
                wkb = read[2].tolist()
            geometries = decoded_one_by_one(wkb)
            findings.append(_straightened())
        findings += lost(wkb, geometries)
        flattened, notes = flat(geometries)
        return flattened, findings + notes


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


def _types(meta: Mapping[str, Any], columns: Sequence[pa.ChunkedArray]) -> dict[int, str]:
    """Give the types that the file itself declares; GDAL hands moments over as text."""
    own = {"OFTDateTime": "datetime", "OFTDate": "date", "OFTTime": "time"}
    kinds = zip(meta["ogr_types"], meta["ogr_subtypes"], columns, strict=True)
    return {
        i: _type_of_json(column) if subtype == "OFSTJSON" else own.get(ogr, _type(column.type))
        for i, (ogr, subtype, column) in enumerate(kinds)
    }


def _type(kind: pa.DataType) -> str:
    return "text" if pa.types.is_string(kind) else table_type(kind)


def _type_of_json(column: pa.ChunkedArray) -> str:
    """Give what a column of JSON text holds: lists, which QGIS keeps so in a GeoPackage, or any."""
    try:
        return json_type(v and orjson.loads(v) for v in column.to_pylist()) or "text"
    except orjson.JSONDecodeError:
        return "text"


def damaged(format_: str, detail: str) -> Unreadable:
    """Say that GDAL could not read it."""
    return Unreadable(
        "file-damaged",
        f"the layer cannot be read ({detail[:200]}); export it again",
        format=format_,
        detail=detail[:200],
    )


def _straightened() -> Finding:
    return Finding(
        "curves-linearised",
        "note",
        note="curves were turned into lines of short pieces; the original file keeps them",
    )
