"""FlatGeobuf: a gate in front of GDAL, then its one layer.

GDAL opens a file whose header claims to be larger than it is as one without layers, and says
nothing. Rule: FlatGeobuf's specification, magic bytes and header size.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from validation.reading.cells import Cells, empty
from validation.reading.vector import Layer, damaged

MAGIC_BYTES = 8
MOST_HEADER_BYTES = 10 << 20


def read_flatgeobuf(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a FlatGeobuf file that has passed the gate."""
    check_flatgeobuf(path)
    layer = Layer(copyfile(path, Path(arguments["cells"]).with_name("layer.fgb")))
    names = [name for name, _kind in layer.listed()]
    if not names:
        raise empty()
    layer.choose(names, arguments)
    cells = layer.read()
    claimed = layer.claimed()
    if claimed > len(cells.rows):
        raise damaged("fgb", f"it is cut off: {len(cells.rows)} of {claimed} features are there")
    return cells


def check_flatgeobuf(path: Path) -> None:
    """Refuse a file whose header does not fit into it."""
    with path.open("rb") as file:
        head = file.read(MAGIC_BYTES + 4)
    if len(head) < MAGIC_BYTES + 4:
        raise damaged("fgb", "it is cut off")
    (size,) = struct.unpack_from("<I", head, MAGIC_BYTES)
    room = path.stat().st_size - MAGIC_BYTES - 4
    if not 4 <= size <= min(room, MOST_HEADER_BYTES):
        raise damaged("fgb", f"its header claims {size} bytes")
