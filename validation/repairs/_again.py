"""Reading a file once more in another way, only to show how it would come out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from validation.reading.cells import Cells
from validation.repairs._offers import Reread
from validation.repairs._repair import Repair

BEGINNING = 1 << 18
MOST_READ_AGAIN = 4 << 20
"""Bytes of a file that is read again as a whole."""

type Read = Callable[[Path, Mapping[str, Any]], Cells]


def again(arguments: Mapping[str, Any], read: Read) -> Reread:
    """Give what reads a file in another way: the beginning of a text, or a file that is small.

    What a reader needs beside the cells lies in a folder of its own.
    """
    path = Path(arguments["path"])
    place = Path(arguments["cells"]).with_name("again")

    def reread(repair: Repair) -> Cells | None:
        place.mkdir(exist_ok=True)
        first = _beginning(path, place) if arguments["format"] in ("csv", "tsv") else path
        if first.stat().st_size > MOST_READ_AGAIN:
            return None
        wanted = {**repair.asked(arguments), "cells": str(place / "cells.arrow")}
        return repair.mended(read(first, wanted))

    return reread


def _beginning(path: Path, place: Path) -> Path:
    """Give a text cut behind one of its lines, itself where it is short.

    With two bytes a letter it is not plain where a line ends, so that is not cut.
    """
    with path.open("rb") as file:
        head = file.read(BEGINNING)
    if len(head) < BEGINNING or b"\0" in head:
        return path
    cut = place / path.name
    cut.write_bytes(head[: head.rfind(b"\n") + 1])
    return cut
