"""Features of WFS answers in GML, joined into one document: same features, same bytes.

Only what is around the features is read here; what they hold is for the reader of the file. Rule:
OGC WFS 1.1 and 2.0, GML 2 to 3.2.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from datasets.errors import HarvestError
from datasets.model import BBox
from harvesters.documents.xml import Element, child, children, local, root, said
from harvesters.features.geojson import are_turned
from harvesters.features.paging import Bounded, Seen, count
from harvesters.fetching.faults import wrong_answer

MEDIA_TYPE = "application/gml+xml"
WFS, WFS2 = "http://www.opengis.net/wfs", "http://www.opengis.net/wfs/2.0"
GML = "http://www.opengis.net/gml"
EXCEPTIONS = ("ExceptionReport", "ServiceExceptionReport", "WFS_Exception")
MEMBERS = ("member", "featureMember", "featureMembers")
PLACES = ("pos", "posList", "coordinates")
RANDOM_ID = re.compile(r"fid-[-0-9a-f]+(_[-0-9a-f]+){1,2}$")  # GeoServer makes them anew each time
DEGREES = re.compile(r"(?:EPSG|epsg)(?:\.xml#|::?|/[\d.]+/|:[\d.]+:)(4326|4258)$")
HEADERS = re.compile(rb"(?:[\w-]+:[^\r\n]*\r?\n)+\r?\n")


def body_of(raw: bytes) -> bytes:
    r"""Give a document without the header lines that some servers send once more before it.

    >>> body_of(b"Content-Type: text/xml\r\n\r\n<a/>"), body_of(b"<a/>")
    (b'<a/>', b'<a/>')
    """
    start = raw.lstrip()
    found = HEADERS.match(start)
    return start[found.end() :] if found else start


def document(raw: bytes, address: str) -> Element:
    """Give the root of an answer; raises HarvestError for what is no XML, or an exception."""
    found = root(body_of(raw), address)
    if local(found) not in EXCEPTIONS:
        return found
    code = next((each.get("exceptionCode") or each.get("code") for each in found), "") or ""
    words = said(found)[:1000] or code or "no reason"
    raise HarvestError(
        f"{address}: the server answers with an error ({code} {words}): tell its owner",
        "upstream-error",
        address=address,
        said=words,
    )


class Members:
    """A GML document under way."""

    def __init__(self, out: Bounded, address: str) -> None:
        self.seen = Seen(address)
        self._out = out
        self._wrapper = ""
        self._spelling: str | None = None

    def add(self, page: Element, box: BBox | None = None) -> int:
        """Write the features of a page; give how many came.

        `box` is where they lie in longitude and latitude: when the order of the axes that the
        name of their system promises puts them elsewhere, the name is written the other way.
        """
        if local(page) != "FeatureCollection":
            raise wrong_answer(self.seen.address, "a collection of features of WFS")
        features = list(members(page))
        if features and not self._wrapper:
            self._begin(page, features[0])
        for each in features:
            _plain(each, _system(page))
        if features and self._spelling is None:
            self._spelling = spelling(features, box)
        rows = [self._row(each) for each in features]
        news = self.seen.new(rows, [bool(_id(each)) for each in features])
        for row, new in zip(rows, news, strict=True):
            if new:
                self._out.write(row)
        return len(features)

    def end(self) -> None:
        """Close the document."""
        if not self._wrapper:
            self._out.write(f'<wfs:FeatureCollection xmlns:wfs="{WFS2}"'.encode())
            self._out.write(f' xmlns:gml="{GML}/3.2">\n'.encode())
        self._out.write(b"</wfs:FeatureCollection>\n")

    def _begin(self, page: Element, first: Element) -> None:
        wfs = etree.QName(page).namespace or WFS2
        gml = next((uri for uri in _namespaces(first) if uri.startswith(GML)), GML)
        self._wrapper = "wfs:member" if wfs == WFS2 else "gml:featureMember"
        head = f'<wfs:FeatureCollection xmlns:wfs="{wfs}" xmlns:gml="{gml}">\n'
        self._out.write(head.encode())

    def _row(self, feature: Element) -> bytes:
        if self._spelling:
            for each in feature.iter():
                if found := DEGREES.search(each.get("srsName", "")):
                    each.set("srsName", self._spelling.format(found[1]))
        written: bytes = etree.tostring(feature, encoding="utf-8", with_tail=False)
        wrapper = self._wrapper.encode()
        return b"<" + wrapper + b">" + written + b"</" + wrapper + b">\n"


@contextmanager
def collection(path: Path, address: str, max_bytes: int) -> Iterator[Members]:
    """Open a GML document for pages of features, and close it after the last."""
    with path.open("wb") as file:
        out = Bounded(file, address, max_bytes)
        out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        features = Members(out, address)
        yield features
        features.end()


def total(page: Element) -> int | None:
    """Give how many features a server says there are in all: `unknown` is None."""
    return count(page.get("numberMatched"))


def members(page: Element) -> Iterator[Element]:
    """Give the features of a page; a collection in a collection is part of it."""
    for holder in page:
        if not isinstance(holder.tag, str) or local(holder) not in MEMBERS:
            continue
        for each in children(holder, "*"):
            if local(each) == "FeatureCollection":
                yield from members(each)
            else:
                yield each


def _system(page: Element) -> str:
    """Give the system that a page names for all its features."""
    for name in ("Envelope", "Box"):
        found = child(page, "boundedBy", name)
        if found is not None and found.get("srsName"):
            return str(found.get("srsName"))
    return ""


def _plain(feature: Element, system: str) -> None:
    """Take out what changes from answer to answer, and give geometries their system."""
    for each in list(feature.iter()):
        if not isinstance(each.tag, str):
            continue
        if local(each) == "boundedBy" and (parent := each.getparent()) is not None:
            parent.remove(each)
        elif each is not feature or RANDOM_ID.search(_id(each)):
            for name in ("id", "gid", f"{{{GML}}}id", f"{{{GML}/3.2}}id"):
                if name in each.attrib and _is_gml(each, name):
                    del each.attrib[name]
    if system and not any(each.get("srsName") for each in feature.iter()):
        for geometry in children(feature, "*", "*"):
            if _is_gml(geometry):
                geometry.set("srsName", system)


def _is_gml(element: Element, name: str = "{") -> bool:
    """Tell whether an element, or an attribute with a namespace, belongs to GML."""
    return name.startswith(f"{{{GML}") or str(element.tag).startswith(f"{{{GML}")


def _id(feature: Element) -> str:
    names = (f"{{{GML}/3.2}}id", f"{{{GML}}}id", "fid")
    return str(next((feature.get(name) for name in names if feature.get(name)), ""))


def _namespaces(feature: Element) -> list[str]:
    return [etree.QName(each).namespace or "" for each in feature.iter() if _is_gml(each)]


def spelling(features: Sequence[Element], box: BBox | None) -> str:
    """Give how the name of the system must be written so that the axes fit; empty as it is.

    A URN or an address promises latitude first for EPSG:4326, `EPSG:4326` longitude first.
    """
    named = next((n for f in features for e in f.iter() if (n := e.get("srsName", ""))), "")
    if not DEGREES.search(named):
        return ""
    places = [place for each in features if (place := _first_place(each))]
    is_latlon = named.startswith(("urn:", "http://www.opengis.net/def/"))
    if is_latlon:
        places = [(x, y) for y, x in places]
    if not are_turned(places, box):
        return ""
    return "EPSG:{}" if is_latlon else "urn:ogc:def:crs:EPSG::{}"


def _first_place(feature: Element) -> tuple[float, float] | None:
    """Give the first two numbers of a feature's geometry."""
    for each in feature.iter():
        if isinstance(each.tag, str) and local(each) in PLACES and _is_gml(each):
            numbers = re.split(r"[,\s]+", (each.text or "").strip())[:2]
            try:
                first, second = map(float, numbers)
            except ValueError:
                return None
            return first, second
    return None
