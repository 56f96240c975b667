"""KML and KMZ: all placemarks as one layer, with their folder; links to other files are told.

GDAL makes a layer of each folder and drops what it does not know; here every placemark is one
feature, its description stays the text that it is, and nothing else is ever opened.
"""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from datasets.model import Finding
from validation.reading import archive, markup
from validation.reading.cells import Cells, Unreadable, empty
from validation.reading.geojson import cells_of
from validation.reading.xml_shapes import Element, Position, local, number_lists, text_of

PLAIN = ("name", "description", "address", "phoneNumber", "Snippet")
TIMES = {"when": "when", "begin": "begin", "end": "end"}
NAMESPACES = ("http://www.opengis.net/kml/", "http://earth.google.com/kml/", "")
GEOMETRIES = frozenset(
    "Point LineString LinearRing Polygon MultiGeometry Model Track MultiTrack".split()
)


def read_kml(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a KML file that has passed the gate."""
    root = markup.checked(path, "kml").root
    if root[1] not in ("kml", "Placemark", "Document", "Folder") or not _is_kml(root[0]):
        raise markup.other("kml")
    found = _Placemarks()
    found.read(path)
    if not found.features:
        raise _linked(found.links) if found.links else empty()
    cells = cells_of(found.features, arguments)
    told = [_links(found.links)] if found.links else []
    return replace(cells, types={}, findings=(*told, *cells.findings))


def read_kmz(opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read the document of a KMZ; pictures and other documents in it are left where they are."""
    documents = archive.documents(opened)
    own = Path(arguments["cells"]).with_name("layer.kml")
    return read_kml(archive.unpack(opened, documents[0], own), arguments)


def _is_kml(namespace: str) -> bool:
    return not namespace or namespace.startswith(NAMESPACES[:2])


@dataclass
class _Placemarks:
    """Collects placemarks while the file streams by, with the folders that they lie in."""

    features: list[dict[str, Any]] = field(default_factory=list)
    links: int = 0

    def read(self, path: Path) -> None:
        folders: list[str] = []
        parents: list[Element] = []
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            name = local(element)
            if event == "start":
                parents.append(element)
                if name == "Folder":
                    folders.append("")
                continue
            parents.pop()
            self._ended(name, element, parents, folders)

    def _ended(
        self, name: str, element: Element, parents: list[Element], folders: list[str]
    ) -> None:
        above = local(parents[-1]) if parents else ""
        if name == "Folder":
            folders.pop()
        elif name == "name" and above == "Folder":
            folders[-1] = text_of(element)
        elif name == "NetworkLink":
            self.links += 1
        elif name == "Placemark":
            self.features.append(_feature(element, folders))
        inside = any(local(parent) == "Placemark" for parent in parents)
        if not inside and name != "name":
            element.clear()
            if parents:
                parents[-1].remove(element)


def _feature(placemark: Element, folders: list[str]) -> dict[str, Any]:
    """Make a GeoJSON feature of a placemark."""
    properties: dict[str, str] = {}
    if own := placemark.get("id"):
        properties["id"] = own
    geometry = None
    for child in placemark:
        name = local(child)
        if name in PLAIN:
            properties[name] = text_of(child)
        elif name in GEOMETRIES:
            geometry = _geometry(child)
        elif name in ("TimeStamp", "TimeSpan"):
            properties |= {local(time): text_of(time) for time in child if local(time) in TIMES}
        elif name == "ExtendedData":
            for label, value in _extended(child):
                properties[label if label not in properties else f"{label} (data)"] = value
    if any(folders):
        properties.setdefault("folder", " / ".join(filter(None, folders)))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _extended(data: Element) -> Iterator[tuple[str, str]]:
    """Yield what a placemark tells beside its name, in either of the ways that KML has."""
    for child in data.iter():
        if label := child.get("name"):
            if local(child) == "Data":
                yield label, next((text_of(v) for v in child if local(v) == "value"), "")
            elif local(child) == "SimpleData":
                yield label, text_of(child)


def _geometry(element: Element) -> dict[str, Any]:
    """Write a geometry as GeoJSON; one that is broken stays so, and is told by its feature."""
    match local(element):
        case "Point":
            positions = _positions(element)
            alone = positions[0] if len(positions) == 1 else positions or None
            return {"type": "Point", "coordinates": alone}
        case "LineString" | "LinearRing":
            return {"type": "LineString", "coordinates": _positions(element)}
        case "Polygon":
            rings = [_positions(e) for e in element.iter() if local(e) == "LinearRing"]
            return {"type": "Polygon", "coordinates": rings}
        case "Track":
            texts = (text_of(e).replace(" ", ",") for e in element if local(e) == "coord")
            return {"type": "LineString", "coordinates": number_lists(" ".join(texts))}
        case "MultiGeometry" | "MultiTrack":
            members = [_geometry(child) for child in element if local(child) in GEOMETRIES]
            return _joined(members)
        case other:
            return {"type": other}


def _joined(members: list[dict[str, Any]]) -> dict[str, Any]:
    """Make one geometry of several: Multi… where all are of a kind."""
    kinds = {member["type"] for member in members}
    if len(members) == 1:
        return members[0]
    if len(kinds) == 1 and kinds <= {"Point", "LineString", "Polygon"}:
        return {
            "type": f"Multi{kinds.pop()}",
            "coordinates": [member["coordinates"] for member in members],
        }
    return {"type": "GeometryCollection", "geometries": members}


def _positions(element: Element) -> list[Position]:
    found = next((child for child in element.iter() if local(child) == "coordinates"), None)
    return number_lists(text_of(found)) if found is not None else []


def _links(count: int) -> Finding:
    return Finding(
        "kml-links",
        "warning",
        note=f"the KML refers to {count} other files or addresses, which are not opened; send "
        "their content itself",
        values={"count": str(count)},
    )


def _linked(count: int) -> Unreadable:
    finding = _links(count)
    return Unreadable("kml-only-links", f"{finding.note}; it holds nothing else", count=str(count))
