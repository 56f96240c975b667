"""KML 2.3 (OGC 12-007r2): for Google Earth and telephones; always WGS 84."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from datasets.model import Column
from publish.formats._format import Format
from publish.formats._selection import Selection

TYPES = {"integer": "int", "number": "double", "boolean": "bool"}
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold."""
NAMES = ("naziv", "ime", "name", "naslov", "title")


class KML(Format):
    """A document of placemarks, each with its values typed and titled, and its time if it has one.

    A placemark is called by the column `naziv`, `ime`, `name`, `naslov` or `title`, else by the
    first that holds text, else by its id.
    """

    title = "KML"
    media_type = "application/vnd.google-earth.kml+xml"
    ending = "kml"
    is_text = True
    any_crs = False

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The document, some thousands of placemarks at a time."""
        yield _head(selection).encode()
        label = _label(selection.columns)
        for part in selection.fragments():
            marks = (_placemark(orjson.loads(feature), selection, label) for feature in part)
            yield "".join(marks).encode()
        yield b"</Document></kml>\n"


def _head(selection: Selection) -> str:
    called = quoteattr(selection.name)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_clean(selection.title or selection.name)}</name><open>1</open>\n"
        f"<Schema name={called} id={called}>\n{''.join(_fields(selection))}</Schema>\n"
    )


def _fields(selection: Selection) -> Iterator[str]:
    for column in selection.columns:
        kind = TYPES.get(column.type, "string")
        title = _clean(selection.said(column))
        yield f'<SimpleField name="{column.name}" type="{kind}">'
        yield f"<displayName>{title}</displayName></SimpleField>\n"


def _label(columns: Sequence[Column]) -> str:
    texts = [column.name for column in columns if column.type == "string"]
    return next((name for name in NAMES if name in texts), texts[0] if texts else "")


def _placemark(feature: Mapping[str, Any], selection: Selection, label: str) -> str:
    values = {"id": feature["id"], **feature["properties"]}
    name = values.get(label) or feature["id"]
    simple = "".join(
        f'<SimpleData name="{column.name}">{_clean(_plain(values[column.name]))}</SimpleData>'
        for column in selection.columns
        if values[column.name] is not None
    )
    return (
        f"<Placemark><name>{_clean(str(name))}</name>{_time(selection.manifest.times, values)}"
        f'<ExtendedData><SchemaData schemaUrl="#{selection.name}">{simple}</SchemaData>'
        f"</ExtendedData>{_geometry(feature['geometry'])}</Placemark>\n"
    )


def _plain(value: object) -> str:
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clean(text: str) -> str:
    return escape(NOT_XML.sub("", text))


def _time(columns: Sequence[str], values: Mapping[str, Any]) -> str:
    """When the feature was."""
    moments = [values[name] for name in columns]
    if not any(moments):
        return ""
    if len(moments) == 1:
        return f"<TimeStamp><when>{moments[0]}</when></TimeStamp>"
    tags = zip(("begin", "end"), moments, strict=True)
    return f"<TimeSpan>{''.join(f'<{tag}>{m}</{tag}>' for tag, m in tags if m)}</TimeSpan>"


def _geometry(geometry: Mapping[str, Any] | None) -> str:
    """A GeoJSON geometry as KML has it."""
    if geometry is None:
        return ""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return _many(_geometry(part) for part in geometry["geometries"])
    places = geometry["coordinates"]
    if kind.startswith("Multi"):
        single = kind.removeprefix("Multi")
        return _many(_geometry({"type": single, "coordinates": part}) for part in places)
    if kind == "Polygon":
        outer, *holes = (f"<LinearRing>{_coordinates(ring)}</LinearRing>" for ring in places)
        inner = "".join(f"<innerBoundaryIs>{hole}</innerBoundaryIs>" for hole in holes)
        return f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs>{inner}</Polygon>"
    return f"<{kind}>{_coordinates([places] if kind == 'Point' else places)}</{kind}>"


def _many(parts: Iterator[str]) -> str:
    return f"<MultiGeometry>{''.join(parts)}</MultiGeometry>"


def _coordinates(places: Sequence[Sequence[float]]) -> str:
    said = " ".join(f"{place[0]},{place[1]}" for place in places)
    return f"<coordinates>{said}</coordinates>"
