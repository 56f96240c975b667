"""Tiles that lie in an archive: found in a few microseconds, so that none of them is kept.

They are what `tiles.tile` answers, without its steps; what is out of the ordinary is left to it.
"""

import re

from datasets.errors import PublishError
from geoportal.headers import ALWAYS
from geoportal.ogc import answers, tiles
from geoportal.ogc.kept import Kept
from geoportal.ogc.shelf import Pairs, Ready
from geoportal.ogc.tilesets import MEDIA_TYPE
from geoportal.registry import Shown, View
from publish.layers.pmtiles import archived_tile, header

ADDRESS = re.compile(r"/tiles/([^/]+)/([0-9]{1,2})/([0-9]{1,9})/([0-9]{1,9})\.mvt")


def stored(view: View, path: str, query: bytes, accept_encoding: str) -> Ready | None:
    """A tile of a layer's present version; None where it is another's to answer."""
    found = ADDRESS.fullmatch(path)
    shown = view.collections.get(found[1]) if found else None
    if not found or not shown or not shown.archive or not tiles.takes_gzip(accept_encoding):
        return None
    pinned = query == b"v=%d" % shown.version
    if query and not pinned:
        return None
    z, x, y = map(int, found.groups()[1:])
    try:
        is_there = z <= header(shown.archive).max_zoom
        tile = archived_tile(shown.archive, z, x, y) if is_there else None
    except (ValueError, PublishError):  # no tile of the grid, a broken archive
        return None
    return _ready(shown, (z, x, y), tile, pinned=pinned) if tile else None


def _ready(shown: Shown, place: tiles.Place, tile: bytes, *, pinned: bool) -> Ready:
    tag = tiles.tag(shown, place, pinned=pinned, packed=True)
    same, few = _headers.of(shown, pinned, lambda: _same(pinned=pinned))
    own = [(b"content-length", b"%d" % len(tile)), (b"etag", tag.encode())]
    return Ready.of(tag, [*same, *own], [*few, own[1]], tile)


def _same(*, pinned: bool) -> tuple[Pairs, Pairs]:
    """The headers that all tiles have, and those that are left where the client has the tile."""
    told = {**tiles.headers(pinned=pinned), **tiles.PACKED, "Content-Type": MEDIA_TYPE}
    pairs = [(name.lower().encode(), value.encode()) for name, value in told.items()] + [*ALWAYS]
    return pairs, answers.of_unchanged(pairs)


_headers: Kept[Shown, tuple[Pairs, Pairs]] = Kept()
