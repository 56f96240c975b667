"""GPX: waypoints, tracks and routes, each a layer of its own. Rule: GPX 1.1."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from validation.reading import choice, markup
from validation.reading.cells import Cells, empty
from validation.reading.choice import Held
from validation.reading.geojson import cells_of
from validation.reading.xml_shapes import Element, Position, local, number_lists, text_of

LAYERS = {"wpt": "waypoints", "trk": "tracks", "rte": "routes"}
POSITIONS = frozenset({"trkseg", "rtept", "trkpt"})

type Features = dict[str, list[dict[str, Any]]]


def read_gpx(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read one kind of what a GPX file holds: the first that it has, or the chosen one."""
    if markup.checked(path, "gpx").root[1] != "gpx":
        raise markup.other("gpx")
    features = _features(path)
    held = [Held(name, len(found), _labels(found)) for name, found in features.items() if found]
    if not held:
        raise empty()
    name, told = choice.chosen(held, arguments)
    cells = cells_of(features[name], arguments)
    return replace(cells, types={}, sheet=name, findings=(*told, *cells.findings))


def _features(path: Path) -> Features:
    found: Features = {name: [] for name in LAYERS.values()}
    depth = 0
    for event, element in ElementTree.iterparse(path, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 1:
            if layer := LAYERS.get(local(element)):
                found[layer].append(_feature(element))
            element.clear()
    return found


def _labels(features: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(label for f in features for label in f["properties"]))


def _feature(element: Element) -> dict[str, Any]:
    properties = dict(_properties(element))
    geometry: dict[str, Any]
    match local(element):
        case "wpt":
            geometry = {"type": "Point", "coordinates": _position(element)}
        case "rte":
            stops = [_position(p) for p in element if local(p) == "rtept"]
            geometry = {"type": "LineString", "coordinates": stops}
        case _:
            segments = [
                [_position(p) for p in segment if local(p) == "trkpt"]
                for segment in element
                if local(segment) == "trkseg"
            ]
            geometry = {"type": "MultiLineString", "coordinates": segments}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _properties(element: Element) -> Iterator[tuple[str, str]]:
    """Yield what stands beside the positions; of extensions whatever is a plain value."""
    for child in element:
        name = local(child)
        if name == "link":
            yield name, child.get("href", "")
        elif name == "extensions":
            yield from ((local(e), text_of(e)) for e in child.iter() if not len(e) and e.text)
        elif name not in POSITIONS:
            yield name, text_of(child)


def _position(element: Element) -> Position:
    positions = number_lists(f"{element.get('lon', '')},{element.get('lat', '')}")
    return positions[0] if len(positions) == 1 else None
