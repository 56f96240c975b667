"""The tasks of reading: what runs inside the child, one file a call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.model import Finding, Schema
from datasets.template import fitted
from validation.reading import archive, sniff
from validation.reading.cells import Cells, Unreadable, check_width, told
from validation.reading.dialect import check_dialect
from validation.reading.propose import proposed_schema
from validation.repairs._again import again
from validation.repairs._offers import completed, ids, without_cells
from validation.repairs._recipe import asked, mended, opened, understood
from validation.repairs._repair import Repair
from validation.templates import resembling

MOST_BY_HAND = 1_000_000
"""So many rows may hold totals, notes or headings; larger tables come out of databases."""


def read_file(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read a text, a workbook or GeoJSON; give what `Reading` needs as a JSON value.

    `arguments` are path, format, encoding, dialect, crs, schema, contract (the schema of last
    time), recipe (steps), cells (where to write) and inflated_bytes. What is wrong with the file
    is in `findings`.
    """
    repairs = opened(arguments.get("recipe", ()))
    arguments = asked(arguments, repairs)
    path = Path(arguments["path"])
    try:
        check_dialect(arguments["dialect"])
        cells = read_as(path, arguments)
        return _told(mended(cells, repairs), arguments, repairs)
    except Unreadable as error:
        return {"findings": [told(without_cells(error.finding, again(arguments, read_as)))]}


def read_layer(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read a GeoPackage, GML or a zipped Shapefile; the only task that has GDAL."""
    return read_file(arguments)


def read_as(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Give the cells of a file as they stand; raises Unreadable."""
    return _read(path, sniff.expected(arguments["format"]), arguments)


def _read(path: Path, expected: str, arguments: Mapping[str, Any]) -> Cells:
    """Read by the format that is declared, once the bytes agree. Libraries come in as needed."""
    # ruff: noqa: PLC0415
    found = sniff.sniffed(path)
    match expected:
        case "csv" | "tsv" if found == "csv":
            from validation.reading.delimited import read_delimited

            return read_delimited(path, arguments)
        case "json" | "jsonl" | "xml" | "parquet" if found in (expected, expected[:-1]):
            return _read_typed(path, expected, arguments)
        case "geojson" | "geojsonseq" | "topojson" if found == "json":
            from validation.reading.spatial import read_json_layer

            return read_json_layer(path, arguments)
        case "xls" | "xlsx" if found in (expected, "html"):
            return _read_book(path, found, arguments)
        case _ if found == "zip":
            return _read_zip(path, expected, arguments)
        case _:
            from validation.reading.spatial import read_spatial

            return read_spatial(path, expected, found, arguments)


def _read_book(path: Path, found: str, arguments: Mapping[str, Any]) -> Cells:
    """Read an old workbook, or the web page that is called one."""
    if found == "html":
        from validation.reading.html_table import read_html

        return read_html(path, arguments)
    from validation.reading.spreadsheet import read_xls

    return read_xls(path, arguments)


def _read_typed(path: Path, expected: str, arguments: Mapping[str, Any]) -> Cells:
    """Read what may be a table or a layer."""
    if expected == "xml":
        from validation.reading.xml_table import read_xml

        return read_xml(path, arguments)
    if expected == "parquet":
        from validation.reading.geoparquet import read_parquet

        return read_parquet(path, arguments)
    from validation.reading import json_table

    read = json_table.read_json_lines if expected == "jsonl" else json_table.read_json
    return read(path, arguments)


def _read_zip(path: Path, expected: str, arguments: Mapping[str, Any]) -> Cells:
    from validation.reading import spatial

    with archive.opened(path, arguments["inflated_bytes"]) as opened:
        found = archive.kind(opened)
        if not spatial.is_zipped(expected, found):
            raise sniff.mismatch(arguments["format"], found)
        if found == "single":
            own, inner = spatial.unpacked(opened, arguments)
            if expected not in (inner, "shp"):
                raise sniff.mismatch(arguments["format"], inner)
            return _read(own, inner, arguments)
        if found in ("xlsx", "ods"):
            from validation.reading import spreadsheet

            read = spreadsheet.read_xlsx if found == "xlsx" else spreadsheet.read_ods
            return read(path, opened, arguments)
        return spatial.read_archive(opened, found, arguments)


def _told(cells: Cells, arguments: Mapping[str, Any], repairs: Sequence[Repair]) -> dict[str, Any]:
    check_width(len(cells.columns))
    if cells.dialect and len(cells.rows) <= MOST_BY_HAND:  # no others have totals or notes
        from validation.reading.remarks import remarks  # noqa: PLC0415 - layers need none of it

        cells = cells.and_found(*remarks(cells))
    schema, doubts = _schema(cells, arguments)
    cells = cells.and_found(*doubts)
    cells.write(Path(arguments["cells"]))
    schema, accepted = understood(schema, repairs), ids(arguments.get("recipe", ()))
    found = completed(cells, schema, accepted, again(arguments, read_as))
    return {
        **replace(cells, findings=found).said(),
        "schema": schema,
        "repaired": bool(repairs) or cells.restated,
    }


def _schema(cells: Cells, arguments: Mapping[str, Any]) -> tuple[Schema, tuple[Finding, ...]]:
    """Give the schema to judge by: the declared one, else that of last time, else a proposal."""
    declared, contract = arguments["schema"], arguments.get("contract")
    if declared is not None:
        return fitted(declared, cells.labels), ()
    if contract is not None and "template" in contract:
        return fitted(contract, cells.labels), ()
    proposed, doubts = proposed_schema(cells)
    if contract is None:
        return proposed, (*doubts, *resembling(cells.labels))
    from validation.contract import kept_to  # noqa: PLC0415 - a first delivery has none

    kept, drift = kept_to(proposed, contract, cells.labels, cells.columns)
    return kept, (*doubts, *drift)
