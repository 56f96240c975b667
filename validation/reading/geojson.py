"""GeoJSON, read as JSON: GDAL never sees it, and each fault is told by its feature.

GDAL turns a ring that is not closed into a missing geometry, and starts programs for some JSON;
shapely reads the geometry of one feature at a time and says what is wrong. Rule: RFC 7946.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import shapely

from datasets.model import Finding, Offer, Sample, Step
from validation.reading import boxes
from validation.reading.canonical import json_type, written
from validation.reading.cells import (
    MOST_FINDINGS,
    Cells,
    Unreadable,
    check_width,
    row_numbers,
    text_column,
)
from validation.reading.encoding import encoding_of
from validation.reading.geometries import Geometries, flat, unreadable
from validation.reading.json_faults import check_keys, check_numbers
from validation.reading.positions import (
    OPEN,
    all_at_once,
    closed,
    fault,
    open_ends,
    with_three_numbers,
)
from validation.reading.sniff import geojson_type

DEFAULT_CRS = "EPSG:4326"
BATCH = 2000
SAMPLES, SHOWN = 5, 120  # offered places, and characters of each
CODE = re.compile(r"(?:urn:ogc:def:crs:)?(EPSG|ESRI):{1,2}(?:[\d.]*:)?(\d+)$", re.IGNORECASE)
WKT = re.compile(r"(PROJ|GEOG|GEOD)(CS|CRS)\[", re.IGNORECASE)
CRS84 = re.compile(r"(?:urn:ogc:def:crs:)?OGC:[\d.]*:?CRS84$", re.IGNORECASE)

type Document = Mapping[str, Any]


def cells_of_document(document: Document, encoding: str, arguments: Mapping[str, Any]) -> Cells:
    """Make cells of a parsed GeoJSON document: features, or one feature, or a bare geometry."""
    kind = geojson_type(document)
    crs, findings = _crs(document)
    features = features_of(document)
    place = "features[{}]" if kind == "FeatureCollection" else ""
    path = f"{place}.geometry".lstrip(".") if kind in ("FeatureCollection", "Feature") else "$"
    cells = cells_of(features, arguments, path)
    findings += boxes.wrong(document, features, cells)
    return replace(cells.and_found(*findings), encoding=encoding, crs=crs)


def cells_of(features: Sequence[Document], arguments: Mapping[str, Any], path: str = "") -> Cells:
    """Make cells of features as GeoJSON has them, from whatever file they come, in degrees.

    `path` is the JSON path of a feature's geometry, with {} for its number, empty where the file
    is no JSON.
    """
    findings = list(_structure(features))
    shapes = [feature.get("geometry") for feature in features]
    if arguments.get("close_rings"):
        shapes, mended = _with_closed_rings(shapes)
        findings += mended
    geometries, faults = _geometries(shapes, path)
    wkb, notes = flat(geometries)
    labels = _labels(features)
    return Cells(
        labels=tuple(labels),
        columns=[text_column([_cell(f, label) for f in features]) for label in labels],
        rows=row_numbers(range(1, len(features) + 1)),
        geometry=wkb,
        encoding="utf-8",
        crs=DEFAULT_CRS,
        types=_types(features, labels),
        findings=(*findings, *open_rings(shapes, faults), *notes),
    )


def _with_closed_rings(shapes: Sequence[Any]) -> tuple[list[Any], list[Finding]]:
    after = [closed(shape) for shape in shapes]
    count = sum(old != new for old, new in zip(shapes, after, strict=True))
    note = f"the rings of {count} features were closed; the original file is kept as it came"
    return after, [Finding("rings-closed", "note", note=note, values={"count": str(count)})]


def parsed(raw: bytes) -> tuple[Any, str]:
    """Parse JSON strictly, and give its encoding: no NaN, no infinity, no depth beyond measure."""
    encoding = encoding_of(raw)
    text: bytes | str = raw
    if encoding.name != "utf-8":
        text = raw.decode(encoding.name, errors="replace")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        check_numbers(raw)
        raise Unreadable(
            "json-error",
            f"the file is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}",
            line=str(error.lineno),
            column=str(error.colno),
            detail=error.msg,
        ) from None
    check_keys(raw, document)
    return document, encoding.name


def features_of(document: Document) -> list[Document]:
    """Give the features; a bare geometry is one feature without attributes."""
    if document["type"] == "Feature":
        return [document]
    if document["type"] != "FeatureCollection":
        return [{"type": "Feature", "geometry": document, "properties": {}}]
    features = document.get("features")
    if not isinstance(features, list):
        raise Unreadable("geojson-structure", "the FeatureCollection has no list of features")
    if not features:
        raise Unreadable("no-features", "the file holds no features; nothing can be published")
    return [f if isinstance(f, dict) else {} for f in features]


def _structure(features: Sequence[Document]) -> Iterator[Finding]:
    """Yield what a feature is not, by its number, and which is the first without properties."""
    null = [
        i
        for i, feature in enumerate(features, 1)
        if feature.get("type") == "Feature" and feature.get("properties") is None
    ]
    if null:
        note = f"{len(null)} features have no properties, or null; the first is {null[0]}"
        values = {"count": str(len(null))}
        yield Finding("geojson-properties", "warning", row=null[0], note=note, values=values)
    for row, feature in enumerate(features, 1):
        if feature.get("type") != "Feature":
            yield _wrong(row, 'is not a Feature: its "type" must be "Feature"')
        elif not isinstance(feature.get("properties"), dict | None):
            yield _wrong(row, '"properties" must be an object or null')
        elif "geometry" not in feature:
            yield _wrong(row, '"geometry" is not there; write null where there is none', "warning")


def _wrong(row: int, reason: str, severity: Any = "error") -> Finding:
    note = f"feature {row}: {reason}"
    return Finding("geojson-structure", severity, row=row, note=note, values={"reason": reason})


def _properties(feature: Document) -> Document:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _labels(features: Sequence[Document]) -> list[str]:
    """Give the names of all properties in order of appearance, behind the feature's own id."""
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(_properties(feature)))
    check_width(len(names))
    own = any("id" in feature for feature in features) and "id" not in names
    return ["id", *names] if own else list(names)


