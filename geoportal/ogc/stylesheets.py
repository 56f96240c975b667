"""A collection's colour and shape as stylesheets: MapLibre's and OGC's SLD 1.0.

Rules: MapLibre Style Specification, version 8; OGC 02-070, Styled Layer Descriptor. What a style
says is what our own map draws, but for names of places, which need fonts.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Any

import orjson

from datasets.model import BBox
from geoportal.palette import Symbol

MAPBOX, SLD = "mapbox", "sld10"
MEDIA_TYPES = {
    MAPBOX: "application/vnd.mapbox.style+json",
    SLD: "application/vnd.ogc.sld+xml;version=1.0",
}
EDGE = "#ffffff"
FILL_OPACITY, EDGE_OPACITY = 0.12, 0.6
POINT_PX = 9
NAMESPACE = "http://www.opengis.net/sld"
MARKS = {"circle": ("circle", 0), "square": ("square", 0), "triangle": ("triangle", 0)}
MARKS["diamond"] = ("square", 45)
"""Shapes of points as SLD calls them, and how far they are turned, in degrees."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a stylesheet is made of; `tilejson` is the address of the collection's TileJSON."""

    id: str
    title: str
    geometry_type: str
    symbol: Symbol
    tilejson: str
    bbox_lonlat: BBox | None

    def may(self, kind: str) -> bool:
        """Tell whether there may be features of a kind: Point, LineString or Polygon."""
        return self.geometry_type in (kind, f"Multi{kind}", "Geometry")


def mapbox(drawn: Drawn) -> bytes:
    """A MapLibre style over the collection's vector tiles; areas lie under lines under points."""
    found: dict[str, Any] = {
        "version": 8,
        "name": drawn.title,
        "metadata": {"emap:shape": drawn.symbol.shape},
        "sources": {drawn.id: {"type": "vector", "url": drawn.tilejson}},
        "layers": list(_layers(drawn)),
    }
    if box := drawn.bbox_lonlat:
        found["center"] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
    return orjson.dumps(found)


def _layers(drawn: Drawn) -> list[dict[str, Any]]:
    """The layers of a style; a point is a circle, since a shape would need a sprite."""
    colour = drawn.symbol.colour
    found = []
    if drawn.may("Polygon"):
        fill = {"fill-color": colour, "fill-opacity": FILL_OPACITY}
        edge = {"line-color": colour, "line-width": _by_zoom(6, 0.6, 12, 1.8)}
        found.append(_layer(drawn, "fill", "fill", "Polygon", fill))
        found.append(
            _layer(drawn, "edge", "line", "Polygon", edge | {"line-opacity": EDGE_OPACITY})
        )
    if drawn.may("LineString"):
        line = {"line-color": colour, "line-width": _by_zoom(6, 1.2, 14, 4)}
        round_ = {"layout": {"line-cap": "round", "line-join": "round"}}
        found.append(_layer(drawn, "line", "line", "LineString", line) | round_)
    if drawn.may("Point"):
        dot = {
            "circle-color": colour,
            "circle-radius": _by_zoom(5, 2, 14, 6),
            "circle-stroke-color": EDGE,
            "circle-stroke-width": 1,
        }
        found.append(_layer(drawn, "point", "circle", "Point", dot))
    return found


def _layer(drawn: Drawn, name: str, type_: str, kind: str, paint: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{drawn.id}/{name}",
        "type": type_,
        "source": drawn.id,
        "source-layer": drawn.id,
        "filter": ["in", ["geometry-type"], ["literal", [kind, f"Multi{kind}"]]],
        "paint": paint,
    }


def _by_zoom(low: int, low_px: float, high: int, high_px: float) -> list[Any]:
    return ["interpolate", ["linear"], ["zoom"], low, low_px, high, high_px]


def sld(drawn: Drawn) -> bytes:
    """An SLD 1.0 of one layer named as the collection; a rule for each kind of geometry it has."""
    root = ET.Element("StyledLayerDescriptor", {"version": "1.0.0", "xmlns": NAMESPACE})
    layer = ET.SubElement(root, "NamedLayer")
    _text(layer, "Name", drawn.id)
    style = ET.SubElement(layer, "UserStyle")
    _text(style, "Name", "default")
    _text(style, "Title", drawn.title)
    _text(style, "IsDefault", "1")
    features = ET.SubElement(style, "FeatureTypeStyle")
    _text(features, "FeatureTypeName", drawn.id)
    for kind, symbolizer in SYMBOLIZERS:
        if drawn.may(kind):
            rule = ET.SubElement(features, "Rule")
            _text(rule, "Name", kind.lower())
            _text(rule, "Title", drawn.title)
            symbolizer(rule, drawn.symbol)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _text(parent: ET.Element, name: str, text: str) -> None:
    # XML has no words for control characters, and a title may have some.
    ET.SubElement(parent, name).text = "".join(c for c in text if c.isprintable())


def _css(parent: ET.Element, name: str, **values: object) -> None:
    part = ET.SubElement(parent, name)
    for key, value in values.items():
        css = ET.SubElement(part, "CssParameter", {"name": key.replace("_", "-")})
        css.text = str(value)


def _polygon(rule: ET.Element, symbol: Symbol) -> None:
    drawn = ET.SubElement(rule, "PolygonSymbolizer")
    _css(drawn, "Fill", fill=symbol.colour, fill_opacity=FILL_OPACITY)
    _css(drawn, "Stroke", stroke=symbol.colour, stroke_opacity=EDGE_OPACITY, stroke_width=1.5)


def _line(rule: ET.Element, symbol: Symbol) -> None:
    drawn = ET.SubElement(rule, "LineSymbolizer")
    _css(drawn, "Stroke", stroke=symbol.colour, stroke_width=2.5, stroke_linecap="round")


def _point(rule: ET.Element, symbol: Symbol) -> None:
    shape, turned = MARKS[symbol.shape]
    graphic = ET.SubElement(ET.SubElement(rule, "PointSymbolizer"), "Graphic")
    mark = ET.SubElement(graphic, "Mark")
    _text(mark, "WellKnownName", shape)
    _css(mark, "Fill", fill=symbol.colour)
    _css(mark, "Stroke", stroke=EDGE, stroke_width=1)
    _text(graphic, "Size", str(POINT_PX))
    if turned:
        _text(graphic, "Rotation", str(turned))


SYMBOLIZERS = (("Polygon", _polygon), ("LineString", _line), ("Point", _point))
