"""What is behind a link of a metadata record: a file, a service or a page.

Records name a protocol from one of several lists, in free words, or not at all; then the address
and the media type are looked at.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, urlsplit

from harvesters.catalogs.catalog import form, kind

_SERVICES = (
    ("wms", r"\bwms|(web|view) ?map ?service|getmap"),
    ("wmts", r"\bwmts|web map tile"),
    ("wfs", r"\bwfs|web feature ?service"),
    ("wcs", r"\bwcs|web coverage ?service"),
    ("csw", r"\bcsw|catalogue service"),
    ("sos", r"\bogc:sos|sensor observation service"),
    ("ogc api", r"ogc ?-?api|oapif|/ogcapi/"),
    ("arcgis", r"esri:rest|arcgis geoservices|/(feature|map|image)server\b"),
    ("tms", r"\btms\b"),
)
_FILES = frozenset(
    "csv tsv xlsx xls ods geojson json gpkg shp zip gml kml kmz gpx dxf tif tiff pdf doc docx"
    " xml".split()
)
_OUTPUTS = (("shape", "shp"), ("json", "geojson"), ("csv", "csv"), ("gml", "gml"), ("kml", "kml"))


@dataclass(frozen=True, slots=True)
class Online:
    """What a link leads to: `format` in one word, CKAN's `type`, and whether it stays a link."""

    format: str
    type: str
    link: bool


def online(url: str, *said: str, media_type: str = "", download: bool = False) -> Online:
    """Guess what an address leads to by what is said of it: protocol, format, name, profile.

    `download` is True where the record calls it a file.

    >>> online("https://geo.rs/ows", "OGC:WMS-1.3.0-http-get-map")
    Online(format='wms', type='api', link=True)
    >>> online("https://geo.rs/wfs?request=GetFeature&typeName=ulice&outputFormat=csv")
    Online(format='csv', type='file', link=False)
    >>> online("https://geo.rs/ulice.zip", "WWW:LINK-1.0-http--link", "Shapefile")
    Online(format='shp', type='file', link=False)
    >>> online("https://geo.rs/o-katastru")
    Online(format='', type='documentation', link=True)
    """
    output = _output(url)
    if output is not None:
        return Online(output, "file", link=False)
    words = " ".join((*said, urlsplit(url).path, _service(url))).lower()
    ending = PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".")
    declared = next((word for each in said if (word := form(each, "")) in _FILES), "")
    if ending not in _FILES and not declared:
        for service, like in _SERVICES:
            if re.search(like, words):
                return Online(service, "api", link=True)
    if media_type == "text/html" or any(form(each, "") == "html" for each in said):
        return Online("html", "documentation", link=True)
    found = declared or form("", f"/file.{ending}" if ending in _FILES else "", media_type)
    if found or download:
        return Online(found, kind(found) or "file", link=False)
    return Online("", "documentation", link=True)


def _output(url: str) -> str | None:
    """Give the format of a request for features, which is a file; None for any other address."""
    query = {name.lower(): value.lower() for name, value in parse_qsl(urlsplit(url).query)}
    if query.get("request") != "getfeature":
        return None
    said = query.get("outputformat", "gml")
    return next((word for like, word in _OUTPUTS if like in said), "")


def _service(url: str) -> str:
    query = {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}
    return query.get("service", "")
