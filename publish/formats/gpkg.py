"""GeoPackage (OGC 12-128r19): one file for QGIS and ArcGIS, with types, titles and an index."""

from pathlib import Path

from publish.formats import _gdal
from publish.formats._format import FileFormat
from publish.formats._names import free
from publish.formats._selection import Selection

VERSION = "1.3"
"""GDAL 3.6 and with it QGIS 3.22 warn of a newer one."""


class GeoPackage(FileFormat):
    """A GeoPackage of one layer, called as the collection; titles of columns are in it too."""

    title = "GeoPackage"
    media_type = "application/geopackage+sqlite3"
    ending = "gpkg"

    def save(self, selection: Selection, path: Path) -> None:
        """Write the file; a column `fid` or `geom` of the layer keeps its name."""
        taken = {column.name.lower() for column in selection.columns}
        _gdal.save(
            selection,
            path,
            "GPKG",
            FID=free("fid", taken),
            GEOMETRY_NAME=free("geom", taken),
            IDENTIFIER=selection.title or selection.name,
            VERSION=VERSION,
        )
