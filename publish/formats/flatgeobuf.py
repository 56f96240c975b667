"""FlatGeobuf 3: one file with an index in front, from which the web reads a part by Range."""

from pathlib import Path

from publish.formats import _gdal
from publish.formats._format import FileFormat
from publish.formats._selection import Selection


class FlatGeobuf(FileFormat):
    """Features along a Hilbert curve; with a feature that has no place there is no index."""

    title = "FlatGeobuf"
    media_type = "application/flatgeobuf"
    ending = "fgb"

    def save(self, selection: Selection, path: Path) -> None:
        """Write the file."""
        index = "NO" if selection.manifest.without_geometry else "YES"
        title = selection.title or selection.name
        _gdal.save(selection, path, "FlatGeobuf", SPATIAL_INDEX=index, TITLE=title)
