"""GeoJSON text sequences (RFC 8142): one feature a line, read without waiting for the end."""

from collections.abc import Iterator

from publish.formats._format import Format
from publish.formats._selection import Selection

RECORD = b"\x1e"


class GeoJSONSeq(Format):
    """Features as `f=json` has them, each after a record separator and before a line feed.

    The sequence has no place to name a CRS, hence it is WGS 84 as RFC 7946 has it.
    """

    title = "GeoJSONSeq"
    media_type = "application/geo+json-seq"
    ending = "geojsons"
    is_text = True
    any_crs = False

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The features, some thousands at a time."""
        for part in selection.fragments():
            yield b"".join(RECORD + fragment + b"\n" for fragment in part)