def _cell(feature: Document, label: str) -> str:
    properties = _properties(feature)
    return written(properties[label] if label in properties else _own_id(feature, label))


def _own_id(feature: Document, label: str) -> Any:
    return feature.get("id") if label == "id" else None


def _types(features: Sequence[Document], labels: Sequence[str]) -> dict[int, str]:
    """Give the columns for which JSON itself has a type."""
    kinds = (json_type(_properties(f).get(label) for f in features) for label in labels)
    return {i: kind for i, kind in enumerate(kinds) if kind}


def _geometries(shapes: Sequence[Any], path: str) -> tuple[Geometries, list[Finding]]:
    """Read the geometries; what cannot be read is None, with a finding that says why."""
    found, faults = [], []
    for start in range(0, len(shapes), BATCH):
        batch = shapes[start : start + BATCH]
        geometries = all_at_once(batch)
        if geometries is None:
            geometries = _one_by_one(batch)
            faults += list(_faults(batch, geometries, start, path))
        found.append(geometries)
    return np.concatenate(found), faults[:MOST_FINDINGS]


def _one_by_one(batch: Sequence[Any]) -> Geometries:
    """Read geometries of any kind and in any state; None for one that cannot be read."""
    raw = [None if g is None else orjson.dumps(with_three_numbers(g)) for g in batch]
    geometries: Geometries = shapely.from_geojson(np.array(raw, dtype=object), on_invalid="ignore")
    return geometries


def _faults(
    batch: Sequence[Any], geometries: Geometries, start: int, path: str
) -> Iterator[Finding]:
    for i in np.flatnonzero(shapely.is_missing(geometries)).tolist():
        if batch[i] is not None:
            reason, inner = fault(batch[i])
            place = path.format(start + i) if path else ""
            where = f"{place}.{inner}".strip(".").removeprefix("$.") if path else ""
            yield unreadable(start + i + 1, reason, where)


def open_rings(shapes: Sequence[Any], faults: Sequence[Finding]) -> list[Finding]:
    """Tell rings that are open apart from other faults, and offer to close them."""
    found = [f for f in faults if f.values["reason"] == OPEN]
    if not found:
        return list(faults)
    count = {"count": str(len(found))}
    samples = tuple(_sample(f.row, shapes[f.row - 1]) for f in found[:SAMPLES] if f.row)
    offer = Offer(Step("close-rings"), len(found), samples)
    told = [
        Finding("ring-open", row=f.row, note=f.note, values={**f.values, **count}) for f in found
    ]
    others = [f for f in faults if f.values["reason"] != OPEN]
    return [replace(told[0], offers=(offer,)), *told[1:], *others]


def _sample(row: int, shape: Any) -> Sample:
    """Show the ends of the first open ring, and how they become one."""
    first, last = open_ends(shape)
    return Sample(row, f"{first} … {last}"[:SHOWN], f"{first} … {last}, {first}"[:SHOWN])


def _crs(document: Document) -> tuple[str, list[Finding]]:
    """Give the CRS: longitude and latitude unless the old `crs` member says otherwise."""
    member = document.get("crs")
    if member is None:
        return DEFAULT_CRS, []
    properties = member.get("properties") if isinstance(member, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if CRS84.match(name):
        return DEFAULT_CRS, []
    match = CODE.match(name)
    crs = f"{match[1].upper()}:{match[2]}" if match else name if WKT.match(name) else ""
    finding = Finding(
        "geojson-crs",
        "warning",
        note=f"the file has a crs member ({name[:60] or 'without a name'}), which GeoJSON no "
        "longer knows; other programs will ignore it and show the data in the wrong place",
        values={"crs": name[:60]},
    )
    return crs, [finding] if crs != DEFAULT_CRS else []
