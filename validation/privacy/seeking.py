"""The child's side of the gate for what comes by the API: what stops it, and nothing else of it.

Every sheet and every layer is looked through, for the file is handed out whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from datasets.formats import READABLE
from datasets.model import Finding
from validation.privacy.masking import masked_text
from validation.privacy.patterns import holds_jmbg
from validation.privacy.scan import scanned
from validation.privacy.table import Hit
from validation.reading import sniff
from validation.reading.cells import Cells, Unreadable
from validation.reading.worker import read_as

MOST_SHEETS = 300
OTHER_SHEETS = frozenset({"sheets-ignored", "sheets-hidden"})
ZIPPED = ("xlsx", "ods", "kmz")

type Told = dict[str, Any]
"""A kind of personal data: `kind`, `field` and `column`, which counts from 1."""


def in_file(arguments: Mapping[str, Any]) -> list[Told]:
    """Look through a file; one that cannot be read holds nothing.

    `arguments` are those of `validation.reading.worker.read_file`, `filename`, `settings`
    (validation.privacy) and `work`, a folder for the cells.
    """
    named = [_told("in-name", "", 0)] if holds_jmbg(arguments["filename"]) else []
    found = [
        told
        for cells in _parts(arguments)
        for told in _found(cells.labels, cells.columns, arguments["settings"])
    ]
    return _once([*named, *found])


def in_layer(arguments: Mapping[str, Any]) -> list[Told]:
    """Look through a file that GDAL opens."""
    return in_file(arguments)


def in_rows(arguments: Mapping[str, Any]) -> list[Told]:
    """Look through rows: `labels`, and `rows`, a file with a JSON list of text columns a line."""
    pieces: list[list[pa.Array]] = [[] for _ in arguments["labels"]]
    with Path(arguments["rows"]).open("rb") as file:
        for line in file:
            for piece, texts in zip(pieces, orjson.loads(line), strict=True):
                piece.append(pa.array(texts, pa.string()))
    columns = [pa.chunked_array(piece, pa.string()) for piece in pieces]
    return _once(list(_found(arguments["labels"], columns, arguments["settings"])))


def _parts(arguments: Mapping[str, Any]) -> Iterator[Cells]:
    """Yield all tables and layers of a file."""
    for form in (arguments["format"], *_others(arguments)):
        own = {**arguments, "format": form}
        try:
            first = _cells(own, "first")
        except Unreadable:
            continue
        yield first
        yield from _sheets(own, first.findings)
        yield from _layers(own, first.findings)
        return


def _cells(arguments: Mapping[str, Any], name: str) -> Cells:
    own = {**arguments, "cells": str(Path(arguments["work"], f"{name}.arrow"))}
    return read_as(Path(arguments["path"]), own)


def _others(arguments: Mapping[str, Any]) -> Sequence[str]:
    """Give what a file may be that is not what it is called; GDAL's formats are not among them."""
    try:
        found = sniff.sniffed(Path(arguments["path"]))
    except Unreadable:
        return ()
    forms = ZIPPED if found == "zip" else (found,)
    return [form for form in forms if form in READABLE and not READABLE[form].layer]


def _sheets(arguments: Mapping[str, Any], findings: Sequence[Finding]) -> Iterator[Cells]:
    """Yield all sheets of a workbook that has more than one, hidden ones too."""
    if not OTHER_SHEETS & {finding.check for finding in findings}:
        return
    for number in range(1, MOST_SHEETS + 1):
        try:
            yield _cells({**arguments, "sheet": number}, f"sheet-{number}")
        except Unreadable as error:
            if error.finding.check == "sheet-missing":
                return


def _layers(arguments: Mapping[str, Any], findings: Sequence[Finding]) -> Iterator[Cells]:
    """Yield the layers that were not read."""
    offers = (o for f in findings if f.check == "layers-ignored" for o in f.offers[1:])
    for number, offer in enumerate(offers):
        with suppress(Unreadable):
            yield _cells({**arguments, **offer.step.values}, f"layer-{number}")


def _found(
    labels: Sequence[str], columns: Sequence[pa.ChunkedArray], settings: Mapping[str, Any]
) -> Iterator[Told]:
    """Yield what stops a table; a header that is somebody's row is not quoted."""
    hits = [hit for hit in scanned(labels, columns, settings) if hit.severity == "error"]
    if any(not len(hit.rows) for hit in hits):
        yield from (_told("in-header", "", hit.column + 1) for hit in hits if not len(hit.rows))
        return
    yield from (_told(hit.kind, _label(hit, labels), hit.column + 1) for hit in hits)


def _label(hit: Hit, labels: Sequence[str]) -> str:
    return masked_text(labels[hit.column]) if hit.column < len(labels) else ""


def _told(kind: str, field: str, column: int) -> Told:
    return {"kind": kind, "field": field, "column": column}


def _once(found: list[Told]) -> list[Told]:
    """Give each kind of each column once; sheets may have the same columns."""
    return list({(each["kind"], each["field"], each["column"]): each for each in found}.values())
