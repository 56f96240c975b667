"""GeoJSON (RFC 7946): one FeatureCollection of everything selected."""

from collections.abc import Iterator

import orjson

from publish.formats._format import Format
from publish.formats._selection import Selection
from publish.layers import crs
from publish.layers.crs import CRS84


class GeoJSON(Format):
    """Features as `f=json` has them, all in one file.

    RFC 7946 knows WGS 84 alone; with another CRS the file says which by the `crs` member of its
    forerunner (GeoJSON 2008), which GDAL and QGIS read. The axes are in the order of the CRS.
    """

    title = "GeoJSON"
    media_type = "application/geo+json"
    ending = "geojson"
    is_text = True

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The collection, features joined as they are."""
        yield _head(selection)
        between = b""
        for part in selection.fragments():
            if part:
                yield between + b",\n".join(part)
                between = b",\n"
        yield b"\n]}\n"


def _head(selection: Selection) -> bytes:
    members: dict[str, object] = {"type": "FeatureCollection", "name": selection.name}
    if selection.crs != CRS84:
        code = f"urn:ogc:def:crs:EPSG::{crs.epsg(selection.crs)}"
        members["crs"] = {"type": "name", "properties": {"name": code}}
    return orjson.dumps(members)[:-1] + b',"features":[\n'
