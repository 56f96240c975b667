"""The child's side of references: what a table that was read has in the columns that are wanted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.geometries import Geometries
from validation.table import read_cells


def take(arguments: Mapping[str, Any]) -> None:
    """Write what a table holds as JSON to `answer`.

    `arguments` are `cells`, `labels`, `crs`, `column`, and for boundaries `title` (a label or
    empty), else None. Boundaries are an object by the column's value: `name` and `boundary` (WKB
    in CRS84 as hexadecimal digits); else it is a list of the column's distinct texts. What is not
    there, or cannot be placed, is null.
    """
    cells, labels = read_cells(Path(arguments["cells"])), list(arguments["labels"])
    there = arguments["column"] in labels
    texts = cells.column(f"c{labels.index(arguments['column'])}") if there else None
    if texts is None:
        found: Any = None
    elif arguments["title"] is None:
        found = [text for text in pc.unique(texts).to_pylist() if text]
    else:
        title = arguments["title"]
        names = cells.column(f"c{labels.index(title)}") if title in labels else texts
        found = _boundaries(cells, texts, names, arguments["crs"])
    Path(arguments["answer"]).write_bytes(orjson.dumps(found))


def _boundaries(
    cells: pa.Table, codes: pa.ChunkedArray, names: pa.ChunkedArray, name: str
) -> dict[str, dict[str, str]] | None:
    """Give the areas by their code; several of one code become one."""
    import shapely  # noqa: PLC0415 - lists of names need no GEOS and no PROJ

    from validation import crs  # noqa: PLC0415

    if "geometry" not in cells.column_names or crs.known(name) is None:
        return None
    wkb = cells.column("geometry").to_numpy()
    areas: Geometries = crs.to_lonlat(shapely.from_wkb(wkb, on_invalid="ignore"), name).geometries
    titles = dict(zip(codes.to_pylist(), names.to_pylist(), strict=True))
    grouped: dict[str, list[Any]] = {}
    for code, area in zip(codes.to_pylist(), areas, strict=True):
        if code and area is not None:
            grouped.setdefault(code, []).append(shapely.make_valid(area))
    return {
        code: {
            "name": titles[code] or code,
            "boundary": shapely.to_wkb(shapely.union_all(parts), hex=True),
        }
        for code, parts in grouped.items()
    }
